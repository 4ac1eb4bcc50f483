import { AXES } from './lexicon-axes.ts';
import { negated } from './patterns.ts';
import type { Sentence } from './reading.ts';
import type { Finding } from './types.ts';

const POINTS = 88;
const shown = (words: string): string => words.replace(/[\uE000-\uE006]/g, '…').trim();

function finding(a: string, b: string, why: string): Finding {
  return {
    signal: 'hazard',
    code: 'contradiction',
    points: POINTS,
    words: `${shown(a.slice(0, 80))} / ${shown(b.slice(0, 80))}`,
    why,
  };
}

/** A sentence that tells how something is now, or what takes the place of what. */
const CHANGES =
  /\b(?:instead of|rather than|replaces?|from(?! now on)|currently|(?<!from )now|today|at the moment|so far|used to|except|unless|by default)\b|目前|现在|而不是|替换|原来|改为|改成|除了|除非/;

/** Both poles of one axis, at different places of the text. */
function onAxes(sentences: readonly Sentence[]): Finding[] {
  const findings: Finding[] = [];
  for (const axis of AXES) {
    const a = new RegExp(axis.a.source, 'g');
    const b = new RegExp(axis.b.source, 'g');
    let left: { at: number; end: number; words: string } | undefined;
    let offset = 0;
    const rights: { at: number; end: number; words: string }[] = [];
    for (const { plain } of sentences) {
      if (axis.strict && CHANGES.test(plain)) continue;
      if (left === undefined) {
        const m = a.exec(plain);
        a.lastIndex = 0;
        if (m !== null)
          left = { at: offset + m.index, end: offset + m.index + m[0].length, words: m[0] };
      }
      for (const m of plain.matchAll(b)) {
        if (rights.length < 20 && !negated(plain, m.index))
          rights.push({ at: offset + m.index, end: offset + m.index + m[0].length, words: m[0] });
      }
      offset += plain.length + 1;
    }
    const l = left;
    const right = l && rights.find((r) => r.at >= l.end || r.end <= l.at);
    if (l === undefined || right === undefined) continue;
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
  for (const sentence of sentences) {
    for (const item of sentence.items) {
      if (item.kind !== 'name') continue;
      const before = sentence.masked.slice(0, Math.max(0, item.at - offset));
      const order = REMOVES.exec(before.slice(-40));
      if (order !== null && !negated(before, before.length) && !EXCEPT.test(sentence.plain)) {
        removed.set(item.text.toLowerCase(), sentence.plain);
      }
    }
    offset += sentence.masked.length;
  }
  for (const sentence of sentences) {
    if (!KEEPS.test(sentence.masked) || EXCEPT.test(sentence.plain)) continue;
    for (const item of sentence.items) {
      const name = item.text.toLowerCase();
      const where = removed.get(name);
      if (item.kind === 'name' && where !== undefined && where !== sentence.plain) {
        return [
          finding(
            `remove ${item.text}`,
            sentence.plain.slice(0, 80),
            'what is removed cannot go on as before',
          ),
        ];
      }
    }
  }
  return [];
}

/** "A before B" and "B before A": the same two named things in both orders. */
function bothOrders(sentences: readonly Sentence[]): Finding[] {
  const befores: { left: Set<string>; right: Set<string>; words: string }[] = [];
  for (const { plain } of sentences) {
    const m = /^(.{3,160}?)\s(before|after)\s(.{3,160})$/s.exec(plain.trim());
    if (m === null) continue;
    const words = (t: string) => new Set(t.match(/[a-z]\w{4,}/g) ?? []);
    const [a, b] = [words(m[1] ?? ''), words(m[3] ?? '')];
    befores.push(
      m[2] === 'before'
        ? { left: a, right: b, words: plain.trim() }
        : { left: b, right: a, words: plain.trim() },
    );
  }
  const share = (x: Set<string>, y: Set<string>) => [...x].some((w) => y.has(w));
  for (let i = 0; i < befores.length && i < 8; i++) {
    for (let j = i + 1; j < befores.length && j < 8; j++) {
      const [x, y] = [befores[i], befores[j]];
      if (x && y && share(x.left, y.right) && share(x.right, y.left) && !share(x.left, y.left)) {
        return [
          finding(
            x.words.slice(0, 80),
            y.words.slice(0, 80),
            'the same two things are to happen in both orders',
          ),
        ];
      }
    }
  }
  return [];
}

const FAILS = /\b(?:throws?|rejects?|fails?)\b|抛|报错/;
const GIVES_BACK = /\b(?:returns?|resolves?|succeeds?|is ignored)\b|返回|忽略/;
/** Words that make two outcomes of one call a history, a choice or a condition. */
const PARTED =
  /\b(?:now|currently|today|actual|instead|when|if|unless|otherwise|after|before|once|second|first|should have|not)\b|现在|目前|否则|如果|当|之后|之前|第[一二]/;

/** The very same call, in two items of a list, once fails and once gives something back. */
function twoOutcomes(sentences: readonly Sentence[]): Finding[] {
  const seen = new Map<string, string>();
  for (const { bullet, raw, plain } of sentences) {
    const call = bullet ? /`([^`]{1,120}\))`/.exec(raw)?.[1] : undefined;
    if (call === undefined || PARTED.test(plain)) continue;
    const kind = FAILS.test(plain) ? 'fails' : GIVES_BACK.test(plain) ? 'gives' : undefined;
    if (kind === undefined) continue;
    const other = seen.get(`${kind === 'fails' ? 'gives' : 'fails'} ${call}`);
    if (other !== undefined)
      return [
        finding(other.slice(0, 80), raw.slice(0, 80), 'one call cannot both fail and return'),
      ];
    seen.set(`${kind} ${call}`, raw);
  }
  return [];
}

const FORBIDDEN =
  /\b(?:must not|may not|never|without|not|don't) (?:even )?(?:touch(?:ing)?|quer(?:y|ying)|access(?:ing)?|read(?:ing)? from|hit(?:ting)?|writ(?:e|ing) to|contact(?:ing)?|connect(?:ing)? to|import(?:ing)?) (?:the |any |an? )?([a-z]{4,20})\b/g;
const ZH_FORBIDDEN =
  /(?:不|不能|不要|不得|禁止)(?:再)?(?:访问|查询|读取|碰|连接|调用|使用)\s?([a-z]{3,20}|[\u3400-\u9fff]{2,3})/g;
const CONDITIONAL = /\b(?:when|if|unless|otherwise|once|only|except|instead)\b/;

/** How many forbidden things and deeds are looked for elsewhere: bounds the work on hostile texts. */
const LOOKED_FOR = 8;
const NO_THING = /^(?:this|that|them|these|those|existing|other|anything|code|tests?|docs?)$/;

/** The first `LOOKED_FOR` different words that the patterns capture, with where they stand. */
function captured(
  sentences: readonly Sentence[],
  patterns: readonly RegExp[],
): Map<string, { words: string; sentence: Sentence }> {
  const out = new Map<string, { words: string; sentence: Sentence }>();
  for (const sentence of sentences) {
    for (const pattern of patterns) {
      for (const m of sentence.plain.matchAll(pattern)) {
        if (out.size >= LOOKED_FOR) return out;
        const word = m[1] ?? '';
        if (!NO_THING.test(word) && !out.has(word)) out.set(word, { words: m[0], sentence });
      }
    }
  }
  return out;
}

/** A thing that must not be touched is, in another place, where something comes from or goes to. */
function forbiddenYetUsed(sentences: readonly Sentence[]): Finding[] {
  const text = sentences.filter((s) => !CONDITIONAL.test(s.plain));
  for (const [noun, { words, sentence }] of captured(text, [FORBIDDEN, ZH_FORBIDDEN])) {
    const used = new RegExp(
      `\\b(?:from|by|in|into|to|via|using|through) (?:the |that |our )?${noun}\\b[^.;]{0,24}|(?:写入|读取|从|存入|存到|查询|连接|调用)\\s?${noun}`,
    );
    for (const other of text) {
      const rest = other === sentence ? other.plain.replace(words, ' ') : other.plain;
      const u = used.exec(rest);
      if (u !== null && !negated(rest, u.index))
        return [finding(words, u[0], 'what must not be touched is to be used')];
    }
  }
  return [];
}

const NEVER =
  /\b(?:must never|must not|may never|may not|never|not to|not) (?:be )?([a-z]{4,16}?)(?:ed|d|n)?\b/g;
const ALWAYS = /\b(?:all|every|each|always|whatever|without exception)\b/;

/** Never done to some, and without exception done to all. */
function neverYetAlways(sentences: readonly Sentence[]): Finding[] {
  const text = sentences.filter((s) => !CONDITIONAL.test(s.plain) && !CHANGES.test(s.plain));
  for (const [verb, { words, sentence }] of captured(text, [NEVER])) {
    const done = new RegExp(
      `\\b(?:are|is|be|gets?|must|has to) (?:to )?(?:be )?${verb.replace(/e$/, '')}(?:e?d|e?s|e)?\\b`,
    );
    for (const other of text) {
      if (other === sentence || !ALWAYS.test(other.plain)) continue;
      const u = done.exec(other.plain);
      if (u !== null && !negated(other.plain, u.index + 3))
        return [finding(words, other.plain, 'never done and done to all exclude each other')];
    }
  }
  return [];
}

const BOUND =
  /\b(at most|no more than|not more than|never more than|maximum of|up to|at least|no less than|no fewer than|minimum of) (\d{1,9}) ?([a-z]{2,14})|(最多|至多|不超过|至少|不少于)\s?(\d{1,9})\s?([次秒个条天倍行]|毫秒|分钟|小时)/g;

/** At least more of something than its upper bound allows. */
function boundsApart(sentences: readonly Sentence[]): Finding[] {
  const lower: { n: number; unit: string; words: string }[] = [];
  const upper: { n: number; unit: string; words: string }[] = [];
  for (const { plain } of sentences) {
    // Boundaries of what is accepted and what is refused lie side by side on purpose.
    if (
      /\b(?:throws?|rejects?|refuses?|errors?|accepts?|accepted|rejected|tests?|cases?)\b|抛|拒绝|报错|用例|接受/.test(
        plain,
      )
    )
      continue;
    for (const m of plain.matchAll(BOUND)) {
      const kind = m[1] ?? m[4] ?? '';
      const unit = (m[3] ?? m[6] ?? '').replace(/(?:ies|y|s)$/, '');
      const into = /least|less|fewer|minimum|至少|不少/.test(kind) ? lower : upper;
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

/**
 * Demands that exclude each other, as far as that can be told without understanding: opposite poles
 * of a known axis, a thing both removed and kept, two things in both orders, one call with two outcomes, a
 * thing forbidden and used, bounds that leave nothing between them.
 */
export function contradictions(sentences: readonly Sentence[]): Finding[] {
  return [
    ...onAxes(sentences),
    ...removedYetKept(sentences),
    ...bothOrders(sentences),
    ...twoOutcomes(sentences),
    ...forbiddenYetUsed(sentences),
    ...neverYetAlways(sentences),
    ...boundsApart(sentences),
  ];
}
