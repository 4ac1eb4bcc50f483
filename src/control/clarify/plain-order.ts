import type { Gathered } from './acceptance.ts';
import * as p from './patterns.ts';
import type { Reading } from './reading.ts';

/** Deeds that need no more than their object to be done: what is to be gone, left out, moved or given back. */
const DEEDS =
  /(?:^|[.,;:(]\s?|\b(?:and|then|please|just|you|can|could|should|must|to)\s)\s*(?:please |just )?(?:remove|delete|rm|drop|kill|skip|ignore|return|throw|append|insert|export|inline|hoist|move|reorder|say|warn|copy|strip|unexport)\b|去掉|删除|删掉|移除|忽略|跳过|返回|移到|导出|新增|新建|追加/;
/** Docs and tests that are to follow the change say nothing of the change itself. */
const FOLLOWS =
  /\b(?:accordingly|update|adapt|adjust|follows?|should use the new)\b|同步|相应|跟着/;
/** A plain order is short; what is told in more sentences than this is a story. */
const PLAIN_ORDER_SENTENCES = 5;

/**
 * A plain order about something exact, without one vague word: the words themselves are the
 * criterion ("drop the second argument of x"), though nothing in them can be measured.
 */
export function plainOrder(
  reading: Reading,
  exactTarget: boolean,
  vague: boolean,
  gathered: Gathered,
): Gathered {
  const { sentences } = reading;
  if (!exactTarget || vague || gathered.emptyForm || sentences.length > PLAIN_ORDER_SENTENCES)
    return gathered;
  const order = sentences.find(
    (s, at) =>
      !p.LOG_LINE.test(s.plain) &&
      DEEDS.test(s.masked) &&
      !FOLLOWS.test(s.masked) &&
      [s, sentences[at - 1]].some((near) => near?.items.some((i) => i.kind !== 'version')),
  );
  if (order === undefined) return gathered;
  const evidence = [
    ...gathered.evidence,
    { points: 35, sentence: order, what: 'a plain order about a known thing' },
  ];
  return { ...gathered, evidence, demanded: true, total: Math.min(100, gathered.total + 35) };
}
