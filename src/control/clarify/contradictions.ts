import { isExact } from './acceptance.ts';
import { negated } from './demand.ts';
import { AXES } from './lexicon-axes.ts';
import type { Sentence } from './reading.ts';
import { lettersIn } from './tokens.ts';
import type { Finding } from './types.ts';
import { TESTS, ZH_TESTS } from './words.ts';

const POINTS = 88;
/** Demands so absolute that they seldom hold together: less sure than two named poles, enough to ask. */
const ABSOLUTE_POINTS = 78;
const shown = (words: string): string => words.replace(/[\uE000-\uE006]/g, '…').trim();

function finding(a: string, b: string, why: string, points = POINTS): Finding {
  const words = `${shown(a.slice(0, 80))} / ${shown(b.slice(0, 80))}`;
  return { signal: 'hazard', code: 'contradiction', points, words, why };
}

/** A sentence that tells how something is now, or what takes the place of what. */
const CHANGES =
  /\b(?:instead of|rather than|replaces?|from(?! now on)|currently|(?<!from )now|today|at the moment|so far|used to|except|unless|by default)\b|目前|现在|而不是|替换|原来|改为|改成|除了|除非/;

/** Both poles of one axis, at different places of the text. */
function onAxes(sentences: readonly Sentence[]): Finding[] {
  const findings: Finding[] = [];
  for (const axis of AXES) {
    const a = new RegExp(axis.a.source);
    const b = new RegExp(axis.b.source, 'g');
    let left: { at: number; end: number; words: string } | undefined;
    let offset = 0;
    const rights: { at: number; end: number; words: string }[] = [];
    for (const { plain } of sentences) {
      if (axis.strict && CHANGES.test(plain)) continue;
      const m = left === undefined ? a.exec(plain) : null;
      if (m !== null)
        left = { at: offset + m.index, end: offset + m.index + m[0].length, words: m[0] };
      for (const r of plain.matchAll(b)) {
        if (rights.length < 20 && !negated(plain, r.index))
          rights.push({ at: offset + r.index, end: offset + r.index + r[0].length, words: r[0] });
      }
      offset += plain.length + 1;
    }
    const l = left;
    const right = l && rights.find((r) => r.at >= l.end || r.end <= l.at);
    if (l !== undefined && right !== undefined)
      findings.push(finding(l.words, right.words, axis.why));
  }
  return findings;
}

const REMOVES =
  /(?:\b(?:remove|delete|drop|get rid of|rip out|eliminate)\b(?: the| our| this)?(?: [a-z]+)?|(?:删除|删掉|去掉|移除)(?:整个|掉)?)\s?$/;
const KEEPS =
  /\b(?:keeps?|still|continues?|remains?|stays?|as (?:before|today|now)|must not change)\b|保留|继续|照旧|仍然|还是要/;
const EXCEPT =
  /\b(?:except|but not|other than|besides|re-?export|instead|replaced?)\b|除了|以外|改用/;

/** One named thing is to be removed, and elsewhere to go on as before. */
function removedYetKept(sentences: readonly Sentence[]): Finding[] {
  const removed = new Map<string, string>();
  let offset = 0;
  for (const { items, masked, plain } of sentences) {
    for (const item of items) {
      const before = masked.slice(0, Math.max(0, item.at - offset));
      if (item.kind !== 'name' || !REMOVES.test(before.slice(-40))) continue;
      if (!negated(before, before.length) && !EXCEPT.test(plain))
        removed.set(item.text.toLowerCase(), plain);
    }
    offset += masked.length;
  }
  for (const { items, masked, plain } of sentences) {
    if (!KEEPS.test(masked) || EXCEPT.test(plain)) continue;
    for (const { kind, text } of items) {
      const where = removed.get(text.toLowerCase());
      if (kind === 'name' && where !== undefined && where !== plain)
        return [finding(`remove ${text}`, plain, 'what is removed cannot go on as before')];
    }
  }
  return [];
}

const BOUND =
  /\b(at most|no more than|not more than|never more than|maximum of|up to|at least|no less than|no fewer than|minimum of) (\d{1,9}) ?([a-z]{2,14})|(最多|至多|不超过|至少|不少于)\s?(\d{1,9})\s?([次秒个条天倍行]|毫秒|分钟|小时)/g;
/** Boundaries of what is accepted and what is refused lie side by side on purpose. */
const TWO_SIDED =
  /\b(?:throws?|rejects?|refuses?|errors?|accepts?|accepted|rejected|tests?|cases?)\b|抛|拒绝|报错|用例|接受/;

/** At least more of something than its upper bound allows. */
function boundsApart(sentences: readonly Sentence[]): Finding[] {
  const lower: { n: number; unit: string; words: string }[] = [];
  const upper: { n: number; unit: string; words: string }[] = [];
  for (const { plain } of sentences) {
    if (TWO_SIDED.test(plain)) continue;
    for (const m of plain.matchAll(BOUND)) {
      const unit = (m[3] ?? m[6] ?? '').replace(/(?:ies|y|s)$/, '');
      const into = /least|less|fewer|minimum|至少|不少/.test(m[1] ?? m[4] ?? '') ? lower : upper;
      if (into.length < 20) into.push({ n: Number(m[2] ?? m[5]), unit, words: m[0] });
    }
  }
  for (const l of lower) {
    const u = upper.find((x) => x.unit === l.unit && x.n < l.n);
    if (u !== undefined)
      return [finding(l.words, u.words, 'the lower bound lies above the upper one')];
  }
  return [];
}

