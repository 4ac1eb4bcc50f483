/** How commands print: tables for people, one document for programs, nothing that a terminal obeys. */
import { stripVTControlCharacters } from 'node:util';
import pc from 'picocolors';
import { printable } from '../../lib/escape.ts';
import type { Host } from './host.ts';

/** Everything that others wrote passes through here before it reaches a terminal. */
export const safe = (text: unknown, max = 2000): string => printable(String(text ?? ''), max);

/** The same for text whose lines are kept, e.g. a spec or a log. */
export const safeLines = (text: string, max = 256 * 1024): string =>
  printable(text, max, { lines: true });

/** One line to standard output. */
export const say = (host: Host, line = ''): void => host.out(`${line}\n`);

/**
 * One JSON document. What a terminal would obey or hide is written as \\u escapes, which mean the
 * same to a program.
 */
export function jsonText(doc: unknown, indent = 2): string {
  return JSON.stringify(doc, null, indent).replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{DI}]/gu,
    (found) =>
      found === '\n'
        ? found
        : [...Array(found.length).keys()]
            .map((at) => `\\u${found.charCodeAt(at).toString(16).padStart(4, '0')}`)
            .join(''),
  );
}
export const sayJson = (host: Host, doc: unknown): void => host.out(`${jsonText(doc)}\n`);

export interface Ink {
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
  cyan(text: string): string;
}

export const ink = (colour: boolean): Ink => {
  const { bold, dim, red, green, yellow, cyan } = pc.createColors(colour);
  return { bold, dim, red, green, yellow, cyan };
};

/** Colour on a terminal only, and not when the operator's environment asks for none. */
export const inkFor = (host: Pick<Host, 'env' | 'columns'>): Ink =>
  ink(host.columns !== null && !host.env['NO_COLOR'] && host.env['TERM'] !== 'dumb');

/** The colour of a state: moving, done, waiting for somebody, or ended badly. */
export function stateInk(paint: Ink, state: string, held: boolean): string {
  if (held) return paint.yellow(`${state} (held)`);
  if (['done', 'merged', 'remembered'].includes(state)) return paint.green(state);
  if (['failed', 'cancelled', 'abandoned'].includes(state)) return paint.red(state);
  return paint.cyan(state);
}

/** A table that fits the terminal; on a pipe, tab-separated lines without colour. */
export async function table(
  head: string[],
  rows: string[][],
  columns: number | null,
): Promise<string> {
  if (columns === null) return [head, ...rows].map((row) => row.join('\t')).join('\n');
  const { default: Table } = await import('cli-table3');
  const border = {
    top: '',
    'top-mid': '',
    'top-left': '',
    'top-right': '',
    bottom: '',
    'bottom-mid': '',
    'bottom-left': '',
    'bottom-right': '',
    left: '',
    'left-mid': '',
    mid: '',
    'mid-mid': '',
    right: '',
    'right-mid': '',
    middle: '  ',
  };
  const made = new Table({
    head,
    chars: border,
    // Its own colours would ignore NO_COLOR.
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
    wordWrap: true,
    ...narrowed(head, rows, columns),
  });
  made.push(...rows);
  return made.toString().replaceAll(/[ \t]+$/gm, '');
}

/** The widest column gives way when the table is wider than the terminal. */
function narrowed(head: string[], rows: string[][], columns: number): { colWidths?: number[] } {
  const bare = (text: string) => stripVTControlCharacters(text).length;
  const widths = head.map((name, at) =>
    Math.max(name.length, ...rows.map((row) => bare(row[at] ?? ''))),
  );
  const total = widths.reduce((a, b) => a + b + 2, 0);
  if (total <= columns) return {};
  const widest = widths.indexOf(Math.max(...widths));
  widths[widest] = Math.max(16, (widths[widest] ?? 0) - (total - columns));
  return { colWidths: widths };
}

export const shortDigest = (digest: string | null): string => (digest ? digest.slice(0, 12) : '');

/** `3 min ago`, `in 2 h`; times in between are given as they are. */
export function ago(time: string, now: number): string {
  const ms = now - Date.parse(time);
  const amount = Math.abs(ms);
  const text =
    amount < 60_000
      ? `${Math.round(amount / 1000)} s`
      : amount < 3_600_000
        ? `${Math.round(amount / 60_000)} min`
        : amount < 48 * 3_600_000
          ? `${Math.round(amount / 3_600_000)} h`
          : `${Math.round(amount / 86_400_000)} days`;
  return ms >= 0 ? `${text} ago` : `in ${text}`;
}
