/** Commands on the process that does the work. */
import type { Entry } from '../entry.ts';
import { json } from './flags.ts';

export const DAEMON: readonly Entry[] = [
  {
    use: 'daemon start',
    does: 'start it in the background',
    flags: [
      { flag: '--foreground', does: 'stay in this terminal' },
      { flag: '--port <number>', does: 'instead of system.port; 0 is any free one', port: true },
      json,
    ],
    patient: true,
    load: async () => (await import('../commands/daemon.ts')).start,
  },
  {
    use: 'daemon stop',
    does: 'stop it; work goes on where it was when it starts again',
    flags: [json],
    load: async () => (await import('../commands/daemon.ts')).stop,
  },
  {
    use: 'daemon status',
    does: 'does it live, and does it answer?',
    flags: [json],
    load: async () => (await import('../commands/daemon.ts')).status,
  },
  {
    use: 'daemon run',
    does: 'be the daemon',
    flags: [{ flag: '--port <number>', does: 'as for start', port: true }, json],
    patient: true,
    hidden: true,
    load: async () => (await import('../commands/daemon.ts')).run,
  },
  {
    use: 'prune',
    does: 'free disk space: what ended tasks left, after their work is saved; old caches, images, logs',
    flags: [{ flag: '--dry-run', does: 'only say what would go' }, json],
    load: async () => (await import('../commands/prune.ts')).prune,
  },
  {
    use: 'halt [reason...]',
    does: 'kill switch: no new effect from now on, also after a restart',
    flags: [{ flag: '--end', does: 'end the halt' }, json],
    load: async () => (await import('../commands/halt.ts')).halt,
  },
];
