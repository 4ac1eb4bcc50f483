import type { Evidence } from './acceptance.ts';
import type { Reading } from './reading.ts';
import type { Answer } from './types.ts';
import { INVARIANT } from './words.ts';

const EXCLUDES =
  /\b(?:don't|do not|no need to|without|not|no|never|nothing else|leave)\b[^.;]{0,40}?\b(?:touch|change|changes|changed|modify|modified|docs|else|other|part of|scope|alone|behaviou?r)\b|不要动|不改|不动|不允许修改|不需要|只改|不用改|不做/;

const TEXT = {
  en: {
    named: (n: string) => `The work happens in ${n} and its tests.`,
    rest: 'What the request does not mention stays as it is.',
    greenfield: 'There is no existing code to fit in with.',
    checks: "The repo's own checks stay green.",
  },
  zh: {
    named: (n: string) => `改动限于 ${n} 及其测试。`,
    rest: '请求没有提到的行为保持不变。',
    greenfield: '没有需要兼容的现有代码。',
    checks: '仓库自己的检查继续通过。',
  },
} as const;

const clip = (s: string): string => {
  const flat = s.replace(/\s+/g, ' ').trim();
  return flat.length > 400 ? `${flat.slice(0, 397)}...` : flat;
};
const distinct = (lines: string[]): string[] =>
  [...new Set(lines.map(clip))].filter((l) => l !== '').slice(0, 40);

/** The parts of the spec that the gate can state: in the writer's own sentences wherever possible. */
export function outline(input: {
  reading: Reading;
  evidence: readonly Evidence[];
  found: readonly string[];
  greenfield: boolean;
  answers: readonly Answer[];
}): {
  assumptions: string[];
  acceptance: string[];
  outOfScope: string[];
} {
  const { reading, evidence, found, greenfield, answers } = input;
  const t = reading.language === 'en' ? TEXT.en : TEXT.zh;
  const excluded = reading.sentences.filter((s) => EXCLUDES.test(s.masked));
  const acceptance = evidence.filter(
    (e) => e.points >= 20 && !(excluded.includes(e.sentence) && !INVARIANT.test(e.sentence.masked)),
  );
  const order = new Map(reading.sentences.map((s, i) => [s, i]));
  const sentences = [...new Set(acceptance.map((e) => e.sentence))].sort(
    (a, b) => (order.get(a) ?? 0) - (order.get(b) ?? 0),
  );
  return {
    assumptions: distinct([
      ...(greenfield ? [t.greenfield] : []),
      ...(found.length > 0 ? [t.named(found.slice(0, 8).join(', '))] : []),
      t.rest,
      ...(greenfield ? [] : [t.checks]),
    ]),
    acceptance: distinct([
      ...sentences.map((s) => s.raw),
      ...answers.filter((a) => a.signal === 'acceptance').map((a) => a.text),
    ]),
    outOfScope: distinct(excluded.map((s) => s.raw)),
  };
}
