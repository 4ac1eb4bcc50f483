import { FUNCTION_WORDS, TEMPLATE_WORDS, TOOL_WORDS } from './lexicon-en.ts';
import * as zh from './lexicon-zh.ts';
import type { Reading } from './reading.ts';

/** True for a form that nobody filled in: issue-template words, paths and numbers, and hardly anything else. */
export function isEmptyForm(reading: Reading): boolean {
  let template = 0;
  let content = 0;
  let grammar = 0;
  for (const sentence of reading.sentences) {
    for (const w of sentence.masked.match(/[a-z][a-z'-]*/g) ?? []) {
      if (TEMPLATE_WORDS.has(w)) template++;
      else if (FUNCTION_WORDS.has(w)) grammar++;
      else if (!TOOL_WORDS.has(w)) content++;
    }
    const cjk = (sentence.masked.match(/[\u3400-\u9FFF]/g) ?? []).length;
    const formal = (sentence.masked.match(ZH_TEMPLATE) ?? []).join('').length;
    template += formal / 2;
    content += (cjk - formal) / 2;
  }
  // Words that only grammar needs make a sentence of it, however formal its vocabulary.
  return template >= 5 && template >= content * 1.2 && grammar <= template * 0.2;
}

const ZH_TEMPLATE = new RegExp(zh.ZH_TEMPLATE, 'g');
