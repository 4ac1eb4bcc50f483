/**
 * Everything that can go wrong with a run, through the whole loop with the real `claude` CLI: each ends
 * in its own hold or another try, with its remedy, and goes on as told; never in a paid lane, never
 * with lost work, never with something left alive.
 */
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { HoldCode } from '../../src/control/hold-codes.ts';
import type { Task } from '../../src/control/task.ts';
import type { MessagesFault } from '../../src/demo/doubles/messages-script.ts';
import { CLAUDE } from '../support/claude-cli.ts';
import {
  AFTER_EDIT,
  bash,
  type ClaudeWorld,
  claudeWorld,
  PAID_KEY,
  TOKEN,
} from '../support/claude-world.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const title = 'what can go wrong with a run of the real claude CLI';
/** Many runs, and days that pass: what is tried here is not the budget. */
const LIMITS = {
  global: { runs_per_day: null },
  per_repo: { runs_per_day: null },
  per_run: { wall_minutes: 0.5, idle_minutes: 0.3, max_turns: 20 },
};

describe.skipIf(CLAUDE === null)(
  CLAUDE ? title : `${title} (skipped: no pinned claude CLI)`,
  () => {
    let world: ClaudeWorld;
    beforeAll(async () => {
      world = await claudeWorld({ budgets: LIMITS, limits: { stagger_seconds: 60 } });
    });
    afterAll(() => world?.end());
    let task: Task | null = null;
    beforeEach(async () => {
      // What an earlier case taught the account is over.
      if ((await world.account())?.refused) world.clock.advance(31 * MINUTE);
      world.fault = () => null;
      world.window = null;
      world.extra = [];
      world.program('exec "$REAL" "$@"');
      world.installation.env['AEDEV_CLAUDE_OAUTH_TOKEN'] = TOKEN;
    });
    afterEach(async () => {
      if (task) await world.cancel(task);
      task = null;
      // Whatever happened: nothing is alive, and no request ever carried another credential.
      expect(world.alive()).toEqual([]);
      const posts = world.double.requests.filter(({ method }) => method === 'POST');
      expect(posts.every(({ auth }) => auth === 'bearer')).toBe(true);
      const log = JSON.stringify(await world.installation.aedev.store.read({}));
      expect(log).not.toContain(PAID_KEY);
      expect(log).not.toContain(TOKEN);
    });

    /** Held by this code, with a remedy that names what to do. */
    function held(of: Task, code: HoldCode, remedy: RegExp): void {
      expect(of.hold).toMatchObject({ code, remedy: expect.stringMatching(remedy) });
      expect(of).toMatchObject({ status: 'coding', run: null, slot: false });
    }
    /** Its work so far is under the salvage ref, and the next run starts there. */
    function kept(of: Task): void {
      expect(world.salvaged(of)).toContain('a + b');
      expect(of.hold?.reason ?? '').toMatch(/refs\/aedev\/salvage\/r-/);
      expect(of.start).toBe(of.runs.findLast((run) => run.salvaged)?.salvaged);
    }
    const goesOn = (of: Task): void => {
      expect(of).toMatchObject({ status: 'in-review', hold: { code: 'awaiting-merge-approval' } });
      expect(of.runs.at(-1)).toMatchObject({
        outcome: 'success',
        lane: 'subscription',
        usage: { lane: 'subscription' },
        laneProof: 'apiKeySource=none; the subscription’s token was in its environment',
      });
    };

    describe('before it starts', () => {
      it.each<[string, string | undefined, RegExp]>([
        ['no token', undefined, /AEDEV_CLAUDE_OAUTH_TOKEN is not set/],
        ['a key of the paid API in its place', PAID_KEY, /a key of the paid API/],
        ['something that is no token', 'not a token', /does not look like a token/],
      ])('%s: a hold with the way to a token; then it goes on', async (_name, token, says) => {
        world.installation.env['AEDEV_CLAUDE_OAUTH_TOKEN'] = token;
        const before = world.double.requests.length;
        task = await world.task();
        held(task, 'HOLD-CLAUDE-AUTH-IN-DOCKER', /claude setup-token.*hold resume/);
        expect(task.hold?.reason).toMatch(says);
        expect(task.runs).toMatchObject([{ outcome: 'HOLD-CLAUDE-AUTH-IN-DOCKER', usage: null }]);
        expect(world.double.requests).toHaveLength(before);
        // Put right, it is noticed: nobody has to resume what nobody decided.
        expect(task.hold?.resumes).toHaveProperty('when');
        world.installation.env['AEDEV_CLAUDE_OAUTH_TOKEN'] = TOKEN;
        goesOn(await world.later(10_000, task));
      });
      it.each([
        ['is not there', '/nowhere/claude', /not on the PATH/],
        ['is another program', process.execPath, /not the claude CLI/],
      ])('the program %s: held until it is mended', async (_name, executable, says) => {
        await world.setCoder({ executable });
        task = await world.task();
        held(task, 'coder-missing', /[Ii]nstall/);
        expect(task.hold?.reason).toMatch(says);
        await world.setCoder({});
        goesOn(await world.resume(task));
      });
    });

    describe('what the provider says', () => {
      const fails = (fault: MessagesFault) => {
        world.fault = ({ turn }) => (turn >= AFTER_EDIT ? fault : null);
      };
      it.each<[string, MessagesFault, HoldCode, RegExp]>([
        ['the token is refused', { kind: 'unauthorized' }, 'claude-auth', /claude setup-token/],
        ['no credit', { kind: 'no-credit' }, 'claude-credit', /billing/],
        ['no such model', { kind: 'no-model' }, 'claude-model', /Configure a model/],
      ])('%s: waits for the operator, its work is kept', async (_name, fault, code, remedy) => {
        fails(fault);
        task = await world.task();
        held(task, code, remedy);
        kept(task);
        expect(task.hold?.resumes).toEqual({ by: 'operator' });
        expect(task.runs).toHaveLength(1);
        if (code === 'claude-model') return;
        // It is the account's trouble: another task does not even try.
        const asked = world.double.requests.length;
        const other = await world.task();
        held(other, code, /tried again by itself/);
        expect(world.double.requests).toHaveLength(asked);
        world.fault = () => null;
        goesOn(await world.later(30 * MINUTE, other));
        await world.cancel(other);
        goesOn(await world.resume(task));
      });

      it.each([
        ['five_hour', 3 * HOUR],
        ['seven_day', 4 * HOUR],
      ] as const)(
        'the %s window is used up: waits for its reset, and goes on by itself',
        async (claim, ms) => {
          const reset = Math.ceil((world.clock.now() + ms) / 1000);
          fails({ kind: 'window', claim, resetsAt: reset });
          task = await world.task();
          held(task, 'claude-window', /Nothing to do/);
          kept(task);
          const at = new Date(reset * 1000).toISOString();
          expect(task.hold?.resumes).toEqual({ at });
          expect((await world.account())?.windows).toContainEqual(
            expect.objectContaining({ kind: claim, status: 'rejected', resetsAt: at }),
          );
          const asked = world.double.requests.length;
          // Another task of the account does not even try.
          const other = await world.task();
          held(other, 'claude-window', /goes on by itself/);
          expect(other.hold?.resumes).toEqual({ at });
          expect(world.double.requests).toHaveLength(asked);
          await world.cancel(other);
          world.fault = () => null;
          goesOn(await world.later(reset * 1000 - world.clock.now(), task));
          expect((await world.account())?.limitedAt).toBeNull();
        },
      );

      it.each<[string, MessagesFault]>([
        ['429 without a window', { kind: 'rate-limit' }],
        ['529 overloaded', { kind: 'overloaded' }],
        ['the stream is cut', { kind: 'cut' }],
        ['the connection is reset', { kind: 'reset' }],
      ])('%s: a pause, then again from where it was', async (_name, fault) => {
        fails(fault);
        task = await world.task();
        held(task, 'coder-transient', /nothing to do/);
        expect(world.salvaged(task)).toContain('a + b');
        expect(task.hold?.resumes).toEqual({ at: expect.stringMatching(/Z$/) });
        world.fault = () => null;
        goesOn(await world.later(30_000, task));
      });

      it('nobody answers at its address, again and again: held after the tries that policy allows', async () => {
        // Port 9 is discard's: nothing listens there.
        await world.setCoder({ base_url: 'http://127.0.0.1:9' });
        task = await world.task();
        held(task, 'coder-transient', /nothing to do/);
        held(await world.later(30_000, task), 'coder-failed', /hold resume/);
        await world.setCoder({});
        goesOn(await world.resume(task));
      });

      it('the operator’s share is reached: the next run waits for the reset', async () => {
        const resetsAt = Math.ceil((world.clock.now() + HOUR) / 1000);
        world.window = {
          claim: 'five_hour',
          status: 'allowed_warning',
          utilization: 0.9,
          resetsAt,
        };
        task = await world.task();
        goesOn(task);
        const asked = world.double.requests.length;
        const other = await world.task();
        held(other, 'window-share', /goes on by itself/);
        expect(other.hold?.reason).toMatch(/90% of the five-hour window is used, and 20% of it/);
        expect(world.double.requests).toHaveLength(asked);
        world.window = null;
        goesOn(await world.later(HOUR + 1000, other));
        await world.cancel(other);
      });
    });

    describe('its own limits', () => {
      it.each<[string, Record<string, unknown>, string, RegExp]>([
        ['turns', { max_turns: 2 }, 'max-turns', /budgets.per_run.max_turns/],
        ['dollars', { cost_usd: 0.001 }, 'max-budget', /budgets.per_run.cost_usd/],
      ])(
        'no %s left: tried once more from where it was, then held',
        async (_name, limit, code, remedy) => {
          world.extra = Array(4).fill(bash('true'));
          await world.installation.setPolicies({
            budgets: { ...LIMITS, per_run: { ...LIMITS.per_run, ...limit } },
          });
          task = await world.task();
          await world.installation.setPolicies({ budgets: LIMITS });
          held(task, 'coder-failed', remedy);
          expect(task.runs).toMatchObject([{ outcome: code }, { outcome: code }]);
        },
      );
    });

    describe('what the program does', () => {
      /** Ends well in the run after the first. */
      const once = (lines: string) =>
        `if [ ! -e '${world.file('again')}' ]; then touch '${world.file('again')}'; ${lines}; else rm '${world.file('again')}'; exec "$REAL" "$@"; fi`;

      it('ended from outside: the next run goes on with its work', async () => {
        let killed = 0;
        world.program(`echo $$ >'${world.file('pid')}'; exec "$REAL" "$@"`);
        world.fault = ({ turn }) => {
          if (turn < AFTER_EDIT || killed > 0) return null;
          killed = Number(readFileSync(world.file('pid'), 'utf8'));
          process.kill(killed, 'SIGTERM');
          return { kind: 'silent' };
        };
        task = await world.task();
        expect(task.runs).toMatchObject([{ outcome: 'killed' }, { outcome: 'success' }]);
        expect(world.salvaged(task)).toContain('a + b');
        goesOn(task);
      });

      it('no byte comes: ended at its idle limit, then again', async () => {
        await short();
        let silent = 0;
        world.fault = ({ turn }) =>
          turn >= AFTER_EDIT && silent++ === 0 ? { kind: 'silent' } : null;
        task = await world.task();
        expect(task.runs).toMatchObject([{ outcome: 'idle-limit' }, { outcome: 'success' }]);
        expect(world.salvaged(task)).toContain('a + b');
        goesOn(task);
      });

      it('hangs after its result, deaf to TERM: the result counts', async () => {
        await short();
        world.program(`trap '' TERM; "$REAL" "$@"; while :; do sleep 100; done`);
        task = await world.task();
        expect(task.runs).toMatchObject([{ outcome: 'success' }]);
        goesOn(task);
      });

      it('hangs before its result, deaf to TERM, children and all: ended, then again', async () => {
        await short();
        world.program(once(`trap '' TERM; (trap '' TERM; while :; do sleep 100; done) & wait`));
        task = await world.task();
        expect(task.runs).toMatchObject([{ outcome: 'idle-limit' }, { outcome: 'success' }]);
        goesOn(task);
      });

      it('forks away: gone with the run', async () => {
        world.extra = [
          bash(`setsid sh -c 'while :; do sleep 100; done' >/dev/null 2>&1 & echo off`),
        ];
        task = await world.task();
        goesOn(task);
      });

      it('prints without end: cut off, said, and tried again', async () => {
        world.program(once(`head -c 70000000 /dev/zero | tr '\\0' 'x'; exec "$REAL" "$@"`));
        task = await world.task();
        expect(task.runs).toMatchObject([{ outcome: 'output-cut' }, { outcome: 'success' }]);
        goesOn(task);
      });

      it('leaves a file too large to take: held, and nothing of the rest is lost', async () => {
        world.extra = [bash('head -c 3000000 /dev/zero >big.bin')];
        await world.installation.setPolicies({ workspace: { max_file_bytes: 1_000_000 } });
        task = await world.task();
        await world.installation.setPolicies({ workspace: {} });
        held(task, 'refused-tree', /task retry/);
        kept(task);
        expect(() => world.salvaged(task as Task, 'big.bin')).toThrow();
      });

      const short = () =>
        world.installation.setPolicies({
          budgets: { ...LIMITS, per_run: { ...LIMITS.per_run, idle_minutes: 0.1 } },
        });
    });
  },
);
