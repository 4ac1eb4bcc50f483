/**
 * Merging on GitHub: only what it would let anybody merge, with the expected head, once. GitHub
 * compares the head but not the base; that one is compared right before, and what landed is compared
 * with what was judged right after, by the core.
 */
import { z } from 'zod';
import { ForgeError, type MergeMethod } from '../forge.ts';
import type { Api } from './api.ts';
import { isAmbiguous } from './classify.ts';
import { notFound } from './pulls.ts';
import { ENQUEUE, shaped } from './queries.ts';
import type { Found, Reader } from './read.ts';

interface Expected {
  head: string;
  base: string;
}
interface Landed {
  commit: string;
  tree: string;
}

const moved = (tag: 'head-moved' | 'base-moved') =>
  tag === 'head-moved'
    ? new ForgeError(tag, 'The branch is not where it was expected; someone else moved it.')
    : new ForgeError(tag, 'The base branch is not where it was expected; it has moved.', true);
const waiting = (why: string) => new ForgeError('waiting', why);

/** See `Forge.merge`. */
export async function mergePull(
  api: Api,
  reader: Reader,
  number: number,
  expected: Expected,
  method: MergeMethod,
  message: string,
): Promise<Landed> {
  const before = await look(reader, number);
  const landed = landedAs(before, expected);
  if (landed) return landed;
  requireMergeable(before, expected);
  if (before.queueEnabled) return enqueue(api, reader, before, expected);
  await requireMethod(api, method);
  const [title = '', ...rest] = message.split('\n');
  try {
    const route = 'PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge';
    await api.rest('merge a pull request', route, {
      pull_number: number,
      sha: expected.head,
      merge_method: method,
      ...(method === 'rebase'
        ? {}
        : { commit_title: title, commit_message: rest.join('\n').trim() }),
    });
  } catch (error) {
    await explain(reader, number, expected, error);
  }
  const after = landedAs(await look(reader, number), expected);
  if (after) return after;
  throw new ForgeError('unavailable', 'GitHub merged it and does not show the merge yet.', true);
}

async function look(reader: Reader, number: number): Promise<Found> {
  const found = (await reader.read([number])).get(number);
  if (!found) throw notFound(number);
  return found;
}

/** The merge that is there already: by us before, or by whoever was faster with the same head. */
function landedAs({ pull }: Found, expected: Expected): Landed | null {
  if (pull.state !== 'merged') return null;
  if (pull.head !== expected.head) throw moved('head-moved');
  if (!pull.mergeCommit || !pull.mergeTree)
    throw new ForgeError('unavailable', 'GitHub does not show the merge commit yet.', true);
  return { commit: pull.mergeCommit, tree: pull.mergeTree };
}

function requireMergeable(found: Found, expected: Expected): void {
  const { pull } = found;
  if (pull.state === 'closed') throw new ForgeError('refused', 'The pull request is closed.');
  if (pull.state === 'draft') throw new ForgeError('not-ready', 'The pull request is a draft.');
  if (pull.head !== expected.head) throw moved('head-moved');
  if (pull.base !== expected.base) throw moved('base-moved');
  if (pull.mergeable === 'conflict')
    throw new ForgeError('conflict', 'The branch conflicts with its base.');
  if (pull.queued !== undefined) throw waiting(`it is number ${pull.queued} in the merge queue`);
  if (pull.needs) throw waiting(`protection of the base branch demands ${pull.needs.join(', ')}`);
  const red = (pull.requiredChecks ?? []).filter(
    (name) => !pull.checks.some((check) => check.name === name && check.state === 'success'),
  );
  if (red.length > 0) throw waiting(`required checks are not green yet: ${red.join(', ')}`);
  if (pull.mergeable === 'unknown')
    throw waiting('GitHub does not know yet whether it merges cleanly');
}

const settings = z.object({
  allow_merge_commit: z.boolean().optional(),
  allow_squash_merge: z.boolean().optional(),
  allow_rebase_merge: z.boolean().optional(),
});

async function requireMethod(api: Api, method: MergeMethod): Promise<void> {
  const what = 'show the repository';
  const { data } = await api.rest<unknown>(what, 'GET /repos/{owner}/{repo}');
  const repo = shaped(settings, data, what);
  const allowed = {
    merge: repo.allow_merge_commit,
    squash: repo.allow_squash_merge,
    rebase: repo.allow_rebase_merge,
  };
  // Left out for those who may not push; then GitHub itself answers the merge.
  if (allowed[method] !== false) return;
  const others = Object.entries(allowed).flatMap(([name, yes]) => (yes ? [name] : []));
  throw new ForgeError('refused', `The repository does not allow merging by ${method}.`, false, {
    remedy: `set method: ${others.join(' or ')} for the repo in repos.yaml, or allow it on GitHub`,
  });
}

/** Only into an empty queue (see `needs`): behind others it would land on what nobody has judged. */
async function enqueue(
  api: Api,
  reader: Reader,
  { pull, nodeId }: Found,
  expected: Expected,
): Promise<Landed> {
  try {
    await api.graphql('queue a pull request', ENQUEUE, { id: nodeId, head: expected.head });
  } catch (error) {
    await explain(reader, pull.number, expected, error);
  }
  const after = await look(reader, pull.number);
  const landed = landedAs(after, expected);
  if (landed) return landed;
  throw waiting(`it is number ${after.pull.queued ?? 1} in the merge queue`);
}

/** After an answer that was no success: what is so now decides, not what GitHub said. */
async function explain(
  reader: Reader,
  number: number,
  expected: Expected,
  error: unknown,
): Promise<void> {
  const decides =
    isAmbiguous(error) ||
    (error instanceof ForgeError && ['refused', 'not-found'].includes(error.tag));
  if (!decides) throw error;
  const after = await look(reader, number);
  if (landedAs(after, expected)) return;
  requireMergeable(after, expected);
  throw error;
}