/** What has to be so, whatever else holds. */
const OBLIGED =
  /\b(?:must(?! not| never)|has to|have to|shall|needs? to|is to be|are to be|is required|requires|guarantees?)\b|必须|一定要|务必|保证|需要(?!改)|都要|还?要能|要求/g;
/** Words that close a way out: no option, no exception, no edit. */
const CLOSING =
  /\b(?:no|without)(?: any| an?| the)?(?: new| other| second| third| further| additional| extra| separate| different)? (?:options?|flags?|settings?|config\w*|overloads?|parameters?|opt-?outs?|overrides?|exceptions?|edits?|changes?|skips?|alias(?:es)?|prox(?:y|ies)|getters?|tables?|columns?|methods?|pages?|migrations?|quer(?:y|ies)|workarounds?|breaking|touching|adding|changing)\b|\bdon't work around\b|(?:不|别|无)(?:提供|要|许|能|允许|加|新增|增加|另|用)[^。；,，]{0,4}?(?:开关|选项|参数|配置|例外|改|表|重试|代理|缓冲|延迟|白名单)|一行都不|没有例外|不区分/g;
/** Words that admit no exception. */
const ABSOLUTE =
  /\b(?:always|ever|every|each|all|any|anywhere|whatever|regardless|no matter|without exception|entirely|completely|altogether|at all|immediately|right away|at once|the moment|as soon as|exactly|forever|for good|strictly|only)\b|所有|全部|每次|每个|任何|始终|永远|立即|立刻|马上|完全|彻底|一律|同一/g;
/** Words that lay one demand on top of another. */
const JOINED =
  /\b(?:at the same time|also|both|as well|too|and must|and has to|in addition|besides|yet|nevertheless|two (?:requirements|wishes|rules))\b|同时|另外|并且|而且|此外|两条|也要|又要|还要|但/g;
/** "All tests pass" is asked of every change, and "must return 6" is a value: neither excludes anything. */
const HARMLESS =
  /\b(?:must|has to|have to|shall) (?:be|become|return|equal|give|print|read|exit|start|end|answer|contain|throw|say)\b[^.,;]{0,30}[\uE002\uE003\d]|\b(?:has to|have to|must|should|needs? to) (?:still )?(?:pass|be green|stay green)\b|\b(?:all|every|each) (?:\w+ )?(?:tests?|suites?)\b|(?:全部|都要|都|必须|全)(?:能)?(?:通过|绿)/g;
/** A demand that says when it holds leaves room for another. */
const CONDITION =
  /\b(?:when|whenever|if|unless|given|where|with an?|in case)\b|如果|当|时|若|遇到/g;
/** How much the demands must outweigh the room and the values that the text gives them. */
const TOO_MUCH = 1.5;
/** Dictated text has no sentences: so many letters give as much room as one. */
const LETTERS = 150;

/**
 * "All of this always, and none of the ways out": obligations, closed ways out and absolute words heaped
 * on few sentences without values, conditions or tests. Such demands seldom hold together. The weights are
 * round; they found three of four among 130 contradictions, and one in a hundred of 1,151 clear texts (ADR 11).
 */
function tooAbsolute(sentences: readonly Sentence[]): Finding[] {
  let obliged = 0;
  let absolute = 0;
  let joined = 0;
  let exact = 0;
  let letters = 0;
  let conditions = 0;
  let tests = 0;
  const ranked = sentences.map((sentence) => {
    const plain = sentence.plain.replace(HARMLESS, ' ');
    const here = count(plain, OBLIGED) + count(plain, CLOSING);
    const words = count(plain, ABSOLUTE);
    obliged += here;
    absolute += words;
    joined += count(plain, JOINED);
    if (isExact(sentence)) exact++;
    letters += lettersIn(plain);
    conditions += count(plain, CONDITION);
    if (TESTS.test(sentence.masked) || ZH_TESTS.test(sentence.masked)) tests++;
    return { plain, total: here + words };
  });
  // One demand alone excludes nothing.
  if (sentences.length === 1 && obliged + joined < 2) return [];
  const force = 2 * Math.min(3, obliged) + Math.min(4, absolute) + Math.min(2, joined);
  const room = Math.max(sentences.length, letters / LETTERS);
  const eased = (room + exact) / 2 + Math.min(2, conditions) + Math.min(1, tests);
  if (force - eased < TOO_MUCH) return [];
  const [a, b] = ranked.sort((x, y) => y.total - x.total);
  const why = 'absolute demands on top of each other: check that they can hold together';
  return [finding(a?.plain ?? '', b?.plain ?? '', why, ABSOLUTE_POINTS)];
}

const count = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0;

/**
 * Demands that exclude each other, as far as that can be told without understanding: opposite poles of a
 * known axis, a thing both removed and kept, bounds that leave nothing between them, and, less surely,
 * absolute demands heaped on each other.
 */
export function contradictions(sentences: readonly Sentence[]): Finding[] {
  const sure = [...onAxes(sentences), ...removedYetKept(sentences), ...boundsApart(sentences)];
  return sure.length > 0 ? sure : tooAbsolute(sentences);
}
