/** Commander's complaints about the command line as one sentence with the nearest spelling. */
import type { CommanderError } from 'commander';
import { CliError } from './exit-codes.ts';

export function usageError(error: CommanderError): CliError {
  const [first = '', ...rest] = error.message.replace(/^error: /, '').split('\n(Did you mean ');
  const what = first.trim().replace(/[.]$/, '');
  const meant = rest.join(' ').replace(/\?\)\s*$/, '');
  const sentence = `${what.charAt(0).toUpperCase()}${what.slice(1)}${meant ? `; did you mean ${meant}?` : '.'}`;
  const remedy = meant ? '' : 'Add --help to see what there is.';
  return new CliError('usage', sentence, remedy, error.code.replace('commander.', ''));
}
