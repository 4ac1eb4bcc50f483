/** Is the daemon's process there? Told from its file, without asking it. */
import { type DaemonFile, isAlive, readDaemonFile } from '../daemon-file.ts';
import type { Host } from './host.ts';

/** The daemon's file when the process that wrote it still lives. Throws DaemonFileError. */
export function livingDaemon(host: Host): DaemonFile | null {
  const file = readDaemonFile(host.paths().daemonFile);
  return file && isAlive(file.pid, file.startTime) ? file : null;
}
