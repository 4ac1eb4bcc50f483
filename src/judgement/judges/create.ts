/** Builds a judge of either protocol from plain configuration. */
import { sha256Hex } from '../../lib/hash.ts';
import type { InconclusiveReason, Reading } from './answer.ts';
import { ask, readingOf, type Said } from './ask.ts';
import { type Endpoint, endpointOf, type JudgeConfig } from './endpoint.ts';
import { type Failure, failureOf } from './failures.ts';
import { geminiModel } from './gemini.ts';
import { type Judge, JudgeError, type Verdict } from './judge.ts';
import { openLine, type Seen } from './line.ts';
import { oddAnswer } from './odd.ts';
import { openaiModel } from './openai.ts';
import { fence, PROMPT_DIGEST } from './prompt.ts';

/** A server in trouble is asked this often in all, with a pause between. */
const TRIES = 2;
const PAUSE_MS = 500;

export interface JudgeDeps {
  /** Reads one environment variable; called when judging, so that a key set later is found. */
  env: (name: string) => string | undefined;
  /**
   * The texts of a bundle that judges read, each a question of its own. `truncated`: something of
   * the evidence is in none of them.
   */
  material: (bundle: Uint8Array) => { texts: string[]; truncated: boolean };
  /** For `Retry-After`; default the system clock. */
  now?: () => Date;
  /** Between tries; default a timer of that many milliseconds. Must end when the signal does. */
  pause?: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Gets the bytes of every whole answer (the HTTP body), whose sha256 is `answerDigest`. */
  record?: (exchange: { inputDigest: string; answerDigest: string; answer: Uint8Array }) => void;
}

/** What one try, or all of them, came to. */
interface Outcome {
  said: Said | null;
  failure: Failure | null;
  seen: Seen;
}

const UNHEARD: Seen = { exchange: null, failure: null };

export function createJudge(config: JudgeConfig, deps: JudgeDeps): Judge {
  const { family, model } = config;

  async function askOnce(at: Endpoint, prompt: string, signal: AbortSignal): Promise<Outcome> {
    const { fetch, seen } = openLine();
    try {
      const build = config.protocol === 'openai' ? openaiModel : geminiModel;
      const said = await ask({
        model: await build(at, model, fetch),
        prompt,
        maxOutputTokens: config.maxOutputTokens,
        signal,
      });
      return { said, failure: null, seen };
    } catch {
      // What the library says is not used: the exchange tells, and its texts may hold the key.
      const now = deps.now?.() ?? new Date();
      return { said: null, failure: failureOf(seen, family, now), seen };
    }
  }

  async function askWithTries(at: Endpoint, prompt: string, caller: AbortSignal): Promise<Outcome> {
    const late: Outcome = {
      said: null,
      failure: { kind: 'inconclusive', reason: 'late' },
      seen: UNHEARD,
    };
    const stop = new AbortController();
    const onAbort = () => stop.abort(caller.reason);
    caller.addEventListener('abort', onAbort, { once: true });
    const timer = setTimeout(() => stop.abort(), config.timeoutMs);
    try {
      for (let tried = 1; ; tried += 1) {
        const outcome = await askOnce(at, prompt, stop.signal);
        caller.throwIfAborted();
        const { failure } = outcome;
        const cutShort = stop.signal.aborted && outcome.said === null;
        // Out of time while the server was in trouble is the server's trouble, not a late answer.
        if (cutShort && outcome.seen.failure === null && outcome.seen.exchange === null)
          return late;
        if (failure?.kind !== 'error' || !failure.again || tried === TRIES) return outcome;
        await (deps.pause ?? pause)(PAUSE_MS, stop.signal);
        caller.throwIfAborted();
        if (stop.signal.aborted) return outcome;
      }
    } finally {
      clearTimeout(timer);
      caller.removeEventListener('abort', onAbort);
    }
  }

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

    const { endpoint, problems } = endpointOf(config, deps.env);
    if (endpoint === null) throw configError(problems);

    const answers: Uint8Array[] = [];
    const read: Reading[] = [];
    for (const question of questions) {
      const { said, answer, reading } = await askPart(endpoint, question, signal);
      if (answer !== null) answers.push(answer);
      verdict.usage.inputTokens = plus(verdict.usage.inputTokens, said?.inputTokens ?? null);
      verdict.usage.outputTokens = plus(verdict.usage.outputTokens, said?.outputTokens ?? null);
      read.push(reading);
      // One part that fails decides; one that is unclear leaves only a failure to be found.
      if (reading.readable && reading.verdict === 'fail') break;
    }
    verdict.answerDigest = answers.length === 0 ? null : digestOf(answers);
    return { ...timed(), ...togetherOf(read) };
  }

  /** One question, whose answer counts for the files that it shows. */
  async function askPart(
    endpoint: Endpoint,
    question: Buffer,
    signal: AbortSignal,
  ): Promise<{ said: Said | null; answer: Uint8Array | null; reading: Reading }> {
    const inputDigest = sha256Hex(question);
    // Back from bytes, so that what is sent is what was digested even for broken surrogates.
    const prompt = fence(question.toString('utf8'), inputDigest);
    const { said, failure, seen } = await askWithTries(endpoint, prompt, signal);
    if (failure?.kind === 'error') throw failure.error;
    const answer = seen.exchange?.body ?? null;
    if (answer !== null) deps.record?.({ inputDigest, answerDigest: sha256Hex(answer), answer });
    const odd = (reason: InconclusiveReason): Reading => ({
      readable: false,
      reason,
      findings: [],
    });
    if (said === null) return { said, answer, reading: odd(failure?.reason ?? 'malformed') };
    const wrong = seen.exchange === null ? null : oddAnswer(config.protocol, seen.exchange);
    return { said, answer, reading: wrong === null ? readingOf(said) : odd(wrong) };
  }

  return { family, model, check: () => endpointOf(config, deps.env).problems, judge };
}

/** Digest of one thing, or of the digests of several, a line each. */
const digestOf = (all: readonly Uint8Array[]): string =>
  all.length === 1
    ? sha256Hex(all[0] ?? '')
    : sha256Hex(all.map((one) => sha256Hex(one)).join('\n'));

/** Unknown once is unknown for all: a sum that leaves some out would be too low. */
const plus = (sum: number | null, more: number | null): number | null =>
  more === null ? sum : (sum ?? 0) + more;

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
  deps: JudgeDeps,
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

function configError(problems: ReturnType<typeof endpointOf>['problems']): JudgeError {
  const isAuth = problems.every((problem) => problem.code === 'judge-auth');
  const said = problems.map((problem) => `${problem.sentence} ${problem.remedy}`).join(' ');
  return new JudgeError(isAuth ? 'auth' : 'config', said);
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
    if (signal.aborted) done();
  });
}
