import type { CompiledIndex } from './compile-index.ts';
import { ANY_ITEM, ARROW, CJK, demands, ordered, SUBSTITUTION, said } from './demand.ts';
import { isEmptyForm } from './form.ts';
import { findName } from './ground.ts';
import type { Reading, Sentence } from './reading.ts';
import { CODE, lettersIn, NAME, PATH, QUOTE, VERSION } from './tokens.ts';
import type { Finding } from './types.ts';
import * as w from './words.ts';

/**
 * The burden of proof lies with the text: it is asked about unless it shows signs of a result that
 * somebody could check. Signs are of three strengths; what each weighs was chosen by their strength
 * alone, not fitted text by text.
 */
const STRONG = 50;
const FAIR = 30;
const SLIGHT = 20;
/** With no sign at all. Two fair signs, or a strong one and any other, bring it to about nothing. */
const UNPROVEN = 65;
/** Who says more has more to prove: a point for every ten letters beyond a long paragraph. */
const LONG = 450;
const LETTERS_A_POINT = 10;

interface Kind {
  points: number;
  /** How many sentences of the kind count. */
  most: number;
  what: string;
}
const KINDS = {
  content: { points: STRONG, most: 3, what: 'a literal: text, code or output, written out' },
  edit: { points: STRONG, most: 1, what: 'an edit told by its verb and an exact object' },
  number: { points: FAIR, most: 2, what: 'a number' },
  change: { points: FAIR, most: 2, what: 'what it becomes, or what stands in its place' },
  outcome: { points: FAIR, most: 2, what: 'something that can be watched to happen or not' },
  symbol: { points: FAIR, most: 1, what: 'a symbol of the repo' },
  statement: { points: FAIR, most: 1, what: 'what a text has to say' },
  testCase: { points: FAIR, most: 1, what: 'a test whose case is told' },
  defect: { points: FAIR, most: 1, what: 'a defect that tells its repair' },
  deed: { points: FAIR, most: 1, what: 'an order that needs no more than its object' },
  flag: { points: SLIGHT, most: 1, what: 'a flag or version' },
  constant: { points: SLIGHT, most: 1, what: 'a value told by a word' },
  name: { points: SLIGHT, most: 1, what: 'the name of something new' },
} as const satisfies Record<string, Kind>;

/** One reason to believe that somebody could check the result. */
export interface Evidence {
  points: number;
  sentence: Sentence;
  what: string;
}

export interface Gathered {
  demanded: boolean;
  emptyForm: boolean;
  evidence: Evidence[];
  /** The points of all signs. */
  proof: number;
  /** The points that a text of this length should show. */
  due: number;
}

