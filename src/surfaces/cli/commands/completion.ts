import { SHELLS, type Surface } from '../completion-scripts.ts';
import { CliError } from '../exit-codes.ts';
import type { Host } from '../host.ts';
import { safe } from '../output.ts';

export async function completion(host: Host, shell: string, surface: Surface): Promise<void> {
  const make = Object.hasOwn(SHELLS, shell) ? SHELLS[shell] : undefined;
  if (!make)
    throw new CliError(
      'usage',
      `There is no completion for ${safe(shell, 40)}.`,
      `There is for: ${Object.keys(SHELLS).join(', ')}.`,
    );
  host.out(make(surface));
}
