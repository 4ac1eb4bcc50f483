/** What judges of every protocol share: each part of the evidence is asked, and the worst answer counts. */
import { sha256Hex } from '../../lib/hash.ts';
import type { InconclusiveReason, Reading } from './answer.ts';
import { type Judge, JudgeError, type JudgeProblem, type Verdict } from './judge.ts';
import { fence, PROMPT_DIGEST } from './prompt.ts';

export interface MaterialDeps {
  /**
   * The texts of a bundle that judges read, each a question of its own. `truncated`: something of
   * the evidence is in none of them.
   */
  material: (bundle: Uint8Array) => { texts: string[]; truncated: boolean };
  /** Gets the raw bytes of every whole answer, whose sha256 is `answerDigest`. */
  record?: (exchange: { inputDigest: string; answerDigest: string; answer: Uint8Array }) => void;
}

/** What came of one question. */
export interface Answered {
  /** The raw bytes, once they were received whole. */
  answer: Uint8Array | null;
  reading: Reading;
  inputTokens: number | null;
  outputTokens: number | null;
}

/** Puts one question; rejects with {@link JudgeError} or the abort reason. */
export type Asker = (prompt: string, signal: AbortSignal) => Promise<Answered>;

export function assembleJudge(
  { family, model }: { family: string; model: string },
  deps: MaterialDeps,
  way: { check(): JudgeProblem[]; open(): Asker },
): Judge {
  const open = (): Asker => {
    const problems = way.check();
    if (problems.length > 0) throw configError(problems);
    return way.open();
  };

  async function judge(bundle: Uint8Array, signal: AbortSignal): Promise<Verdict> {
    signal.throwIfAborted();
    const startedAt = performance.now();
    const { texts, reason } = readMaterial(deps, bundle);
    const questions = texts.map((text) => Buffer.from(text, 'utf8'));
    const verdict: Verdict = {
      family,
      model,
      verdict: 'inconclusive',
      findings: [],
      reason,
      inputDigest: digestOf(questions),
      promptDigest: PROMPT_DIGEST,
      answerDigest: null,
      evidenceDigest: sha256Hex(bundle),
      usage: { inputTokens: null, outputTokens: null, durationMs: 0 },
    };
    const timed = (): Verdict => {
      const durationMs = Math.round(performance.now() - startedAt);
      return { ...verdict, usage: { ...verdict.usage, durationMs } };
    };
    if (reason !== null) return timed();

    const asker = open();

    const answers: Uint8Array[] = [];
    const used: Answered[] = [];
    const read: Reading[] = [];
    for (const question of questions) {
      const inputDigest = sha256Hex(question);
      // Back from bytes, so that what is sent is what was digested even for broken surrogates.
      const prompt = fence(question.toString('utf8'), inputDigest);
      const said = await asker(prompt, signal);
      const { answer, reading } = said;
      if (answer !== null) {
        answers.push(answer);
        deps.record?.({ inputDigest, answerDigest: sha256Hex(answer), answer });
      }
      used.push(said);
      read.push(reading);
      // One part that fails decides; one that is unclear leaves only a failure to be found.
      if (reading.readable && reading.verdict === 'fail') break;
    }
    verdict.usage.inputTokens = sumOf(used.map(({ inputTokens }) => inputTokens));
    verdict.usage.outputTokens = sumOf(used.map(({ outputTokens }) => outputTokens));
    verdict.answerDigest = answers.length === 0 ? null : digestOf(answers);
    return { ...timed(), ...togetherOf(read) };
  }

  return { family, model, check: () => way.check(), judge };
}

/** Digest of one thing, or of the digests of several, a line each. */
const digestOf = (all: readonly Uint8Array[]): string =>
  all.length === 1
    ? sha256Hex(all[0] ?? '')
    : sha256Hex(all.map((one) => sha256Hex(one)).join('\n'));

/** Unknown once is unknown for all: a sum that leaves some out would be too low. */
const sumOf = (counts: readonly (number | null)[]): number | null =>
  counts.length === 0 || counts.includes(null)
    ? null
    : counts.reduce<number>((sum, count) => sum + (count ?? 0), 0);

/** The worst part decides: a failure, else what is unclear, else all of them pass. */
function togetherOf(parts: readonly Reading[]): Pick<Verdict, 'verdict' | 'findings' | 'reason'> {
  const findings = parts.flatMap((part) => part.findings).slice(0, 50);
  if (parts.some((part) => part.readable && part.verdict === 'fail'))
    return { verdict: 'fail', findings, reason: null };
  const unclear = parts.find((part) => !part.readable);
  if (unclear !== undefined && !unclear.readable)
    return { verdict: 'inconclusive', findings, reason: unclear.reason };
  if (parts.length === 0) return { verdict: 'inconclusive', findings, reason: 'empty' };
  return { verdict: 'pass', findings, reason: null };
}

function readMaterial(
  deps: MaterialDeps,
  bundle: Uint8Array,
): { texts: string[]; reason: InconclusiveReason | null } {
  try {
    const { texts, truncated } = deps.material(bundle);
    if (truncated) return { texts, reason: 'truncated-evidence' };
    const empty = texts.length === 0 || texts.some((text) => text.trim() === '');
    return { texts, reason: empty ? 'unreadable-evidence' : null };
  } catch {
    return { texts: [''], reason: 'unreadable-evidence' };
  }
}

function configError(problems: readonly JudgeProblem[]): JudgeError {
  const isAuth = problems.every((problem) => problem.code === 'judge-auth');
  const said = problems.map((problem) => `${problem.sentence} ${problem.remedy}`).join(' ');
  return new JudgeError(isAuth ? 'auth' : 'config', said);
}
