/** Is the daemon's process there? Told from its file, without asking it. */
import { type DaemonFile, livingDaemonAt } from '../daemon-file.ts';
import type { Host } from './host.ts';

/** The daemon's file when the process that wrote it still lives. Throws DaemonFileError. */
export const livingDaemon = (host: Host): DaemonFile | null =>
  livingDaemonAt(host.paths().daemonFile);
