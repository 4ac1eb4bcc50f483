/** The doctor on logs, evidence and keys that were harmed. */
import { chmodSync, copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openReader } from '../../src/compose.ts';
import { evidenceKeyPath, identityKeyPath, logKeyPath } from '../../src/config/keys.ts';
import { loadOrCreateKey } from '../../src/store/signer.ts';
import { headPath } from '../../src/store/sqlite/head-file.ts';
import {
  about,
  copyOf,
  examined,
  failing,
  type History,
  harm,
  makeHistory,
  removeFolders,
} from './homes.ts';

let history: History;
/** Number of the newest event. */
let last = 0;
/** Number of the event that sealed the evidence. */
let sealed = 0;

beforeAll(async () => {
  history = await makeHistory();
  const reader = await openReader(copyOf(history.rested));
  last = await reader.lastSeq();
  const events = await reader.read({});
  sealed = events.find(({ type }) => type === 'task.evidence-sealed')?.seq ?? 0;
  await reader.close();
  expect(sealed).toBeGreaterThan(0);
}, 120_000);
afterEach(removeFolders);
afterAll(() => history?.end());

const digest = () => history.task.evidence?.digest ?? '';
const bundleIn = (blobs: string) => join(blobs, digest().slice(0, 2), digest().slice(2));
const integrity = { state: 'broken', kind: 'integrity' };

describe('a log', () => {
  test('that is sound is told with its events, and the evidence with its bundles', async () => {
    const lines = await examined(copyOf(history.rested));
    expect(failing(lines)).toEqual([]);
    const [log] = about(lines, 'log');
    expect(log?.sentence).toMatch(
      new RegExp(`^Checked ${last} events in \\d+\\.\\d s: every hash`),
    );
    expect(about(lines, 'evidence')[0]?.sentence).toContain('1 bundle that the log names');
  });

  test('of a killed daemon is sound too', async () => {
    expect(about(await examined(copyOf(history.crashed)), 'log')).toMatchObject([{ state: 'ok' }]);
  });

  test.each<[string, (path: string) => void, RegExp]>([
    [
      'a changed event',
      (path) => harm(path, 'drop', "UPDATE events SET data = '{}' WHERE seq = 5"),
      /^Event 5 does not match its own hash/,
    ],
    [
      'a flipped bit of an event',
      (path) =>
        harm(
          path,
          'drop',
          "UPDATE events SET actor = CAST(CAST(x'6e' AS BLOB) || substr(CAST(actor AS BLOB), 2) AS TEXT) WHERE seq = 7",
        ),
      /^Event 7 does not match its own hash/,
    ],
    [
      'two swapped events',
      (path) =>
        harm(
          path,
          'drop',
          'UPDATE events SET seq = -1 WHERE seq = 3',
          'UPDATE events SET seq = 3 WHERE seq = 4',
          'UPDATE events SET seq = 4 WHERE seq = -1',
        ),
      /^Event 3 does not follow the event before it/,
    ],
    [
      'an event taken out',
      (path) => harm(path, 'drop', 'DELETE FROM events WHERE seq = 6'),
      /^Event 6 is missing before event 7/,
    ],
    [
      'a missing trigger',
      (path) => harm(path, 'keep', 'DROP TRIGGER events_no_delete'),
      /^The trigger events_no_delete/,
    ],
    [
      'a derived row that does not follow',
      (path) =>
        harm(path, 'keep', "UPDATE states SET version = version + 1 WHERE stream = 'system/main'"),
      /^The state of stream "system\/main".*No event is lost\.$/,
    ],
  ])('with %s is told', async (_name, change, sentence) => {
    const paths = copyOf(history.rested);
    change(paths.database);
    const log = about(await examined(paths), 'log');
    expect(log[0]).toMatchObject(integrity);
    expect(log.some((line) => sentence.test(line.sentence))).toBe(true);
  });

  test('with one flipped byte in its file is told', async () => {
    const paths = copyOf(history.rested);
    const bytes = readFileSync(paths.database);
    const at = bytes.indexOf('task.evidence-sealed');
    expect(at).toBeGreaterThan(0);
    bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
    writeFileSync(paths.database, bytes);
    const log = about(await examined(paths), 'log');
    expect(log[0]).toMatchObject(integrity);
    expect(log.map((line) => line.sentence).join(' ')).toContain(`Event ${sealed} does not match`);
  });

  test('whose end was cut off is told with both numbers', async () => {
    const paths = copyOf(history.rested);
    harm(paths.database, 'drop', `DELETE FROM events WHERE seq > ${last - 2}`);
    expect(about(await examined(paths), 'log')[0]).toMatchObject({
      ...integrity,
      sentence: `The log ends at event ${last - 2}, but its signed head is event ${last}: 2 at the end are missing.`,
    });
  });

  test('without its signed head, or with an older one, is told', async () => {
    const paths = copyOf(history.rested);
    rmSync(headPath(paths.database));
    expect(about(await examined(paths), 'log')[0]).toMatchObject({
      ...integrity,
      sentence: `The signed head of the log is missing, so nothing proves that event ${last} is the last.`,
    });
    copyFileSync(headPath(join(history.crashed, 'aedev.db')), headPath(paths.database));
    expect(about(await examined(paths), 'log')[0]?.sentence).toContain(
      'an older head was put back',
    );
  });

  test('that is gone altogether is told, and so is one that is no database', async () => {
    const paths = copyOf(history.rested);
    writeFileSync(paths.database, 'not a database, and longer than one page header would be');
    expect(about(await examined(paths), 'log')[0]).toMatchObject(integrity);
    rmSync(paths.database);
    expect(about(await examined(paths), 'log')).toMatchObject([
      { ...integrity, sentence: expect.stringContaining('all events are missing') },
    ]);
  });
});

