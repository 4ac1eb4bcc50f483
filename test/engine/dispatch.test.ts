import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createDispatcher, projection } from '../../src/engine/dispatch.ts';
import { engine, SUBMIT } from '../support/engine.ts';
import { History } from '../support/hostile-world.ts';
import { MemoryEventStore } from '../support/memory-store.ts';
import { OPERATOR, policyOf, sha256, World } from '../support/world.ts';

describe('a command', () => {
  test('the same id twice changes nothing the second time and gets the same receipt', async () => {
    const one = engine();
    const first = await one.send(SUBMIT, OPERATOR, 'c-same');
    const seq = await one.store.lastSeq();
    expect(await one.send(SUBMIT, OPERATOR, 'c-same')).toEqual(first);
    expect(await one.store.lastSeq()).toBe(seq);
    expect(first).toMatchObject({ outcome: 'accepted', code: null, seqs: [1] });
  });
  test('the same id with another command is refused and recorded, and the first stands', async () => {
    const one = engine();
    const first = await one.send(SUBMIT, OPERATOR, 'c-same');
    const other = await one.send({ ...SUBMIT, mission: 'm-other' }, OPERATOR, 'c-same');
    expect(other).toMatchObject({ outcome: 'refused', code: 'id-reused' });
    expect(other.sentence).toContain('c-same');
    expect((await one.store.views('mission')).length).toBe(1);
    const [last] = (await one.store.read({})).slice(-1);
    expect(last).toMatchObject({ type: 'command.refused', data: { code: 'id-reused' } });
    expect(await one.send(SUBMIT, OPERATOR, 'c-same')).toEqual(first);
  });
  test('a refusal changes nothing, is recorded with its reason, and stays one', async () => {
    const one = engine();
    const refused = await one.send({ ...SUBMIT, repos: ['nowhere'] }, 'agent:mcp', 'c-bad');
    expect(refused).toMatchObject({ outcome: 'refused', code: 'unknown-repo', seqs: [1] });
    const [event] = await one.store.read({});
    expect(event).toMatchObject({
      stream: 'refusals/all',
      type: 'command.refused',
      actor: 'agent:mcp',
      causation: 'c-bad',
      data: {
        command: 'mission.submit',
        target: 'mission/m-test1',
        code: 'unknown-repo',
        sentence: refused.sentence,
      },
    });
    one.policy = policyOf({}, [{ id: 'shop' }, { id: 'nowhere' }]);
    expect(await one.send({ ...SUBMIT, repos: ['nowhere'] }, OPERATOR, 'c-bad')).toEqual(refused);
    expect(await one.store.views('mission')).toEqual([]);
  });
  test('what follows is one transaction with it, under its name and cause', async () => {
    const one = engine();
    let commits = 0;
    await one.send({
      type: 'repo.register',
      repo: 'shop',
      entry: one.policy.repos['shop'] as never,
    });
    await one.runner.start();
    await one.approved();
    await one.runner.stop();
    one.store.onCommit(() => {
      commits += 1;
    });
    const { id } = await one.task();
    const before = await one.store.lastSeq();
    await one.send(
      { type: 'mission.cancel', mission: 'm-test1', reason: 'no' },
      OPERATOR,
      'c-cancel',
    );
    expect(commits).toBe(1);
    const events = await one.store.read({ fromSeq: before + 1 });
    expect(new Set(events.map(({ causation, actor }) => `${causation} ${actor}`))).toEqual(
      new Set([`c-cancel ${OPERATOR}`]),
    );
    expect(id).toMatch(/^t-/);
  });
  test('two at once see each other', async () => {
    const one = engine();
    const both = await Promise.all([one.send(SUBMIT), one.send(SUBMIT)]);
    expect(both.map(({ code }) => code)).toEqual([null, 'exists']);
  });
});

test('the loop of the simulations is the loop of the engine', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat({ max: 100 }),
      fc.array(fc.nat({ max: 2 ** 31 - 1 }), { maxLength: 60, size: 'max' }),
      async (variant, numbers) => {
        const history = new History(variant);
        const { world } = history;
        const store = new MemoryEventStore();
        const ids: string[] = [];
        const mirror = new World(history.policiesUsed[0] as never);
        const dispatcher = createDispatcher({
          store,
          now: () => world.now,
          newId: () => ids.shift() ?? 'none',
          sha256,
          policy: () => world.policy,
        });
        for (const [repo, entry] of Object.entries(world.policy.repos))
          await dispatcher.dispatch({
            id: `register ${repo}`,
            actor: OPERATOR,
            command: { type: 'repo.register', repo, entry },
          });
        expect((await store.read({})).map(({ type }) => type)).toEqual(
          mirror.events.map(({ type }) => type),
        );
        for (const number of numbers) {
          for (const { command, actor, answer, id, made } of history.play(number)) {
            ids.push(...made);
            const receipt = await dispatcher.dispatch({ id, actor, command });
            expect(receipt.code).toBe(answer.refusal?.code ?? null);
          }
        }
        const told = (await store.read({})).map(({ stream, type, data }) => ({
          stream,
          type,
          data,
        }));
        expect(told).toEqual(
          JSON.parse(
            JSON.stringify(world.events.map(({ stream, type, data }) => ({ stream, type, data }))),
          ),
        );
        expect((await store.openMoves()).map(({ key }) => key).sort()).toEqual(
          [...world.moves.keys()].sort(),
        );
        expect(await store.timers()).toEqual(
          world
            .timers()
            .sort((a, b) => (a.at < b.at || (a.at === b.at && a.stream < b.stream) ? -1 : 1)),
        );
        expect(await store.verify(projection)).toEqual([]);
      },
    ),
    { numRuns: 40 },
  );
});
