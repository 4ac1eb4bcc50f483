/** What opening aedev needs from the world. */
import type { HomePaths } from '../config/home.ts';
import type { Clock } from '../engine/clock.ts';
import type { CrashPoint } from '../engine/runner.ts';

export type Log = (
  level: 'info' | 'warn' | 'error',
  message: string,
  data?: Record<string, unknown>,
) => void;

export interface AedevOptions {
  paths: HomePaths;
  env: Readonly<Record<string, string | undefined>>;
  log: Log;
  version: string;
  clock?: Clock;
  /** Called when going on would lose what is acknowledged. */
  fatal?(reason: string): void;
  /** Crash tests only. */
  point?: CrashPoint;
}
