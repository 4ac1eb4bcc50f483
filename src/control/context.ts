import { type Refusal, refuse } from './contract.ts';
import type { Policy } from './policy.ts';

/** Facts that decisions may use beside the state: arguments, so that deciding stays pure. */
export interface Context {
  /** UTC, ISO 8601 with milliseconds. */
  now: string;
  actor: string;
  /** A fresh id with this prefix, e.g. `id('t')`. */
  id(prefix: string): string;
  sha256(text: string): string;
  policy: Policy;
}

export const onlyOperator = (ctx: Context, what: string): Refusal | null =>
  ctx.actor.startsWith('operator:')
    ? null
    : refuse('not-an-operator', `Only the operator may ${what}; ${ctx.actor} may not.`);
