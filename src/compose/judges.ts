/** Judges as the policy configures them; one place for the daemon, the doctor and the CLI. */
import type { Policies } from '../control/policy.ts';
import type { MaterialDeps } from '../judgement/judges/assemble.ts';
import type { CliHost } from '../judgement/judges/cli.ts';
import { createJudge } from '../judgement/judges/create.ts';
import type { JudgeConfig } from '../judgement/judges/endpoint.ts';
import type { Judge } from '../judgement/judges/judge.ts';

export type JudgeEntry = Policies['judges']['families'][number];

export function judgeConfig(entry: JudgeEntry, judges: Policies['judges']): JudgeConfig {
  return {
    family: entry.family,
    protocol: entry.protocol,
    model: entry.model,
    baseUrl: entry.base_url,
    keyEnv: entry.key_env,
    executable: entry.executable,
    timeoutMs: judges.timeout_seconds * 1000,
    maxOutputTokens: judges.max_output_tokens,
  };
}

export function judgeFrom(
  entry: JudgeEntry,
  judges: Policies['judges'],
  deps: MaterialDeps & {
    env: Readonly<Record<string, string | undefined>>;
    cli: CliHost;
  },
): Judge {
  const { env, ...rest } = deps;
  return createJudge(judgeConfig(entry, judges), { ...rest, env: (name) => env[name] });
}

/** What the tokens cost by the policy's prices; null where tokens or prices are unknown. */
export function costOf(
  entry: JudgeEntry | undefined,
  usage: { inputTokens: number | null; outputTokens: number | null },
): number | null {
  const { usd_per_million_input: input, usd_per_million_output: output } = entry ?? {};
  const { inputTokens, outputTokens } = usage;
  if (input === undefined || output === undefined) return null;
  if (inputTokens === null || outputTokens === null) return null;
  return Math.round(inputTokens * input + outputTokens * output) / 1e6;
}
