/** The whole suite in one tier: every attack of the tables that the tier can hold. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SandboxTier } from '../../src/execution/sandboxes/sandbox.ts';
import { openBundle } from '../../src/judgement/evidence/read.ts';
import { DiskBlobStore } from '../../src/store/blobs.ts';
import { NO_DOCKER, NO_SRT } from '../support/sandboxes.ts';
import type { Attack } from './attack.ts';
import { BITES, INSIDE } from './inside.ts';
import { LIMITS } from './limits.ts';
import { type Came, type Range, range } from './range.ts';
import { checkedProbes, probes, reportOf, scripts } from './steps.ts';
import { TREES } from './trees.ts';

/** What a terminal would obey; line feeds are ours. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: exactly these must not be printed
const CONTROLS = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069]/;

/** Once, whoever asks first. */
const once = (work: () => Promise<Came>): (() => Promise<Came>) => {
  let came: Promise<Came> | undefined;
  return () => {
    came ??= work();
    return came;
  };
};

export function hostile(tier: SandboxTier): void {
  const missing = { docker: NO_DOCKER, srt: NO_SRT, process: null }[tier];
  const title = `hostile coders in ${tier}${missing === null ? '' : ` (skipped: ${missing})`}`;
  describe.skipIf(missing !== null)(title, () => {
    let at: Range;
    beforeAll(async () => {
      at = await range(tier);
    });
    afterAll(() => at.end());

    const attacks = (
      list: readonly Attack[],
      play: () => Promise<Came>,
      more: (came: Came, attack: Attack) => void,
    ) =>
      it.each(list.map((attack) => [attack.name, attack.tries, attack] as const))(
        '%s: %s',
        async (_name, _tries, attack) => {
          const came = await play();
          more(came, attack);
          expect(came.shown).toMatch(attack.told);
          expect(CONTROLS.exec(came.printed)?.[0]).toBeUndefined();
          expect(came.harm).toEqual([]);
        },
      );

    for (const { attacks: batch, outcome, settings } of TREES) {
      const play = once(() =>
        at.play(
          scripts(
            at.targets,
            batch.map(({ name }) => name),
          ),
          settings,
        ),
      );
      attacks(batch, play, (came) => expect(came.task.runs.at(-1)?.outcome).toMatch(outcome));
      if (batch.some(({ name }) => name === '28-index-bits')) {
        it('none of them hides a file, or what is in it, from what is committed', async () => {
          const { task, workspace } = await play();
          for (const path of ['a.txt', 'base.txt', 'payload.js', 'tools/clean.sh']) {
            const committed = execFileSync('git', [
              '--git-dir',
              at.targets.mirror,
              'cat-file',
              'blob',
              `${task.head}:${path}`,
            ]);
            expect([path, committed]).toEqual([path, readFileSync(join(workspace, 'repo', path))]);
          }
        });
      }
    }

    for (const one of LIMITS.filter(({ tiers }) => tiers.includes(tier))) {
      const play = once(() => at.play(one.steps, one.settings));
      attacks([one], play, (came) => expect(came.task.runs.at(-1)?.outcome).toMatch(one.outcome));
    }

    if (tier !== 'process') {
      const play = once(() => at.play(probes(at.targets), { egress: ['allowed.test'] }));
      attacks(INSIDE, play, ({ report }, { name }) => {
        expect(Object.keys(report).sort()).toEqual(INSIDE.map((one) => one.name).sort());
        expect(report[name]).toMatch(process.arch === 'x64' ? /^held: / : /^(?:held|SKIPPED): /);
      });
      it('in-the-checks: the same from a test that the change brings, in the sandbox of the checks', async () => {
        const only = INSIDE.filter(({ theme }) => theme === 'theft' || theme === 'escape')
          .map(({ name }) => name)
          .filter((name) => name !== 'take-the-way-out-away');
        const { task, printed } = await at.play(checkedProbes(at.targets, only));
        const report = await reportOfChecks(at, task.evidence?.digest ?? '');
        expect(Object.keys(report).sort()).toEqual([...only].sort());
        expect(Object.entries(report).filter(([, came]) => !came.startsWith('held'))).toEqual([]);
        expect(CONTROLS.exec(printed)?.[0]).toBeUndefined();
        expect(at.harm()).toEqual([]);
      });
    }

    it('after all of them: no token anywhere, and the host goes on working', async () => {
      expect(await at.leaks()).toEqual([]);
      const { task } = await at.play([]);
      expect(task).toMatchObject({ status: 'in-review', pull: { state: 'draft' } });
      expect(at.harm()).toEqual([]);
    });

    if (tier === 'process') {
      it('the probes reach their goals where nothing holds them', () => {
        const dir = mkdtempSync(join(tmpdir(), 'aedev-bites-'));
        try {
          writeFileSync(join(dir, 'targets'), JSON.stringify(at.targets));
          const argv = [
            join(import.meta.dirname, 'probes', 'main.mjs'),
            'targets',
            'report',
            BITES.join(),
          ];
          spawnSync(process.execPath, argv, { cwd: dir, stdio: 'inherit' });
          const report = reportOf(readFileSync(join(dir, 'report')));
          expect(Object.keys(report).sort()).toEqual([...BITES].sort());
          expect(Object.values(report).filter((came) => !came.startsWith('REACHED'))).toEqual([]);
        } finally {
          rmSync(dir, { recursive: true, force: true });
        }
      });
    }
  });
}

/** What the checks of a change printed, from its sealed evidence. */
async function reportOfChecks({ installation }: Range, digest: string) {
  const blobs = new DiskBlobStore(join(installation.home, 'blobs'));
  const bundle = openBundle(await blobs.get(digest));
  const stdout = bundle.predicate.verify.find(({ on }) => on === 'head')?.stdout ?? '';
  return reportOf(Buffer.from(bundle.blob(stdout)));
}
