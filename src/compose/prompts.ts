/** Questions at a terminal. */
import { confirm, isCancel, select, text } from '@clack/prompts';
import { CliError } from '../surfaces/cli/exit-codes.ts';
import type { Prompts } from '../surfaces/cli/host.ts';

function answered<T>(answer: T | symbol): Exclude<T, symbol> {
  if (isCancel(answer)) throw new CliError('interrupted', 'Interrupted.');
  return answer as Exclude<T, symbol>;
}

export const prompts: Prompts = {
  confirm: async (question) => answered(await confirm({ message: question, initialValue: false })),
  select: async (question, options) => answered(await select({ message: question, options })),
  text: async (question) =>
    answered(
      await text({
        message: question,
        validate: (value) => ((value ?? '').trim() === '' ? 'Say something.' : undefined),
      }),
    ),
};
