/** A command line as words, for `--verify`. There is no shell, so nothing a shell would do is accepted. */
import { CliError } from './exit-codes.ts';
import { safe } from './output.ts';

const refuse = (line: string, what: string): never => {
  throw new CliError(
    'usage',
    `The verify command "${safe(line, 200)}" ${what}; it is started without a shell.`,
    'Write one plain command, or put the rest into a script of the repo and name that.',
  );
};

/** Splits at spaces; quotes and backslashes keep words together. Throws CliError `usage`. */
export function wordsOf(line: string): string[] {
  const words: string[] = [];
  let word: string | null = null;
  let quote = '';
  for (let at = 0; at < line.length; at += 1) {
    const char = line[at] as string;
    if (char === '\n' || char === '\r') refuse(line, 'has more than one line');
    if (quote !== '') {
      const escapes = quote === '"' && char === '\\' && /["\\$`]/.test(line[at + 1] ?? '');
      if (escapes) word += line[++at] as string;
      else if (char === quote) quote = '';
      else if (quote === '"' && /[$`]/.test(char)) refuse(line, `uses ${char}`);
      else word += char;
    } else if (char === '"' || char === "'") {
      quote = char;
      word ??= '';
    } else if (char === '\\') {
      at += 1;
      if (at >= line.length) refuse(line, 'ends with a backslash');
      word = (word ?? '') + line[at];
    } else if (/\s/.test(char)) {
      if (word !== null) words.push(word);
      word = null;
    } else if (/[|&;<>()$`*?[\]{}#~!]/.test(char) && !harmless(char, word)) {
      refuse(line, `uses ${char}`);
    } else word = (word ?? '') + char;
  }
  if (quote !== '') refuse(line, `has an open ${quote}`);
  if (word !== null) words.push(word);
  const [program] = words;
  if (!program) refuse(line, 'is empty');
  if (/^\w+=/.test(program as string)) refuse(line, 'sets an environment variable');
  return words;
}

/** Inside a word a shell leaves these alone, too. */
const harmless = (char: string, word: string | null): boolean =>
  word !== null && /[#~!]/.test(char);
