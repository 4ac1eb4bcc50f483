import { describe, expect, it } from 'vitest';
import { surfaceCommand } from '../../../src/control/contract.ts';
import { StoreError } from '../../../src/store/event-store.ts';
import { MAX_BODY } from '../../../src/surfaces/api/guard.ts';
import { AGENT, submit, world } from './world.ts';

const sentence = expect.stringMatching(/^\S.*[.…]$/s);

describe('commands', () => {
  it('are done once, however often one id is sent', async () => {
    const { command, events } = world();
    const first = await command(submit('m-aaaa0001'), { id: 'same-id-1' });
    expect(first).toMatchObject({
      status: 200,
      json: { outcome: 'accepted', code: null, sentence: null, seqs: [1], data: null },
    });
    const again = await command(submit('m-aaaa0001'), { id: 'same-id-1' });
    expect(again.json).toEqual(first.json);
    expect(await events()).toHaveLength(1);
    const both = await Promise.all([
      command(submit('m-aaaa0002'), { id: 'same-id-2' }),
      command(submit('m-aaaa0002'), { id: 'same-id-2' }),
    ]);
    expect(both.map(({ json }) => json.seqs)).toEqual([[2], [2]]);
    expect(await events()).toHaveLength(2);
  });

  it('say by status what kind of refusal it is, and record it', async () => {
    const { command, awaiting, events } = world();
    const digest = await awaiting('m-aaaa0001');
    const cases = [
      [{ type: 'mission.approve', mission: 'm-none', digest }, 404, 'unknown-mission'],
      [
        { type: 'mission.approve', mission: 'm-aaaa0001', digest: '0'.repeat(64) },
        409,
        'digest-changed',
      ],
      [submit('m-aaaa0001'), 409, 'exists'],
      [{ ...submit('m-aaaa0002'), repos: ['nowhere'] }, 404, 'unknown-repo'],
      [{ type: 'task.retry', task: 't-none' }, 404, 'unknown-task'],
    ] as const;
    for (const [body, status, code] of cases) {
      const answer = await command(body);
      expect([code, answer.status]).toEqual([code, status]);
      expect(answer.json).toEqual({
        outcome: 'refused',
        code,
        sentence,
        seqs: [expect.any(Number)],
        data: null,
      });
      expect((await events()).at(-1)).toMatchObject({ type: 'command.refused', data: { code } });
    }
    const { status, json } = await command({
      type: 'mission.approve',
      mission: 'm-aaaa0001',
      digest,
    });
    expect([status, json.outcome]).toEqual([200, 'accepted']);
  });

  it('take the actor from the token alone', async () => {
    const { command, events } = world();
    for (const forged of [
      { ...submit('m-aaaa0001'), actor: 'operator:owner' },
      { ...submit('m-aaaa0001'), by: 'operator:owner' },
    ]) {
      expect((await command(forged, { token: AGENT })).status).toBe(400);
    }
    await command(submit('m-aaaa0001'), { token: AGENT });
    expect(await events()).toMatchObject([{ actor: 'agent:mcp', type: 'mission.submitted' }]);
  });

  it('are refused to an agent, all but submit, and each refusal is an event', async () => {
    const { command, awaiting, events, store, call, calls } = world();
    const digest = await awaiting('m-aaaa0001');
    await awaiting('m-aaaa0002').then((approve) =>
      command({ type: 'mission.approve', mission: 'm-aaaa0002', digest: approve }),
    );
    const [task] = (await call('GET', '/v1/tasks')).json.tasks;
    const before = JSON.stringify([await store.views('mission'), await store.views('task')]);
    const every = {
      'mission.answer': { mission: 'm-aaaa0001', answers: [], waive: true },
      'mission.approve': { mission: 'm-aaaa0001', digest },
      'mission.reject': { mission: 'm-aaaa0001', reason: 'no' },
      'mission.cancel': { mission: 'm-aaaa0001', reason: 'no' },
      'mission.resume': { mission: 'm-aaaa0001' },
      'task.approve': { task: task.id, digest },
      'task.retry': { task: task.id },
      'task.cancel': { task: task.id, reason: 'no' },
      'task.resume': { task: task.id },
      'task.approve-paid-run': { task: task.id, usd: 1 },
      'repo.resume': { repo: 'app' },
      'system.halt': { reason: 'no' },
      'system.unhalt': {},
    };
    const known = surfaceCommand.options.map((option) => option.shape.type.value);
    expect(Object.keys(every).sort()).toEqual(
      known.filter((type) => type !== 'mission.submit').sort(),
    );
    for (const [type, data] of Object.entries(every)) {
      const { status, json } = await command({ type, ...data }, { token: AGENT });
      expect([type, status, json.outcome]).toEqual([type, 403, 'refused']);
      const recorded = (await events()).at(-1);
      expect(recorded).toMatchObject({
        seq: json.seqs[0],
        type: 'command.refused',
        actor: 'agent:mcp',
        data: { command: type, code: json.code },
      });
      // Halting twice or ending no halt is refused for that; everything else for who asks.
      if (type !== 'system.unhalt') expect([type, json.code]).toEqual([type, 'not-an-operator']);
    }
    expect(JSON.stringify([await store.views('mission'), await store.views('task')])).toBe(before);
    const bodies = {
      '/v1/stop': '{"reason":"x"}',
      '/v1/refresh': '{}',
      '/v1/prune': '{"dryRun":false}',
    };
    for (const [path, body] of Object.entries(bodies)) {
      expect((await call('POST', path, { token: AGENT, body })).json.code).toBe('not-an-operator');
    }
    expect(calls).toMatchObject({ stops: [], refreshes: 0 });
    expect((await command(submit('m-aaaa0009'), { token: AGENT })).status).toBe(200);
    expect((await call('GET', '/v1/status', { token: AGENT })).status).toBe(200);
  });

  it('of an agent cannot take the ids of the engine or of the operator', async () => {
    const { command, store, awaiting, dispatch } = world();
    await awaiting('m-aaaa0001');
    await command(submit('m-aaaa0002'), { id: 'shared-id', token: AGENT });
    const own = await command({ type: 'system.halt', reason: 'test' }, { id: 'shared-id' });
    expect(own.json).toMatchObject({ outcome: 'accepted' });
    expect((await store.state('system/main'))?.state).toMatchObject({ halted: { reason: 'test' } });
    // What the runner will call its result can be foretold; a command of that name changes nothing.
    const [move] = await store.openMoves();
    const id = `settle:${move?.key}`;
    expect((await command(submit('m-aaaa0003'), { id, token: AGENT })).status).toBe(400);
    const settled = await dispatch({
      id: 'shared-id',
      actor: 'system:runner',
      command: { type: 'system.repair', what: 'x', detail: 'y' },
    });
    expect(settled).toMatchObject({ outcome: 'accepted', seqs: [expect.any(Number)] });
  });

  it('stop, refresh and prune are for the operator', async () => {
    const pruned: boolean[] = [];
    let problems = ['policies.yaml:1:1 broken'];
    const { call, calls } = world({
      refresh: async () => problems,
      async prune(dryRun) {
        pruned.push(dryRun);
        const one = { kind: 'cache' as const, what: 'shop node_modules', why: 'old' };
        return { removed: [{ ...one, bytes: 5, saved: null }], left: [], bytes: 5, more: false };
      },
    });
    const prune = await call('POST', '/v1/prune', { body: '{"dryRun":true}' });
    expect([prune.status, prune.json.bytes, pruned]).toEqual([200, 5, [true]]);
    // How long things are kept is in the files that are broken.
    const unread = await call('POST', '/v1/prune', { body: '{"dryRun":false}' });
    expect([unread.status, unread.json.code, pruned]).toEqual([409, 'policy-broken', [true]]);
    problems = [];
    const done = await call('POST', '/v1/prune', { body: '{"dryRun":false}' });
    expect([done.status, pruned]).toEqual([200, [true, false]]);
    problems = ['policies.yaml:1:1 broken'];
    const stop = await call('POST', '/v1/stop', { body: '{"reason":"going home"}' });
    expect([stop.status, stop.json, calls.stops]).toEqual([
      202,
      { stopping: true },
      ['going home'],
    ]);
    const refresh = await call('POST', '/v1/refresh', { body: '{}' });
    expect(refresh.json).toEqual({ problems: ['policies.yaml:1:1 broken'] });
  });
});

