/** A state machine as data: the same table is obeyed by evolve, printed by `aedev states` and drawn in the docs. */

export interface Transition<S extends string> {
  /** `*` stands for every state that is not terminal. */
  from: S | '*' | '(new)';
  on: string;
  to: S;
}

export interface Machine<S extends string> {
  name: string;
  states: readonly S[];
  terminal: readonly S[];
  transitions: readonly Transition<S>[];
}

/** The state after an event; the same state when the event does not move it. Terminal states absorb. */
export function next<S extends string>(machine: Machine<S>, from: S, on: string): S {
  if (machine.terminal.includes(from)) return from;
  const hit = machine.transitions.find((t) => t.on === on && (t.from === from || t.from === '*'));
  return hit ? hit.to : from;
}

/** May this event happen in this state? Used by the property tests and the janitor. */
export function allows<S extends string>(machine: Machine<S>, from: S, on: string): boolean {
  if (machine.terminal.includes(from)) return false;
  return machine.transitions.some((t) => t.on === on && (t.from === from || t.from === '*'));
}

/** A Mermaid state diagram of the table, for the docs. */
export function mermaid<S extends string>(machine: Machine<S>): string {
  const name = (state: string) => state.replaceAll('-', '_');
  const label = (state: string) =>
    state.includes('-') ? [`    state "${state}" as ${name(state)}`] : [];
  const lines = machine.transitions.flatMap((t) => {
    const from = t.from === '(new)' ? ['[*]'] : t.from === '*' ? ['any'] : [name(t.from)];
    return from.map((f) => `    ${f} --> ${name(t.to)}: ${t.on}`);
  });
  const any = machine.transitions.some((t) => t.from === '*')
    ? ['    state "any state that is not an end" as any']
    : [];
  return [
    'stateDiagram-v2',
    ...machine.states.flatMap(label),
    ...any,
    ...lines,
    ...machine.terminal.map((state) => `    ${name(state)} --> [*]`),
  ].join('\n');
}
