/** One thing wrong with one place in a configuration file, and how it is said. */
import { distance } from 'fastest-levenshtein';
import { printable } from '../lib/escape.ts';

export interface ConfigProblem {
  /** `error`: the file is refused. `warning`: it is used, and this is worth knowing. */
  severity: 'error' | 'warning';
  /** File name without its folder. */
  file: string;
  /** From 1; 1 when the problem belongs to the whole file. */
  line: number;
  /** From 1, in UTF-16 code units. */
  column: number;
  /** E.g. `budgets.global.runs_per_day` or `repos[0].id`; empty for the whole file. */
  path: string;
  /** Plain words, safe to print: what is wrong. */
  reason: string;
  /** The spelling or value that was probably meant; null when nothing comes near. */
  nearest: string | null;
}

/** `policies.yaml:12:5 budgets.global.runs_per_dya: unknown key; did you mean runs_per_day?` */
export function formatProblem(problem: ConfigProblem): string {
  const place = `${problem.file}:${problem.line}:${problem.column}`;
  const subject = problem.path === '' ? '' : ` ${problem.path}:`;
  const hint = problem.nearest === null ? '' : `; did you mean ${problem.nearest}?`;
  return `${place}${subject} ${problem.reason}${hint}`;
}

/** A path of keys and indexes as one word. Keys are the file's own text, hence the escape. */
export function pathText(path: readonly PropertyKey[]): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else text += `${text === '' ? '' : '.'}${printable(String(part), 60)}`;
  }
  return text;
}

/** `auto-merge`, `autoMerge` and `AUTO_MERGE` are one word spelled four ways. */
const plain = (word: string) => word.toLowerCase().replace(/[-_ .]/g, '');

/** The candidate spelled most like `word`; null when none is near. Ties go to the first listed. */
export function nearest(word: string, candidates: readonly string[]): string | null {
  if (word.length > 100) return null;
  let best: string | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const raw = distance(word, candidate);
    const apart = plain(word) === plain(candidate) ? Math.min(raw, 0.5) : raw;
    // A third of the word may be wrong; of a very short word one letter.
    if (apart < least && apart <= Math.max(1, Math.floor(candidate.length / 3))) {
      best = candidate;
      least = apart;
    }
  }
  return best;
}
