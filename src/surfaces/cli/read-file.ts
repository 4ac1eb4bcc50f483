/** Files that the operator names on the command line. */

import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { codeOf } from '../../lib/small-file.ts';
import { CliError } from './exit-codes.ts';
import type { Host } from './host.ts';
import { safe } from './output.ts';

const WORDS: Record<string, string> = {
  ENOENT: 'does not exist',
  ENOTDIR: 'does not exist',
  EISDIR: 'is a folder',
  EACCES: 'may not be read by this account',
};

/** Throws CliError `usage` when it cannot be read or is larger than `max` bytes. */
export function readNamed(host: Host, name: string, max: number): Buffer {
  const wrong = (what: string) =>
    new CliError('usage', `The file ${safe(name, 300)} ${what}.`, 'Check its name.');
  let file: number;
  try {
    file = openSync(resolve(host.cwd, name), 'r');
  } catch (error) {
    throw wrong(WORDS[codeOf(error)] ?? `cannot be read (${safe(codeOf(error))})`);
  }
  try {
    const stats = fstatSync(file);
    if (stats.size > max) throw wrong(`is larger than ${Math.floor(max / 1024)} KiB`);
    const bytes = readFileSync(file);
    if (bytes.length > max) throw wrong(`is larger than ${Math.floor(max / 1024)} KiB`);
    return bytes;
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw wrong(WORDS[codeOf(error)] ?? `cannot be read (${safe(codeOf(error))})`);
  } finally {
    closeSync(file);
  }
}
