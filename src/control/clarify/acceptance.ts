import type { CompiledIndex } from './compile-index.ts';
import { isEmptyForm } from './form.ts';
import { findName } from './ground.ts';
import { ARTIFACT, CLOSED_VERBS } from './lexicon-en.ts';
import * as zh from './lexicon-zh.ts';
import * as p from './patterns.ts';
import type { Reading, Sentence } from './reading.ts';
import { CODE, NAME, PATH, QUOTE } from './tokens.ts';
import type { Finding } from './types.ts';

/** One reason to believe that somebody could check the result. */
export interface Evidence {
  points: number;
  sentence: Sentence;
  what: string;
}

const CLOSED = new RegExp(
  `(?:^|[,;:]|\\b(?:please|and|then|to|just|you)\\b)\\s{0,3}(?:please |just )?(?:${CLOSED_VERBS})\\b.{0,60}?[${NAME}${PATH}${CODE}${QUOTE}]|^[\\s*•-]*[${PATH}${NAME}](?: (?:in|of) [${PATH}${NAME}])?\\s?:\\s?(?:please )?(?:${CLOSED_VERBS})\\b`,
);
const CLOSED_PRONOUN = new RegExp(
  `\\b(?:please|and|then|just|you|should)\\s(?:${CLOSED_VERBS}) (?:it|them|this one|that one)\\b`,
);
const ZH_CLOSED = new RegExp(
  `(?:${zh.ZH_CLOSED}).{0,20}?[${NAME}${PATH}${CODE}${QUOTE}]|[${NAME}${PATH}${CODE}${QUOTE}].{0,12}(?:${zh.ZH_CLOSED})`,
);
const CALL_WITH_INPUT = new RegExp(`${NAME}\\s?\\([^)]{0,120}[\\d${QUOTE}${CODE}{[]`);

/** True when the sentence demands something; a bare list of keywords or a tour of the tree does not. */
export function demands(sentence: Sentence): boolean {
  const s = sentence.masked;
  if (p.LOG_LINE.test(sentence.plain)) return false;
  if (p.IMPERATIVE.test(s) || p.ARROW.test(s) || p.MID_ORDER.test(s)) return true;
  if (p.ORDER_FORM.test(s) || p.SUBSTITUTION.test(sentence.plain) || MUST.test(s) || WISH.test(s))
    return true;
  if (p.TO_LITERAL.test(s) || p.AFTERWARDS.test(s)) return true;
  if (p.POLITE.test(s) && /\?\s*$/.test(s)) return true;
  if (p.OBLIGED.test(s) && (p.OBSERVED.test(s) || p.CHANGE.test(s))) return true;
  if (p.ZH_CHANGE.test(s) && CJK.test(s)) return true;
  if (INSTEAD.test(s)) return true;
  return p.ZH_OBLIGED.test(s) || NEW_THING.test(s) || PLACE_AND_TEXT.test(s) || ANNOUNCED.test(s);
}

/** Strong modals demand whatever verb follows, but not a quality ("should be nicer"). */
const WISH = /\b(?:i|we) (?:want|need|expect|would like)\b|\b(?:i|we)'d (?:like|expect|want)\b/;
const MUST =
  /\b(?:should|must|shall|has to(?! do with)|have to(?! do with)|needs? to|ought to)\b\s(?!be (?:better|nicer|easier|faster|good)|feel|look)/;
/** "New option …": what is announced as new is asked for. */
const NEW_THING = /^[\s*•-]*(?:new|feature:)\s/;
/** "… `x` instead of the old one": what stands before it is wanted. */
const INSTEAD = new RegExp(`[${QUOTE}${CODE}\\d].{0,60}?\\b(?:instead of|rather than)\\b`);
/** "Text, word for word: “…”" */
const ANNOUNCED = new RegExp(
  `\\b(?:text|word(?:ing| for word)|sentence|content|paragraph)\\b[^.;]{0,30}:\\s*[${QUOTE}${CODE}]`,
);
/** "docs/x.md: … “text”": a place and what is to stand there. */
const PLACE_AND_TEXT = new RegExp(`^[\\s*•-]*${PATH}\\s?:.*[${QUOTE}${CODE}]`);

const CJK = /[\u3400-\u9FFF]/;
const EXACT_CONSTANT = new RegExp(p.CONSTANT);

