/**
 * Everything that can go wrong with a container engine and its image, through the whole loop: each
 * ends in the right hold, goes on as that hold says, and costs no work of a coder.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { CONDITIONS } from '../../src/control/contract.ts';
import type { Task } from '../../src/control/task.ts';
import { type Installation, install, plainGit } from '../support/installation.ts';
import { begin, deliver, taskOf } from '../support/mission.ts';
import { NO_OWN_ENGINE, type OwnEngine, ownEngine } from '../support/own-engine.ts';
import { NO_DOCKER, testImage } from '../support/sandboxes.ts';
import { until } from '../support/until.ts';

const ZERO = `sha256:${'0'.repeat(64)}`;
const FIX = 'sed "s/a - b/a + b/" src/price.js > fixed && cat fixed > src/price.js && rm fixed';
const HALF = 'echo half > half.txt';
const sandboxReady = { when: CONDITIONS.sandboxReady };

let installation: Installation | null = null;
const docker = (...args: string[]) => execFileSync('docker', args, { encoding: 'utf8' }).trim();
const engineBefore = process.env['DOCKER_HOST'];
const useEngine = (host: string | undefined) => {
  if (host === undefined) delete process.env['DOCKER_HOST'];
  else process.env['DOCKER_HOST'] = host;
};
afterEach(async () => {
  useEngine(engineBefore);
  await installation?.end();
  installation = null;
});

interface Given {
  script?: string;
  image?: { name: string; digest: string };
  sandbox?: Record<string, unknown>;
  policies?: Record<string, unknown>;
}

async function given({ script = FIX, image, sandbox = {}, policies = {} }: Given) {
  const pinned = image ?? { name: 'aedev-test-image', digest: testImage() };
  installation = await install({
    argv: ['sh', '-c', script],
    policies: { sandbox: { tier: 'docker', image: pinned, ...sandbox }, ...policies },
    repo: { verify: [{ argv: ['grep', '-q', 'a + b', 'src/price.js'] }] },
  });
  return installation;
}

/** What the daemon does every few seconds. */
async function look(one: Installation): Promise<number> {
  const ended = await one.aedev.endMetHolds();
  await one.aedev.runner.idle();
  return ended;
}
const runFolders = (one: Installation) =>
  readdirSync(join(one.home, 'runs')).filter((name) => name.startsWith('r-'));
const workspaceOf = (one: Installation, run: string) =>
  join(one.home, 'runs', run, 'workspace', 'repo');
/** The folder of the run that has begun to work. */
const begun = (one: Installation): Promise<string> =>
  until(
    'the coder to be at work',
    () =>
      runFolders(one).find((run) => existsSync(join(workspaceOf(one, run), 'half.txt'))) ?? null,
  ) as Promise<string>;
const salvaged = (one: Installation, run: string, file: string) =>
  plainGit(join(one.home, 'repos', 'shop.git'), 'show', `refs/aedev/salvage/${run}:${file}`);
/** Without tests nothing merges by itself: the way ends where the operator is asked. */
async function expectReviewed(one: Installation): Promise<Task> {
  const done = await taskOf(one);
  expect(done).toMatchObject({ status: 'in-review', hold: { code: 'awaiting-merge-approval' } });
  const mirror = join(one.home, 'repos', 'shop.git');
  expect(plainGit(mirror, 'show', `${done.head}:src/price.js`)).toContain('a + b');
  return done;
}
/** The operator edits policies.yaml; runs that begin later go by it. */
async function edit(one: Installation, section: string, change: object): Promise<void> {
  const file = join(one.home, 'config', 'policies.yaml');
  const before = parse(readFileSync(file, 'utf8'));
  writeFileSync(file, stringify({ ...before, [section]: { ...before[section], ...change } }));
  expect(await one.aedev.life.refresh()).toEqual([]);
}
const nextRunsDo = (one: Installation, script: string) =>
  edit(one, 'coders', { scripted: { argv: ['sh', '-c', script] } });
const containersOf = (run: string) => docker('ps', '-aq', '--filter', `label=aedev.run=${run}`);

