/** What the operator can do about a coder that did not get there, by the code of its outcome. */

const REMEDIES: Readonly<Record<string, string>> = {
  'max-turns': 'raise budgets.per_run.max_turns, or ask for less in one task',
  'max-budget': 'raise budgets.per_run.cost_usd, or ask for less in one task',
  'max-tokens': 'ask for less in one task',
  'prompt-too-long': 'shorten the request, or split it',
  'wall-limit': 'raise budgets.per_run.wall_minutes, or ask for less in one task',
  'idle-limit':
    'see the end of `aedev task logs`; raise budgets.per_run.idle_minutes if it was at work',
  'memory-limit': 'raise sandbox.memory_mb',
  'disk-limit': 'free some disk space, e.g. with `aedev prune`',
  'output-cut': 'see `aedev task logs` for what it printed so much of',
  'no-result': 'see `aedev task logs`, and `aedev doctor` for the program',
  'cli-refused': 'see `aedev task logs`, and `aedev doctor` for the program',
  'bad-envelope': 'see `aedev doctor`: the program may be a version that aedev does not know',
  killed: 'find out what on this machine ended it; `aedev doctor` looks at memory and disk',
  refusal: 'say the request in other words',
};

/** Ends with the command that goes on. */
export function failureRemedy(code: string, task: string): string {
  const resume = `\`aedev hold resume ${task}\``;
  const known = Object.hasOwn(REMEDIES, code) ? REMEDIES[code] : undefined;
  return known ? `${known}; then ${resume}` : resume;
}