/** What the sentences of one request share. */
interface Scene {
  indexes: readonly CompiledIndex[];
  /** Something that exists is named somewhere in the text, or there is nothing that could exist. */
  anchored: boolean;
  /** Under an announced list every item is a demand. */
  listed: boolean;
}

/** What of this sentence could be checked; nothing for mere description, wishes and guesses. */
function evidenceOf(sentence: Sentence, scene: Scene): Evidence[] {
  const s = sentence.masked;
  const out: Evidence[] = [];
  // In a long sentence words stand together by chance: what rests on that alone counts less.
  const chance = Math.min(1, 220 / s.length);
  const add = (points: number, what: string) =>
    out.push({ points: points < 45 ? Math.round(points * chance) : points, sentence, what });
  const { indexes, anchored } = scene;
  if (p.LOG_LINE.test(sentence.plain)) return out;
  const demand = demands(sentence) || (scene.listed && sentence.bullet) || indexes.length === 0;
  const literal = sentence.items.some(
    (i) => i.kind === 'quote' || (i.kind === 'code' && s.includes(CODE)),
  );
  const measure = p.MEASURE.test(s);
  const observed = p.OBSERVED.test(s) || p.ZH_OBSERVED.test(s);
  const obliged = p.OBLIGED.test(s) || p.ZH_OBLIGED.test(s);
  const known = sentence.items.some((i) => i.kind === 'name' || i.kind === 'path');
  const named = sentence.items.some(
    (i) => i.kind === 'name' && findName(indexes, i.text) === undefined,
  );
  const told = p.NOT_OLD.test(s) || p.FROM_TO.some((r) => r.test(s));
  const exact = literal || measure || named || told || EXACT_CONSTANT.test(s);
  const taste =
    p.VAGUE_QUALITY.test(s) || p.OPEN.test(s) || p.ZH_VAGUE_QUALITY.test(s) || p.ZH_OPEN.test(s);
  // A sentence that speaks of taste proves nothing unless something exact stands beside it.
  if (taste && !exact) return out;
  // That the tests stay green is true before the work as well: it says nothing of the result.
  if (p.STAYS_GREEN.test(s) && !exact) {
    add(15, 'an invariant');
    return out;
  }
  if (told) add(60, 'old and new value');
  if (p.RELOCATE.test(s)) add(60, 'a thing and the place it goes to');
  if (demand && literal) add(50, 'a literal result');
  const place = known || literal;
  if (p.TELLING_DEFECT.test(s) && place) add(60, 'a defect that tells its repair');
  if (anchored && CLOSED_PRONOUN.test(s)) add(45, 'an edit told of a thing named before');
  if (demand && p.CONVERTS.test(s)) add(45, 'what becomes of it');
  if (p.SAYS_TODAY.test(s)) add(35, 'what it says today');
  if (demand && anchored && p.SAY_THAT.test(s)) add(50, 'the statement to write');
  if (p.SETTING.test(s)) add(50, 'a setting, its value and its place');
  if (demand && p.MAKE_CHECKABLE.test(s)) add(60, 'a quality that can be checked');
  if (demand && p.MODELLED_ON.test(s)) add(45, 'an existing behaviour as the model');
  if (literal && EXACT_CONSTANT.test(s)) add(35, 'a stated value');
  if (demand && p.CONTENT.test(s)) add(50, 'the content to write');
  if ((demand || obliged) && observed && exact) add(55, 'an observable outcome');
  else if (obliged && observed) add(25, 'an observable outcome without a value');
  if (!p.VAGUE_VERB.test(s) && obliged && known && (p.CHANGE.test(s) || observed))
    add(40, 'what a known thing has to do');
  const condition = p.CONDITION.test(s) || p.ZH_CONDITION.test(s);
  if (
    condition &&
    (obliged || demand) &&
    (observed || (sentence.items.length > 0 && p.CHANGE.test(s)))
  )
    add(30, 'a condition and what then happens');
  if (demand && measure) add(35, 'a number that can be measured');
  else if (p.IMPERATIVE.test(s) && anchored && /(?<![\w.-])\d+(?![\w-])/.test(s))
    add(45, 'an order with an exact value');
  if (CLOSED.test(s) || ZH_CLOSED.test(s)) add(60, 'an edit that is fully told');
  if (CALL_WITH_INPUT.test(s) || (observed && literal) || p.GIVES.test(s)) add(40, 'an example');
  if (indexes.length === 0 && observed && place) add(45, 'what the new thing does');
  if (p.COMMAND.test(s)) add(35, 'a command that must pass');
  if (p.EXPECTED.test(s) && exact) add(literal ? 50 : 30, 'a stated expectation');
  if (p.SUBSTITUTION.test(sentence.plain)) add(60, 'a substitution');
  const things = new Set(sentence.items.filter((i) => i.kind !== 'version').map((i) => i.text));
  if (
    demand &&
    anchored &&
    things.size >= 2 &&
    sentence.items.some((i) => i.kind !== 'path' && i.kind !== 'version') &&
    !p.VAGUE_VERB.test(s) &&
    !p.ZH_VAGUE_VERB.test(s)
  )
    add(35, 'two exact things in one demand');
  if (p.TEST_WORDS.test(s)) add(observed || exact ? 25 : 10, 'a test');
  if (p.INVARIANT.test(s)) add(20, 'an invariant');
  return out;
}

