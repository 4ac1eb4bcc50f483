/** `aedev judge`: real bundles and judges against loopback, with brains of different quality (8 s). */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { judging } from '../../../src/compose/judging.ts';
import type { CalibrationReport } from '../../../src/control/calibration.ts';
import { brainReply } from '../../../src/demo/doubles/brain.ts';
import { startGeminiDouble } from '../../../src/demo/doubles/gemini.ts';
import type {
  JudgeDouble,
  JudgeReply,
  JudgeRequest,
} from '../../../src/demo/doubles/judge-double.ts';
import { startOpenAiDouble } from '../../../src/demo/doubles/openai.ts';
import { SCENARIOS } from '../../../src/judgement/calibration/set.ts';
import { openBundle } from '../../../src/judgement/evidence/read.ts';
import { type Cli, cli } from './host.ts';

const KEY = 'dummy-key-of-a-test';
type Brain = (request: JudgeRequest) => JudgeReply;
const answer = (text: string): JudgeReply => ({ kind: 'answer', text });
const PASS = answer('{"verdict":"pass","findings":[]}');
const FAIL = answer(
  '{"verdict":"fail","findings":[{"severity":"major","file":null,"line":null,"sentence":"No."}]}',
);

let aedev: Cli;
let policies: string;
let env: Record<string, string>;
let doubles: JudgeDouble[] = [];
beforeAll(async () => {
  aedev = await cli({
    interactive: false,
    judges: async () => judging(aedev.host.paths(), env, aedev.home, aedev.interrupt.signal),
    openEvidence: async (bytes, key) => {
      const { digest, predicate } = openBundle(bytes, key ?? undefined);
      return { digest, predicate, keyId: '', diff: '' };
    },
  });
  policies = readFileSync(aedev.host.paths().policiesFile, 'utf8');
});
afterEach(async () => {
  for (const double of doubles.splice(0)) await double.close();
  writeFileSync(aedev.host.paths().policiesFile, policies);
});
afterAll(() => aedev.end());

/** Two families, each with a brain. */
async function configure(openai: Brain, gemini: Brain, more = ''): Promise<JudgeDouble[]> {
  doubles = [
    await startOpenAiDouble({ key: KEY, reply: openai }),
    await startGeminiDouble({ key: KEY, reply: gemini }),
  ];
  env = { ONE_KEY: KEY, TWO_KEY: KEY };
  const [one, two] = doubles.map(({ baseUrl }) => JSON.stringify(baseUrl));
  const families = `families:
  - { family: one, protocol: openai, model: m1, base_url: ${one}, key_env: ONE_KEY${more} }
  - { family: two, protocol: gemini, model: m2, base_url: ${two}, key_env: TWO_KEY }`;
  writeFileSync(aedev.host.paths().policiesFile, policies.replace('families: []', families));
  return doubles;
}

/** Knows the faults: lines, or pairs of lines, that only the faulty change has. */
const perfect: Brain = ({ text }) => {
  const scenario = SCENARIOS.find(({ request }) => text.includes(request))!;
  const added = linesOf(text.split('\n').flatMap((line) => /^\| \+(.*)/.exec(line)?.[1] ?? []));
  const right = linesOf(wordsOf({ ...scenario.shared, ...scenario.good }));
  const wrong = linesOf(wordsOf(scenario.bad)).filter((line) => !right.includes(line));
  return added.some((line) => wrong.includes(line)) ? FAIL : PASS;
};
const wordsOf = (files: Record<string, string | null>) =>
  Object.values(files).join('\n').split('\n');
const linesOf = (lines: string[]) => {
  const whole = lines.map((line) => line.trim());
  return [
    ...whole.filter((line) => line !== ''),
    ...whole.map((line, at) => `${line}\n${whole[at + 1]}`),
  ];
};

const report = (told: { out: string }) =>
  JSON.parse(told.out) as CalibrationReport & { complete: boolean; wanted: number };
const ALL = 24;
const HALF = 12;

