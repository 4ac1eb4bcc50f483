import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { acquireLock } from '../../src/store/lock.ts';
import { compile } from '../support/compile.ts';

/** Takes the lock at argv[2] when told to, says what came of it, then lives until its stdin ends. */
const HOLDER = `
import { acquireLock } from './store/lock.js';
process.stdout.write('ready\\n');
process.stdin.once('data', () => {
  const got = acquireLock(process.argv[2]);
  process.stdout.write(JSON.stringify('release' in got ? { won: true } : got) + '\\n');
  globalThis.gc?.();
});
process.stdin.on('end', () => process.exit(0));
`;

interface Holder {
  child: ChildProcess;
  take(): Promise<{ won?: true; heldBy?: number | null }>;
  end(signal?: 'SIGKILL'): Promise<void>;
}

describe('the single-instance lock', () => {
  const folder = mkdtempSync(join(tmpdir(), 'aedev-lock-'));
  const holders: Holder[] = [];
  let count = 0;
  const path = () => join(folder, `daemon-${++count}.lock`);
  beforeAll(() => {
    compile(folder, ['store/lock.ts']);
    writeFileSync(join(folder, 'holder.js'), HOLDER);
  });
  afterEach(async () => {
    for (const holder of holders.splice(0)) await holder.end('SIGKILL');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  async function holder(lock: string): Promise<Holder> {
    const child = spawn(process.execPath, ['--expose-gc', join(folder, 'holder.js'), lock], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
    expect((await lines.next()).value).toBe('ready');
    const one: Holder = {
      child,
      async take() {
        child.stdin!.write('go\n');
        return JSON.parse((await lines.next()).value as string);
      },
      async end(signal) {
        if (child.exitCode !== null || child.signalCode !== null) return;
        const gone = once(child, 'exit');
        if (signal) child.kill(signal);
        else child.stdin!.end();
        await gone;
      },
    };
    holders.push(one);
    return one;
  }

  it('goes to exactly one of two that ask at once, twenty times', async () => {
    for (let round = 0; round < 20; round++) {
      const lock = path();
      const pair = [await holder(lock), await holder(lock)] as const;
      const results = await Promise.all(pair.map((one) => one.take()));
      const winner = results.findIndex((result) => result.won);
      expect(results.filter((result) => result.won)).toHaveLength(1);
      const loser = results[1 - winner];
      expect([null, pair[winner]!.child.pid]).toContain(loser!.heldBy);
      await Promise.all(pair.map((one) => one.end()));
    }
  }, 120_000);

  it('dies with a killed holder and names the living one', async () => {
    const lock = path();
    for (let round = 0; round < 5; round++) {
      const first = await holder(lock);
      expect(await first.take()).toEqual({ won: true });
      const second = await holder(lock);
      expect(await second.take()).toEqual({ heldBy: first.child.pid });
      await first.end('SIGKILL');
      const third = await holder(lock);
      expect(await third.take()).toEqual({ won: true });
      await third.end('SIGKILL');
      await second.end();
    }
  }, 120_000);

  it('never names a process that is gone', async () => {
    const lock = path();
    const killed = await holder(lock);
    await killed.take();
    const pid = killed.child.pid as number;
    await killed.end('SIGKILL');
    const mine = acquireLock(lock);
    writeFileSync(`${lock}.pid`, `${pid}\n`);
    const other = await holder(lock);
    expect(await other.take()).toEqual({ heldBy: null });
    if (!('release' in mine)) throw new Error('not taken over');
    mine.release();
  });

  it('is refused within one process, outlives that refusal, and can be given back', async () => {
    const lock = path();
    const mine = acquireLock(lock);
    if (!('release' in mine)) throw new Error('not taken');
    expect(statSync(lock).mode & 0o777).toBe(0o600);
    expect(acquireLock(lock)).toEqual({ heldBy: process.pid });
    // The refused connection was closed, which must not have given the lock away.
    const other = await holder(lock);
    expect(await other.take()).toEqual({ heldBy: process.pid });
    mine.release();
    mine.release();
    expect(existsSync(`${lock}.pid`)).toBe(false);
    const next = await holder(lock);
    expect(await next.take()).toEqual({ won: true });
  });

  it('says what to do about a folder that is not there and a file that is no lock', () => {
    expect(() => acquireLock(join(folder, 'none', 'daemon.lock'))).toThrow(
      expect.objectContaining({ tag: 'io', message: expect.stringContaining('cannot be taken') }),
    );
    const wrong = path();
    writeFileSync(wrong, 'x'.repeat(4096));
    expect(() => acquireLock(wrong)).toThrow(expect.objectContaining({ tag: 'io' }));
  });
});
