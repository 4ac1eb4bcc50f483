/** The daemon's own log: one JSON line an entry, on standard output, which `daemon start` sends to a file. */
import { pino } from 'pino';
import type { Log } from './options.ts';

export function createLog(): Log {
  const logger = pino(
    { base: null, timestamp: pino.stdTimeFunctions.isoTime },
    // Synchronous: what was logged before a crash must be there after it.
    pino.destination({ dest: 1, sync: true }),
  );
  return (level, message, data) => logger[level](data ?? {}, message);
}
