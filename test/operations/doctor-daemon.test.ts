/** The doctor on daemons that run, hang or are dead, and on what outlived them. */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { runDaemon } from '../../src/compose/serve.ts';
import { evidenceKeyPath, identityKeyPath } from '../../src/config/keys.ts';
import { loadOrCreateIdentity } from '../../src/lib/identity.ts';
import { ofDaemon } from '../../src/operations/doctor/daemon.ts';
import { loadVerifier } from '../../src/store/signer.ts';
import { startTimeOf, writeDaemonFile } from '../../src/surfaces/daemon-file.ts';
import {
  about,
  copyOf,
  daemonOptions,
  examined,
  failing,
  type History,
  makeHistory,
  removeFolders,
} from './homes.ts';

let history: History;
beforeAll(async () => {
  history = await makeHistory();
}, 120_000);
afterEach(removeFolders);
afterAll(() => history?.end());

describe('the daemon', () => {
  const started = (pid: number, port: number) => ({
    pid,
    startTime: startTimeOf(pid) ?? 'gone',
    port,
    boot: 'b-test',
    version: '0.0.0-test',
    startedAt: '2026-01-02T03:04:05.000Z',
  });

  test('that runs proves itself', async () => {
    const paths = copyOf(history.rested);
    const stop = new AbortController();
    let ready = (_port: number): void => {};
    const listening = new Promise<number>((resolve) => {
      ready = resolve;
    });
    const running = runDaemon({ ...daemonOptions(paths, stop.signal), ready });
    try {
      const port = await listening;
      const lines = await examined(paths, { moving: true });
      expect(about(lines, 'daemon')).toMatchObject([{ state: 'ok' }]);
      expect(about(lines, 'daemon')[0]?.sentence).toContain(`port ${port}`);
      expect(about(lines, 'log')).toMatchObject([{ state: 'ok' }]);
      expect(failing(lines)).toEqual([]);
    } finally {
      stop.abort();
      await running;
    }
    expect(about(await examined(paths), 'daemon')).toMatchObject([{ state: 'missing' }]);
  });

  test('that was killed is told by its file, or by the log alone', async () => {
    const paths = copyOf(history.crashed);
    const remedy = 'Run `aedev daemon start`.';
    const dead = { state: 'broken', kind: 'machine', remedy };
    const [byLog] = about(await examined(paths), 'daemon');
    expect(byLog).toMatchObject(dead);
    expect(byLog?.sentence).toMatch(
      /^The log shows a daemon \(process \d+\), started .*Z, that ended without/,
    );
    const child = spawn(process.execPath, ['-e', ''], { stdio: 'ignore' });
    const file = started(child.pid ?? 0, 1);
    await new Promise((resolve) => child.once('exit', resolve));
    writeDaemonFile(paths.daemonFile, file);
    const [byFile] = about(await examined(paths), 'daemon');
    expect(byFile).toMatchObject(dead);
    expect(byFile?.sentence).toContain(`The daemon (process ${file.pid}, started 2026-01-02`);
  });

  test('that holds its lock without saying where it listens is not called dead', async () => {
    const paths = copyOf(history.crashed);
    writeFileSync(`${paths.daemonLock}.pid`, `${process.pid}\n`);
    const [line] = about(await examined(paths), 'daemon');
    expect(line).toMatchObject({ state: 'warning' });
    expect(line?.sentence).toContain(`process ${process.pid} holds the daemon's lock`);
  });

  test('whose port somebody else answers is told', async () => {
    const paths = copyOf(history.crashed);
    const server = createServer((socket) =>
      socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}'),
    );
    const port = await listen(server);
    loadOrCreateIdentity(identityKeyPath(paths));
    writeDaemonFile(paths.daemonFile, started(process.pid, port));
    const [line] = about(await examined(paths), 'daemon');
    server.close();
    expect(line).toMatchObject({ state: 'broken', kind: 'machine' });
    expect(line?.sentence).toContain("is not this installation's daemon");
  });

  test('that hangs is told', async () => {
    const paths = copyOf(history.crashed);
    const server = createServer((socket) => void socket.on('error', () => undefined));
    const port = await listen(server);
    loadOrCreateIdentity(identityKeyPath(paths));
    writeDaemonFile(paths.daemonFile, started(process.pid, port));
    const [line] = about(await examined(paths), 'daemon');
    server.close();
    expect(line).toMatchObject({ state: 'broken', kind: 'machine' });
    expect(line?.sentence).toContain('did not answer within 3 s');
  });

  test('whose file is damaged, and a halt, are told', async () => {
    const paths = copyOf(history.rested);
    writeFileSync(paths.daemonFile, '{}');
    writeFileSync(join(paths.home, 'HALT'), 'too many\u001b[31m surprises\n');
    const lines = await examined(paths);
    expect(about(lines, 'daemon')).toMatchObject([{ state: 'broken' }]);
    const [halt] = about(lines, 'halt');
    expect(halt).toMatchObject({ state: 'warning', remedy: 'Run `aedev halt --end`.' });
    expect(halt?.sentence).toContain('too many\\x1b[31m surprises');
  });

  test('that is of an earlier build than the program is to be started anew', () => {
    const since = '2026-01-02T03:04:05.000Z';
    const alive = { state: 'alive', pid: 7, port: 8, version: '1', startedAt: since } as const;
    const rest = { openBoot: null, lockHolder: null, haltFile: null, haltedInLog: null };
    const file = { ...alive, trouble: null };
    expect(ofDaemon({ file: { ...file, older: false }, ...rest })).toMatchObject([{ state: 'ok' }]);
    expect(ofDaemon({ file: { ...file, older: true }, ...rest })).toMatchObject([
      { state: 'warning', remedy: 'Run `aedev daemon stop`, then `aedev daemon start`.' },
    ]);
  });

  test('that was halted by an event has to run for the halt to be ended', () => {
    const haltedInLog = { by: 'operator:me', since: '2026-01-02T03:04:05.000Z', reason: 'why not' };
    const facts = { file: null, openBoot: null, lockHolder: null, haltFile: null, haltedInLog };
    expect(ofDaemon(facts)).toMatchObject([
      { what: 'daemon', state: 'missing' },
      {
        what: 'halt',
        state: 'warning',
        sentence: expect.stringContaining('by operator:me: why not'),
        remedy: 'Run `aedev daemon start && aedev halt --end`.',
      },
    ]);
  });

  test('that is dead while something of a run lives is told, and ends nothing', async () => {
    const paths = copyOf(history.crashed);
    const install = loadVerifier(evidenceKeyPath(paths)).keyId.slice(0, 16);
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], {
      env: { AEDEV_RUN: 'r-left1', AEDEV_INSTALL: install },
      stdio: 'ignore',
    });
    await new Promise((resolve) => child.once('spawn', resolve));
    try {
      expect(about(await examined(paths), 'processes')).toMatchObject([
        {
          state: 'broken',
          sentence: 'Something of run r-left1 is still alive, and no daemon owns it.',
        },
      ]);
      expect(child.exitCode).toBeNull();
      expect(child.signalCode).toBeNull();
    } finally {
      child.kill('SIGKILL');
    }
  });
});

const listen = (server: Server) =>
  new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
  });
