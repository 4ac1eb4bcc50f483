/** Durable appends per second against raw libsql with the same pragmas. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import type { EventStore } from '../src/store/event-store.ts';
import { loadOrCreateKey } from '../src/store/signer.ts';
import { openSqliteStore } from '../src/store/sqlite/store.ts';
import { type Bench, median } from './measure.ts';

/** Many short rounds: a disk's speed drifts, and both sides of one round should meet the same. */
const ROUNDS = 41;
const APPENDS = 100;
const NAME = 'durable appends per second over raw libsql';
const TIME = '2026-01-01T00:00:00.000Z';

/** An event of about 300 bytes, envelope and data together. */
const DATA = { repo: 'r-1', branch: 'aedev/t-1f2e3d4c', note: 'x'.repeat(110) };

type Side = (count: number) => Promise<void>;

/** The same row in a transaction written by hand: the least that any store on libsql must do. */
function rawSide(folder: string): { run: Side; close(): void } {
  const db = new Database(join(folder, 'raw.db'), { timeout: 5000 });
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON');
  db.exec(
    `CREATE TABLE events (seq INTEGER PRIMARY KEY, stream TEXT, version INTEGER, type TEXT,
       schema INTEGER, time TEXT, actor TEXT, causation TEXT, data TEXT, prev TEXT, hash TEXT,
       UNIQUE (stream, version)) STRICT`,
  );
  const insert = db.prepare('INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
  const data = JSON.stringify(DATA);
  const hash = 'a'.repeat(64);
  let version = 0;
  return {
    run: async (count) => {
      for (let i = 0; i < count; i += 1) {
        version += 1;
        db.exec('BEGIN IMMEDIATE');
        insert.run([
          ...[version, 'task/t-1', version, 'run.progressed', 1, TIME, 'system:bench'],
          ...[`c-${version}`, data, hash, hash],
        ]);
        db.exec('COMMIT');
      }
    },
    close: () => db.close(),
  };
}

function storeSide(store: EventStore): Side {
  let version = 0;
  return async (count) => {
    for (let i = 0; i < count; i += 1) {
      const draft = { stream: 'task/t-1', type: 'run.progressed', schema: 1, data: DATA };
      const meta = { time: TIME, actor: 'system:bench', causation: `c-${version}` };
      await store.transact((tx) => tx.append(version, [draft], meta));
      version += 1;
    }
  };
}

async function perSecond(side: Side): Promise<number> {
  const start = performance.now();
  await side(APPENDS);
  return (APPENDS * 1000) / (performance.now() - start);
}

export const append: Bench = {
  names: [NAME],
  async run() {
    const folder = mkdtempSync(join(tmpdir(), 'aedev-bench-append-'));
    const signer = loadOrCreateKey(join(folder, 'keys', 'log.pem'));
    const options = { path: join(folder, 'aedev.db'), signer, report: () => undefined };
    try {
      const raw = rawSide(folder);
      const store = openSqliteStore(options);
      const ours = storeSide(store);
      // Warm: compiled code, and a WAL that has grown to its full size and is being reused.
      await raw.run(1000);
      await ours(1000);
      const rates = { raw: [] as number[], store: [] as number[], ratio: [] as number[] };
      for (let round = 0; round < ROUNDS; round += 1) {
        // The sides take turns at going first, so that a drifting disk favours neither.
        const sides = round % 2 === 0 ? (['raw', 'store'] as const) : (['store', 'raw'] as const);
        for (const side of sides)
          rates[side].push(await perSecond(side === 'raw' ? raw.run : ours));
        rates.ratio.push((rates.store.at(-1) ?? 0) / (rates.raw.at(-1) ?? 1));
      }
      raw.close();
      await store.close();
      const per = (values: number[]) => `${median(values).toFixed(0)}/s`;
      const note = `${per(rates.store)} over ${per(rates.raw)}`;
      return [{ name: NAME, value: median(rates.ratio), goal: 0.7, better: 'higher', note }];
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
