/** What the codex and gemini coders make of recorded runs of the real CLIs, and of forged ones. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Coder, CoderResult } from '../../../src/execution/coders/coder.ts';
import { CodexCoder } from '../../../src/execution/coders/codex.ts';
import { GeminiCoder } from '../../../src/execution/coders/gemini.ts';
import { nextPacificDay } from '../../../src/execution/coders/gemini-classify.ts';
import { leave } from '../../support/claude-samples.ts';
import { NOW } from '../../support/coder-run.ts';
import {
  type CoderSample,
  coderSamples,
  EXPECTED_CODER,
  jsonLines,
  layRollout,
} from '../../support/coder-samples.ts';

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'aedev-other-read-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const CODERS: Record<'codex' | 'gemini', Coder> = {
  codex: new CodexCoder(),
  gemini: new GeminiCoder(),
};
const classOf = ({ outcome }: CoderResult) =>
  outcome.kind === 'success' ? 'success' : `${outcome.kind} ${outcome.code}`;

let runs = 0;
interface Given {
  stdout?: string;
  stderr?: string;
  rollout?: unknown[];
  code?: number | null;
  signal?: string | null;
  ended?: string;
}
async function read(family: 'codex' | 'gemini', given: Given): Promise<CoderResult> {
  const left = leave(root, `run-${runs++}`, given.stdout ?? '', given.stderr ?? '');
  if (given.rollout) layRollout(left.workspace, given.rollout);
  const { code = 0, signal = null, ended = 'exited' } = given;
  const exit = { code, signal, ended, durationMs: 7 };
  return await CODERS[family].read({ ...left, exit, now: NOW });
}
const ofSample = (sample: CoderSample): Given => ({
  stdout: jsonLines(sample.stdout),
  stderr: sample.stderr,
  code: sample.exit_code,
  signal: sample.signal,
  ...(sample.rollout ? { rollout: sample.rollout } : {}),
});
const sampleOf = (family: 'codex' | 'gemini', name: string) =>
  ofSample(coderSamples(family).find((one) => one.name === name) as CoderSample);

describe.each(['codex', 'gemini'] as const)('the %s coder reads', (family) => {
  const samples = coderSamples(family);
  it('every recorded run, and no other is expected', () => {
    expect(samples.map(({ name }) => name).sort()).toEqual(
      Object.keys(EXPECTED_CODER[family]).sort(),
    );
  });

  it.each(samples.map((sample) => [sample.name, sample] as const))('%s', async (name, sample) => {
    const result = await read(family, ofSample(sample));
    expect(classOf(result)).toBe(EXPECTED_CODER[family][name]);
    expect(result.usage).toMatchObject({ costUsd: null, durationMs: 7, lane: 'api' });
    if (result.outcome.kind === 'hold') expect(result.outcome.remedy).not.toBe('');
  });

  it('a success of which the program did not end well as a failure', async () => {
    const result = await read(family, { ...sampleOf(family, 'success'), code: 3 });
    expect(classOf(result)).toBe('failure exit-code');
  });

  it('a run that hung after its result as done, and before it as what ended it', async () => {
    const success = sampleOf(family, 'success');
    const hung = { code: null, signal: 'SIGKILL', ended: 'idle' };
    expect(classOf(await read(family, { ...success, ...hung }))).toBe('success');
    const [first = ''] = (success.stdout ?? '').split('\n');
    expect(classOf(await read(family, { stdout: `${first}\n`, ...hung }))).toBe(
      'failure idle-limit',
    );
  });

  it('a program that is not there as a hold', async () => {
    const result = await read(family, { code: 127, stderr: 'entrypoint: cannot start' });
    expect(classOf(result)).toBe('hold coder-missing');
    expect(result.usage).toMatchObject({ inputTokens: null, outputTokens: null });
  });

  it('anything, without failing and without calling it a success', async () => {
    const value = fc.jsonValue({ maxDepth: 3 });
    const event = fc.oneof(
      value,
      fc.record({
        type: fc.constantFrom(
          'turn.failed',
          'result',
          'error',
          'thread.started',
          'init',
          'message',
        ),
        error: value,
        stats: value,
        item: value,
        thread_id: value,
      }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 5 }), async (events) => {
        const given = { stdout: jsonLines(events.filter((one) => one !== null)), rollout: events };
        const result = await read(family, { ...given, code: 1 });
        expect(JSON.parse(JSON.stringify(result)).outcome.kind).not.toBe('success');
      }),
      { numRuns: 100 },
    );
  });

  it('what people will see only with its control characters escaped', async () => {
    const nasty = 'x\u001b[2J\u202eevil';
    const events =
      family === 'codex'
        ? [{ type: 'turn.failed', error: { message: nasty } }]
        : [{ type: 'result', status: 'error', error: { type: 'unknown', message: nasty } }];
    const { outcome } = await read(family, { stdout: jsonLines(events), code: 1 });
    expect(outcome.kind === 'success' ? '' : outcome.reason).toBe('x\\x1b[2J\\u{202e}evil');
  });
});

describe('usage of codex', () => {
  it('has its parts apart: what came from the cache is no input', async () => {
    const { usage, cliVersion, laneProof } = await read('codex', sampleOf('codex', 'success'));
    expect(usage).toMatchObject({
      inputTokens: 800,
      cacheReadTokens: 1600,
      cacheWriteTokens: 0,
      outputTokens: 134,
      turns: 2,
      model: 'gpt-5.5',
    });
    expect({ cliVersion, laneProof }).toEqual({
      cliVersion: '0.169.0',
      laneProof: 'credential=CODEX_API_KEY',
    });
  });

  it('comes from the session’s record when a turn failed or the run was killed', async () => {
    for (const [name, answers] of [
      ['api-401-mid-run', 1],
      ['killed-sigterm', 2],
    ] as const) {
      const { usage } = await read('codex', sampleOf('codex', name));
      expect([name, usage.inputTokens, usage.cacheReadTokens, usage.outputTokens]).toEqual([
        name,
        400 * answers,
        800 * answers,
        67 * answers,
      ]);
    }
  });

  it('does not take the size of the context for what was used', async () => {
    // The CLI sets its own counter to the whole window when a prompt was too long.
    const { usage } = await read('codex', sampleOf('codex', 'context-too-long'));
    expect(usage).toMatchObject({ inputTokens: null, outputTokens: null, turns: null });
  });

  it('is the greater of what was printed and what was recorded', async () => {
    const given = sampleOf('codex', 'success');
    const forged = (given.rollout ?? []).filter(
      (event) => (event as { type: string }).type !== 'token_usage_record',
    );
    expect((await read('codex', { ...given, rollout: forged })).usage.outputTokens).toBe(134);
    const printed = (given.stdout ?? '').replace('"output_tokens":134', '"output_tokens":1');
    expect((await read('codex', { ...given, stdout: printed })).usage.outputTokens).toBe(134);
  });

  it('counts sub-agents, whose record is another one, but not their errors', async () => {
    const given = sampleOf('codex', 'success');
    const left = leave(root, 'sub-agents', given.stdout ?? '');
    layRollout(left.workspace, given.rollout ?? []);
    const other = sampleOf('codex', 'api-401-mid-run').rollout ?? [];
    layRollout(left.workspace, other, '00000000-0000-4000-8000-0000000000ff');
    const exit = { code: 0, signal: null, ended: 'exited', durationMs: 7 };
    const result = await CODERS.codex.read({ ...left, exit, now: NOW });
    expect(classOf(result)).toBe('success');
    expect(result.usage).toMatchObject({ outputTokens: 134 + 67, turns: 3 });
  });
});

describe('the session’s record of codex', () => {
  it('tells when a limit ends, and no time that no limit has', async () => {
    const given = sampleOf('codex', 'api-429-limit');
    const { outcome } = await read('codex', given);
    expect(outcome).toMatchObject({ code: 'coder-quota', resumesAt: '2026-11-22T18:00:00.000Z' });
    const far = JSON.parse(JSON.stringify(given.rollout).replaceAll('1795370400', '4795370400'));
    expect(classOf(await read('codex', { ...given, rollout: far }))).toBe('hold coder-credit');
  });

  it('is not followed through links, nor read from a FIFO’s folder that is none', async () => {
    const given = sampleOf('codex', 'api-401');
    const elsewhere = leave(root, 'elsewhere', '');
    const real = layRollout(elsewhere.workspace, given.rollout ?? []);
    const left = leave(root, 'linked', given.stdout ?? '');
    const folder = join(left.workspace, 'private/codex/sessions/2026');
    mkdirSync(join(folder, '11'), { recursive: true });
    symlinkSync(real, join(folder, '11', 'rollout-x-00000000-0000-4000-8000-000000000001.jsonl'));
    symlinkSync(join(real, '..'), join(folder, '12'));
    writeFileSync(join(folder, '13'), 'no folder');
    const exit = { code: 1, signal: null, ended: 'exited', durationMs: 7 };
    const result = await CODERS.codex.read({ ...left, exit, now: NOW });
    // Without its record the failure has no code: said as it is, and not guessed from the words.
    expect(classOf(result)).toBe('failure api-error');
    expect(result.cliVersion).toBeNull();
  });
});

describe('usage of gemini', () => {
  it('has its parts apart, and the reasoning in the output', async () => {
    const { usage, sessionId } = await read('gemini', sampleOf('gemini', 'success'));
    expect(usage).toMatchObject({
      inputTokens: 800,
      cacheReadTokens: 1600,
      outputTokens: 134,
      turns: null,
      model: 'gemini-2.5-pro',
    });
    expect(sessionId).not.toBeNull();
  });

  it('is unknown without a result, and counts what was answered before an error', async () => {
    const killed = await read('gemini', sampleOf('gemini', 'killed-sigterm'));
    expect(killed.usage).toMatchObject({ inputTokens: null, outputTokens: null, model: null });
    const failed = await read('gemini', sampleOf('gemini', 'api-401-mid-run'));
    expect(failed.usage).toMatchObject({ inputTokens: 400, outputTokens: 67 });
  });

  it('names tools that its settings keep from it', async () => {
    const { denied } = await read('gemini', sampleOf('gemini', 'denied-tool'));
    expect(denied).toEqual(['google_web_search']);
  });
});

describe('the day of a gemini quota', () => {
  it.each([
    ['2026-11-22T15:00:00.000Z', '2026-11-23T08:00:00.000Z'],
    ['2026-11-22T07:59:59.500Z', '2026-11-22T08:00:00.000Z'],
    ['2026-07-01T12:00:00.000Z', '2026-07-02T07:00:00.000Z'],
    // Clocks go back in the night to 2026-11-01, whose day has 25 hours.
    ['2026-11-01T12:00:00.000Z', '2026-11-02T08:00:00.000Z'],
    ['2026-11-01T07:30:00.000Z', '2026-11-02T08:00:00.000Z'],
  ])('after %s begins at %s', (now, next) => {
    expect(nextPacificDay(now)).toBe(next);
  });

  it('never begins in the past, nor more than 26 hours ahead', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('2026-01-01'), max: new Date('2030-01-01'), noInvalidDate: true }),
        (at) => {
          const wait = Date.parse(nextPacificDay(at.toISOString())) - at.getTime();
          expect(wait).toBeGreaterThan(0);
          expect(wait).toBeLessThanOrEqual(26 * 3_600_000);
        },
      ),
      { numRuns: 200 },
    );
  });
});
