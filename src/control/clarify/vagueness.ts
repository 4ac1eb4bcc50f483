import { isExact } from './acceptance.ts';
import { negated } from './demand.ts';
import type { Reading } from './reading.ts';
import { NAME, PATH } from './tokens.ts';
import type { Finding, FindingCode } from './types.ts';
import * as w from './words.ts';

interface Kind {
  code: FindingCode;
  patterns: readonly [RegExp, RegExp];
  why: string;
}

/** Each kind once or twice, the one that says most first. */
const KINDS: readonly Kind[] = [
  { code: 'vague', patterns: [w.EFFORT, w.ZH_EFFORT], why: 'names an effort, not an outcome' },
  { code: 'vague', patterns: [w.TASTE, w.ZH_TASTE], why: 'a quality without a measure' },
  {
    code: 'dangling',
    patterns: [w.DANGLING, w.ZH_DANGLING],
    why: 'points at something only the writer has in mind',
  },
  {
    code: 'open-ended',
    patterns: [w.OPEN, w.ZH_OPEN],
    why: 'leaves the decision, or the extent, open',
  },
  { code: 'vague', patterns: [w.HEDGE, w.ZH_HEDGE], why: 'the writer is not sure either' },
];
/** What one vague wording weighs against the signs of a result. */
const EACH = 30;
const MOST_OF_A_KIND = 2;

interface VagueWord {
  code: FindingCode;
  words: string;
  why: string;
}

/** "那个 addJobs": what is pointed at is named beside the pointing, which is then a mere habit of speech. */
const isNamed = (masked: string, at: number, length: number): boolean =>
  NAMED_AFTER.test(masked.slice(at + length)) || NAMED_BEFORE.test(masked.slice(0, at));
const NAMED_AFTER = new RegExp(`^[^,，。;；]{0,8}[${NAME}${PATH}]`);
const NAMED_BEFORE = new RegExp(`[${NAME}${PATH}]\\s?$`);

/** The vague wordings outside sentences that hold a value; negated ones ("not a refactor") never count. */
export function vagueWords(reading: Reading): VagueWord[] {
  const out: VagueWord[] = [];
  const sentences = reading.sentences.filter((s) => !s.log && !isExact(s));
  for (const { code, patterns, why } of KINDS) {
    let left = MOST_OF_A_KIND;
    for (const { masked } of sentences) {
      for (const pattern of patterns) {
        for (const m of masked.matchAll(new RegExp(pattern.source, 'g'))) {
          if (left === 0) break;
          if (negated(masked, m.index)) continue;
          if (/^那[个种]$/.test(m[0]) && isNamed(masked, m.index, m[0].length)) continue;
          left--;
          out.push({ code, words: m[0], why });
        }
      }
    }
  }
  return out;
}

/** The points that vague wordings take from the signs of a result. */
export const vagueWeight = (words: readonly VagueWord[]): number => EACH * words.length;

/** The signal has two thirds of the weight of the others by default: its points make up for that. */
const UNWEIGHTED = 1.5;

/** The vagueness signal: vague wordings, less what was proven beyond need (`spare`). */
export function findVagueness(words: readonly VagueWord[], spare = 0): Finding[] {
  const weight = vagueWeight(words);
  const share = weight === 0 ? 0 : Math.max(0, weight - Math.max(0, spare)) / weight;
  const points = Math.round(UNWEIGHTED * EACH * share);
  return points === 0 ? [] : words.map((word) => ({ signal: 'vagueness', points, ...word }));
}
