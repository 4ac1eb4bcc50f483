/** The whole program behind `aedev`. */
import { version } from '../lib/version.ts';
import { run } from '../surfaces/cli/run.ts';
import { createHost } from './host.ts';

/** Runs `argv` (without node and script) and returns the exit code. Never rejects. */
export const cli = (argv: readonly string[]): Promise<number> => run(argv, createHost(version()));
