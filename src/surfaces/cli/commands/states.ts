import { type Machine, mermaid } from '../../../control/machine.ts';
import { MISSION } from '../../../control/mission.ts';
import { TASK } from '../../../control/task.ts';
import { CliError } from '../exit-codes.ts';
import type { Host } from '../host.ts';
import { inkFor, safe, say, sayJson, table } from '../output.ts';

const MACHINES: Record<string, Machine<string>> = {
  mission: MISSION as never,
  task: TASK as never,
};

export async function states(
  host: Host,
  options: { mermaid?: boolean; json?: boolean },
  name?: string,
): Promise<void> {
  if (name !== undefined && !Object.hasOwn(MACHINES, name))
    throw new CliError(
      'usage',
      `There is no machine ${safe(name, 40)}.`,
      'There are: mission, task.',
    );
  const machines = Object.values(MACHINES).filter((one) => name === undefined || one.name === name);
  if (options.json) return sayJson(host, { machines });
  const paint = inkFor(host);
  for (const machine of machines) {
    if (options.mermaid) {
      say(host, mermaid(machine));
      continue;
    }
    say(host, paint.bold(machine.name));
    say(host, `states: ${machine.states.join(', ')}`);
    say(host, `ends: ${machine.terminal.join(', ')}`);
    const rows = machine.transitions.map(({ from, on, to }) => [
      from === '*' ? '(any but an end)' : from,
      on,
      to,
    ]);
    say(host, await table(['from', 'event', 'to'], rows, host.columns));
  }
}
