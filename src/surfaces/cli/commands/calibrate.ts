import {
  type CalibrationReport,
  type CalibrationResult,
  calibrationReport,
} from '../../../control/calibration.ts';
import type { JudgeAnswer } from '../../../control/judge-answer.ts';
import { CliError, type ExitName } from '../exit-codes.ts';
import type { Host, Judges } from '../host.ts';
import { rateText, wantedFamilies } from '../judge-text.ts';
import { inkFor, safe, say, sayJson } from '../output.ts';

/** A server that was in trouble so often in a row is left alone. */
const PATIENCE = 3;

export async function calibrate(
  host: Host,
  options: { family?: string[]; limit?: string; yes?: boolean; json?: boolean },
): Promise<ExitName> {
  const judges = await host.judges();
  const families = wantedFamilies(judges, options.family ?? []);
  const limit = Number(options.limit ?? judges.cases);
  if (!Number.isInteger(limit) || limit < 1 || limit > judges.cases)
    throw new CliError('usage', `--limit must be a whole number from 1 to ${judges.cases}.`);
  host.err(`Making ${limit} changes and sealing their evidence …\n`);
  const set = await judges.calibration(limit);
  await agreed(host, options, costLines(judges, families, set.cases));

  const results: CalibrationResult[] = [];
  const done = new Map<string, number>();
  for (const { id, fault, bundle } of set.cases) {
    if (host.interrupted.aborted) break;
    const open = families.filter((family) => (done.get(family) ?? 0) < PATIENCE);
    if (open.length === 0) break;
    const asked = open.map((family) => judges.ask(bundle, set.publicKeyPem, family));
    const answers = await Promise.all(asked).catch((error: unknown) => {
      if (host.interrupted.aborted) return null;
      throw error;
    });
    // What was half asked when the operator interrupted counts for nothing.
    if (answers === null) break;
    for (const answer of answers)
      done.set(answer.family, after(done.get(answer.family) ?? 0, answer));
    results.push({ id, fault, answers: [...answers, ...given(families, open, results)] });
    host.err(`${results.length} of ${set.cases.length}  ${id}: ${answers.map(word).join(', ')}\n`);
  }
  const report = calibrationReport(results);
  const complete =
    results.length === set.cases.length &&
    report.families.every(({ unanswered }) => unanswered === 0);
  if (options.json) sayJson(host, { complete, wanted: set.cases.length, ...report, results });
  else await told(host, report, set.cases.length);
  if (host.interrupted.aborted) return 'interrupted';
  return complete ? 'ok' : 'judge-unasked';
}

/** Families that are not asked any more: their last trouble stands for every further case. */
function given(
  families: readonly string[],
  open: readonly string[],
  results: readonly CalibrationResult[],
): JudgeAnswer[] {
  return families
    .filter((family) => !open.includes(family))
    .flatMap((family) => {
      const last = results.at(-1)?.answers.find((answer) => answer.family === family);
      return last === undefined ? [] : [{ ...last, usage: { ...last.usage, durationMs: 0 } }];
    });
}

/** Troubles in a row; what neither time nor another question mends counts as all of them. */
function after(before: number, { trouble }: JudgeAnswer): number {
  if (trouble === null) return 0;
  return trouble.code === 'judge-unavailable' ? before + 1 : PATIENCE;
}

const word = ({ family, said, trouble }: JudgeAnswer): string =>
  `${safe(family)} ${said?.verdict ?? trouble?.code ?? ''}`;

interface Costs {
  questions: number;
  characters: number;
}

function costLines(judges: Judges, families: readonly string[], cases: readonly Costs[]): string[] {
  const sum = (of: (one: Costs) => number) =>
    cases.reduce((total, one) => total + of(one), 0) * families.length;
  const questions = sum((one) => one.questions);
  const characters = sum((one) => one.characters);
  const count = (number: number) => number.toLocaleString('en-US');
  const prices = families.map(
    (family) => judges.families.find((one) => one.family === family)?.usdPerMillionInput ?? null,
  );
  // Four characters per token is a common rule of thumb.
  const each = characters / families.length / 4 / 1e6;
  const known = prices.filter((price) => price !== null).map((price) => price * each);
  const dollars = known.reduce((total, price) => total + price, 0);
  const cost =
    known.length < families.length
      ? 'Their cost is unknown: set usd_per_million_input and usd_per_million_output under judges.'
      : `By your prices about $${dollars.toFixed(2)} for reading them, and the answers besides.`;
  return [
    `${count(questions)} questions to ${families.map((family) => safe(family)).join(' and ')}: ${cases.length} changes, ${count(characters)} characters of evidence in all (about ${count(Math.ceil(characters / 4000))} thousand tokens), the instructions besides.`,
    cost,
  ];
}

async function agreed(
  host: Host,
  options: { yes?: boolean; json?: boolean },
  lines: readonly string[],
): Promise<void> {
  for (const line of lines) host.err(`${line}\n`);
  if (options.yes) return;
  if (!host.interactive)
    throw new CliError('usage', 'These questions may cost money.', 'Add --yes to put them.');
  const { confirm } = await host.prompts();
  if (!(await confirm('Ask them now?')))
    throw new CliError('refused', 'Nothing was asked.', '', 'declined');
}

async function told(host: Host, report: CalibrationReport, wanted: number): Promise<void> {
  const paint = inkFor(host);
  const { cases, faults } = report;
  if (cases < wanted)
    say(host, paint.yellow(`Only ${cases} of ${wanted} changes were asked about.`));
  say(host, `${faults} changes with a seeded fault, ${cases - faults} clean ones.`);
  const all = [
    ...report.families.map((one) => ({ ...one, name: `${one.family} (${one.model})` })),
    ...(report.joint ? [{ ...report.joint, name: 'together: passes when all pass' }] : []),
  ];
  for (const one of all) {
    say(host);
    say(host, paint.bold(safe(one.name, 300)));
    say(host, `  faults that passed:        ${rateText(one.falseAccept)}`);
    say(host, `  clean that did not pass:   ${rateText(one.falseReject)}`);
    say(host, `  no clear answer:           ${rateText(one.inconclusive)}`);
    if (one.unanswered > 0) say(host, `  ${paint.red(`not answered: ${one.unanswered}`)}`);
    for (const { id, fault, said, why } of one.wrong)
      say(
        host,
        `  wrong: ${id}: ${said}${fault === null ? '' : `, though: ${safe(fault)}`}${why === null ? '' : ` (${safe(why, 200)})`}`,
      );
  }
  say(host);
  for (const one of report.families) {
    const number = (count: number | null) => count?.toLocaleString('en-US') ?? 'unknown';
    const cost = one.costUsd === null ? 'cost unknown' : `$${one.costUsd}`;
    say(
      host,
      `${safe(one.family)}: ${number(one.inputTokens)} tokens in, ${number(one.outputTokens)} out, ${cost}, ${Math.round(one.durationMs / 1000)} s`,
    );
    if (one.trouble !== null)
      say(host, `  ${paint.red(safe(one.trouble.sentence))} ${safe(one.trouble.remedy)}`);
  }
}
