/** All scenarios that are shipped. */
import type { Scenario } from './scenario.ts';
import { ACCESS } from './set/access.ts';
import { ASYNC } from './set/async.ts';
import { DATA } from './set/data.ts';
import { HONESTY } from './set/honesty.ts';
import { INPUT } from './set/input.ts';
import { NUMBERS } from './set/numbers.ts';

export const SCENARIOS: readonly Scenario[] = [
  ...NUMBERS,
  ...ASYNC,
  ...INPUT,
  ...ACCESS,
  ...DATA,
  ...HONESTY,
];
