/** Asking the configured judges outside of any task, for `aedev judge`. Nothing is recorded. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { invalidConfig } from '../config/errors.ts';
import type { HomePaths } from '../config/home.ts';
import { loadConfig } from '../config/load.ts';
import type { JudgeAnswer } from '../control/judge-answer.ts';
import { buildCalibration } from '../judgement/calibration/build.ts';
import { SCENARIOS } from '../judgement/calibration/set.ts';
import { material } from '../judgement/evidence/material.ts';
import { type Judge, JudgeError } from '../judgement/judges/judge.ts';
import { CliError } from '../surfaces/cli/exit-codes.ts';
import type { Judges } from '../surfaces/cli/host.ts';
import { cliHost } from './judge-cli.ts';
import { costOf, judgeFrom } from './judges.ts';

const REMEDY = {
  auth: 'Set its key or log in again.',
  config: 'Correct it under judges in policies.yaml.',
  'rate-limit': 'Try again later.',
  unavailable: 'Look whether its server is up, and try again.',
} as const;
const CODE = {
  auth: 'judge-auth',
  config: 'judge-config',
  'rate-limit': 'judge-rate-limit',
  unavailable: 'judge-unavailable',
} as const;

export function judging(
  paths: HomePaths,
  env: Readonly<Record<string, string | undefined>>,
  homedir: string,
  signal: AbortSignal,
): Judges {
  const loaded = loadConfig(paths);
  if (!loaded.ok) throw invalidConfig(loaded.problems);
  const { judges } = loaded.policy.policies;
  const scratch = join(paths.runs, '.judges');
  const cli = cliHost({ env, homedir, scratch, install: `judge-${process.pid}`, alone: false });

  async function ask(bundle: Uint8Array, publicKeyPem: string, family: string) {
    const entry = judges.families.find((one) => one.family === family);
    if (!entry) throw new CliError('not-found', `No judge family ${family} is configured.`);
    const judge = judgeFrom(entry, judges, {
      env,
      cli,
      material: (bytes) => material(bytes, publicKeyPem, judges.max_part_chars),
    });
    const answer = await answerOf(judge, bundle, signal);
    if (answer.trouble?.code === 'judge-auth' && entry.key_env !== undefined)
      answer.trouble.remedy += ' This command needs it in its own environment.';
    return { ...answer, usage: { ...answer.usage, costUsd: costOf(entry, answer.usage) } };
  }

  return {
    families: judges.families.map((entry) => ({
      family: entry.family,
      model: entry.model,
      usdPerMillionInput: entry.usd_per_million_input ?? null,
    })),
    ask,
    cases: 2 * SCENARIOS.length,
    async calibration(limit) {
      const folder = await mkdtemp(join(tmpdir(), 'aedev-calibration-'));
      try {
        const maxPartChars = judges.max_part_chars;
        return await buildCalibration(SCENARIOS, { folder, limit, maxPartChars, signal });
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}

async function answerOf(
  judge: Judge,
  bundle: Uint8Array,
  signal: AbortSignal,
): Promise<Omit<JudgeAnswer, 'usage'> & { usage: Omit<JudgeAnswer['usage'], 'costUsd'> }> {
  const { family, model } = judge;
  const started = performance.now();
  const without = (trouble: NonNullable<JudgeAnswer['trouble']>) => {
    const durationMs = Math.round(performance.now() - started);
    const usage = { inputTokens: null, outputTokens: null, durationMs };
    return { family, model, said: null, trouble, usage };
  };
  const [problem] = judge.check();
  if (problem) return without({ ...problem, retryAt: null });
  try {
    const { family: _family, model: _model, usage, ...said } = await judge.judge(bundle, signal);
    return { family, model, said, trouble: null, usage };
  } catch (error) {
    if (!(error instanceof JudgeError)) throw error;
    const { tag, message, retryAt } = error;
    return without({ code: CODE[tag], sentence: message, remedy: REMEDY[tag], retryAt });
  }
}
