import type { Sentence } from './reading.ts';
import { CODE, COMMIT_TYPES, FLAG, NAME, PACKAGE, PATH, QUOTE, VERSION } from './tokens.ts';
import { MODAL, ORDER_VERBS, ZH_DEMAND } from './words.ts';

/** Any placeholder: a mention of a thing, or a literal. */
export const ANY_ITEM: string = `${NAME}${PATH}${CODE}${QUOTE}${FLAG}${VERSION}${PACKAGE}`;
export const CJK = /[\u3400-\u9FFF]/;
export const ARROW = /->|=>|→|⇒/;
/** `s/old/new/` */
export const SUBSTITUTION = /\bs\/[^/\n]{1,80}\/[^/\n]{0,80}\//;

/** Where a clause begins, or the place of the work is named and the order follows. */
const CLAUSE = `(?:^|[,;:(•*–—>.-]|\\b(?:please|pls|and|then|also|just|but|so|could you|can you|would you|to|only)\\b|[${ANY_ITEM}]\\s?[,:]?)[\\s\\d.)\\]x[*•]{0,6}(?:please |just |simply |also |then |only )?`;
/** An order by one of `verbs` at the beginning of a clause. */
export const ordered = (verbs: string): string => `${CLAUSE}(?:${verbs})(?![\\w-])`;
const ORDER = new RegExp(ordered(ORDER_VERBS));
/** The same in the middle of a clause ("below the title add …"), when no word before makes it a statement. */
const MID_ORDER =
  /(?<!\b(?:the|an?|this|that|to|i|we|you|they|it|who|which|will|would|can|could|may|might|did|does|do|don't|doesn't|not|never|no|our|your|their|its|every|each|and|or|of|in|for|by|with|on) )(?<![\w-])(?:add|append|insert|put|replace|remove|delete|rename|set|write|mention|throw|return|skip|print|let|make|use|drop|emit|keep|say|state|document)(?![\w-])/;

/** `feat(mime): getMimeType knows m3u8`: by its form a change that is to be made. */
const COMMIT_SUBJECT = new RegExp(`^\\s*(?:${COMMIT_TYPES})(?:\\([^)\\n]{1,40}\\))?!?: \\S`);

/** True when the sentence demands something; a bare list of keywords or a tour of the tree does not. */
export function demands(sentence: Sentence): boolean {
  const s = sentence.masked;
  if (sentence.log) return false;
  return (
    COMMIT_SUBJECT.test(s) ||
    ORDER.test(s) ||
    MODAL.test(s) ||
    ARROW.test(s) ||
    MID_ORDER.test(s) ||
    SUBSTITUTION.test(sentence.plain) ||
    (CJK.test(s) && ZH_DEMAND.test(s))
  );
}

/** A negation close before `at` in `text`: "not a refactor", "nothing is deleted". */
export function negated(text: string, at: number): boolean {
  const before = text.slice(Math.max(0, at - 28), at);
  return /(?:\b(?:not?|never|without|nothing|none|don't|doesn't|do not|does not|must not|mustn't|shouldn't|should not|isn't|avoid|instead of|neither|nor|no longer|won't)\b[^,;:]{0,16}|(?:(?<!是)不是|也不是|(?<!要)不要|不用|(?<!能)不能|不得|(?<!会)不会|不再|无需|不必|禁止|别|并非|不)[^,，。]{0,4})$/.test(
    before,
  );
}

/** The first place where the pattern stands and is not negated. */
export function said(text: string, pattern: RegExp): string | undefined {
  for (const m of text.matchAll(new RegExp(pattern.source, 'g')))
    if (!negated(text, m.index)) return m[0];
  return undefined;
}
