import {
  assess,
  type ClarifyPolicy,
  type CompiledIndex,
  type Question,
  SIGNALS,
  type SignalName,
} from '../../control/clarify/index.ts';

/** What one line of the file came to: a score, or what is wrong with the line. */
export type ScoredLine =
  | {
      id: string;
      score: number;
      ask: boolean;
      signals: Record<SignalName, number>;
      because: Record<SignalName, { words: string; why: string }[]>;
      questions: Question[];
    }
  | { line: number; id?: string; error: string };

/** The indexes of the repo a line names: one compiled index, several, or none for a request without a repo. */
export type IndexOf = (
  repo: string,
) => Promise<CompiledIndex[] | undefined> | CompiledIndex[] | undefined;

/** A request longer than this would not be accepted by intake either. */
const LINE_LIMIT = 1024 * 1024;

function parse(line: string): { id: string; repo: string; text: string } | string {
  if (line.length > LINE_LIMIT) return 'is longer than 1 MB';
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return 'is not valid JSON; each line must be one object {"id", "repo", "text"}';
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    return 'is not an object; each line must be {"id", "repo", "text"}';
  }
  const { id, repo, text } = value as Record<string, unknown>;
  if (typeof id !== 'string' && typeof id !== 'number') return 'has no "id" (a string or a number)';
  if (typeof text !== 'string') return 'has no "text" (a string)';
  if (repo !== undefined && repo !== null && typeof repo !== 'string')
    return 'has a "repo" that is not a string';
  return { id: String(id), repo: typeof repo === 'string' ? repo : 'none', text };
}

/**
 * Scores a JSON Lines file of requests, one result per line in the same order; empty lines are
 * passed over. Only `id`, `repo` and `text` are read: labels beside them never reach the gate.
 * `repo` may be absent or "none" for work that begins without a repo. A bad line becomes an error
 * with its number (from 1) and the rest is still scored.
 */
export async function* scoreFile(
  lines: Iterable<string> | AsyncIterable<string>,
  indexOf: IndexOf,
  policy: ClarifyPolicy,
): AsyncGenerator<ScoredLine> {
  let number = 0;
  for await (const raw of lines) {
    number++;
    const line = number === 1 ? raw.replace(/^\uFEFF/, '') : raw;
    if (line.trim() === '') continue;
    const request = parse(line);
    if (typeof request === 'string') {
      yield { line: number, error: `line ${number} ${request}` };
      continue;
    }
    const { id, repo, text } = request;
    const indexes = repo === 'none' ? [] : await indexOf(repo);
    if (indexes === undefined) {
      yield {
        line: number,
        id,
        error: `line ${number}: there is no index for repo ${JSON.stringify(repo.slice(0, 80))}`,
      };
      continue;
    }
    const { score, ask, signals, questions } = assess({ text, indexes, answers: [] }, policy);
    const scores = {} as Record<SignalName, number>;
    const because = {} as Record<SignalName, { words: string; why: string }[]>;
    for (const name of SIGNALS) {
      scores[name] = signals[name].score;
      because[name] = signals[name].because;
    }
    yield { id, score, ask, signals: scores, because, questions };
  }
}
