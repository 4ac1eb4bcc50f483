import { gatherEvidence, judgeAcceptance, unproven } from './acceptance.ts';
import { broughtIn, remaining, saysNothing } from './answers.ts';
import type { CompiledIndex } from './compile-index.ts';

import { findHazards } from './hazard.ts';
import { findMissingValues } from './missing-value.ts';
import { outline } from './outline.ts';
import { type AskContext, ask, questionId } from './questions.ts';
import { read } from './reading.ts';
import { groundTargets } from './target.ts';
import {
  type Answer,
  type Assessment,
  type Because,
  type ClarifyPolicy,
  type Finding,
  type Question,
  SIGNALS,
  type Signal,
  type SignalName,
} from './types.ts';
import { findVagueness, vagueWords } from './vagueness.ts';

/** Changes whenever a rule changes: scores of different versions are not compared. */
export const RULES = '4';

/** The defaults of `clarification` in policies.yaml. */
export const DEFAULT_POLICY: ClarifyPolicy = {
  trigger_threshold: 50,
  weights: { target: 0.3, acceptance: 0.3, vagueness: 0.2, hazard: 0.2 },
  max_questions: 4,
};

/** Causes add up to 100 at most. */
const combine = (points: readonly number[]): number =>
  Math.min(
    100,
    points.reduce((sum, p) => sum + Math.max(0, p), 0),
  );

function signalScores(findings: readonly Finding[]): Record<SignalName, number> {
  const score = (name: SignalName) =>
    combine(findings.filter((f) => f.signal === name).map((f) => f.points));
  return {
    target: score('target'),
    acceptance: score('acceptance'),
    vagueness: score('vagueness'),
    hazard: score('hazard'),
  };
}

/**
 * The ambiguity score: the signals added up, each with its weight relative to the heaviest one, so that a
 * decisive signal is enough by itself and several small troubles add up. Never falls when a signal rises.
 */
export function totalScore(
  signals: Record<SignalName, number>,
  weights: Record<SignalName, number>,
): number {
  const heaviest = Math.max(...SIGNALS.map((name) => weights[name]));
  if (heaviest <= 0) return 0;
  let sum = 0;
  for (const name of SIGNALS) sum += (Math.max(0, weights[name]) / heaviest) * signals[name];
  return Math.min(100, Math.round(sum));
}

function explain(findings: readonly Finding[], name: SignalName): Because[] {
  return findings
    .filter((f) => f.signal === name && f.points > 0)
    .sort((a, b) => b.points - a.points)
    .map(({ words, why }) => ({ words, why }));
}

/** Answers by question id, the latest one only; those with an id of other rules go to their signal. */
function settle(
  findings: readonly Finding[],
  answers: readonly Answer[],
  context: AskContext,
): Finding[] {
  const latest = new Map<string, Answer>();
  for (const answer of answers) latest.set(`${answer.signal} ${answer.question}`, answer);
  const known = new Set(findings.map(questionId));
  const strays = [...latest.values()].filter((a) => !known.has(a.question));
  const texts = new Map<string, string[]>();
  for (const finding of findings) {
    const { id, text } = ask(finding, { ...context, indexes: [] });
    texts.set(id, [...(texts.get(id) ?? []), text]);
  }
  return findings.map((finding) => {
    const id = questionId(finding);
    const own = latest.get(`${finding.signal} ${id}`);
    const candidates =
      own === undefined ? strays.filter((a) => a.signal === finding.signal) : [own];
    let points = finding.points;
    for (const answer of candidates)
      points = Math.min(points, remaining(finding, answer, texts.get(id) ?? [], context.indexes));
    return points === finding.points ? finding : { ...finding, points };
  });
}

/**
 * Scores a request. Pure and deterministic: the same text, indexes, answers and policy give the same
 * assessment on any machine. Linear in the text up to `READ_LIMIT`.
 */
export function assess(
  input: { text: string; indexes: CompiledIndex[]; answers: Answer[] },
  policy: ClarifyPolicy = DEFAULT_POLICY,
): Assessment {
  const reading = read(input.text, (word) =>
    input.indexes.some((i) => i.names.has(word) || i.byPath.has(word.toLowerCase())),
  );
  const { found, findings: targets } = groundTargets(reading, input.indexes);
  const gathered = gatherEvidence(reading, input.indexes);
  const before: Finding[] = [
    ...targets,
    ...judgeAcceptance(gathered),
    ...findMissingValues(reading),
    ...findVagueness(vagueWords(reading), -unproven(gathered)),
    ...findHazards(reading, input.indexes),
  ];
  const names = [...new Set(found.map((f) => f.name))];
  const said = new Set(reading.sentences.flatMap((s) => s.plain.match(/[a-z0-9]+/g) ?? []));
  const context: AskContext = {
    language: reading.language,
    indexes: input.indexes,
    found: names,
    said,
  };
  const findings = settle(before, input.answers, context);
  for (const answer of input.answers) findings.push(...broughtIn(answer, findings));

  const scores = signalScores(findings);
  const score = totalScore(scores, policy.weights);
  const mustAsk = score > policy.trigger_threshold;
  const signals = {} as Record<SignalName, Signal>;
  for (const name of SIGNALS)
    signals[name] = { score: scores[name], because: explain(findings, name) };

  const answered = input.answers.filter((a) => !saysNothing(a.text));
  return {
    rules: RULES,
    language: reading.language,
    score,
    ask: mustAsk,
    signals,
    questions: mustAsk ? choose(findings, policy, context) : [],
    ...outline({
      reading,
      evidence: gathered.evidence,
      found: names,
      greenfield: input.indexes.length === 0,
      answers: answered,
    }),
  };
}

/**
 * Hazards that decide by themselves first, since nothing else matters before they are settled; then
 * the questions whose settling would lower the score most.
 */
function choose(
  findings: readonly Finding[],
  policy: ClarifyPolicy,
  context: AskContext,
): Question[] {
  const groups = new Map<string, Finding[]>();
  for (const finding of findings) {
    if (finding.points <= 0) continue;
    const id = questionId(finding);
    groups.set(id, [...(groups.get(id) ?? []), finding]);
  }
  const order: Record<SignalName, number> = { hazard: 0, target: 1, acceptance: 2, vagueness: 3 };
  const ranked = [...groups.values()].map((group) => {
    const lead = group.reduce((a, b) => (b.points > a.points ? b : a));
    const without = signalScores(findings.filter((f) => !group.includes(f)));
    return { lead, value: -totalScore(without, policy.weights) };
  });
  const decisive = (f: Finding) => (f.signal === 'hazard' && f.points >= 80 ? 0 : 1);
  ranked.sort(
    (a, b) =>
      decisive(a.lead) - decisive(b.lead) ||
      b.value - a.value ||
      order[a.lead.signal] - order[b.lead.signal] ||
      b.lead.points - a.lead.points,
  );
  return ranked.slice(0, Math.max(0, policy.max_questions)).map(({ lead }) => ask(lead, context));
}
