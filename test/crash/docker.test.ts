/** The daemon dies while containers of it run: the next life finds them by label, and keeps their work first. */
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import type { Task } from '../../src/control/task.ts';
import { type CrashWorld, crashWorlds } from '../support/crash-world.ts';
import { plainGit } from '../support/installation.ts';
import { NO_OWN_ENGINE, ownEngine } from '../support/own-engine.ts';
import { NO_DOCKER, testImage } from '../support/sandboxes.ts';
import { until } from '../support/until.ts';

const docker = (...args: string[]) => execFileSync('docker', args, { encoding: 'utf8' }).trim();
const label = (id: string, name: string) =>
  docker('inspect', '--format', `{{index .Config.Labels "aedev.${name}"}}`, id);
const runsOf = (at: CrashWorld) => {
  const runs = join(at.home, 'runs');
  return existsSync(runs) ? readdirSync(runs).filter((name) => name.startsWith('r-')) : [];
};
const treeOf = (at: CrashWorld, run: string) => join(at.home, 'runs', run, 'workspace', 'repo');
/** What begins after this makes the change at once. */
function recode(at: CrashWorld): void {
  const file = join(at.home, 'config', 'policies.yaml');
  const before = parse(readFileSync(file, 'utf8'));
  const coders = { ...before.coders, scripted: { argv: ['sh', '-c', FIX] } };
  writeFileSync(file, stringify({ ...before, coders }));
}
const FIX = "sed 's/a - b/a + b/' src/price.js > new && cat new > src/price.js && rm new";

describe.skipIf(NO_DOCKER !== null)(
  NO_DOCKER === null ? 'containers' : `containers (skipped: ${NO_DOCKER})`,
  () => {
    let worlds: Awaited<ReturnType<typeof crashWorlds>>;
    beforeAll(async () => {
      worlds = await crashWorlds();
    });
    afterAll(() => worlds?.close());

    const taskOf = (at: CrashWorld) =>
      worlds.read(at, async (reader) => {
        const [row] = await reader.views('task');
        return (await reader.state(`task/${row?.key}`))?.state as Task;
      });
    const containersOf = (install: string) =>
      docker('ps', '-aq', '--no-trunc', '--filter', `label=aedev.install=${install}`)
        .split('\n')
        .filter(Boolean);
    /** Ids of containers whose task is one of this world. */
    const running = async (at: CrashWorld) => {
      const { id } = (await taskOf(at).catch(() => null)) ?? { id: 'none' };
      const found = docker('ps', '-q', '--no-trunc', '--filter', `label=aedev.task=${id}`);
      return found === '' ? null : (found.split('\n')[0] as string);
    };

    test('of a killed daemon are ended, their work kept, and what they left taken away', {
      timeout: 60_000,
    }, async () => {
      const at = worlds.make(
        'echo half > half.txt; setsid sh -c \'trap "" TERM; sleep 600\' & touch ready; sleep 600',
        testImage(),
      );
      const first = worlds.live(at, 0);
      const id = await until('the coder to be at work', () => running(at));
      const run = label(id, 'run');
      const install = label(id, 'install');
      await until('its work', () => existsSync(join(treeOf(at, run), 'ready')));
      first.child.kill('SIGKILL');
      expect(await first.ended).toBeNull();
      expect(docker('inspect', '--format', '{{.State.Running}}', id)).toBe('true');

      // What other deaths may have left: made and never started, ended and never removed, a secret.
      const left = (name: string, ...rest: string[]) =>
        docker(
          'create',
          '--label',
          `aedev.install=${install}`,
          '--label',
          `aedev.run=${name}`,
          ...rest,
        );
      left('r-created', testImage(), 'true');
      docker('start', '--attach', left('r-ended', testImage(), 'true'));
      expect(containersOf(install)).toHaveLength(3);
      const env = join(at.home, 'runs', '.scratch', 'env-left');
      mkdirSync(env, { recursive: true });
      utimesSync(env, 1, 1);

      recode(at);
      await worlds.live(at, 0).ended;
      expect(containersOf(install)).toEqual([]);
      expect(existsSync(env)).toBe(false);
      const task = await taskOf(at);
      expect(task.status).toBe('remembered');
      expect(task.runs.map(({ status }) => status)).toEqual(['lost', 'ended']);
      expect(task.runs[0]?.reason).toMatch(
        /the daemon went away.*removed 1 container.*is kept at/s,
      );
      const mirror = join(at.home, 'repos', 'shop.git');
      expect(plainGit(mirror, 'show', `refs/aedev/salvage/${run}:half.txt`)).toBe('half');
      expect(plainGit(at.forge, 'show', 'main:src/price.js')).toContain('a + b');
      await worlds.read(at, async (reader) => {
        const repairs = (await reader.read({ stream: 'system/main' })).filter(
          ({ type }) => type === 'system.repaired',
        );
        const said = JSON.stringify(repairs.map(({ data }) => data));
        expect(said).toMatch(/r-created/);
        expect(said).toMatch(/r-ended/);
      });
    });

    test('of a check stand in the way of no later one', { timeout: 60_000 }, async () => {
      const at = worlds.make(FIX, testImage(), ['sh', '-c', 'sleep 1; git --version']);
      const first = worlds.live(at, 0);
      const id = await until('the check to run', async () => {
        const found = await running(at);
        return found !== null && label(found, 'run').includes('-verify-') ? found : null;
      });
      const install = label(id, 'install');
      first.child.kill('SIGKILL');
      expect(await first.ended).toBeNull();
      expect(containersOf(install)).toEqual([id]);
      await worlds.live(at, 0).ended;
      expect(containersOf(install)).toEqual([]);
      const task = await taskOf(at);
      expect(task).toMatchObject({ status: 'remembered', lostRuns: 0 });
      expect(task.evidence?.verify.failures).toEqual([]);
    });

    test.skipIf(NO_OWN_ENGINE !== null)(
      'whose engine is not up when the machine is: nothing is lost, and it goes on when it is',
      { timeout: 90_000 },
      async () => {
        const engine = await ownEngine();
        try {
          const at = worlds.make('echo half > half.txt; sleep 600', engine.image, ['true']);
          const first = worlds.live(at, 0, engine.host);
          const works = () =>
            runsOf(at).find((run) => existsSync(join(treeOf(at, run), 'half.txt'))) ?? null;
          const run = await until('the coder to be at work', works);
          first.child.kill('SIGKILL');
          await engine.kill();
          await first.ended;

          const second = worlds.live(at, 0, engine.host);
          const held = async () => (await taskOf(at)).hold;
          const hold = await until('the hold', held);
          expect(hold).toMatchObject({
            code: 'sandbox-engine',
            resumes: { when: expect.anything() },
          });
          expect(hold.reason).toMatch(/the daemon went away.*its work is still in/s);
          second.child.kill('SIGKILL');
          await second.ended;
          expect(readFileSync(join(treeOf(at, run), 'half.txt'), 'utf8')).toBe('half\n');

          await engine.start();
          recode(at);
          await worlds.live(at, 0, engine.host).ended;
          const task = await taskOf(at);
          expect(task.status).toBe('remembered');
          expect(task.runs.map(({ status }) => status)).toEqual(['lost', 'ended']);
          const mirror = join(at.home, 'repos', 'shop.git');
          expect(plainGit(mirror, 'show', `refs/aedev/salvage/${run}:half.txt`)).toBe('half');
        } finally {
          await engine.remove();
        }
      },
    );
  },
);
