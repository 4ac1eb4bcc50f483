/** The commits of a branch as a backtest needs them, and which of them were taken back later. */
import { GitError, git, isObjectId } from '../../lib/git.ts';
import type { Place } from '../evidence/change.ts';

export interface PastCommit {
  id: string;
  /** First parent. */
  parent: string;
  subject: string;
  paths: string[];
  /** Ids, whole or abbreviated, of the commits that it says it reverts. */
  reverts: string[];
  isRevert: boolean;
}

/** Begins a commit in the output. */
const MARK = '\u0001';
const LOG_BYTES = 512 * 1024 * 1024;
const FORMAT = '--format=%x01%H%x00%P%x00%s%x00%b%x00';
/** What `git revert` writes; forges quote the subject of what they revert. */
const BY_ID = /This reverts (?:commit|part of commit) ([0-9a-f]{7,40})/gi;
const BY_SUBJECT = /^(?:Revert|Reverted|revert):? "(.+)"/;

export const isRevert = (subject: string): boolean => /^revert(?:s|ed)?\b[: "(]/i.test(subject);

/** Commits reachable from `tip` with one parent, oldest first; the newest `max` of them. */
export async function pastCommits(place: Place, tip: string, max: number): Promise<PastCommit[]> {
  const args = ['log', '--no-merges', `--max-count=${max}`, '--name-only', '--no-renames', '-z'];
  let out: Buffer;
  try {
    const options = { ...place, maxBytes: LOG_BYTES };
    out = (await git([...args, FORMAT, '--end-of-options', tip, '--'], options)).stdout;
  } catch (error) {
    if (error instanceof GitError && error.tag === 'too-much-output') return [];
    throw error;
  }
  const commits: PastCommit[] = [];
  const fields = out.toString('utf8').split('\0');
  // By position, not by splitting at the mark: messages may hold it.
  for (let at = 0; at < fields.length; ) {
    const field = fields[at] ?? '';
    const mark = field.slice(1);
    if (!field.startsWith(MARK) || !isObjectId(mark)) {
      at += 1;
      continue;
    }
    const [parents = '', subject = '', body = ''] = fields.slice(at + 1, at + 4);
    const paths: string[] = [];
    for (at += 4; at < fields.length && !fields[at]?.startsWith(MARK); at += 1) {
      const name = (fields[at] ?? '').replace(/^\n/, '');
      if (name !== '') paths.push(name);
    }
    const parent = parents.split(' ')[0] ?? '';
    const reverts = Array.from(body.matchAll(BY_ID), (match) => (match[1] ?? '').toLowerCase());
    if (parent !== '')
      commits.push({ id: mark, parent, subject, paths, reverts, isRevert: isRevert(subject) });
  }
  return commits.reverse();
}

/**
 * Ids of the commits that a later one takes back: named by id, else the latest earlier commit of
 * the quoted subject. A revert that was itself reverted does not count.
 */
export function revertedOf(commits: readonly PastCommit[]): Set<string> {
  const reverted = new Map<string, string>();
  const bySubject = new Map<string, string>();
  const ids = new Map(commits.map(({ id }, at) => [id, at]));
  const whole = (short: string, before: number): string | undefined => {
    if (ids.has(short)) return short;
    return commits.slice(0, before).find(({ id }) => id.startsWith(short))?.id;
  };
  commits.forEach((commit, at) => {
    const named = commit.reverts.flatMap((short) => whole(short, at) ?? []);
    const quoted = BY_SUBJECT.exec(commit.subject)?.[1];
    const target = quoted === undefined ? undefined : bySubject.get(quoted);
    for (const id of named.length > 0 ? named : target === undefined ? [] : [target]) {
      // Taking back a revert brings the first change back: that one stands again.
      const stands = [...reverted].find(([, by]) => by === id)?.[0];
      if (stands !== undefined) reverted.delete(stands);
      else reverted.set(id, commit.id);
    }
    bySubject.set(commit.subject, commit.id);
  });
  return new Set(reverted.keys());
}
