// A second process of aedev for the store's tests: node child.mjs <compiled> <mode> <folder> [args]
import { writeSync } from 'node:fs';
import { join } from 'node:path';

const [, , compiled, mode, folder, ...args] = process.argv;
const load = (file) => import(join(compiled, 'store', file));
const { openSqliteStore } = await load('sqlite/store.js');
const { loadOrCreateKey } = await load('signer.js');

const path = join(folder, 'aedev.db');
const signer = loadOrCreateKey(join(folder, 'keys', 'log.pem'));
const say = (what) => writeSync(1, `${JSON.stringify(what)}\n`);
const forever = () => new Promise(() => setInterval(() => undefined, 60_000));
const open = () => openSqliteStore({ path, signer, report: (sentence) => say({ sentence }) });
const meta = { time: '2026-01-02T03:04:05.678Z', actor: 'system:child', causation: 'c-1' };

async function append(store, amount, text = '') {
  return store.transact(async (tx) => {
    const version = (await tx.state('task/t-1'))?.version ?? 0;
    const drafts = Array.from({ length: amount }, (_, index) => ({
      ...{ stream: 'task/t-1', type: 'counted', schema: 1, data: { index, text } },
    }));
    const events = await tx.append(version, drafts, meta);
    await tx.putState({ stream: 'task/t-1', version: version + amount, state: { text } });
    return events.map(({ seq, hash }) => ({ seq, hash }));
  });
}

const modes = {
  /** Appends without end and acknowledges every event, until it is killed. */
  async append() {
    const store = open();
    for (let round = 0; ; round += 1) {
      for (const event of await append(store, 1 + (round % 3))) say(event);
      if (round % 5 === 0) await new Promise(setImmediate);
    }
  },

  /** Holds the write lock, with an event in it that will never be committed. */
  async hold() {
    const store = open();
    await append(store, 3);
    await store.close();
    const { default: Database } = await import('libsql');
    const db = new Database(path);
    db.exec('BEGIN IMMEDIATE');
    db.exec("INSERT INTO events VALUES (4, 'task/t-9', 1, 't', 1, 'x', 'x', 'x', '{}', 'x', 'x')");
    say('holding');
    await forever();
  },

  /** Appends until no more fits, says so, and tries again when it is told to. */
  async fill() {
    const store = open();
    let last = 0;
    for (;;) {
      try {
        for (const { seq } of await append(store, 1, 'x'.repeat(Number(args[0])))) last = seq;
      } catch (error) {
        say({ tag: error.tag, name: error.name, last, read: await store.lastSeq() });
        break;
      }
    }
    for await (const _line of process.stdin) {
      const [event] = await append(store, 1, 'more');
      say({ seq: event.seq, problems: await store.verify() });
      await store.close();
      process.exit(0);
    }
  },
};

await modes[mode]();
