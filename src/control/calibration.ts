/** How often judges are wrong about changes of which it is known whether they are right. */
import { type JudgeAnswer, type Said, SEVERITIES } from './judge-answer.ts';

export interface CalibrationResult {
  id: string;
  /** What is wrong with the change; null: nothing. */
  fault: string | null;
  /** One per family asked. */
  answers: JudgeAnswer[];
}

/** `count` of `of`; share and its 95% interval by Wilson, null when there was nothing to count. */
export interface Rate {
  count: number;
  of: number;
  share: number | null;
  low: number | null;
  high: number | null;
}

interface Rates {
  /** Faults that passed, of the faults that were answered. */
  falseAccept: Rate;
  /** Clean changes that did not pass, of those that were answered; unclear answers are among them. */
  falseReject: Rate;
  /** Answers that were neither pass nor fail, of all answers. */
  inconclusive: Rate;
  /** Cases without an answer, which count for none of the rates. */
  unanswered: number;
}

interface WrongCase {
  id: string;
  fault: string | null;
  said: Said['verdict'];
  /** The reason or the gravest finding; text of a model. */
  why: string | null;
}

export interface FamilyCalibration extends Rates {
  family: string;
  model: string;
  wrong: WrongCase[];
  /** Sums of what is known; null when nothing is. */
  inputTokens: number | null;
  outputTokens: number | null;
  costUsd: number | null;
  /** Answers whose tokens are unknown. */
  unknownUsage: number;
  durationMs: number;
  /** Why cases have no answer: the first trouble met. */
  trouble: JudgeAnswer['trouble'];
}

export interface CalibrationReport {
  cases: number;
  faults: number;
  families: FamilyCalibration[];
  /** As aedev decides: a change passes when every family passes it. Null with fewer than two. */
  joint: (Rates & { families: string[]; wrong: WrongCase[] }) | null;
}

/** 97.5% quantile of the normal distribution. */
const Z = 1.959963984540054;

/** Wilson's score interval: sensible for small numbers and at 0 and 1, where counts often are. */
export function rate(count: number, of: number): Rate {
  if (of === 0) return { count, of, share: null, low: null, high: null };
  const share = count / of;
  const scale = 1 + (Z * Z) / of;
  const middle = share + (Z * Z) / (2 * of);
  const spread = Z * Math.sqrt((share * (1 - share)) / of + (Z * Z) / (4 * of * of));
  return {
    count,
    of,
    share,
    // Exactly so by the formula, but not in floating point.
    low: count === 0 ? 0 : (middle - spread) / scale,
    high: count === of ? 1 : (middle + spread) / scale,
  };
}

interface Seen {
  id: string;
  fault: string | null;
  said: Said['verdict'] | null;
  why: string | null;
}

function ratesOf(seen: readonly Seen[]): Rates {
  const answered = seen.filter(({ said }) => said !== null);
  const faults = answered.filter(({ fault }) => fault !== null);
  const clean = answered.filter(({ fault }) => fault === null);
  const count = (of: readonly Seen[], is: (one: Seen) => boolean) =>
    rate(of.filter(is).length, of.length);
  return {
    falseAccept: count(faults, ({ said }) => said === 'pass'),
    falseReject: count(clean, ({ said }) => said !== 'pass'),
    inconclusive: count(answered, ({ said }) => said === 'inconclusive'),
    unanswered: seen.length - answered.length,
  };
}

const wrongOf = (seen: readonly Seen[]): WrongCase[] =>
  seen.flatMap(({ id, fault, said, why }) =>
    said !== null && (said === 'pass') !== (fault === null) ? { id, fault, said, why } : [],
  );

function whyOf(answer: JudgeAnswer | undefined): string | null {
  if (!answer?.said) return null;
  const { findings, reason } = answer.said;
  const grave = SEVERITIES.flatMap((level) =>
    findings.filter(({ severity }) => severity === level),
  );
  return grave[0]?.sentence ?? reason;
}

function known(values: readonly (number | null)[]): number | null {
  const found = values.filter((value) => value !== null);
  return found.length === 0 ? null : found.reduce((sum, value) => sum + value, 0);
}

export function calibrationReport(results: readonly CalibrationResult[]): CalibrationReport {
  const families = [
    ...new Set(results.flatMap(({ answers }) => answers.map(({ family }) => family))),
  ];
  const answerOf = (result: CalibrationResult, family: string) =>
    result.answers.find((answer) => answer.family === family);
  const about = families.map((family): FamilyCalibration => {
    const seen = results.map((result): Seen => {
      const answer = answerOf(result, family);
      const said = answer?.said?.verdict ?? null;
      return { id: result.id, fault: result.fault, said, why: whyOf(answer) };
    });
    const answers = results.flatMap((result) => answerOf(result, family) ?? []);
    const given = answers.filter(({ said }) => said !== null);
    const cost = known(given.map(({ usage }) => usage.costUsd));
    return {
      family,
      model: answers[0]?.model ?? '',
      ...ratesOf(seen),
      wrong: wrongOf(seen),
      inputTokens: known(given.map(({ usage }) => usage.inputTokens)),
      outputTokens: known(given.map(({ usage }) => usage.outputTokens)),
      costUsd: cost === null ? null : Math.round(cost * 1e6) / 1e6,
      unknownUsage: given.filter(({ usage }) => usage.inputTokens === null).length,
      durationMs: answers.reduce((sum, { usage }) => sum + usage.durationMs, 0),
      trouble: answers.find(({ trouble }) => trouble !== null)?.trouble ?? null,
    };
  });
  const together = results.map((result): Seen => {
    const said = families.map((family) => answerOf(result, family)?.said?.verdict ?? null);
    return { id: result.id, fault: result.fault, said: jointly(said), why: null };
  });
  return {
    cases: results.length,
    faults: results.filter(({ fault }) => fault !== null).length,
    families: about,
    joint:
      families.length < 2 ? null : { families, ...ratesOf(together), wrong: wrongOf(together) },
  };
}

/** A failure decides, then a missing answer, then an unclear one. */
function jointly(said: readonly Seen['said'][]): Seen['said'] {
  if (said.includes('fail')) return 'fail';
  if (said.includes(null)) return null;
  return said.includes('inconclusive') ? 'inconclusive' : 'pass';
}
