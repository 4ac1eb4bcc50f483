/** Builds a judge of either protocol from plain configuration. */
import { sha256Hex } from '../../lib/hash.ts';
import type { InconclusiveReason } from './answer.ts';
import { ask, readingOf, type Said } from './ask.ts';
import { type Endpoint, endpointOf, type JudgeConfig } from './endpoint.ts';
import { type Failure, failureOf } from './failures.ts';
import { geminiModel } from './gemini.ts';
import { type Judge, JudgeError, type Verdict } from './judge.ts';
import { openLine, type Seen } from './line.ts';
import { openaiModel } from './openai.ts';
import { fence, PROMPT_DIGEST } from './prompt.ts';

/** A server in trouble is asked this often in all, with a pause between. */
const TRIES = 2;
const PAUSE_MS = 500;

export interface JudgeDeps {
  /** Reads one environment variable; called when judging, so that a key set later is found. */
  env: (name: string) => string | undefined;
  /** The text of a bundle that judges read. `truncated`: something of the evidence was cut. */
  material: (bundle: Uint8Array) => { text: string; truncated: boolean };
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
    const material = readMaterial(deps, bundle);
    const text = Buffer.from(material.text, 'utf8');
    const verdict: Verdict = {
      family,
      model,
      verdict: 'inconclusive',
      findings: [],
      reason: null,
      inputDigest: sha256Hex(text),
      promptDigest: PROMPT_DIGEST,
      answerDigest: null,
      evidenceDigest: sha256Hex(bundle),
      usage: { inputTokens: null, outputTokens: null, durationMs: 0 },
    };
    const took = () => Math.round(performance.now() - startedAt);
    const inconclusive = (reason: InconclusiveReason): Verdict => ({
      ...verdict,
      reason,
      usage: { ...verdict.usage, durationMs: took() },
    });
    if (material.reason !== null) return inconclusive(material.reason);

    const { endpoint, problems } = endpointOf(config, deps.env);
    if (endpoint === null) throw configError(problems);

    // Back from bytes, so that what is sent is what was digested even for broken surrogates.
    const prompt = fence(text.toString('utf8'), verdict.inputDigest);
    const { said, failure, seen } = await askWithTries(endpoint, prompt, signal);
    if (failure?.kind === 'error') throw failure.error;
    if (seen.exchange !== null) {
      const answer = seen.exchange.body;
      verdict.answerDigest = sha256Hex(answer);
      deps.record?.({
        inputDigest: verdict.inputDigest,
        answerDigest: verdict.answerDigest,
        answer,
      });
    }
    if (said === null) return inconclusive(failure?.reason ?? 'malformed');
    verdict.usage.inputTokens = said.inputTokens;
    verdict.usage.outputTokens = said.outputTokens;
    const reading = readingOf(said);
    verdict.findings = reading.findings;
    if (!reading.readable) return inconclusive(reading.reason);
    return {
      ...verdict,
      verdict: reading.verdict,
      usage: { ...verdict.usage, durationMs: took() },
    };
  }

  return { family, model, check: () => endpointOf(config, deps.env).problems, judge };
}

function readMaterial(
  deps: JudgeDeps,
  bundle: Uint8Array,
): { text: string; reason: InconclusiveReason | null } {
  try {
    const { text, truncated } = deps.material(bundle);
    if (truncated) return { text, reason: 'truncated-evidence' };
    return { text, reason: text.trim() === '' ? 'unreadable-evidence' : null };
  } catch {
    return { text: '', reason: 'unreadable-evidence' };
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
