/** A bundle held against the log that is here: the same, a longer one, a shorter one, another one. */
import { cpSync, rmSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { checkLogOf } from '../../src/compose/evidence-log.ts';
import type { HomePaths } from '../../src/config/home.ts';
import { logKeyPath } from '../../src/config/keys.ts';
import type { Predicate } from '../../src/judgement/evidence/bundle.ts';
import { openBundle } from '../../src/judgement/evidence/read.ts';
import { DiskBlobStore } from '../../src/store/blobs.ts';
import { copyOf, type History, harm, makeHistory, pathsOf, removeFolders } from './homes.ts';

let history: History;
let about: Predicate;
let digest: string;
beforeAll(async () => {
  history = await makeHistory();
  digest = history.task.evidence?.digest ?? '';
  const blobs = new DiskBlobStore(pathsOf(history.rested).blobs);
  about = openBundle(await blobs.get(digest)).predicate;
}, 120_000);
afterEach(removeFolders);
afterAll(() => history?.end());

const check = (paths: HomePaths, said: Partial<Predicate> = {}, name = digest) =>
  checkLogOf(paths, { ...about, ...said }, name, about.keyId);

test('its head is an event of the log that goes on behind it, and an event names it', async () => {
  const paths = copyOf(history.rested);
  const found = await check(paths);
  expect(found).toMatchObject({ state: 'holds', seq: about.log.seq });
  if (found.state !== 'holds') return;
  expect(found.sealedAt).toBeGreaterThan(about.log.seq);
  expect(found.last).toBeGreaterThan(found.sealedAt ?? 0);
  // A bundle that was made and lost to a crash is genuine, and nothing names it.
  expect(await check(paths, {}, 'd'.repeat(64))).toMatchObject({ state: 'holds', sealedAt: null });
});

test('a head that is another event, or lies beyond the end, is not of this log', async () => {
  const paths = copyOf(history.rested);
  const { seq, hash } = about.log;
  for (const log of [
    { seq, hash: 'd'.repeat(64) },
    { seq: seq - 1, hash },
    { seq: 0, hash },
    { seq: 100_000, hash },
  ])
    expect(await check(paths, { log })).toMatchObject({ state: 'differs' });
});

test('a log that was changed, or cut behind it, is told', async () => {
  const changed = copyOf(history.rested);
  const at = about.log.seq;
  harm(changed.database, 'drop', `UPDATE events SET actor = 'operator:x' WHERE seq = ${at + 1}`);
  expect(await check(changed)).toMatchObject({
    state: 'differs',
    sentence: expect.stringContaining(`Event ${at + 1} does not match its own hash`),
  });
  const cut = copyOf(history.rested);
  harm(cut.database, 'drop', `DELETE FROM events WHERE seq > ${at}`);
  expect(await check(cut)).toMatchObject({
    state: 'differs',
    sentence: expect.stringContaining('signed head'),
  });
});

test('without the log, its key, or for somebody else’s bundle it says that nothing was checked', async () => {
  const paths = copyOf(history.rested);
  const foreign = await checkLogOf(paths, about, digest, 'f'.repeat(64));
  expect(foreign).toMatchObject({ state: 'absent' });
  const keyless = copyOf(history.rested);
  rmSync(logKeyPath(keyless));
  expect(await check(keyless)).toMatchObject({ state: 'absent' });
  rmSync(paths.database);
  expect(await check(paths)).toMatchObject({ state: 'absent' });
  cpSync(pathsOf(history.rested).logs, paths.database, { recursive: true });
  expect(await check(paths)).toMatchObject({ state: 'absent' });
});
