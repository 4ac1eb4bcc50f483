/**
 * What the host saw and did about a run, in plain sentences for `task show` and for the evidence:
 * what held it, where it ran against a wall that reports it, and what of its tree was taken away.
 * The words are aedev's own; names that a coder chose are escaped and cut before they come here.
 */
import type { EgressRecord } from '../../control/egress.ts';
import { printable } from '../../lib/escape.ts';
import type { SandboxExit } from '../sandboxes/sandbox.ts';

/** Sentences of one run, and characters of one sentence. */
const MAX_NOTES = 30;
const MAX_CHARS = 1200;
const MAX_HOSTS = 5;

const HELD: Record<SandboxExit['provenance']['tier'], (way: string) => string> = {
  docker: (way) =>
    `It ran in a container that holds no file of this machine but its workspace and the repo’s objects, no rights, and ${way}.`,
  srt: (way) =>
    `It ran in the system’s sandbox, which shows no file of this machine but its workspace, the repo’s objects and installed programs, and gives ${way}.`,
  process: () => 'It ran as a plain process of this account: nothing kept it in.',
};

/**
 * @param tree what was found and neutralised in its tree, as `workspace/notes.ts` words it; null when
 *   its tree was not looked at
 */
export function runNotes(
  exit: SandboxExit & { egress: EgressRecord[] | null },
  tree: readonly string[] | null,
): string[] {
  const { tier, unenforced = [] } = exit.provenance;
  const way =
    exit.egress === null ? 'no network' : 'no way to the network but aedev’s list of hosts';
  const notes = [HELD[tier](way)];
  if (unenforced.length > 0 && tier !== 'process')
    notes.push(`This machine’s sandbox cannot hold limits of ${unenforced.join(', ')}.`);
  const refused = (exit.egress ?? []).filter(({ allowed }) => !allowed);
  if (refused.length > 0) notes.push(`It was refused the way to ${hosts(refused)}.`);
  const cut = [exit.stdoutTruncated && 'output', exit.stderrTruncated && 'error output'];
  const streams = cut.filter((stream) => stream !== false);
  if (streams.length > 0)
    notes.push(`Its ${streams.join(' and ')} went beyond the limit; the rest was thrown away.`);
  if (tree !== null)
    notes.push('Its own git directory was thrown away unread.', ...tree.map(sentence));
  if (notes.length > MAX_NOTES)
    notes.splice(MAX_NOTES - 1, notes.length, `${notes.length - MAX_NOTES + 1} more are left out.`);
  return notes.map((note) => printable(note, MAX_CHARS));
}

function hosts(refused: readonly EgressRecord[]): string {
  const named = refused
    .slice(0, MAX_HOSTS)
    .map(({ host, port }) => (port === null ? host : `${host}:${port}`));
  const more = refused.length - named.length;
  return `${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

const sentence = (note: string): string =>
  `${note.slice(0, 1).toUpperCase()}${note.slice(1)}${note.endsWith('.') ? '' : '.'}`;