describe('judge calibrate', () => {
  test('a perfect brain and a yes-sayer: alone the second lets all faults pass, together none', async () => {
    await configure(perfect, () => PASS);
    const told = await aedev('judge', 'calibrate', '--limit', '24', '--yes', '--json');
    expect([
      told.code,
      told.err.split('\n').filter((line) => /^\d+ of /.test(line)).length,
    ]).toEqual([0, ALL]);
    const { families, joint, complete, cases, faults } = report(told);
    expect({ complete, cases, faults }).toEqual({ complete: true, cases: ALL, faults: HALF });
    expect(families[0]).toMatchObject({
      family: 'one',
      falseAccept: { count: 0, of: HALF },
      falseReject: { count: 0, of: HALF },
      wrong: [],
    });
    expect(families[1]).toMatchObject({
      falseAccept: { count: HALF, of: HALF, share: 1, high: 1 },
      falseReject: { count: 0, of: HALF, low: 0 },
    });
    expect(joint).toMatchObject({
      falseAccept: { count: 0 },
      falseReject: { count: 0 },
      wrong: [],
    });
  });

  test('a no-sayer rejects all that is clean; a malformed one is unclear about everything', async () => {
    await configure(
      () => FAIL,
      () => answer('pass!'),
    );
    const told = await aedev('judge', 'calibrate', '--limit', '10', '--yes', '--json');
    const { families, joint } = report(told);
    expect(families[0]).toMatchObject({
      falseAccept: { count: 0, of: 5 },
      falseReject: { count: 5, of: 5 },
    });
    expect(families[1]).toMatchObject({
      falseAccept: { count: 0, of: 5 },
      falseReject: { count: 5, of: 5 },
      inconclusive: { count: 10, of: 10 },
    });
    expect(joint).toMatchObject({
      falseReject: { count: 5, of: 5 },
      inconclusive: { count: 0, of: 10 },
    });
    expect(told.code).toBe(0);
  });

  test('says the cost beforehand, and asks nothing without a yes', async () => {
    const [one] = await configure(
      () => PASS,
      () => PASS,
      ', usd_per_million_input: 1000, usd_per_million_output: 0',
    );
    const told = await aedev('judge', 'calibrate', '--limit', '2');
    expect(told.code).toBe(2);
    expect(told.err).toMatch(/4 questions to one and two: 2 changes, [\d,]+ characters/);
    expect(told.err).toContain('cost is unknown');
    expect(one!.requests).toEqual([]);
    const alone = await aedev('judge', 'calibrate', '--limit', '2', '--family', 'one');
    expect(alone.err).toMatch(/2 questions to one: .*\n.*By your prices about \$\d/);
    const put = await aedev('judge', 'calibrate', '--limit', '2', '--family', 'one', '--yes');
    expect(put.out).toMatch(/faults that passed: +1 of 1, 100\.0% \(95% from 20\.7% to 100\.0%\)/);
    expect(put.out).toMatch(/one: 200 tokens in, 20 out, \$0\.2,/);
    expect(put.out).not.toContain('together');
  });

  test('a family in trouble is left alone, and the rest goes on', async () => {
    const [one, two] = await configure(
      () => ({ kind: 'status', status: 429, headers: { 'retry-after': '60' } }),
      () => PASS,
    );
    const told = await aedev('judge', 'calibrate', '--limit', '6', '--yes', '--json');
    expect(told.code).toBe(13);
    expect([one!.requests.length, two!.requests.length]).toEqual([1, 6]);
    const { families, complete, joint } = report(told);
    expect(complete).toBe(false);
    expect(families[0]).toMatchObject({ unanswered: 6, trouble: { code: 'judge-rate-limit' } });
    expect(families[0]!.falseAccept).toMatchObject({ of: 0, share: null });
    expect(families[1]).toMatchObject({ unanswered: 0, falseAccept: { count: 3, of: 3 } });
    expect(joint).toMatchObject({ unanswered: 6 });
  });
});

