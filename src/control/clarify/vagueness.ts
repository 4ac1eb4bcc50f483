import * as p from './patterns.ts';
import { negated } from './patterns.ts';
import type { Reading } from './reading.ts';
import type { Finding, FindingCode } from './types.ts';

interface Kind {
  code: FindingCode;
  patterns: readonly RegExp[];
  /** Points for each distinct wording. */
  points: number;
  why: string;
}

const KINDS: readonly Kind[] = [
  {
    code: 'dangling',
    patterns: [p.DANGLE, p.ZH_DANGLE],
    points: 45,
    why: 'points at something only the writer has in mind',
  },
  {
    code: 'open-ended',
    patterns: [p.OPEN, p.ZH_OPEN],
    points: 30,
    why: 'leaves the decision, or the extent, open',
  },
  {
    code: 'vague',
    patterns: [p.VAGUE_VERB, p.ZH_VAGUE_VERB],
    points: 30,
    why: 'names an effort, not an outcome',
  },
  {
    code: 'vague',
    patterns: [p.VAGUE_QUALITY, p.BY_DEGREE, p.ZH_VAGUE_QUALITY],
    points: 30,
    why: 'a quality without a measure',
  },
  {
    code: 'vague',
    patterns: [p.TRAIL, p.ZH_TRAIL],
    points: 15,
    why: 'trails off: the list is longer than what is written',
  },
  {
    code: 'vague',
    patterns: [p.HEDGE, p.ZH_HEDGE],
    points: 12,
    why: 'the writer is not sure either',
  },
];

/**
 * The vagueness signal. Vague words beside exact ones are filler, so points shrink with `evidence`
 * (0–100, what could be checked); references to what is not there only with the `exact` part of it;
 * negated ones ("not a refactor") never count.
 */
export function findVagueness(reading: Reading, evidence: number, exact = evidence): Finding[] {
  const seen = new Set<string>();
  const findings: Finding[] = [];
  const damp = (by: number) => 1 - 0.85 * Math.min(1, by / 100);
  for (const sentence of reading.sentences) {
    for (const kind of KINDS) {
      for (const pattern of kind.patterns) {
        for (const m of sentence.masked.matchAll(p.all(pattern))) {
          if (findings.length >= 12) return findings;
          if (seen.has(m[0]) || negated(sentence.masked, m.index)) continue;
          seen.add(m[0]);
          const points = Math.round(
            kind.points * damp(kind.code === 'dangling' ? exact : evidence),
          );
          if (points > 0)
            findings.push({
              signal: 'vagueness',
              code: kind.code,
              points,
              words: m[0],
              why: kind.why,
            });
          // Efforts and hedges repeat themselves; each thing that only the writer knows is one more.
          if (kind.code !== 'dangling') break;
        }
      }
    }
  }
  return findings;
}
