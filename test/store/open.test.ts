import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import Database from 'libsql';
import { describe, expect, it } from 'vitest';
import type { HeadSigner } from '../../src/store/event-store.ts';
import { SqliteBackend } from '../../src/store/sqlite/backend.ts';
import { HeadFile, headPath, readHead } from '../../src/store/sqlite/head-file.ts';
import { Queries } from '../../src/store/sqlite/queries.ts';
import { openSqliteReader } from '../../src/store/sqlite/reader.ts';
import { COMMITS_PER_TURN } from '../../src/store/writer.ts';
import {
  add,
  draft,
  kinds,
  type Log,
  later,
  logIn,
  meta,
  tamper,
  tempFolder,
  withoutTriggers,
} from './kit.ts';

const tagged = (tag: string) => expect.objectContaining({ name: 'StoreError', tag });
const reader = (log: Log) => openSqliteReader({ path: log.path, verifier: log.signer });
const turn = () => new Promise(setImmediate);

describe('opening', () => {
  it('makes private files, and finds everything again', async () => {
    const log = logIn(tempFolder(), 'odd name %?#ü.db');
    const store = log.open();
    const event = await add(store, 'task/t-1', 1);
    expect(existsSync(log.path)).toBe(true);
    for (const suffix of ['', '-wal', '.head']) {
      expect(statSync(`${log.path}${suffix}`).mode & 0o777).toBe(0o600);
    }
    await store.close();
    expect(await log.open().read({})).toEqual([event]);
  });

  it('uses WAL and flushes every commit', async () => {
    const log = logIn(tempFolder());
    log.open();
    const db = new Database(log.path);
    expect(db.pragma('journal_mode')).toEqual([{ journal_mode: 'wal' }]);
    db.close();
  });

  it('does not read the log: a change in the middle is left to verify', async () => {
    const log = logIn(tempFolder());
    const store = log.open();
    const drafts = Array.from({ length: 200 }, (_, index) => draft('task/t-1', index));
    await store.transact((tx) => tx.append(0, drafts, meta()));
    await store.close();
    withoutTriggers(log.path, "UPDATE events SET data = '{}' WHERE seq = 100");
    const again = log.open();
    expect(await kinds(again)).toEqual(['hash']);
    await again.close();
    withoutTriggers(log.path, "UPDATE events SET data = '{}' WHERE seq = 180");
    expect(() => log.open()).toThrow(tagged('corrupt'));
  });

  it('refuses a file of a newer program, and leaves it as it is', async () => {
    const log = logIn(tempFolder());
    await log.open().close();
    tamper(log.path, 'PRAGMA user_version = 99', 'PRAGMA wal_checkpoint(TRUNCATE)');
    const bytes = readFileSync(log.path);
    expect(() => log.open()).toThrow(tagged('newer-schema'));
    expect(() => reader(log)).toThrow(tagged('newer-schema'));
    expect(readFileSync(log.path).equals(bytes)).toBe(true);
  });

  it('goes on after a crash between the first head and the first table; not after a lost file', async () => {
    const log = logIn(tempFolder());
    await log.open().close();
    rmSync(log.path);
    const store = log.open();
    await add(store, 'task/t-1', 1);
    expect(await kinds(store)).toEqual([]);
    await store.close();
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${log.path}${suffix}`, { force: true });
    // Also when asked again: the first refusal must leave nothing that looks like a log.
    for (const _ of [1, 2])
      expect(() => log.open()).toThrow(/has no events, but its signed head names some/);
  });

  it('tells a reader to wait for a migration, and has nothing to read before the first start', () => {
    const log = logIn(tempFolder());
    expect(() => reader(log)).toThrow(tagged('not-found'));
    expect(existsSync(log.path)).toBe(false);
    writeFileSync(log.path, '');
    expect(() => reader(log)).toThrow(tagged('not-found'));
    rmSync(log.path);
    log.open();
    tamper(log.path, 'PRAGMA user_version = 0');
    expect(() => reader(log)).toThrow(tagged('older-schema'));
  });

  it('refuses what is not an event log', () => {
    const folder = tempFolder();
    writeFileSync(join(folder, 'text.db'), 'no database at all, '.repeat(500));
    tamper(join(folder, 'other.db'), 'CREATE TABLE tabs (url TEXT)');
    for (const name of ['text.db', 'other.db']) {
      const log = logIn(folder, name);
      expect(() => log.open(), name).toThrow(tagged('corrupt'));
      expect(() => reader(log), name).toThrow(tagged('corrupt'));
    }
  });

  it('says read-only, io or not-found for places that cannot hold a log', () => {
    const folder = tempFolder();
    writeFileSync(join(folder, 'file'), '');
    mkdirSync(join(folder, 'folder.db'));
    const signer = logIn(folder).signer;
    const at = (path: string) => () => logIn(folder).open({ path, signer });
    expect(at(join(folder, 'file', 'aedev.db'))).toThrow(tagged('io'));
    expect(at(join(folder, 'folder.db'))).toThrow(tagged('io'));
    // A file system that refuses every account, root included, to make a file in it.
    if (process.platform === 'linux')
      expect(at('/sys/kernel/aedev.db')).toThrow(tagged('read-only'));
    expect(() => openSqliteReader({ path: join(folder, 'none.db'), verifier: signer })).toThrow(
      tagged('not-found'),
    );
  });
});

describe('a reader without a WAL', () => {
  it('makes no file, and follows a writer that starts later', async () => {
    const folder = tempFolder();
    const log = logIn(folder);
    const store = log.open();
    await add(store, 'task/t-1', 1);
    await store.close();
    rmSync(`${log.path}-wal`, { force: true });
    rmSync(`${log.path}-shm`, { force: true });
    const files = readdirSync(folder).sort();
    const late = reader(log);
    later(() => late.close());
    expect(await late.lastSeq()).toBe(1);
    expect(await late.verify()).toEqual([]);
    expect(readdirSync(folder).sort()).toEqual(files);
    const writer = log.open();
    await add(writer, 'task/t-1', 2);
    expect(await late.lastSeq()).toBe(2);
    expect(await late.verify()).toEqual([]);
  });
});

describe('signing the head', () => {
  function counted(log: Log): { signer: HeadSigner; times(): number } {
    let times = 0;
    const sign = (bytes: Uint8Array): Uint8Array => {
      times += 1;
      return log.signer.sign(bytes);
    };
    return { signer: { ...log.signer, sign }, times: () => times };
  }
  const signedSeq = (log: Log) => {
    const finding = readHead(headPath(log.path), log.signer);
    return finding.state === 'signed' ? finding.head.seq : finding.state;
  };

  it('happens once per turn of the event loop, and at close', async () => {
    const log = logIn(tempFolder());
    const { signer, times } = counted(log);
    const store = log.open({ signer });
    const atOpen = times();
    for (let i = 0; i < 10; i += 1) await add(store, 'task/t-1', i);
    expect([times() - atOpen, signedSeq(log)]).toEqual([0, 0]);
    await turn();
    expect([times() - atOpen, signedSeq(log)]).toEqual([1, 10]);
    await turn();
    expect(times() - atOpen).toBe(1);
    await add(store, 'task/t-1', 1);
    await store.close();
    expect([times() - atOpen, signedSeq(log)]).toEqual([2, 11]);
    await turn();
    expect(times() - atOpen).toBe(2);
  });

  it('is never further behind than the promised number of commits', async () => {
    const log = logIn(tempFolder());
    const store = log.open();
    let behind = 0;
    for (let seq = 1; seq <= 3 * COMMITS_PER_TURN; seq += 1) {
      await add(store, 'task/t-1', 1);
      behind = Math.max(behind, seq - Number(signedSeq(log)));
    }
    expect(behind).toBe(COMMITS_PER_TURN);
  });

  it('that fails is reported, does not undo the commit, and is tried again', async () => {
    const log = logIn(tempFolder());
    let broken = false;
    const sign = (bytes: Uint8Array): Uint8Array => {
      if (broken) throw new Error('the key is gone');
      return log.signer.sign(bytes);
    };
    const store = log.open({ signer: { ...log.signer, sign } });
    broken = true;
    await add(store, 'task/t-1', 1);
    await turn();
    expect(log.reports).toHaveLength(1);
    expect(signedSeq(log)).toBe(0);
    broken = false;
    await add(store, 'task/t-1', 2);
    await turn();
    expect(signedSeq(log)).toBe(2);
    expect(log.reports).toHaveLength(1);
  });
});

describe('a second writer on the same file', () => {
  it('makes the first one load again instead of forking the chain', async () => {
    const log = logIn(tempFolder());
    const first = log.open();
    await add(first, 'task/t-1', 1);
    const second = log.open();
    await add(second, 'task/t-1', 2);
    await add(second, 'task/t-2', 2);
    await expect(add(first, 'task/t-3', 3)).rejects.toMatchObject({ tag: 'conflict' });
    await add(first, 'task/t-3', 3);
    await add(first, 'task/t-1', 3);
    expect((await first.read({})).map(({ stream }) => stream)).toEqual([
      ...['task/t-1', 'task/t-1', 'task/t-2', 'task/t-3', 'task/t-1'],
    ]);
    expect((await first.verify()).filter(({ kind }) => !kind.startsWith('head'))).toEqual([]);
  });
});

describe('a disk that fails to flush', () => {
  it('stops the store: what is on the disk is no longer known', async () => {
    const log = logIn(tempFolder());
    await log.open().close();
    const db = new Database(log.path);
    const real = db.exec.bind(db);
    db.exec = (sql) => {
      if (sql === 'COMMIT') throw new Database.SqliteError('disk', 'SQLITE_IOERR_FSYNC', 1034);
      return real(sql);
    };
    const head = new HeadFile(headPath(log.path), log.signer, () => 'now', null);
    const backend = new SqliteBackend(db, new Queries(db, log.path), log.path, head, () => {});
    const write = () => backend.commit([{ kind: 'timer', stream: 's', at: 'x' }]);
    expect(write).toThrow(tagged('io'));
    db.exec = real;
    expect(write).toThrow(/has stopped/);
    expect(() => backend.requireOpen()).not.toThrow();
    backend.close();
    expect(() => backend.requireOpen()).toThrow(tagged('closed'));
    expect(await reader(log).timers()).toEqual([]);
  });
});
