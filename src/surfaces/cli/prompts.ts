/** Questions at a terminal. */
import { confirm, isCancel, select, text } from '@clack/prompts';
import { CliError } from './exit-codes.ts';
import type { Prompts } from './host.ts';

function given<T>(answer: T): Exclude<T, symbol> {
  if (isCancel(answer)) throw new CliError('interrupted', 'Interrupted.');
  return answer as Exclude<T, symbol>;
}

export const prompts: Prompts = {
  confirm: async (message) => given(await confirm({ message, initialValue: false })),
  select: async (message, options) => given(await select<string>({ message, options })),
  text: async (message) =>
    given(
      await text({
        message,
        validate: (value) => ((value ?? '').trim() === '' ? 'Say something.' : undefined),
      }),
    ),
};