describe('bad bodies', () => {
  const post = async (body: string | Uint8Array | ReadableStream<Uint8Array>, headers = {}) => {
    const one = world();
    const answer = await one.call('POST', '/v1/commands', { body, headers });
    expect(await one.events()).toEqual([]);
    expect(answer.json).toEqual({
      outcome: 'refused',
      code: answer.json.code,
      sentence,
      seqs: [],
      data: null,
    });
    return [answer.status, answer.json.code];
  };
  const valid = JSON.stringify({ id: 'valid-id-1', command: submit('m-aaaa0001') });

  it('that are not JSON', async () => {
    for (const body of ['', '{', 'null', '[]', '"x"', '{}', `${valid}x`, '['.repeat(100_000)]) {
      const [status] = await post(body);
      expect([body.slice(0, 20), status]).toEqual([body.slice(0, 20), 400]);
    }
  });

  it('that are not UTF-8, instead of recording other words', async () => {
    const bytes = new TextEncoder().encode(valid.replace('README', 'READ\u0001E'));
    bytes[bytes.indexOf(1)] = 0xff;
    expect(await post(bytes)).toEqual([400, 'not-json']);
  });

  it('that are too large, by what they say or by what they are', async () => {
    const large = JSON.stringify({ id: 'x'.repeat(MAX_BODY), command: null });
    expect(await post(large, { 'content-length': String(large.length) })).toEqual([
      413,
      'too-large',
    ]);
    let sent = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 64 * 1024;
        controller.enqueue(new Uint8Array(64 * 1024).fill(32));
      },
    });
    expect(await post(endless)).toEqual([413, 'too-large']);
    expect(sent).toBeLessThan(4 * MAX_BODY);
    expect(await post(large, { 'content-length': '10' })).toEqual([413, 'too-large']);
  });

  it('that hold the largest request there may be are taken', async () => {
    const { command } = world();
    const text = '変'.repeat(64 * 1024);
    expect((await command({ ...submit('m-aaaa0001'), text })).status).toBe(200);
    const longer = await command({ ...submit('m-aaaa0002'), text: `${text}x` });
    expect([longer.status, longer.json.code]).toEqual([400, 'invalid']);
  });

  it('that hold unknown commands, keys or ids', async () => {
    const { command } = world();
    for (const body of [
      { type: 'mission.settle', mission: 'm-aaaa0001' },
      { type: 'repo.register', repo: 'app', entry: {} },
      { type: 'system.stop', boot: 'b', reason: 'x' },
      { ...submit('m-aaaa0001'), mission: '../../etc' },
      { ...submit('m-aaaa0001'), mission: 'm-aaaa\u00000001' },
      JSON.parse('{"type":"system.unhalt","__proto__":{"x":1}}'),
    ]) {
      const { status, json } = await command(body);
      expect([body.type, status, json.code]).toEqual([body.type, 400, 'invalid']);
    }
    for (const id of [
      '',
      'short',
      'x'.repeat(65),
      'has space',
      'settle:t-1/code/0/1',
      'a/b/c/d/e/f',
    ]) {
      expect([id, (await command(submit('m-aaaa0001'), { id })).status]).toEqual([id, 400]);
    }
  });

  it('never echo terminal escapes', async () => {
    const { call } = world();
    const body = '{"id":"valid-id-1","command":{"type":"system.unhalt","\\u001b]8;;x\\u0007":1}}';
    const { text } = await call('POST', '/v1/commands', { body });
    for (const raw of ['\u001b', '\\u001b']) expect(text).not.toContain(raw);
  });
});

describe('failures inside', () => {
  it('are one sentence, without a stack, and are logged', async () => {
    const secret = new Error('boom at /home/owner/.aedev with aedev_op_secret');
    const one = world({ dispatch: () => Promise.reject(secret) });
    const answer = await one.command(submit('m-aaaa0001'));
    expect(answer.status).toBe(500);
    expect(answer.json).toEqual({
      outcome: 'failed',
      code: 'internal',
      sentence,
      seqs: [],
      data: null,
    });
    expect(answer.text).not.toMatch(/boom|home|\.ts/);
    expect(one.calls.logged).toHaveLength(1);
  });

  it.each(['busy', 'disk-full', 'closed'] as const)(
    'of a store that is %s can be tried again',
    async (tag) => {
      const one = world({ dispatch: () => Promise.reject(new StoreError(tag, 'x')) });
      const answer = await one.command(submit('m-aaaa0001'));
      expect([answer.status, answer.json.outcome]).toEqual([503, 'failed']);
    },
  );
});
