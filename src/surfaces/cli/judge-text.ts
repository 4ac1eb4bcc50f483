/** Judges' answers in words, and the exit code that they come to. */
import type { Rate } from '../../control/calibration.ts';
import type { JudgeAnswer } from '../../control/judge-answer.ts';
import { CliError, type ExitName } from './exit-codes.ts';
import type { Judges } from './host.ts';
import { type Ink, safe } from './output.ts';

/** @throws CliError `config` when none is configured, `not-found` for one that is not */
export function wantedFamilies(judges: Judges, only: readonly string[]): string[] {
  const all = judges.families.map(({ family }) => family);
  if (all.length === 0)
    throw new CliError(
      'config',
      'No judge is configured.',
      'Add families under judges in policies.yaml; see `aedev config show`.',
    );
  const unknown = only.find((family) => !all.includes(family));
  if (unknown !== undefined)
    throw new CliError(
      'not-found',
      `No judge family "${safe(unknown, 60)}" is configured.`,
      `There ${all.length === 1 ? 'is' : 'are'} ${all.join(', ')}.`,
    );
  return only.length === 0 ? all : all.filter((family) => only.includes(family));
}

/** A failure decides; then what the operator must set right, what time mends, what is unclear. */
export function exitOf(answers: readonly JudgeAnswer[]): ExitName {
  if (answers.some(({ said }) => said?.verdict === 'fail')) return 'judge-fail';
  const troubles = answers.flatMap(({ trouble }) => trouble?.code ?? []);
  const own = ['judge-missing', 'judge-auth', 'judge-config'];
  if (troubles.some((code) => own.includes(code))) return 'config';
  if (troubles.length > 0) return 'judge-unasked';
  return answers.every(({ said }) => said?.verdict === 'pass') ? 'ok' : 'judge-unclear';
}

const tokens = (count: number | null): string =>
  count === null ? 'unknown' : count.toLocaleString('en-US');

export function usageOfAnswer({ usage }: JudgeAnswer): string {
  const cost = usage.costUsd === null ? 'cost unknown' : `$${usage.costUsd}`;
  const { inputTokens, outputTokens, durationMs } = usage;
  const seconds = (durationMs / 1000).toFixed(1);
  if (inputTokens === null && outputTokens === null) return `tokens unknown, ${cost}, ${seconds} s`;
  return `${tokens(inputTokens)} tokens in, ${tokens(outputTokens)} out, ${cost}, ${seconds} s`;
}

export function answerLines(paint: Ink, answer: JudgeAnswer): string[] {
  const name = paint.bold(`${safe(answer.family)} (${safe(answer.model, 200)})`);
  if (answer.trouble !== null) {
    const { code, sentence, remedy, retryAt } = answer.trouble;
    const again = retryAt === null ? '' : ` Its limit ends at ${safe(retryAt)}.`;
    return [
      `${name}: ${paint.red('no answer')} (${code})`,
      `  ${safe(sentence)} ${safe(remedy)}${again}`,
    ];
  }
  const { said } = answer;
  if (said === null) return [];
  const colour = { pass: paint.green, fail: paint.red, inconclusive: paint.yellow }[said.verdict];
  const why = said.reason === null ? '' : `: ${safe(said.reason)}`;
  return [
    `${name}: ${colour(said.verdict)}${why}`,
    ...said.findings.map(({ severity, file, line, sentence }) => {
      const place = file === null ? '' : ` ${safe(file, 300)}${line === null ? '' : `:${line}`}`;
      return `  ${severity}${place}: ${safe(sentence, 600)}`;
    }),
    `  ${usageOfAnswer(answer)}`,
    `  evidence ${said.evidenceDigest}`,
    `  input    ${said.inputDigest}`,
    `  prompt   ${said.promptDigest}`,
    `  answer   ${said.answerDigest ?? 'none'}`,
  ];
}

const percent = (share: number): string => `${(100 * share).toFixed(1)}%`;

/** `2 of 24, 8.3% (95% from 2.3% to 25.8%)` */
export function rateText({ count, of, share, low, high }: Rate): string {
  if (share === null || low === null || high === null) return 'nothing answered';
  return `${count} of ${of}, ${percent(share)} (95% from ${percent(low)} to ${percent(high)})`;
}