describe.skipIf(NO_DOCKER !== null)(
  NO_DOCKER === null ? 'before a run' : `before a run (skipped: ${NO_DOCKER})`,
  () => {
    it('holds while no engine answers, and goes on by itself when one does', async () => {
      const one = await given({});
      useEngine(`unix://${one.dir}/no.sock`);
      const held = await deliver(one);
      expect(held).toMatchObject({
        status: 'coding',
        run: null,
        slot: false,
        hold: { code: 'sandbox-engine', resumes: sandboxReady },
      });
      expect(held.hold?.reason).toContain('no.sock is not there');
      expect(held.hold?.remedy).toMatch(/systemctl start docker.*goes on by itself/);
      expect(await look(one)).toBe(0);
      expect((await taskOf(one)).runs).toHaveLength(1);

      useEngine(engineBefore);
      expect(await look(one)).toBe(1);
      const done = await expectReviewed(one);
      expect(done.runs.map(({ outcome }) => outcome)).toEqual(['sandbox-engine', 'success']);
    });

    it('holds for an image that is missing, and for another one under its name', async () => {
      const one = await given({ image: { name: 'aedev-no-such-image', digest: ZERO } });
      const held = await deliver(one);
      const hold = { code: 'HOLD-CLAUDE-DOCKER-IMAGE', resumes: sandboxReady };
      expect(held).toMatchObject({ status: 'coding', run: null, hold });
      expect(held.hold?.remedy).toContain('aedev image build');

      const pin = (image: object) => edit(one, 'sandbox', { image });
      await pin({ name: 'aedev-test-image', digest: ZERO });
      expect(await look(one)).toBe(0);
      await one.send({ type: 'task.resume', task: held.id });
      await one.aedev.runner.idle();
      const other = await taskOf(one);
      expect(other.hold).toMatchObject(hold);
      expect(other.hold?.reason).toMatch(/on this machine is sha256:.*not the pinned sha256:0000/);

      await pin({ name: 'aedev-test-image', digest: testImage() });
      expect(await look(one)).toBe(1);
      await expectReviewed(one);
    });

    it('holds for an image without the coder, before anything is spent', async () => {
      installation = await install({
        env: { AEDEV_CLAUDE_OAUTH_TOKEN: 'dummy-oat-of-a-test-0001' },
        policies: {
          sandbox: { tier: 'docker', image: { name: 'aedev-test-image', digest: testImage() } },
          coders: { default: 'claude' },
        },
      });
      const held = await deliver(installation);
      expect(held).toMatchObject({
        run: null,
        hold: { code: 'HOLD-CLAUDE-DOCKER-IMAGE', resumes: sandboxReady },
      });
      expect(held.hold?.reason).toContain('the claude CLI does not run');
      expect(await look(installation)).toBe(0);
    });
  },
);

describe.skipIf(NO_DOCKER !== null)(
  NO_DOCKER === null ? 'in a run' : `in a run (skipped: ${NO_DOCKER})`,
  () => {
    it('keeps the work of a container that somebody removed, and runs anew', async () => {
      const one = await given({ script: `${HALF}; sleep 600` });
      await begin(one);
      const run = await begun(one);
      await nextRunsDo(one, FIX);
      docker('rm', '--force', containersOf(run));
      await one.aedev.runner.idle();
      const done = await expectReviewed(one);
      expect(done.runs.map(({ status }) => status)).toEqual(['lost', 'ended']);
      expect(done.runs[0]?.reason).toMatch(/was cut off: .*what it had done is kept at/s);
      expect(done.runs[0]?.salvaged).toMatch(/^[0-9a-f]{40}$/);
      expect(salvaged(one, run, 'half.txt')).toBe('half');
    });

    it('says that memory ran out, keeps the work, and holds after a second try', async () => {
      const eat = 'node -e "const a = []; for (;;) a.push(Buffer.alloc(8 << 20, 1))"';
      const one = await given({ script: `${HALF}; exec ${eat}`, sandbox: { memory_mb: 96 } });
      const held = await deliver(one);
      expect(held).toMatchObject({ run: null, hold: { code: 'coder-failed' } });
      expect(held.hold?.reason).toContain('more memory than its limit');
      expect(held.runs.map(({ outcome }) => outcome)).toEqual(['memory-limit', 'memory-limit']);
      // The second takes up what the first left, and adds nothing to it.
      expect(salvaged(one, held.runs[0]?.id ?? '', 'half.txt')).toBe('half');
      for (const { id } of held.runs) expect(containersOf(id)).toBe('');
    });

    it('bounds what a run can write into its temporary folders', async () => {
      const write = (path: string) =>
        `node -e "const fs = require('node:fs'); const f = fs.openSync('${path}', 'w'); const b = Buffer.alloc(1 << 24); try { for (;;) fs.writeSync(f, b) } catch (e) { console.log(e.code, fs.fstatSync(f).size >> 20); fs.rmSync('${path}') }"`;
      const script = `${HALF}; ${write('/tmp/big')}; ${write('$HOME/big')}; exit 3`;
      const one = await given({ script });
      const held = await deliver(one);
      expect(held).toMatchObject({ run: null, hold: { code: 'coder-failed' } });
      const [first] = held.runs;
      const said = readFileSync(join(one.home, 'runs', first?.id ?? '', 'stdout'), 'utf8');
      expect(said).toBe('ENOSPC 512\nENOSPC 512\n');
      expect(salvaged(one, first?.id ?? '', 'half.txt')).toBe('half');
    });
  },
);