describe('judge try', () => {
  async function bundle(): Promise<[file: string, key: string]> {
    const set = await (await aedev.host.judges()).calibration(1);
    const [file, key] = [join(aedev.dir, 'bundle.json'), join(aedev.dir, 'key.pem')];
    writeFileSync(file, set.cases[0]!.bundle);
    writeFileSync(key, set.publicKeyPem);
    return [file, key];
  }

  test('asks all families, or one, and tells everything of their answers', async () => {
    const [one, two] = await configure(brainReply, () => FAIL);
    const [file, key] = await bundle();
    const before = await aedev.world.store.lastSeq();
    const told = await aedev('judge', 'try', file, '--key', key, '--json');
    expect(told.code).toBe(11);
    expect(told.json.together).toBe('fail');
    expect(told.json.answers).toMatchObject([
      { family: 'one', said: { verdict: 'pass' }, trouble: null },
      { family: 'two', said: { verdict: 'fail', findings: [{ sentence: 'No.' }] } },
    ]);
    const alone = await aedev('judge', 'try', file, '--key', key, '--family', 'one');
    expect(alone.code).toBe(0);
    expect(alone.out).toMatch(
      /one \(m1\): pass\n.* tokens in, .* out, cost unknown, .* s\n {2}evidence [0-9a-f]{64}\n/,
    );
    expect([one!.requests.length, two!.requests.length]).toEqual([2, 1]);
    expect(await aedev.world.store.lastSeq()).toBe(before);
  });

  test.each([
    ['unclear', () => answer('{}'), 12, 'inconclusive: schema'],
    ['limited', (): JudgeReply => ({ kind: 'status', status: 429 }), 13, 'judge-rate-limit'],
    ['down', (): JudgeReply => ({ kind: 'reset' }), 13, 'judge-unavailable'],
    ['refused', (): JudgeReply => ({ kind: 'status', status: 401 }), 5, 'judge-auth'],
    ['odd', (): JudgeReply => ({ kind: 'status', status: 400 }), 5, 'judge-config'],
  ])('%s: one sentence and a code of its own', async (_name, brain, code, words) => {
    await configure(brain, () => PASS);
    const [file, key] = await bundle();
    const told = await aedev('judge', 'try', file, '--key', key);
    expect([told.code, told.out]).toEqual([code, expect.stringContaining(words)]);
    expect(told.out).not.toContain(KEY);
  });

  test('says what is missing before anything is asked', async () => {
    env = {};
    const none = await aedev('judge', 'try', 'x');
    expect([none.code, none.err]).toEqual([5, expect.stringContaining('No judge is configured')]);
    const [one] = await configure(
      () => PASS,
      () => PASS,
    );
    const [file, key] = await bundle();
    const other = await aedev('judge', 'try', file, '--family', 'three');
    expect([other.code, other.err]).toEqual([3, expect.stringContaining('There are one, two')]);
    const keyless = await aedev('judge', 'try', file);
    expect([keyless.code, keyless.err]).toEqual([5, expect.stringContaining('--key')]);
    env = { TWO_KEY: KEY };
    const missing = await aedev('judge', 'try', file, '--key', key);
    expect([missing.code, missing.out]).toEqual([5, expect.stringContaining('ONE_KEY is not set')]);
    expect(one!.requests).toEqual([]);
  });

  test('asks nobody about a bundle that is not genuine', async () => {
    const [one, two] = await configure(
      () => PASS,
      () => PASS,
    );
    const [file, key] = await bundle();
    const [, other] = [file, readFileSync(key, 'utf8')];
    await bundle();
    writeFileSync(file, readFileSync(file, 'utf8').replace(/"sig":"./, '"sig":"A'));
    const forged = await aedev('judge', 'try', file, '--key', key);
    expect([forged.code, forged.err]).toEqual([9, expect.stringContaining('not genuine')]);
    const [sound, own] = await bundle();
    writeFileSync(own, other);
    const foreign = await aedev('judge', 'try', sound, '--key', own);
    expect(foreign.code).toBe(9);
    expect([one!.requests, two!.requests]).toEqual([[], []]);
  });
});

// The last one: this home stays interrupted.
test('an interrupted calibration tells what it has', async () => {
  let asked = 0;
  await configure(
    () => {
      asked += 1;
      if (asked === 3) aedev.interrupt.abort();
      return asked === 3 ? { kind: 'hang' } : PASS;
    },
    () => PASS,
  );
  const told = await aedev('judge', 'calibrate', '--limit', '8', '--yes', '--json');
  expect(told.code).toBe(130);
  expect(report(told)).toMatchObject({
    complete: false,
    wanted: 8,
    cases: 2,
    families: [{ falseAccept: { count: 1, of: 1 }, unanswered: 0 }, { family: 'two' }],
  });
});
