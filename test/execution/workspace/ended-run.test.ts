/** A run that is ended from outside (its deadline, a withdrawal): what became of its work is in its outcome. */
import { renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Outcome } from '../../../src/control/contract.ts';
import { createCoder } from '../../../src/execution/coders/create.ts';
import { runCoderMove } from '../../../src/execution/moves/run-coder.ts';
import type { Sandbox } from '../../../src/execution/sandboxes/sandbox.ts';
import { policyOf } from '../../support/world.ts';
import { LIMITS, laidOut, TIME } from './helpers.ts';

/** Plays a run whose program does `work` in its tree and is then ended by the host. */
async function ended(work: (repo: string) => void) {
  const { home, workspaces, mirror, base, show } = await laidOut({ 'a.txt': 'a\n' });
  const abort = new AbortController();
  const sandbox: Sandbox = {
    tier: 'process',
    inside: (_spec, path) => path,
    check: async () => [],
    async run(spec) {
      writeFileSync(spec.stdout, '');
      writeFileSync(spec.stderr, '');
      work(join(spec.workspace, 'repo'));
      abort.abort(new Error('deadline'));
      return {
        ...{ code: null, signal: 'SIGTERM', ended: 'aborted', durationMs: 1 },
        ...{ stdoutTruncated: false, stderrTruncated: false },
        provenance: { tier: 'process', image: null, engine: null },
      };
    },
    reap: async () => ({ found: 0, ended: 0, detail: '' }),
    orphans: async () => [],
  };
  const { coders } = policyOf({ coders: { scripted: { argv: ['true'] } } }).policies;
  const runs = join(home, 'runs');
  const move = runCoderMove({
    workspaces,
    runs,
    hostEnv: { PATH: process.env['PATH'] },
    keychain: { get: async () => ({ state: 'absent' }) as never },
    now: () => Date.parse(TIME),
    settings: () => ({
      sandbox,
      coder: createCoder('scripted', coders),
      ...{ model: null, permissionMode: 'acceptEdits', allowedTools: [], maxTurns: null },
      ...{ maxCostUsd: null, network: 'host', egressAllow: [], workspace: LIMITS },
      limits: { wallMs: 1000, idleMs: 1000, memoryMb: 100, cpus: 1, pids: 10 },
    }),
    furnishing: async () => undefined,
    sandboxes: [sandbox],
  });
  const input = {
    ...{ task: 't-1', mission: 'm-1', repo: 'one', run: 'r-2', role: 'coder', coder: 'scripted' },
    ...{ title: 'x', base, start: base, round: 0, prompt: 'x', startedAt: TIME, lane: 'none' },
    approvedUsd: null,
  };
  const key = 't-1/run-coder/1/1';
  const order = { key, kind: 'run-coder', partition: 'one', input };
  const outcome = (await move.perform(order, abort.signal)) as Outcome & { ok: false };
  return { outcome, show, mirror, workspace: join(runs, 'r-2', 'workspace') };
}

test('work is kept, named, and goes into the next run', async () => {
  const { outcome, show } = await ended((repo) => writeFileSync(join(repo, 'half.txt'), 'half'));
  const ref = 'refs/aedev/salvage/r-2';
  expect(outcome).toMatchObject({ ok: false, code: 'aborted', work: { kind: 'kept', ref } });
  expect(show('rev-parse', ref)).toBe(outcome.salvaged);
  expect(show('show', `${ref}:half.txt`)).toBe('half');
});

test('nothing changed, or nothing that can be kept, is told as such', async () => {
  const none = await ended(() => undefined);
  expect(none.outcome).toMatchObject({ code: 'aborted', salvaged: null });
  expect(none.outcome.work).toEqual({ kind: 'unchanged' });
  const swapped = await ended((repo) => {
    renameSync(repo, `${repo}.away`);
    symlinkSync(`${repo}.away`, repo);
  });
  const { folder } = swapped.outcome.work as { folder: string };
  expect(swapped.outcome.work).toMatchObject({ kind: 'stays' });
  expect(folder).toBe(swapped.workspace);
});

test('while it cannot be kept, the run stays open', async () => {
  const { outcome } = await ended((repo) => {
    writeFileSync(join(repo, 'half.txt'), 'half');
    renameSync(join(repo, '../../../../repos/one.git'), join(repo, '../../../../repos/away.git'));
  });
  expect(outcome).toMatchObject({ ok: false, unsettled: true });
  expect(outcome.reason).toContain('its work is still in');
});
