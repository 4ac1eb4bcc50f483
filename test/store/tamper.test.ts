import { copyFileSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import Database from 'libsql';
import { describe, expect, it } from 'vitest';
import { loadOrCreateKey } from '../../src/store/signer.ts';
import { SLOT_BYTES } from '../../src/store/sqlite/head-file.ts';
import { openSqliteReader } from '../../src/store/sqlite/reader.ts';
import { lookAt } from '../../src/store/sqlite/reads.ts';
import { MemoryEventStore } from '../support/memory-store.ts';
import {
  add,
  DROP_TRIGGERS,
  draft,
  kinds,
  type Log,
  logIn,
  meta,
  projection,
  tamper,
  tempFolder,
  withoutTriggers,
} from './kit.ts';

const TEXTS = ['stream', 'type', 'time', 'actor', 'causation', 'data', 'prev', 'hash'];
const NUMBERS = ['seq', 'version', 'schema'];

/** A closed log of five events in two streams. */
async function closedLog(): Promise<Log> {
  const log = logIn(tempFolder());
  const store = log.open();
  for (const amount of [1, 2, 3]) await add(store, 'task/t-1', amount);
  for (const amount of [4, 5]) await add(store, 'task/t-2', amount);
  await store.close();
  return log;
}

async function readerKinds(log: Log): Promise<string[]> {
  const reader = openSqliteReader({ path: log.path, verifier: log.signer });
  try {
    const problems = await reader.verify(projection);
    for (const { sentence } of problems) expect(sentence).toMatch(/^[A-Z][ -~]+\.$/);
    return [...new Set(problems.map(({ kind }) => kind))].sort();
  } finally {
    await reader.close();
  }
}

describe('every byte of an event', () => {
  it('is covered: any flip is found, and undoing it makes the log sound again', async () => {
    const log = logIn(tempFolder());
    const store = log.open();
    await add(store, 'task/a', 1);
    const data = { é: '\ufffd' };
    await store.transact((tx) => tx.append(0, [draft('task/é', 0, { data })], meta('c-é')));
    await add(store, 'task/c', 3);
    withoutTriggers(log.path);
    expect(await kinds(store)).toEqual([]);

    const db = new Database(log.path);
    db.exec(DROP_TRIGGERS);
    const columns = [...TEXTS, ...NUMBERS];
    const row = db
      .prepare(
        `SELECT ${TEXTS.map((c) => `CAST(${c} AS BLOB)`).join(', ')}, ${NUMBERS.join(', ')} FROM events WHERE seq = 2`,
      )
      .raw()
      .get() as (Uint8Array | number)[];
    const missed: string[] = [];
    let flips = 0;
    for (const [index, column] of columns.entries()) {
      const value = row[index]!;
      const undo =
        typeof value === 'number'
          ? String(value)
          : `CAST(x'${Buffer.from(value).toString('hex')}' AS TEXT)`;
      const where = 'WHERE rowid NOT IN (1, 3)';
      const variants: [string, string][] = [];
      if (typeof value === 'number') {
        for (let bit = 0; bit < 53; bit += 1) {
          const flipped = BigInt(value) ^ (1n << BigInt(bit));
          // Sequence numbers that are taken cannot be had in the table at all.
          if (column === 'seq' && [1n, 3n].includes(flipped)) continue;
          variants.push([`${column} bit ${bit}`, String(flipped)]);
        }
      } else {
        const bytes = Buffer.from(value);
        for (let at = 0; at < bytes.length; at += 1) {
          // 0x01 changes the text, 0x80 makes it invalid UTF-8.
          for (const mask of [0x01, 0x80]) {
            const changed = Buffer.from(bytes);
            changed[at]! ^= mask;
            variants.push([
              `${column} byte ${at} mask ${mask}`,
              `CAST(x'${changed.toString('hex')}' AS TEXT)`,
            ]);
          }
        }
        variants.push([`${column} with NUL`, `${undo} || char(0) || 'x'`]);
        variants.push([`${column} shortened`, `substr(${undo}, 2)`]);
      }
      for (const [what, sql] of variants) {
        flips += 1;
        db.exec(`UPDATE events SET ${column} = ${sql} ${where}`);
        const found = (await store.verify()).filter(({ kind }) => kind !== 'database');
        if (found.length === 0) missed.push(what);
        db.exec(`UPDATE events SET ${column} = ${undo} ${where}`);
      }
    }
    db.close();
    expect(missed).toEqual([]);
    expect(flips).toBeGreaterThan(500);
    expect(await kinds(store)).toEqual(['database']);
  });
});

describe('a log that was changed behind the store', () => {
  it.each<[string, string[], string[]]>([
    ['the tail dropped', ['DELETE FROM events WHERE seq > 3'], ['shortened']],
    [
      'an event removed from the middle',
      ['DELETE FROM events WHERE seq = 2'],
      ['chain', 'gap', 'version'],
    ],
    [
      'two events swapped',
      [
        'UPDATE events SET seq = 99 WHERE seq = 2',
        'UPDATE events SET seq = 2 WHERE seq = 4',
        'UPDATE events SET seq = 4 WHERE seq = 99',
      ],
      ['chain', 'hash', 'version'],
    ],
    [
      'an event doubled',
      [
        'INSERT INTO events SELECT 6, stream, 3, type, schema, time, actor, causation, data, prev, hash FROM events WHERE seq = 5',
      ],
      ['chain', 'hash'],
    ],
    ['a state changed', ["UPDATE states SET state = '{}'"], ['view-differs']],
    ['a state removed', ['DELETE FROM states'], ['view-differs']],
    [
      'a view row changed',
      ["UPDATE views SET body = '{\"sum\": 6}' WHERE kind = 'sums'"],
      ['view-differs'],
    ],
    ['a timer removed', ['DELETE FROM timers'], ['view-differs']],
  ])('%s is found', async (_what, sql, expected) => {
    const log = await closedLog();
    expect(await readerKinds(log)).toEqual([]);
    withoutTriggers(log.path, ...sql);
    expect(await readerKinds(log)).toEqual(expected);
  });

  it('finds a rewritten log whose hashes are all right again', async () => {
    const log = await closedLog();
    const forged = new MemoryEventStore();
    for (const amount of [1, 2, 9]) await add(forged, 'task/t-1', amount);
    for (const amount of [4, 5]) await add(forged, 'task/t-2', amount);
    withoutTriggers(
      log.path,
      ...forged.rows.map(
        (row) =>
          `UPDATE events SET data = '${row.data}', prev = '${row.prev}', hash = '${row.hash}' WHERE seq = ${row.seq}`,
      ),
    );
    expect(await readerKinds(log)).toEqual(['chain']);
    expect(() => log.open()).toThrow(expect.objectContaining({ tag: 'corrupt' }));
  });

  it('finds missing triggers', async () => {
    const log = await closedLog();
    tamper(log.path, DROP_TRIGGERS);
    expect(await readerKinds(log)).toEqual(['database']);
  });

  it('cannot update, delete or replace events through SQL', async () => {
    const log = await closedLog();
    for (const sql of [
      "UPDATE events SET data = '{}' WHERE seq = 1",
      'DELETE FROM events WHERE seq = 5',
      "REPLACE INTO events SELECT seq, stream, version, type, schema, time, actor, causation, '{}', prev, hash FROM events WHERE seq = 5",
      "INSERT INTO events SELECT 9, stream, 9, type, schema, time, actor, causation, '{}', prev, hash FROM events WHERE seq = 5",
    ]) {
      expect(() => tamper(log.path, sql), sql).toThrow(/append/);
    }
    expect(await readerKinds(log)).toEqual([]);
  });

  it('finds a flipped bit on every page, or loses nothing by it', async () => {
    const log = await closedLog();
    const whole = readFileSync(log.path);
    const sound = openSqliteReader({ path: log.path, verifier: log.signer });
    const truth = await sound.read({});
    await sound.close();
    let found = 0;
    for (let at = 40; at < whole.length; at += 97) {
      const bytes = Buffer.from(whole);
      bytes[at]! ^= 0x10;
      writeFileSync(log.path, bytes);
      try {
        const reader = openSqliteReader({ path: log.path, verifier: log.signer });
        const problems = await reader.verify(projection);
        if (problems.length > 0) found += 1;
        // Bytes that no row uses may differ: then everything still reads as it was written.
        else expect(await reader.read({})).toEqual(truth);
        await reader.close();
      } catch (error) {
        expect(error).toMatchObject({ tag: 'corrupt' });
        found += 1;
      }
    }
    expect(found).toBeGreaterThan(10);
  });
});

describe('the signed head', () => {
  it('must be there', async () => {
    const log = await closedLog();
    rmSync(`${log.path}.head`);
    expect(await readerKinds(log)).toEqual(['head-missing']);
    expect(() => log.open()).toThrow(expect.objectContaining({ tag: 'corrupt' }));
  });

  it('must be signed by the key of this installation', async () => {
    const log = await closedLog();
    const signer = loadOrCreateKey(`${log.path}.other-key`);
    const reader = openSqliteReader({ path: log.path, verifier: signer });
    expect((await reader.verify()).map(({ kind }) => kind)).toEqual(['head-signature']);
    await reader.close();
    expect(() => log.open({ signer })).toThrow(expect.objectContaining({ tag: 'corrupt' }));
    await log.open({ signer, adoptHead: true }).close();
    await log.open({ signer }).close();
  });

  it('shows any flipped byte of either copy', async () => {
    const log = await closedLog();
    const whole = readFileSync(`${log.path}.head`);
    expect(whole.length).toBe(2 * SLOT_BYTES);
    const end = whole.indexOf('  ');
    const places = [...Array(end).keys(), SLOT_BYTES - 1].flatMap((at) => [at, SLOT_BYTES + at]);
    for (const at of places) {
      const bytes = Buffer.from(whole);
      bytes[at]! ^= 0x01;
      writeFileSync(`${log.path}.head`, bytes);
      expect(await readerKinds(log), `byte ${at}`).toContain('head-signature');
    }
  });

  it('survives one torn copy after a crash: the log opens, and both copies are whole again', async () => {
    const log = logIn(tempFolder());
    const running = log.open();
    for (const amount of [1, 2, 3]) {
      await add(running, 'task/t-1', amount);
      expect(await kinds(running)).toEqual([]);
    }
    for (const slot of [0, 1]) {
      const crashed = logIn(tempFolder());
      for (const suffix of ['', '-wal', '.head']) {
        copyFileSync(`${log.path}${suffix}`, `${crashed.path}${suffix}`);
      }
      const head = readFileSync(`${crashed.path}.head`);
      head.fill(0, slot * SLOT_BYTES + 100, slot * SLOT_BYTES + 600);
      writeFileSync(`${crashed.path}.head`, head);
      const store = crashed.open({ signer: log.signer });
      expect(await kinds(store, true)).toEqual([]);
      expect(await store.lastSeq()).toBe(3);
      await store.close();
    }
  });

  it('cannot be rolled back: neither one copy, nor the file, nor under a running store', async () => {
    const log = logIn(tempFolder());
    const store = log.open();
    await add(store, 'task/t-1', 1);
    await store.verify();
    copyFileSync(`${log.path}.head`, `${log.path}.old`);
    await add(store, 'task/t-1', 2);
    await store.verify();
    await add(store, 'task/t-1', 3);
    expect(await kinds(store)).toEqual([]);
    const newest = readFileSync(`${log.path}.head`);

    copyFileSync(`${log.path}.old`, `${log.path}.head`);
    expect(await kinds(store)).toEqual(['head-rolled-back']);
    for (const [from, to] of [
      [0, 1],
      [1, 0],
    ] as const) {
      const bytes = Buffer.from(newest);
      bytes.copy(bytes, to * SLOT_BYTES, from * SLOT_BYTES, (from + 1) * SLOT_BYTES);
      writeFileSync(`${log.path}.head`, bytes);
      expect(await kinds(store)).toContain('head-signature');
    }
    writeFileSync(`${log.path}.head`, newest);
    expect(await kinds(store)).toEqual([]);
    await store.close();
    copyFileSync(`${log.path}.old`, `${log.path}.head`);
    expect(await readerKinds(log)).toEqual(['head-rolled-back']);
    expect(() => log.open()).toThrow(expect.objectContaining({ tag: 'corrupt' }));
  });

  it('refuses to open a shortened log, until the operator adopts it', async () => {
    const log = await closedLog();
    withoutTriggers(log.path, 'DELETE FROM events WHERE seq > 4');
    expect(() => log.open()).toThrow(/ends at event 4, but its signed head is event 5/);
    const store = log.open({ adoptHead: true });
    await store.rebuild(projection);
    await add(store, 'task/t-3', 1);
    expect(await kinds(store, true)).toEqual([]);
    await store.close();
    expect(statSync(`${log.path}.head`).size).toBe(2 * SLOT_BYTES);
    await log.open().close();
  });

  it('keeps a log that lost its events from looking like a new one', async () => {
    const log = logIn(tempFolder());
    const store = log.open();
    const lost = expect.objectContaining({
      tag: 'corrupt',
      message: expect.stringMatching(/-wal/),
    });
    // As kill -9 leaves the file whose WAL somebody takes away: nothing of it was checkpointed.
    const bare = readFileSync(log.path);
    await add(store, 'task/t-1', 1);
    await store.close();
    const whole = readFileSync(log.path);
    writeFileSync(log.path, bare);
    rmSync(`${log.path}-wal`, { force: true });
    const read = () => openSqliteReader({ path: log.path, verifier: log.signer });
    expect(read).toThrow(lost);
    expect(() => lookAt(log.path)).toThrow(lost);
    expect(() => log.open()).toThrow(lost);
    expect(readFileSync(log.path)).toEqual(bare);

    // With a schema, as an earlier version made it before it refused.
    writeFileSync(log.path, whole);
    withoutTriggers(log.path, 'DELETE FROM events');
    expect(() => lookAt(log.path)).toThrow(lost);
    expect(() => log.open()).toThrow(expect.objectContaining({ tag: 'corrupt' }));

    // Who adopts it has a new log.
    await log.open({ adoptHead: true }).close();
    lookAt(log.path).close();
    writeFileSync(`${log.path}.head`, '');
    expect(() => lookAt(log.path)).toThrow(lost);
  });
});
