import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { ClaudeCoder } from '../../../src/execution/coders/claude.ts';
import { envelopeOf, keepsOfClaude, parseEvents } from '../../../src/execution/coders/envelope.ts';
import { EXPECTED } from '../../support/claude-expected.ts';
import { claudeSamples, leave, stdoutOf } from '../../support/claude-samples.ts';

const root = mkdtempSync(join(tmpdir(), 'aedev-claude-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const coder = new ClaudeCoder();
/** Shortly before the reset times in the recordings. */
const NOW = '2026-11-22T15:00:00.000Z';
const exited = (code: number | null) => ({ code, signal: null, ended: 'exited', durationMs: 1234 });

let runs = 0;
function read(stdout: string | Buffer, exit: object = exited(0), stderr = '') {
  const left = leave(root, `run-${runs++}`, stdout, stderr);
  return coder.read({ ...left, exit: { ...exited(0), ...exit }, now: NOW });
}
const lines = (...events: object[]) => events.map((event) => `${JSON.stringify(event)}\n`).join('');
const OK = { type: 'result', subtype: 'success', is_error: false, result: 'done', num_turns: 1 };
const classOf = ({ outcome }: Awaited<ReturnType<typeof read>>) =>
  outcome.kind === 'success' ? 'success' : `${outcome.kind} ${outcome.code}`;

describe('recorded runs of the real CLI', () => {
  const samples = claudeSamples();
  it('are all expected to be something', () => {
    expect(samples.map((sample) => sample.name).sort()).toEqual(Object.keys(EXPECTED).sort());
    expect(new Set(samples.map((sample) => sample.cli))).toEqual(new Set(['2.1.197', '2.1.330']));
  });

  it.each(samples.map((sample) => [sample.name, sample] as const))('%s', async (name, sample) => {
    const result = await read(stdoutOf(sample), exited(sample.exit_code), sample.stderr);
    expect(classOf(result)).toBe(EXPECTED[name]);
    const { outcome } = result;
    if (outcome.kind === 'hold') expect(outcome.remedy).not.toBe('');
    if (outcome.kind !== 'success') expect(outcome.reason).not.toBe('');
  });

  const sampleRead = (name: string) => {
    const sample = samples.find((each) => each.name === name);
    if (!sample) throw new Error(name);
    return read(stdoutOf(sample), exited(sample.exit_code), sample.stderr);
  };

  it('tell usage, lane and version', async () => {
    expect(await sampleRead('success-stream-json')).toMatchObject({
      usage: {
        inputTokens: 6000,
        outputTokens: 300,
        cacheReadTokens: 4000,
        cacheWriteTokens: 0,
        costUsd: expect.closeTo(0.0237, 3),
        durationMs: 1234,
        turns: 5,
        model: 'claude-sonnet-5',
        lane: 'subscription',
      },
      laneProof: 'apiKeySource=none',
      cliVersion: '2.1.197',
      sessionId: '00000000-0000-4000-8000-000000000001',
      outcome: { kind: 'success', summary: 'Added sum.mjs with a passing test.' },
    });
    expect((await sampleRead('v2.1.330-success-stream-json')).usage).toMatchObject({
      costUsd: 0.0154,
      model: 'claude-sonnet-5-5',
      lane: 'subscription',
    });
  });

  it('count by model usage where the main loop counts too little', async () => {
    expect((await sampleRead('max-budget')).usage).toMatchObject({
      inputTokens: 2400,
      outputTokens: 120,
    });
  });

  it('leave unknown what was not told, and 0 where 0 was told', async () => {
    expect((await sampleRead('killed-sigterm-stream')).usage).toMatchObject({
      inputTokens: null,
      outputTokens: null,
      costUsd: null,
      turns: null,
      model: 'claude-sonnet-5',
    });
    expect((await sampleRead('api-401')).usage).toMatchObject({ inputTokens: 0, costUsd: 0 });
    expect((await sampleRead('success-apikey')).usage.lane).toBe('unknown');
  });

  it('tell the windows and when they open', async () => {
    const old = await sampleRead('api-429-subscription-stream');
    expect(old.windows).toEqual([
      {
        kind: 'five_hour',
        status: 'rejected',
        utilization: null,
        resetsAt: '2026-11-22T15:42:21.000Z',
      },
    ]);
    expect(old.outcome).toMatchObject({ resumesAt: '2026-11-22T15:42:21.000Z' });
    const young = await sampleRead('v2.1.330-api-429-subscription-stream');
    expect(young.windows).toEqual([
      {
        kind: 'five_hour',
        status: 'rejected',
        utilization: 1,
        resetsAt: '2026-11-22T15:57:33.000Z',
      },
      {
        kind: 'seven_day',
        status: 'allowed',
        utilization: 0.4,
        resetsAt: '2026-11-27T05:04:13.000Z',
      },
    ]);
    expect(young.outcome).toMatchObject({ resumesAt: '2026-11-22T15:57:33.000Z' });
    // Prose alone has no time of a known day: then the operator is asked rather than a date guessed.
    expect((await sampleRead('api-429-weekly')).outcome).toMatchObject({ resumesAt: null });
    // A plain 429 says "rejected", too, but of no window.
    expect((await sampleRead('streams/v2.1.330-429')).windows).toEqual([]);
  });

  it('tell what was denied', async () => {
    expect((await sampleRead('success-with-permission-denials')).denied).toEqual(['Bash', 'Write']);
  });
});

describe('what no recording shows', () => {
  it('is a success when the CLI hung after its result', async () => {
    const ended = { code: null, signal: 'SIGTERM', ended: 'idle' };
    expect(classOf(await read(lines(OK), ended))).toBe('success');
    expect(classOf(await read(lines(OK), { ...ended, ended: 'aborted' }))).toBe('failure aborted');
  });

  it('is a failure at every limit of the host', async () => {
    for (const ended of ['wall', 'idle', 'memory']) {
      const result = await read('', { code: null, signal: 'SIGKILL', ended });
      expect(classOf(result)).toBe(`failure ${ended}-limit`);
    }
    expect(classOf(await read('', { code: 1, stdoutTruncated: true }))).toBe('failure output-cut');
  });

  it('is never a success without a clean end and a clear word', async () => {
    expect(classOf(await read(lines(OK), exited(1)))).toBe('failure exit-code');
    expect(classOf(await read(lines({ ...OK, is_error: 'false' })))).toBe('failure bad-envelope');
    expect(classOf(await read(lines({ type: 'result' })))).toBe('failure bad-envelope');
    expect(classOf(await read('all went well\n'))).toBe('failure no-result');
  });

  it('holds for a program that is not in the image', async () => {
    expect(classOf(await read('', exited(127), 'not found'))).toBe('hold coder-missing');
  });

  it('waits for the last of several used windows', async () => {
    const info = (rateLimitType: string, resetsAt: number) => ({
      type: 'rate_limit_event',
      rate_limit_info: { status: 'rejected', rateLimitType, resetsAt },
    });
    const soon = Date.parse(NOW) / 1000 + 60;
    const late = soon + 86_400;
    const failed = { ...OK, is_error: true, api_error_status: 429 };
    const events = lines(info('seven_day_opus', late), info('five_hour', soon), failed);
    const { outcome } = await read(events, exited(1));
    expect(outcome).toMatchObject({ resumesAt: new Date(late * 1000).toISOString() });
  });

  it('does not wait for a time that no window has', async () => {
    for (const resetsAt of [9_999_999_999, 1e300, 0, -5]) {
      const event = {
        type: 'rate_limit_event',
        rate_limit_info: { status: 'rejected', rateLimitType: 'five_hour', resetsAt },
      };
      const failed = { ...OK, is_error: true, api_error_status: 429 };
      const { outcome } = await read(lines(event, failed), exited(1));
      expect(outcome).toMatchObject({ code: 'claude-window', resumesAt: null });
    }
  });

  it('names the lane that paid', async () => {
    const init = (apiKeySource: string) => ({ type: 'system', subtype: 'init', apiKeySource });
    const overage = { type: 'rate_limit_event', rate_limit_info: { isUsingOverage: true } };
    expect(await read(lines(init('ANTHROPIC_API_KEY'), OK))).toMatchObject({
      usage: { lane: 'api' },
      laneProof: 'apiKeySource=ANTHROPIC_API_KEY',
    });
    expect(await read(lines(init('none'), overage, OK))).toMatchObject({
      usage: { lane: 'sdk-credit' },
    });
    expect((await read(lines(OK))).usage.lane).toBe('unknown');
  });

  it('does not take a sentence for a case where a field stands', async () => {
    const said = {
      ...OK,
      is_error: true,
      api_error_status: 400,
      result: 'Credit balance is too low',
    };
    expect(classOf(await read(lines(said), exited(1)))).toBe('hold claude-credit');
    const field = { type: 'assistant', error: 'invalid_request', message: {} };
    expect(classOf(await read(lines(field, said), exited(1)))).toBe('failure bad-request');
  });

  it('sums what is readable and calls the rest unknown', async () => {
    const modelUsage = {
      a: { inputTokens: 5, outputTokens: 7 },
      b: { inputTokens: -1, outputTokens: 2 },
    };
    const { usage } = await read(lines({ ...OK, modelUsage, total_cost_usd: 'free' }));
    expect(usage).toMatchObject({ inputTokens: null, outputTokens: 9, costUsd: null, model: 'a' });
  });
});

describe('hostile output', () => {
  it('never breaks the reader, whatever it is', async () => {
    const key = fc.constantFrom(
      'type',
      'subtype',
      'is_error',
      'result',
      'modelUsage',
      'errors',
      'rate_limit_info',
      'unifiedWindows',
      'resetsAt',
      'api_error_status',
      'permission_denials',
      '__proto__',
      'error',
      'session_id',
    );
    const word = fc.constantFrom(
      'result',
      'rate_limit_event',
      'system',
      'init',
      'assistant',
      true,
      false,
      null,
      429,
    );
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        word,
        fc.double(),
        fc.string(),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(key, tie('value'), { maxKeys: 6 }),
      ),
    }));
    await fc.assert(
      fc.asyncProperty(fc.array(value, { maxLength: 5 }), async (events) => {
        const result = await read(
          events.map((event) => `${JSON.stringify(event)}\n`).join(''),
          exited(1),
        );
        expect(JSON.parse(JSON.stringify(result)).outcome.kind).not.toBe('success');
      }),
      { numRuns: 200 },
    );
  });

  it('is bounded: long lines, many events, deep nesting, no line end', async () => {
    const forged = lines({ type: 'rate_limit_event', rate_limit_info: {} }).repeat(5000);
    const long = `{"type":"result","x":"${'y'.repeat(9 << 20)}"}\n`;
    const deep = `{"type":"result","is_error":${'['.repeat(200_000)}${']'.repeat(200_000)}}\n`;
    const parse = (printed: string) => envelopeOf(parseEvents(Buffer.from(printed), keepsOfClaude));
    expect(parse(forged + long).kept.length).toBeLessThanOrEqual(200);
    expect(parse(long).result).toBeNull();
    expect(classOf(await read(deep))).toBe('failure bad-envelope');
    expect(classOf(await read(`\0\xff\n${lines(OK).trimEnd()}`))).toBe('success');
  });

  it('escapes what people will read', async () => {
    const nasty = 'x\u001b[2J\u202eevil';
    const { outcome } = await read(lines({ ...OK, result: nasty }));
    expect(outcome.kind === 'success' && outcome.summary).toBe('x\\x1b[2J\\u{202e}evil');
    const denied = await read(
      lines({ ...OK, permission_denials: [{ tool_name: nasty }, null, 3] }),
    );
    expect(denied.denied).toEqual([]);
    expect((await read(lines({ ...OK, session_id: nasty }))).sessionId).toBeNull();
  });

  it('does not follow a link or wait at a pipe in the place of the envelope', async () => {
    const secret = join(root, 'secret');
    writeFileSync(secret, lines(OK));
    const exit = { ...exited(0), now: NOW };
    const linked = leave(root, 'linked', '');
    symlinkSync(secret, join(linked.workspace, 'cli-envelope.json'));
    const fifo = leave(root, 'fifo', '');
    execFileSync('sh', ['-c', 'exec mkfifo "$0"', join(fifo.workspace, 'cli-envelope.json')]);
    const folder = leave(root, 'folder', '');
    mkdirSync(join(folder.workspace, 'cli-envelope.json'));
    for (const left of [linked, fifo, folder]) {
      const result = await coder.read({ ...left, exit, now: NOW });
      expect(classOf(result)).toBe('failure no-result');
    }
    // A plain file there counts when the output itself says nothing: an entrypoint leaves one.
    const plain = leave(root, 'plain', 'progress\n');
    writeFileSync(join(plain.workspace, 'cli-envelope.json'), JSON.stringify(OK));
    expect(classOf(await coder.read({ ...plain, exit, now: NOW }))).toBe('success');
  });
});
