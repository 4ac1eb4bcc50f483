import { isExact } from './acceptance.ts';
import { negated } from './demand.ts';
import { AXES } from './lexicon-axes.ts';
import type { Sentence } from './reading.ts';
import type { Finding } from './types.ts';
import { OUTCOME, TESTS, ZH_TESTS } from './words.ts';

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

/** Words that admit no exception. */
const ABSOLUTE =
  /\b(?:never|always|at all|ever|whatever|without exception|in any (?:case|way|form)|under any|entirely|completely|guarantees?|impossible|regardless|no matter|nothing|nobody|no one|anywhere|everywhere|at once|immediately|right away|strictly|forever)\b|永远|绝不|无论|不管|一律|始终|每次|一定|立即|立刻|完全/g;
/** Words that close a way out. One alone ("no new dependency") is ordinary. */
const CLOSING =
  /\b(?:no (?:new|other|second|third|further|additional|extra|option|overload|flag|alias|config|setting|change|edit|script|migration|parameter)s?|without (?:any |adding |changing |breaking |touching |requiring )|must not|may not|must never|cannot|can't|not even|don't|do not|neither)\b|不能|不要|不得|不许|不允许|不可|禁止|不改|不用/g;
/** Ordinary in a specification; only where no value, test or outcome stands beside them do they add to the others. */
const OBLIGED =
  /\b(?:must(?! not| never)|ha(?:s|ve) to|every|all|any|each|none|exactly)\b|必须|仍然|保留|所有|全部|每个|任何/g;
const TOGETHER =
  /\b(?:at the same time|both|also|as well|too|yet|still|and must|and has to|simultaneously|in the same)\b|同时|并且|而且|又|也|但/;

const count = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0;
const told = (s: Sentence): boolean =>
  isExact(s) ||
  TESTS.test(s.masked) ||
  ZH_TESTS.test(s.masked) ||
  (OUTCOME.test(s.masked) && s.items.some((i) => i.kind === 'name'));

/**
 * "All of this always, and none of the ways out": absolute demands heaped on one thing, one or more in
 * every sentence, or joined with their exits closed. Such demands seldom hold together.
 */
function tooAbsolute(sentences: readonly Sentence[]): Finding[] {
  let force = 0;
  let closings = 0;
  const ranked = sentences.map((sentence) => {
    const { plain } = sentence;
    const absolute = count(plain, ABSOLUTE);
    const closing = count(plain, CLOSING);
    force += absolute + closing / 2;
    closings += closing;
    return { plain, total: absolute + closing + (told(sentence) ? 0 : count(plain, OBLIGED)) };
  });
  const total = ranked.reduce((sum, s) => sum + s.total, 0);
  const everywhere = force >= 1 && total >= 3 && total >= sentences.length;
  const joined = closings > 0 && sentences.some((s) => TOGETHER.test(s.plain));
  const closed = joined && force >= 1.5 && total >= 4 && total * 2 > sentences.length;
  if (!everywhere && !closed) return [];
  const [a, b] = ranked.sort((x, y) => y.total - x.total);
  const why = 'absolute demands on top of each other: check that they can hold together';
  return [finding(a?.plain ?? '', b?.plain ?? '', why, ABSOLUTE_POINTS)];
}

/**
 * Demands that exclude each other, as far as that can be told without understanding: opposite poles of a
 * known axis, a thing both removed and kept, bounds that leave nothing between them, and, less surely,
 * absolute demands heaped on each other.
 */
export function contradictions(sentences: readonly Sentence[]): Finding[] {
  const sure = [...onAxes(sentences), ...removedYetKept(sentences), ...boundsApart(sentences)];
  return sure.length > 0 ? sure : tooAbsolute(sentences);
}
