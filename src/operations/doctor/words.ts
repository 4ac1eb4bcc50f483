/** How the doctor says things. */
import type { Diagnosis } from '../../control/diagnosis.ts';
import { printable } from '../../lib/escape.ts';

/** What is wrong with something, as those who know it say it. */
export interface Problem {
  sentence: string;
  remedy: string;
}

type Kind = Diagnosis['kind'];
const MAX_SENTENCE = 1500;

const say =
  (state: Diagnosis['state']) =>
  (what: string, kind: Kind, sentence: string, remedy = ''): Diagnosis => ({
    what: printable(what, 100),
    state,
    kind,
    sentence: printable(sentence, MAX_SENTENCE),
    remedy: printable(remedy, MAX_SENTENCE),
  });

export const broken = say('broken');
export const missing = say('missing');
export const warning = (what: string, sentence: string, remedy = ''): Diagnosis =>
  say('warning')(what, 'advice', sentence, remedy);
export const ok = (what: string, sentence: string): Diagnosis =>
  say('ok')(what, 'advice', sentence);

/** A word of a POSIX command line, quoted when it must be. */
export function shellWord(text: string): string {
  return /^[\w./:@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

export const count = (number: number, one: string, many = `${one}s`): string =>
  `${number} ${number === 1 ? one : many}`;

/** The first `max` of them made into diagnoses, and one more line that counts the rest. */
export function few<T>(
  list: readonly T[],
  max: number,
  make: (item: T) => Diagnosis,
  rest: (left: number) => Diagnosis,
): Diagnosis[] {
  const shown = list.slice(0, max).map(make);
  return list.length > max ? [...shown, rest(list.length - max)] : shown;
}