/** A demand whose outcome is an effort or a quality without a measure. */
function isEffort(sentence: Sentence): boolean {
  const s = sentence.masked;
  const effort = [
    p.VAGUE_VERB,
    p.VAGUE_QUALITY,
    p.BY_DEGREE,
    p.ZH_VAGUE_VERB,
    p.ZH_VAGUE_QUALITY,
  ].some((r) => {
    const m = r.exec(s);
    return m !== null && !p.negated(s, m.index);
  });
  return effort && demands(sentence) && !p.MEASURE.test(s);
}

export interface Gathered {
  demanded: boolean;
  emptyForm: boolean;
  evidence: Evidence[];
  /** 0–100: what of it is exact by itself, not by several signs together. */
  exact: number;
  /** 0–100. */
  total: number;
}

/**
 * What could be checked. Strong evidence counts in full; many weak signs together count for little,
 * or a long text would pass by its length.
 */
export function gatherEvidence(
  reading: Reading,
  indexes: readonly CompiledIndex[],
  named = 1,
): Gathered {
  const demanded =
    reading.sentences.some(demands) ||
    (indexes.length === 0 &&
      reading.sentences.some((s) => ARTIFACT.test(s.masked) || s.masked.includes(PATH)));
  const emptyForm = isEmptyForm(reading);
  const bullets = reading.sentences.filter((s) => s.bullet).length;
  const scene: Scene = {
    indexes,
    anchored: named > 0 || indexes.length === 0,
    listed: bullets >= 2,
  };
  const evidence: Evidence[] = [];
  if (!emptyForm)
    for (const sentence of reading.sentences) evidence.push(...evidenceOf(sentence, scene));
  let strong = 0;
  let weak = 0;
  for (const e of evidence) {
    if (e.points >= 35) strong += e.points;
    else weak += e.points;
  }
  // A tour of the tree, with nothing definite said of any stop, is no acceptance criterion.
  const stops = new Set(reading.items.filter((i) => i.kind === 'path').map((i) => i.text));
  if (stops.size >= 5 && strong === 0) weak = 0;
  // In a long text weak signs turn up by chance.
  const share = Math.min(1, 5 / Math.max(1, reading.sentences.length));
  const exact = evidence.reduce((sum, e) => sum + (e.points >= 45 ? e.points : 0), 0);
  const sum = Math.min(100, Math.round(strong + Math.min(40, weak) * share));
  // Where an effort or a taste is the demand, what stands around it is no result unless it is exact.
  const total = exact === 0 && reading.sentences.some(isEffort) ? Math.min(15, sum) : sum;
  return {
    demanded: demanded || total >= 25,
    emptyForm,
    evidence,
    exact: Math.min(100, exact),
    total,
  };
}

/** The acceptance signal's own finding; values that are missing are found beside it. */
export function judgeAcceptance({ demanded, emptyForm, total }: Gathered): Finding[] {
  if (emptyForm) {
    return [
      {
        signal: 'acceptance',
        code: 'no-demand',
        points: 100,
        words: '(template words only)',
        why: 'the words of an issue template with nothing filled in: no change is described',
      },
    ];
  }
  if (!demanded) {
    return [
      {
        signal: 'acceptance',
        code: 'no-demand',
        points: 95,
        words: '(nothing)',
        why: 'no sentence demands a change: nothing could be checked as done',
      },
    ];
  }
  if (total >= 100) return [];
  return [
    {
      signal: 'acceptance',
      code: 'no-result',
      points: 100 - total,
      words: total === 0 ? '(nothing)' : '(little)',
      why: 'no expected result, example, number, literal or command says when it is done',
    },
  ];
}
