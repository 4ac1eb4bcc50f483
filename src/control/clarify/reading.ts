import { logged } from './log.ts';
import { type Item, Mask } from './mask.ts';
import { spans } from './spans.ts';
import { CHUNK, COMMIT_TYPES, classify, PLACEHOLDER, trimChunk } from './tokens.ts';
import type { Language } from './types.ts';

export type { Item };

/** Texts are read up to this many UTF-16 units; what lies behind is never scored as if read. */
export const READ_LIMIT = 65_536;

export interface Sentence {
  /** Lower case, with placeholders for items: rules match here, so quoted words trigger nothing. */
  masked: string;
  /**
   * Like `masked`, but with paths and names written out in lower case (their dots as `·`, so that a
   * dot still ends a sentence); literals stay masked.
   */
  plain: string;
  /** As written (normalised), for showing. */
  raw: string;
  items: Item[];
  bullet: boolean;
  /** Part of a line that a machine wrote. */
  log: boolean;
}

export interface Reading {
  sentences: Sentence[];
  /** Text set apart by no mark: it is read as a quotation, but what is dangerous in it is looked for all the same. */
  announced: Sentence[];
  items: Item[];
  language: Language;
  /** Invisible or direction-changing characters that were taken out, by what they can do. */
  hidden: { deceiving: number; harmless: number };
  truncated: boolean;
}

/** Takes out what a reader cannot see; tells apart what can deceive from pasted litter. */
function clean(text: string): { text: string; deceiving: number; harmless: number } {
  let deceiving = 0;
  let harmless = 0;
  const out = text.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
    /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F\u00AD\u200B\u200C\u200E\u200F\u202A-\u202E\u2060-\u2069\uE000-\uF8FF\uFEFF\uFFF9-\uFFFB]|\uDB40[\uDC00-\uDC7F]/g,
    (c) => {
      if (/[\u200B\u200C\u00AD\uFEFF\u2060\u200E\u200F]/.test(c)) harmless++;
      else deceiving++;
      return '';
    },
  );
  return { text: out, deceiving, harmless };
}

/** "shutdown dot t s" is how dictation writes `shutdown.ts`. */
function spoken(text: string): string {
  return text.replace(
    /\b([A-Za-z][\w-]{0,60}) (?:dot|点) ?(t ?s ?x|t ?s|j ?s ?x|j ?s ?o ?n|j ?s|m ?d|y ?a? ?m ?l|s ?q ?l|p ?y|g ?o|r ?s|s ?h)\b/gi,
    (_, name: string, ext: string) => `${name}.${ext.replace(/ /g, '').toLowerCase()}`,
  );
}

/** `docs(guide): …` is how a commit message begins, and calls nothing. */
const COMMIT_TYPE = new RegExp(`^(?:${COMMIT_TYPES})$`);

function maskProse(mask: Mask, text: string, from: number, known: (word: string) => boolean): void {
  let done = 0;
  for (const m of text.matchAll(CHUNK)) {
    const at = m.index;
    const [lead, core] = trimChunk(m[0], text[at - 1] ?? '');
    const called =
      text[at + lead + core.length] === '(' && !(from + at + lead === 0 && COMMIT_TYPE.test(core));
    const kind =
      core === ''
        ? undefined
        : (classify(core, called) ??
          (core.includes('/') && known(core)
            ? 'path'
            : isKnownWord(core, text, at + lead, known)
              ? 'name'
              : undefined));
    if (kind === undefined) continue;
    mask.put(text.slice(done, at + lead).toLowerCase(), from + done);
    mask.item(kind, core, from + at + lead, false, called);
    done = at + lead + core.length;
  }
  mask.put(text.slice(done).toLowerCase(), from + done);
}

/** `Migrator` or `CHARS`: a plain word that is capital by choice, not by its place, and that the repo has. */
function isKnownWord(
  word: string,
  text: string,
  at: number,
  known: (word: string) => boolean,
): boolean {
  if (!/^(?:[A-Z][a-z]{3,}|[A-Z]{4,})$/.test(word) || !known(word)) return false;
  return (
    /^[A-Z]+$/.test(word) ||
    /[a-z0-9,，、\u3400-\u9FFF]\s?$/.test(text.slice(Math.max(0, at - 2), at))
  );
}

