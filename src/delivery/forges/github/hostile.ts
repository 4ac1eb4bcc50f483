/** Text that anybody may have written, made fit for the log, a screen and a coder's prompt. */
import { printable } from '../../../lib/escape.ts';

/** One paragraph: escaped, on one line, at most `max` characters. */
export const flat = (text: string, max: number): string =>
  printable(
    text
      .slice(0, max * 2)
      .replace(/\s+/g, ' ')
      .trim(),
    max,
  );

/** Bodies: what a review or check says, cut so that fifty of them still fit into one event. */
export const MAX_TEXT = 2000;
export const said = (text: string): string => flat(text, MAX_TEXT);
/** Names of checks, people and files. */
export const named = (text: string): string => flat(text, 200);