describe.skipIf(NO_OWN_ENGINE !== null)(
  NO_OWN_ENGINE === null
    ? 'a disk that is full'
    : `a disk that is full (skipped: ${NO_OWN_ENGINE})`,
  () => {
    let mounted: string | null = null;
    afterEach(async () => {
      await installation?.aedev.life.stop('the disk goes');
      if (mounted) execFileSync('umount', [mounted]);
      mounted = null;
    });

    it('keeps work that cannot be kept yet where it is, until there is room', async () => {
      const big = `node -e "require('node:fs').writeFileSync('big.bin', require('node:crypto').randomBytes(24 << 20))"`;
      const one = await given({ script: `${HALF}; ${big}` });
      // What git keeps has a disk of its own, too small for this change.
      const disk = (options: string) =>
        execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'none', join(one.home, 'repos')]);
      disk('size=8m,mode=700');
      mounted = join(one.home, 'repos');
      const held = await deliver(one);
      const run = held.run ?? '';
      expect(held).toMatchObject({
        hold: { code: 'disk-full', resumes: { at: expect.any(String) } },
      });
      expect(held.hold?.reason).toMatch(
        /it ended, but could not be collected.*its work is still in/s,
      );
      expect(existsSync(join(workspaceOf(one, run), 'big.bin'))).toBe(true);

      disk('remount,size=200m,mode=700');
      await nextRunsDo(one, FIX);
      await one.send({ type: 'task.resume', task: held.id });
      await one.aedev.runner.idle();
      const done = await expectReviewed(one);
      expect(done.runs.map(({ status }) => status)).toEqual(['lost', 'ended']);
      expect(salvaged(one, run, 'half.txt')).toBe('half');
    });
  },
);

describe.skipIf(NO_OWN_ENGINE !== null)(
  NO_OWN_ENGINE === null
    ? 'an engine that dies'
    : `an engine that dies (skipped: ${NO_OWN_ENGINE})`,
  () => {
    let engine: OwnEngine | null = null;
    afterEach(async () => {
      await installation?.end();
      installation = null;
      await engine?.remove();
      engine = null;
    });

    it('holds in the middle of a run, then keeps its work and runs anew', {
      timeout: 90_000,
    }, async () => {
      engine = await ownEngine();
      useEngine(engine.host);
      const image = { name: 'aedev-busybox', digest: engine.image };
      const one = await given({ script: `${HALF}; sleep 600`, image });
      await begin(one);
      const run = await begun(one);
      await nextRunsDo(one, FIX);
      await engine.kill();
      await one.aedev.runner.idle();
      const held = await taskOf(one);
      expect(held).toMatchObject({
        status: 'coding',
        run,
        slot: false,
        hold: { code: 'sandbox-engine', resumes: sandboxReady },
      });
      expect(held.hold?.reason).toMatch(/was cut off: .*its work is still in .*workspace/s);
      expect(await look(one)).toBe(0);
      // The operator may try as often as they like, and aedev may be restarted: nothing is lost.
      await one.send({ type: 'task.resume', task: held.id });
      await one.aedev.runner.idle();
      await one.restart();
      await one.aedev.runner.idle();
      expect(await taskOf(one)).toMatchObject({ run, hold: { code: 'sandbox-engine' } });
      expect(readFileSync(join(workspaceOf(one, run), 'half.txt'), 'utf8')).toBe('half\n');

      await engine.start();
      expect(await look(one)).toBe(1);
      const done = await expectReviewed(one);
      expect(done.runs.map(({ id, status }) => [id === run, status])).toEqual([
        [true, 'lost'],
        [false, 'ended'],
      ]);
      expect(salvaged(one, run, 'half.txt')).toBe('half');
      expect(containersOf(run)).toBe('');
    });
  },
);
