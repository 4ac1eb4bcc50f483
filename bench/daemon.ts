/** The real daemon as a process of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The built program, as it is installed. */
export const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** What the measured programs get of the environment: others' settings may cost time and memory. */
export const environment = (home: string): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'],
  HOME: dirname(home),
  AEDEV_HOME: home,
});

export interface Daemon {
  pid: number;
  stop(): Promise<void>;
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return address !== null && typeof address === 'object' ? address.port : 0;
}

/** Resolves when it says that its life has begun and /healthz answers. */
export async function startDaemon(home: string, port: number): Promise<Daemon> {
  const child = spawn(process.execPath, [MAIN, 'daemon', 'run', '--port', String(port)], {
    env: environment(home),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const closed = once(child, 'close');
  let said = '';
  await new Promise<void>((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      said += chunk.toString('utf8');
      if (said.includes('"listening"')) resolve();
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('error', reject);
    child.once('close', () => reject(new Error(`the daemon did not start: ${said.slice(-2000)}`)));
  });
  const answer = await fetch(`http://127.0.0.1:${port}/healthz`);
  if (!answer.ok) throw new Error(`/healthz answered ${answer.status}`);
  await answer.arrayBuffer();
  return {
    pid: child.pid as number,
    async stop() {
      child.kill('SIGTERM');
      await closed;
    },
  };
}
