/** Who pays for a run of the real `claude` CLI: the wanted lane, what it proves, and no other by itself. */
import { chmodSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Budget } from '../../src/control/budget.ts';
import type { Task } from '../../src/control/task.ts';
import { CLAUDE } from '../support/claude-cli.ts';
import { AFTER_EDIT, type ClaudeWorld, claudeWorld, PAID_KEY } from '../support/claude-world.ts';

const title = 'the lanes of the real claude CLI';
describe.skipIf(CLAUDE === null)(
  CLAUDE ? title : `${title} (skipped: no pinned claude CLI)`,
  () => {
    let world: ClaudeWorld;
    let task: Task | null = null;
    let before = 0;
    beforeAll(async () => {
      world = await claudeWorld();
    });
    afterAll(() => world?.end());
    beforeEach(() => {
      world.fault = () => null;
      world.program('exec "$REAL" "$@"');
      before = world.double.requests.length;
    });
    afterEach(async () => {
      if (task) await world.cancel(task);
      task = null;
      const log = JSON.stringify(await world.installation.aedev.store.read({}));
      expect(log).not.toContain(PAID_KEY);
    });
    const auths = () => [
      ...new Set(
        world.double.requests
          .slice(before)
          .flatMap(({ method, auth }) => (method === 'POST' ? [auth] : [])),
      ),
    ];

    it('the paid API by policy: its key, its budget, its proof', async () => {
      await world.setCoder({ lane: 'api', api_usd_per_day: 25 });
      task = await world.task();
      await world.setCoder({});
      expect(task.status).toBe('in-review');
      expect(task.runs).toMatchObject([
        {
          lane: 'api',
          usage: { lane: 'api' },
          laneProof:
            'apiKeySource=ANTHROPIC_API_KEY; the key of the paid API was in its environment',
        },
      ]);
      expect(auths()).toEqual(['api-key']);
      const { store } = world.installation.aedev;
      const budget = (await store.state('budget/all'))?.state as Budget;
      expect(budget.spent['api:claude']).toMatchObject({ runs: 1 });
      expect(budget.spent['api:claude']?.costUsd).toBeCloseTo(task.runs[0]?.usage?.costUsd ?? 0, 6);
    });

    it('one paid run by the operator’s approval, when the window is used up', async () => {
      const resetsAt = Math.ceil(world.clock.now() / 1000) + 3600;
      world.fault = ({ turn }) =>
        turn >= AFTER_EDIT ? { kind: 'window', claim: 'five_hour', resetsAt } : null;
      task = await world.task();
      expect(task.hold?.code).toBe('claude-window');
      expect(auths()).toEqual(['bearer']);
      world.fault = () => null;
      const approve = { type: 'task.approve-paid-run', task: task.id, usd: 2 } as const;
      const agent = await world.installation.send(approve, 'agent:mcp');
      expect(agent).toMatchObject({ outcome: 'refused', code: 'not-an-operator' });
      await world.installation.send(approve);
      await world.installation.aedev.runner.idle();
      task = await world.now(task);
      expect(task.status).toBe('in-review');
      expect(task.runs).toMatchObject([
        { lane: 'subscription', outcome: 'claude-window' },
        { lane: 'api', approvedUsd: 2, outcome: 'success', usage: { lane: 'api' } },
      ]);
      expect(auths()).toEqual(['bearer', 'api-key']);
      expect(task.evidence).not.toBeNull();
    });

    it('a key that sneaks in is found: held, the work is kept, nothing goes on', async () => {
      const { clock } = world;
      clock.advance(2 * 3_600_000);
      world.program(`ANTHROPIC_API_KEY='${PAID_KEY}' exec "$REAL" "$@"`);
      task = await world.task();
      expect(task).toMatchObject({
        status: 'verifying',
        run: null,
        evidence: null,
        hold: { code: 'paid-lane', resumes: { by: 'operator' } },
      });
      expect(task.hold?.reason).toContain('apiKeySource=ANTHROPIC_API_KEY');
      expect(task.hold?.remedy).toContain('aedev doctor');
      expect(task.head).toMatch(/^[0-9a-f]{40}$/);
      expect(task.runs).toHaveLength(1);
      expect(await world.resume(task)).toMatchObject({ status: 'in-review' });
    });

    it('a key where it would log in by it is found before the run', async () => {
      const bin = world.file('sneaky');
      writeFileSync(bin, `#!/bin/sh\nANTHROPIC_API_KEY='${PAID_KEY}' exec '${CLAUDE}' "$@"\n`);
      chmodSync(bin, 0o755);
      await world.setCoder({ executable: bin });
      task = await world.task();
      await world.setCoder({});
      expect(task.hold).toMatchObject({
        code: 'HOLD-CLAUDE-AUTH-IN-DOCKER',
        reason: expect.stringContaining('log in by api_key'),
      });
      expect(auths()).toEqual([]);
    });
  },
);
