import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EventReader } from '../../src/store/event-store.ts';
import { openSqliteReader } from '../../src/store/sqlite/reader.ts';
import { add, type Log, later, logIn, tempFolder } from './kit.ts';
import { compiledStore, run, startChild } from './processes.ts';

let compiled: { folder: string; remove(): void };
beforeAll(() => {
  compiled = compiledStore();
});
afterAll(() => compiled.remove());

interface Ack {
  seq: number;
  hash: string;
}

function read(log: Log): EventReader {
  const reader = openSqliteReader({ path: log.path, verifier: log.signer });
  later(() => reader.close());
  return reader;
}

async function expectAll(acks: Ack[], reader: EventReader): Promise<void> {
  const stored = await reader.read({});
  expect(acks.map(({ seq }) => stored[seq - 1]?.hash)).toEqual(acks.map(({ hash }) => hash));
}

describe('kill -9 of the writer', () => {
  it('loses no acknowledged event and leaves a sound log, round after round', async () => {
    const folder = tempFolder();
    const log = logIn(folder);
    const acks: Ack[] = [];
    for (let round = 0; round < 6; round += 1) {
      const child = startChild(compiled.folder, 'append', folder);
      await child.saying(20 + 37 * round);
      child.kill('SIGKILL');
      await child.gone();
      acks.push(...(child.said as Ack[]));
      const reader = read(log);
      await expectAll(acks, reader);
      expect(await reader.verify()).toEqual([]);
      const last = await reader.lastSeq();
      expect((await reader.state('task/t-1'))?.version).toBe(last);
      await reader.close();
    }
    const store = log.open();
    await add(store, 'task/t-2', 1);
    expect(await store.verify()).toEqual([]);
    await store.close();
    await expectAll(acks, read(log));
  });
});

describe('a reader in another process than the writer', () => {
  it('reads while the writer writes, is stopped, and was killed with its WAL left behind', async () => {
    const folder = tempFolder();
    const log = logIn(folder);
    const child = startChild(compiled.folder, 'append', folder);
    await child.saying(30);
    const reader = read(log);
    await expectAll(child.said.slice(0, 30) as Ack[], reader);
    expect(await reader.verify()).toEqual([]);

    const before = await reader.lastSeq();
    await child.saying(before + 10);
    expect(await reader.lastSeq()).toBeGreaterThan(before);

    child.kill('SIGSTOP');
    const acks = [...child.said] as Ack[];
    await expectAll(acks, reader);
    await expectAll(acks, read(log));
    expect(await read(log).verify()).toEqual([]);

    child.kill('SIGKILL');
    await child.gone();
    const files = ['aedev.db', 'aedev.db-wal', 'aedev.db.head'].map((name) => join(folder, name));
    const bytes = files.map((file) => readFileSync(file));
    expect(bytes[1]?.length).toBeGreaterThan(0);
    const late = read(log);
    await expectAll(child.said as Ack[], late);
    expect(await late.verify()).toEqual([]);
    await late.close();
    expect(files.map((file) => readFileSync(file).equals(bytes[files.indexOf(file)]!))).toEqual([
      true,
      true,
      true,
    ]);
  });

  it('sees what is committed, not an open transaction; a second writer is told to wait', async () => {
    const folder = tempFolder();
    const log = logIn(folder);
    const child = startChild(compiled.folder, 'hold', folder);
    await child.saying(1);
    const reader = read(log);
    expect(await reader.lastSeq()).toBe(3);
    expect(await reader.verify()).toEqual([]);
    const store = log.open({ busyTimeoutMs: 20 });
    await expect(add(store, 'task/t-2', 1)).rejects.toMatchObject({ tag: 'busy' });
    child.kill('SIGKILL');
    await child.gone();
    // The refusal has left nothing behind that would stop the next commit.
    expect((await add(store, 'task/t-2', 1)).seq).toBe(4);
    expect(await store.verify()).toEqual([]);
  });
});

describe('when nothing more fits', () => {
  const more = (child: ReturnType<typeof startChild>) => child.process.stdin?.write('more\n');

  it('refuses whole commits at a file size limit and goes on when it is lifted', async () => {
    const folder = tempFolder();
    const child = startChild(compiled.folder, 'fill', folder, { limitKiB: 1024, args: ['3000'] });
    await child.saying(1);
    const [full] = child.said as { tag: string; last: number; read: number }[];
    expect(['disk-full', 'io']).toContain(full?.tag);
    expect(full?.read).toBe(full?.last);
    run('prlimit', ['--pid', String(child.process.pid), '--fsize=unlimited:unlimited']);
    more(child);
    await child.saying(2);
    expect(child.said[1]).toEqual({ seq: (full?.last ?? 0) + 1, problems: [] });
    await child.gone();
    expect(await read(logIn(folder)).verify()).toEqual([]);
  });

  it('says disk-full on a full disk and goes on when there is room', async (context) => {
    const folder = join(tempFolder(), 'small');
    mkdirSync(folder);
    try {
      run('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder]);
    } catch {
      context.skip('this account may not mount a small file system');
    }
    later(() => run('umount', ['-l', folder]));
    const child = startChild(compiled.folder, 'fill', folder, { args: ['3000'] });
    await child.saying(1);
    const [full] = child.said as { tag: string; last: number; read: number }[];
    expect(full?.tag).toBe('disk-full');
    expect(full?.read).toBe(full?.last);
    run('mount', ['-o', 'remount,size=8m', folder]);
    more(child);
    await child.saying(2);
    expect(child.said[1]).toEqual({ seq: (full?.last ?? 0) + 1, problems: [] });
    await child.gone();
    expect(readdirSync(folder)).toContain('aedev.db.head');
  });
});
