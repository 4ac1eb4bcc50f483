/**
 * The demo's daemon: the same as `aedev daemon run`, in a process of its own, and bound to the
 * demo's life: when the demo is gone, even by kill -9, the channel to it closes and this one ends.
 * Usage: node daemon.js VERSION, with AEDEV_HOME set and an IPC channel.
 */
import { homedir } from 'node:os';
import { createLog } from '../compose/log.ts';
import { runDaemon } from '../compose/serve.ts';
import { homePaths } from '../config/home.ts';

const stop = new AbortController();
for (const event of ['SIGINT', 'SIGTERM', 'disconnect'] as const)
  process.once(event, () => stop.abort(event));

await runDaemon({
  paths: homePaths(process.env, homedir()),
  env: process.env,
  version: process.argv[2] ?? 'unknown',
  port: 0,
  log: createLog(),
  signal: stop.signal,
  ready: (port) => void process.send?.({ port }),
});
if (process.connected) process.disconnect();
