/**
 * A container engine of a test's own, which may be killed: its own socket, data and containerd, and
 * an image of busybox alone. Needs root and the programs that `.ci/run` installs.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from './until.ts';

const BUSYBOX = ['/bin/busybox', '/usr/bin/busybox'];
const TOOLS = ['sh', 'sed', 'rm', 'sleep', 'touch', 'cat', 'true', 'mkdir', 'test', 'grep'];

/** Why it cannot be had here, or null. */
export const NO_OWN_ENGINE: string | null = (() => {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'it takes root on Linux';
  for (const program of ['dockerd', 'containerd', 'docker']) {
    try {
      execFileSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' });
    } catch {
      return `${program} is not installed`;
    }
  }
  return null;
})();

export interface OwnEngine {
  /** For DOCKER_HOST. */
  host: string;
  /** Id of the busybox image. */
  image: string;
  /** SIGKILL, as a crash; its containers live on. */
  kill(): Promise<void>;
  start(): Promise<void>;
  remove(): Promise<void>;
}

export async function ownEngine(): Promise<OwnEngine> {
  const dir = mkdtempSync(join(tmpdir(), 'aedev-engine-'));
  const at = (name: string) => join(dir, name);
  const host = `unix://${at('s')}`;
  const docker = (...args: string[]) =>
    execFileSync('docker', ['-H', host, ...args], { encoding: 'utf8', stdio: 'pipe' });
  let child: ChildProcess | null = null;
  const start = async (): Promise<void> => {
    rmSync(at('pid'), { force: true });
    const log = openSync(at('log'), 'a');
    const args = ['-H', host, '--data-root', at('data'), '--exec-root', at('exec')];
    const shut = ['--bridge=none', '--iptables=false', '--storage-driver=vfs'];
    // Without a bridge it takes away the one that is there, which may be another engine's: so it gets
    // a network of its own to do that in.
    child = spawn('unshare', ['--net', 'dockerd', ...args, '--pidfile', at('pid'), ...shut], {
      stdio: ['ignore', log, log],
    });
    await until('the engine to answer', () => {
      if (child?.exitCode !== null) throw new Error(readFileSync(at('log'), 'utf8').slice(-2000));
      try {
        docker('version');
        return true;
      } catch {
        return false;
      }
    });
  };
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    const dying = child;
    if (!dying || dying.exitCode !== null || dying.signalCode !== null) return;
    const gone = new Promise((done) => dying.once('exit', done));
    dying.kill(signal);
    await gone;
  };
  await start();
  return {
    host,
    image: busyboxImage(at('root'), host),
    start,
    async kill() {
      const containerd = Number(readFileSync(at('exec/containerd/containerd.pid'), 'utf8'));
      await stop('SIGKILL');
      // It dies with dockerd, but not before it; a next life would wait for this one's.
      await until('containerd to be gone', () => !existsSync(`/proc/${containerd}`));
    },
    async remove() {
      // A killed one leaves its containerd behind; one more life ends that properly.
      if (child?.signalCode) await start();
      for (const id of docker('ps', '-aq').split('\n').filter(Boolean)) docker('rm', '-f', id);
      await stop('SIGTERM');
      // The killed one's mount of its own data folder is nobody's now.
      for (const mounted of mountsBelow(dir)) execFileSync('umount', [mounted]);
      rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** The deepest first. */
const mountsBelow = (dir: string): string[] =>
  readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .flatMap((line) => line.split(' ')[1] ?? [])
    .filter((at) => at.startsWith(`${dir}/`))
    .sort()
    .reverse();

function busyboxImage(root: string, host: string): string {
  const busybox = BUSYBOX.find((path) => {
    try {
      return execFileSync('sh', ['-c', `ldd ${path} 2>&1 || true`], { encoding: 'utf8' }).includes(
        'not a dynamic',
      );
    } catch {
      return false;
    }
  });
  if (busybox === undefined) throw new Error('no static busybox: install busybox-static');
  for (const folder of ['bin', 'tmp', 'workspace', 'home', 'objects', 'proc', 'sys', 'dev', 'etc'])
    mkdirSync(join(root, folder), { recursive: true });
  copyFileSync(busybox, join(root, 'bin', 'busybox'));
  chmodSync(join(root, 'bin', 'busybox'), 0o755);
  for (const tool of TOOLS) symlinkSync('busybox', join(root, 'bin', tool));
  const packed = execFileSync('tar', ['-C', root, '-cf', '-', '.'], { maxBuffer: 64 << 20 });
  const import_ = ['-H', host, 'import', '--change', 'ENV PATH=/bin', '-', 'aedev-busybox:latest'];
  return execFileSync('docker', import_, { input: packed, encoding: 'utf8' }).trim();
}
