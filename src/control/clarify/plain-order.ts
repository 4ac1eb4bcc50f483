import { type Gathered, MUST } from './acceptance.ts';
import * as p from './patterns.ts';
import type { Reading } from './reading.ts';

const ORDERS = [p.IMPERATIVE, p.ORDER_FORM, p.MID_ORDER, p.ZH_CHANGE, MUST];
/** Verbs that ask for a result without naming the deed. */
const SOFT_ORDER =
  /(?:^|[.,;:]\s|\b(?:and|please|then|you)\s)\s*(?:make|fix|allow|support|handle|ensure|help|get|let|give|do|check|see|look|have|bring|take|use|work|add)\b|支持|修复|修一下|处理|解决|弄|搞|做/;
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
      ORDERS.some((r) => r.test(s.masked)) &&
      !SOFT_ORDER.test(s.masked) &&
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