const EXACT_EDIT = new RegExp(`${ordered(w.CLOSED)}.{0,60}?[${NAME}${PATH}${CODE}${QUOTE}\\d]`);
const ZH_EXACT_EDIT = new RegExp(
  `(?:${w.ZH_CLOSED}).{0,20}?[${NAME}${PATH}${CODE}${QUOTE}\\d]|[${NAME}${PATH}${CODE}${QUOTE}].{0,14}(?:${w.ZH_CLOSED})`,
);
const PLAIN_DEED = new RegExp(`${ordered(w.DEED)}\\s\\S|\\b(?:should|must) (?:${w.DEED})\\s`);
/** No ordinal, date, time, issue number or list mark. */
const NUMBER =
  /(?<![\w.#:/-])[-+]?\d+(?:[.,]\d+)*(?!\w{0,3}(?:th|st|nd|rd)\b)(?!:\d\d|[.,]?\d|-\d\d-)/;
/** Dictated: "thirty thousand", "sixty seconds". */
const SPOKEN_NUMBER =
  /\b(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|(?:a|one|two|three|four|five|six|seven|eight|nine|ten) (?:hundred|thousand|million)|(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen) (?:milliseconds|seconds|minutes|hours|days|times|bytes|retries|attempts))\b/;
const LIST_MARK = /^\s*\d+[.)、]/;
const CHANGE = new RegExp(
  `${ARROW.source}|\\b(?:instead of|rather than|not)\\s.{0,30}?[${ANY_ITEM}\\d]|\\bfrom\\b.{1,60}?\\bto\\b|\\b(?:to|into|as|with|by|=|is|be|read|say|becomes?)\\s(?:the |a |an )?[${QUOTE}${CODE}${VERSION}\\d]|(?:改成|改为|换成|换为|设为|设成|调到|调整为|调整到|变成|替换为|重命名为|改名为|升级到|升到|降到|值为|值是|默认为|等于)\\s?[^\\s，。；更合另新别其一某]`,
);
/** "say that …", "mention in x that …" */
const STATEMENT =
  /\b(?:say|mention|state|note|document|write|explain|add)\b[^.;]{0,60}?\bthat\b(?! (?:is|was|one)\b)|说明|注明|写明|写清/;
/** "the last line should be: See also …" writes a text out as a quotation would. */
const WRITTEN_OUT =
  /\b(?:should|must|has to|to) (?:be|read|say)\s?:\s*\S|\b(?:add|append|insert|write)\b[^.:;]{0,30}\b(?:lines?|sentence|text|heading|title|comment|note|paragraph)\b[^.:;]{0,30}:\s*\S{2}|(?:加|补|写|插入|追加)[^。:;；]{0,8}(?:一行|一句|一段)[^。:;；]{0,12}(?::\s*\S{2}|[,，]\s*[a-z][a-z ]{11})/;
const TOLD_CASE =
  /[\uE002\uE003]|一个[^，。,]{1,12}的(?:用例|测试)|\b(?:one|two|three|four|both|each|\d+|where|when)\b|[两二三四\d]|第/;

/** Constants that are no figures of speech, as "twice" and "nothing" may be. */
const VALUE_WORD =
  /\b(?:true|false|null|undefined|nan|infinity|empty (?:string|array|object|list)|utf-?8|iso ?8601|alphabetical(?:ly)?|ascending|descending|lower[- ]?case|upper[- ]?case)\b/;

/** True when the sentence holds a value: vague words beside one are filler. */
export function isExact(s: Sentence): boolean {
  return (
    hasLiteral(s) ||
    NUMBER.test(s.masked.replace(LIST_MARK, '')) ||
    SPOKEN_NUMBER.test(s.masked) ||
    VALUE_WORD.test(s.masked) ||
    SUBSTITUTION.test(s.plain)
  );
}

const hasLiteral = (s: Sentence): boolean => s.masked.includes(QUOTE) || s.masked.includes(CODE);

/** What of this sentence could be checked. */
function signsOf(
  sentence: Sentence,
  demand: boolean,
  indexes: readonly CompiledIndex[],
): (keyof typeof KINDS)[] {
  const s = sentence.masked;
  const { items } = sentence;
  const signs: (keyof typeof KINDS)[] = [];
  if ((hasLiteral(sentence) && (demand || /[a-z\u3400-\u9fff]{2}/.test(s))) || WRITTEN_OUT.test(s))
    signs.push('content');
  const edit = EXACT_EDIT.test(s) || ZH_EXACT_EDIT.test(s);
  if (edit) signs.push('edit');
  else if (PLAIN_DEED.test(s)) signs.push('deed');
  if (said(s, w.DEFECT) !== undefined || w.ZH_DEFECT.test(s)) signs.push('defect');
  const tests = w.TESTS.test(s) || w.ZH_TESTS.test(s);
  if (tests && TOLD_CASE.test(s)) signs.push('testCase');
  if (!demand) return signs;
  if (STATEMENT.test(s)) signs.push('statement');
  if (NUMBER.test(s.replace(LIST_MARK, '')) || SPOKEN_NUMBER.test(s)) signs.push('number');
  if (CHANGE.test(s) || SUBSTITUTION.test(sentence.plain)) signs.push('change');
  if (said(s, w.OUTCOME) !== undefined || said(s, w.ZH_OUTCOME) !== undefined)
    signs.push('outcome');
  const names = items.filter((i) => i.kind === 'name');
  const known = names.filter((i) => findName(indexes, i.text) !== undefined);
  if (known.length > 0) signs.push('symbol');
  if (known.length < names.length) signs.push('name');
  if (items.some((i) => i.kind === 'flag' || i.kind === 'version')) signs.push('flag');
  if (w.CONSTANT.test(s) || w.ZH_CONSTANT.test(s)) signs.push('constant');
  return signs;
}

/** What could be checked. With `all`, every sentence counts as a demand: an answer is one by its place. */
export function gatherEvidence(
  reading: Reading,
  indexes: readonly CompiledIndex[],
  all = false,
): Gathered {
  const bullets = reading.sentences.filter((s) => s.bullet).length;
  // Under an announced list every item is a demand.
  // and with no repo yet every sentence describes what is to be made.
  const isDemand = (s: Sentence) =>
    all || indexes.length === 0 || demands(s) || (s.bullet && bullets >= 2);
  const emptyForm = isEmptyForm(reading);
  const evidence: Evidence[] = [];
  const counted = new Map<string, number>();
  let demanded = false;
  for (const sentence of emptyForm ? [] : reading.sentences) {
    if (sentence.log && !all) continue;
    const demand = isDemand(sentence);
    demanded ||= demand || CJK.test(sentence.masked);
    for (const sign of signsOf(sentence, demand, indexes)) {
      const { points, most, what } = KINDS[sign];
      const before = counted.get(sign) ?? 0;
      counted.set(sign, before + 1);
      evidence.push({ points: before < most ? points : 0, sentence, what });
    }
  }
  const proof = evidence.reduce((sum, e) => sum + e.points, 0);
  const letters = reading.sentences.reduce((sum, s) => sum + (s.log ? 0 : lettersIn(s.plain)), 0);
  const due = UNPROVEN + Math.max(0, Math.round((letters - LONG) / LETTERS_A_POINT));
  return { demanded: demanded || proof > 0, emptyForm, evidence, proof, due };
}

/** What is still to be proven; negative when the signs show more than is needed. */
export const unproven = ({ proof, due }: Gathered): number => due - proof;

/** The acceptance signal's own finding; values that are missing are found beside it. */
export function judgeAcceptance(gathered: Gathered): Finding[] {
  const finding = (
    code: Finding['code'],
    points: number,
    words: string,
    why: string,
  ): Finding[] => [{ signal: 'acceptance', code, points, words, why }];
  if (gathered.emptyForm)
    return finding(
      'no-demand',
      100,
      '(template words only)',
      'the words of an issue template with nothing filled in: no change is described',
    );
  if (!gathered.demanded)
    return finding(
      'no-demand',
      95,
      '(nothing)',
      'no sentence demands a change: nothing could be checked as done',
    );
  const points = unproven(gathered);
  if (points <= 0) return [];
  return finding(
    'no-result',
    points,
    gathered.proof === 0 ? '(nothing)' : '(little)',
    'no expected result, example, number, literal or exact edit says when it is done',
  );
}