function maskCode(mask: Mask, content: string, from: number): void {
  const whole = /^([\w$.@/[\]*-]+)(\([^()]*\))?$/.exec(content.length > 300 ? '' : content.trim());
  const core = whole?.[1];
  if (core !== undefined) {
    const kind = classify(core, whole?.[2] !== undefined);
    if (kind !== undefined) {
      mask.item(kind, core, from, true, whole?.[2] !== undefined);
      return;
    }
  }
  for (const m of content.matchAll(CHUNK)) {
    const [lead, chunk] = trimChunk(m[0], content[m.index - 1] ?? '');
    const called = content[m.index + lead + chunk.length] === '(';
    // What code makes or brings in (`new X()`, `import X`) need not be the repo's.
    const brought = /\b(?:new|import) \{?\s?$/.test(
      content.slice(Math.max(0, m.index - 10), m.index),
    );
    const kind = chunk === '' || brought ? undefined : classify(chunk, called);
    if (kind === 'name' || kind === 'path' || kind === 'package')
      // Code of several lines is an example of use, full of names that its writer made up.
      mask.inner(kind, chunk, called && !content.includes('\n'));
  }
  mask.item('code', content, from, true, false);
}

/** Words before a quotation that make it the text of an edit. */
const EDIT_BEFORE =
  /(?:\b(?:add|append|insert|prepend|replace|put|say|says|read|reads|print|write|state|text|sentence|paragraph|lines?|message|entry|note|wording|heading|prompt|body|example|input|output|with|from|to|as)\b|[加写改换插]|替换|文案|内容|提示|一段|一句|一行|示例|输入|输出)[^\n.。]{0,60}$/i;
/** Who says what comes next: people, not a program. */
const SPEAKER =
  /(?:\b(?:users?|customers?|clients?|somebody|someone|people|colleagues?|boss|manager|he|she|they|team|support|ops|reporters?|contributors?)\b[^.\n]{0,40}\b(?:says?|said|complain\w*|told|calls?|called|wrote|reports?|reported|feels?)\b[^.\n]{0,16}|(?:用户|客户|同事|老板|有人|老外|运营|产品经理|他们?|她)[^。\n]{0,12}(?:说|反馈|抱怨|吐槽|觉得)[^。\n]{0,12})$/i;
/** What somebody felt, in plain words: no value, and as vague as said without quotation marks. */
const isReported = (text: string, start: number, end: number): boolean =>
  /^["“「][\p{Script=Han}\p{L}\s'’,，.。!！?？…]{2,120}["”」]$/u.test(text.slice(start, end)) &&
  SPEAKER.test(text.slice(Math.max(0, start - 80), start));

/**
 * A quotation of several sentences that no edit asks for is a request that the operator passes on ("a
 * contributor writes: …"): it is read like their own words.
 */
function isPassedOn(text: string, span: { kind: string; start: number; end: number }): boolean {
  if (span.kind === 'quote' && isReported(text, span.start, span.end)) return true;
  if (span.kind !== 'quote' || span.end - span.start < 120 || text[span.start] === '>')
    return false;
  const content = text.slice(span.start, span.end);
  if ((content.match(/[.!?](?=\s)|[。！？]|<!--/g) ?? []).length < 2) return false;
  return !EDIT_BEFORE.test(text.slice(Math.max(0, span.start - 80), span.start));
}

// A line that is nothing but a quotation belongs to the words that announce it, and "1." to its item.
const SENTENCE_END =
  /(?<!\n)\n+(?!\n|[\uE002\uE003]\s{0,4}(?:\n|$))|[。！？；!?;]+|(?<!\b(?:e\.g|i\.e|vs|cf|approx|incl|no)|(?:^|\n)[ \t]{0,6}\d{1,2})\.(?=\s|$)/g;

function languageOf(masked: string): Language {
  const cjk = (masked.match(/[\u3400-\u9FFF]/g) ?? []).length;
  if (cjk === 0) return 'en';
  const words = (masked.match(/[a-z]{2,}/g) ?? []).length;
  return words * 4 > cjk ? 'mixed' : 'zh';
}

/**
 * Reads a request; `known` tells which capitalised plain words are names in the repo, and which runs
 * with a slash are its paths. Linear in its length; nothing in it is interpreted, only looked at.
 */
export function read(
  source: string,
  known: (word: string) => boolean = () => false,
  nested = false,
): Reading {
  const truncated = source.length > READ_LIMIT;
  const { text: visible, deceiving, harmless } = clean(source.slice(0, READ_LIMIT));
  const text = spoken(
    visible
      .normalize('NFKC')
      .slice(0, READ_LIMIT * 2)
      .replace(/\r\n?/g, '\n'),
  );
  const mask = new Mask();
  const announced: Sentence[] = [];
  for (const span of spans(text)) {
    if (span.kind === 'announced' && !nested)
      announced.push(...read(text.slice(span.start, span.end), known, true).sentences);
    if (span.kind === 'prose' || (nested && span.kind === 'announced') || isPassedOn(text, span))
      maskProse(mask, text.slice(span.start, span.end), span.start, known);
    else {
      const content = text.slice(span.start + span.open, span.end - span.open);
      if (span.kind === 'code') maskCode(mask, content, span.start);
      else mask.item('quote', content, span.start, false, false);
    }
  }
  const { masked, map } = mask.done();
  const sentences: Sentence[] = [];
  let start = 0;
  let next = 0;
  let machine: ReturnType<typeof logged>;
  let sameLine = false;
  const push = (end: number) => {
    const items: Item[] = [];
    while (next < mask.items.length && (mask.items[next] as Item).at < end) {
      items.push(mask.items[next] as Item);
      next++;
    }
    const part = masked.slice(start, end);
    if (part.trim() !== '') {
      let at = 0;
      let plain = '';
      for (const item of items) {
        const offset = item.at - start;
        if (
          item.kind === 'code' ||
          item.kind === 'quote' ||
          masked[item.at] !== PLACEHOLDER[item.kind]
        )
          continue;
        if (offset < at) continue;
        plain += `${part.slice(at, offset)}${item.text.toLowerCase().replace(/[.;]/g, '·')}`;
        at = offset + 1;
      }
      plain += part.slice(at);
      const raw = text.slice(map[start] ?? 0, map[end] ?? text.length).trim();
      // The rest of a line belongs to how it began.
      if (!sameLine || /^\s*\n/.test(part)) machine = undefined;
      if (machine !== 'line') machine = logged(plain, raw);
      sameLine = !/\n\s*$/.test(part);
      sentences.push({
        masked: part,
        plain,
        raw,
        items,
        log: machine !== undefined,
        bullet: /^\s*(?:[-*+•]|\d+[.)、])\s/.test(part) || /^\s*\d+[、.)]/.test(part),
      });
    }
    start = end;
  };
  for (const m of masked.matchAll(SENTENCE_END)) push(m.index + m[0].length);
  push(masked.length);
  return {
    sentences,
    announced,
    items: mask.items,
    language: languageOf(masked),
    hidden: { deceiving, harmless },
    truncated,
  };
}
