/**
 * What can go wrong with the real `claude` CLI in a container: the same holds as elsewhere, through the
 * host's proxy, with the credential outside.
 */
import { execFileSync } from 'node:child_process';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { diagnose } from '../../src/compose/doctor.ts';
import { homePaths } from '../../src/config/home.ts';
import type { Task } from '../../src/control/task.ts';
import { CLAUDE, CLAUDE_FOLDER } from '../support/claude-cli.ts';
import {
  AFTER_EDIT,
  type ClaudeWorld,
  claudeWorld,
  PAID_KEY,
  TOKEN,
} from '../support/claude-world.ts';
import { NO_DOCKER, testImage } from '../support/sandboxes.ts';

const missing = NO_DOCKER ?? (CLAUDE === null ? 'no pinned claude CLI' : null);
const title = 'what can go wrong in a container';
const LIMITS = { per_run: { wall_minutes: 1, idle_minutes: 0.15, max_turns: 20 } };

describe.skipIf(missing !== null)(missing ? `${title} (skipped: ${missing})` : title, () => {
  let world: ClaudeWorld;
  let task: Task | null = null;
  beforeAll(async () => {
    const image = process.env['AEDEV_RUNNER_IMAGE'] ?? testImage(CLAUDE_FOLDER);
    world = await claudeWorld({ budgets: LIMITS }, image);
  }, 180_000);
  afterAll(() => world?.end());
  const docker = (...args: string[]) => execFileSync('docker', args, { encoding: 'utf8' });
  const containers = (of: Task) =>
    docker('ps', '-aq', '--filter', `label=aedev.task=${of.id}`).trim();
  beforeEach(async () => {
    // What an earlier case taught the account is over.
    if ((await world.account())?.refused) world.clock.advance(31 * 60_000);
    world.fault = () => null;
    world.installation.env['AEDEV_CLAUDE_OAUTH_TOKEN'] = TOKEN;
  });
  afterEach(async () => {
    if (task) {
      await world.cancel(task);
      expect(containers(task)).toBe('');
    }
    task = null;
    const log = JSON.stringify(await world.installation.aedev.store.read({}));
    expect(log.includes(TOKEN) || log.includes(PAID_KEY)).toBe(false);
  });

  it('no token: nothing is started', async () => {
    world.installation.env['AEDEV_CLAUDE_OAUTH_TOKEN'] = PAID_KEY;
    task = await world.task();
    expect(task.hold?.code).toBe('HOLD-CLAUDE-AUTH-IN-DOCKER');
    expect(world.double.requests).toEqual([]);
  });

  it('the doctor asks the program where it would run', async () => {
    const { home, dir, env } = world.installation;
    const lines = await diagnose(homePaths({ AEDEV_HOME: home }, dir), env);
    expect(lines.filter(({ what }) => what === 'coder claude')).toMatchObject([
      {
        state: 'ok',
        sentence: expect.stringMatching(
          /with the runner image; lane subscription; AEDEV_CLAUDE_OAUTH_TOKEN .*; it would log in by it/,
        ),
      },
    ]);
    expect(JSON.stringify(lines)).not.toContain(TOKEN);
  });

  it('the window is used up: the reset time comes through, and it goes on by itself', async () => {
    const resetsAt = Math.ceil(world.clock.now() / 1000) + 3600;
    world.fault = ({ turn }) =>
      turn >= AFTER_EDIT ? { kind: 'window', claim: 'five_hour', resetsAt } : null;
    task = await world.task();
    const at = new Date(resetsAt * 1000).toISOString();
    expect(task.hold).toMatchObject({ code: 'claude-window', resumes: { at } });
    expect(world.salvaged(task)).toContain('a + b');
    world.fault = () => null;
    task = await world.later(resetsAt * 1000 - world.clock.now(), task);
    expect(task.status).toBe('in-review');
    const { port } = new URL(world.double.url);
    expect(task.runs.at(-1)).toMatchObject({
      tier: 'docker',
      lane: 'subscription',
      usage: { lane: 'subscription' },
      laneProof: `apiKeySource=none; the subscription’s token was added outside the sandbox; reached 127.0.0.1:${port}`,
    });
  });

  it('the token is refused: held as a login, not as an outage', async () => {
    world.fault = () => ({ kind: 'unauthorized' });
    task = await world.task();
    expect(task.hold).toMatchObject({ code: 'claude-auth', resumes: { by: 'operator' } });
  });

  it('how much of a window is used is known without a warning, from the provider itself', async () => {
    const resetsAt = Math.ceil(world.clock.now() / 1000) + 7200;
    world.window = { claim: 'five_hour', status: 'allowed', utilization: 0.41, resetsAt };
    task = await world.task();
    world.window = null;
    expect(task.status).toBe('in-review');
    expect((await world.account())?.windows).toContainEqual(
      expect.objectContaining({ kind: 'five_hour', status: 'allowed', utilization: 0.41 }),
    );
    // Noted while the run was at work, before its end said the same.
    const told = await world.told();
    expect(told.indexOf('account.windows-heard')).toBeGreaterThan(-1);
    expect(told.lastIndexOf('account.windows-noted')).toBeGreaterThan(
      told.lastIndexOf('account.windows-heard'),
    );
  });

  it('no byte comes: its container is gone, and the next run goes on with its work', async () => {
    let silent = 0;
    world.fault = ({ turn }) => (turn >= AFTER_EDIT && silent++ === 0 ? { kind: 'silent' } : null);
    task = await world.task();
    expect(task.runs).toMatchObject([{ outcome: 'idle-limit' }, { outcome: 'success' }]);
    expect(world.salvaged(task)).toContain('a + b');
    expect(task.status).toBe('in-review');
  });

  it('the paid API by policy: the key is added outside, too', async () => {
    await world.setCoder({ lane: 'api', api_usd_per_day: 25 });
    const before = world.double.requests.length;
    task = await world.task();
    await world.setCoder({});
    expect(task.status).toBe('in-review');
    expect(task.runs).toMatchObject([
      {
        lane: 'api',
        usage: { lane: 'api' },
        laneProof: expect.stringContaining('the key of the paid API was added outside'),
      },
    ]);
    const posts = world.double.requests.slice(before).filter(({ method }) => method === 'POST');
    expect(posts.every(({ auth, authorized }) => auth === 'api-key' && authorized)).toBe(true);
  });
});
