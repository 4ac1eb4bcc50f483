import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { compile } from '../support/compile.ts';
import { later } from './kit.ts';

const MIGRATIONS = 'store/sqlite/migrations';

/** Compiles the store once per test file, for {@link startChild}. */
export function compiledStore(): { folder: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'aedev-store-js-'));
  compile(folder, ['store/sqlite/store.ts', 'store/signer.ts']);
  const root = resolve(import.meta.dirname, '..', '..', 'src');
  cpSync(join(root, MIGRATIONS), join(folder, MIGRATIONS), { recursive: true });
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

export interface Child {
  process: ChildProcess;
  /** Everything it said so far, one JSON value per line. */
  said: unknown[];
  /** Resolves when it has said `count` things; rejects when it ends before. */
  saying(count: number): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  /** Resolves when it is gone and all it said has been read. */
  gone(): Promise<void>;
}

export function startChild(
  compiled: string,
  mode: 'append' | 'hold' | 'fill',
  folder: string,
  options: { args?: string[]; limitKiB?: number } = {},
): Child {
  const script = join(import.meta.dirname, 'child.mjs');
  const argv = [process.execPath, script, compiled, mode, folder, ...(options.args ?? [])];
  const [command = '', ...rest] =
    options.limitKiB === undefined
      ? argv
      : ['bash', '-c', `ulimit -S -f ${options.limitKiB} && exec "$@"`, 'bash', ...argv];
  const child = spawn(command, rest, { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'close').then(() => undefined);
  later(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const said: unknown[] = [];
  let wake = (): void => undefined;
  createInterface({ input: child.stdout }).on('line', (line) => {
    // A kill can cut the last line short: what was not said whole was not acknowledged.
    if (/^\{.*\}$|^".*"$/.test(line)) said.push(JSON.parse(line));
    wake();
  });
  return {
    process: child,
    said,
    saying(count) {
      return new Promise((done, fail) => {
        wake = () => said.length >= count && done();
        wake();
        void ended.then(() => fail(new Error(`the child ended after ${said.length} lines`)));
      });
    },
    kill: (signal) => void child.kill(signal),
    gone: () => ended,
  };
}

/** Runs a tool of the operating system; throws when it fails or is not there. */
export function run(tool: string, args: string[]): void {
  execFileSync(tool, args, { stdio: 'ignore' });
}