describe('evidence', () => {
  test('that is missing is told with its task and event', async () => {
    const paths = copyOf(history.rested);
    rmSync(bundleIn(paths.blobs));
    expect(about(await examined(paths), 'evidence')).toMatchObject([
      {
        state: 'missing',
        kind: 'integrity',
        sentence: `The evidence ${digest().slice(0, 12)} of ${history.task.id}, sealed in event ${sealed}, is missing from blobs.`,
      },
    ]);
  });

  test('that was changed is told', async () => {
    const paths = copyOf(history.rested);
    const file = bundleIn(paths.blobs);
    const bytes = readFileSync(file);
    bytes.writeUInt8(bytes.readUInt8(100) ^ 1, 100);
    writeFileSync(file, bytes);
    const [line] = about(await examined(paths), 'evidence');
    expect(line).toMatchObject(integrity);
    expect(line?.sentence).toContain('cannot be believed');
  });

  test('signed by another key is told', async () => {
    const paths = copyOf(history.rested);
    rmSync(evidenceKeyPath(paths));
    loadOrCreateKey(evidenceKeyPath(paths));
    const [line] = about(await examined(paths), 'evidence');
    expect(line).toMatchObject(integrity);
    expect(line?.sentence).toContain('another installation');
  });
});

describe('keys', () => {
  test('that others can read are told, each with its command', async () => {
    const paths = copyOf(history.rested);
    const keys = [
      paths.operatorToken,
      paths.agentToken,
      logKeyPath(paths),
      evidenceKeyPath(paths),
      identityKeyPath(paths),
    ];
    for (const key of keys) chmodSync(key, 0o644);
    const lines = (await examined(paths)).filter(({ what }) => what.startsWith('keys'));
    expect(lines).toHaveLength(5);
    for (const [index, line] of lines.entries()) {
      expect(line).toMatchObject({ state: 'broken', kind: 'machine' });
      expect(line.remedy).toContain(`chmod 600 ${keys[index]}`);
    }
  });

  test('that are gone are not made anew: what they proved cannot be proven', async () => {
    const paths = copyOf(history.rested);
    rmSync(logKeyPath(paths));
    rmSync(evidenceKeyPath(paths));
    rmSync(paths.agentToken);
    const lines = await examined(paths);
    expect(about(lines, 'keys key of the log')).toMatchObject([
      { state: 'missing', kind: 'integrity' },
    ]);
    expect(about(lines, 'keys key of evidence')).toMatchObject([{ kind: 'integrity' }]);
    expect(about(lines, 'keys agent token')).toMatchObject([
      { state: 'missing', kind: 'config', remedy: 'Run `aedev init`.' },
    ]);
    expect(about(lines, 'log')[0]?.sentence).toContain('nothing proves where it ends');
    expect(about(lines, 'evidence')).toMatchObject([{ state: 'warning' }]);
  });

  test('that hold something else are told', async () => {
    const paths = copyOf(history.rested);
    writeFileSync(logKeyPath(paths), 'no key\n');
    writeFileSync(paths.operatorToken, 'no token\n');
    const lines = await examined(paths);
    expect(about(lines, 'keys key of the log')).toMatchObject([integrity]);
    expect(about(lines, 'keys operator token')).toMatchObject([
      { state: 'broken', kind: 'config' },
    ]);
  });
});
