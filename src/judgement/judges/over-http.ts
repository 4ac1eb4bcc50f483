/** Asks a model over HTTP, by either wire protocol, with a second try for a server in trouble. */
import type { InconclusiveReason, Reading } from './answer.ts';
import { ask, readingOf, type Said } from './ask.ts';
import type { Answered } from './assemble.ts';
import { type Endpoint, type JudgeConfig, protocolOf } from './endpoint.ts';
import { type Failure, failureOf } from './failures.ts';
import { geminiModel } from './gemini.ts';
import { openLine, type Seen } from './line.ts';
import { oddAnswer } from './odd.ts';
import { openaiModel } from './openai.ts';

/** A server in trouble is asked this often in all, with a pause between. */
const TRIES = 2;
const PAUSE_MS = 500;

export interface HttpDeps {
  /** For `Retry-After`; default the system clock. */
  now?: () => Date;
  /** Between tries; default a timer of that many milliseconds. Must end when the signal does. */
  pause?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** What one try, or all of them, came to. */
interface Outcome {
  said: Said | null;
  failure: Failure | null;
  seen: Seen;
}

const UNHEARD: Seen = { exchange: null, failure: null };

export function overHttp(config: JudgeConfig, at: Endpoint, deps: HttpDeps) {
  const { family, model } = config;
  const protocol = protocolOf(config);
  async function askOnce(prompt: string, signal: AbortSignal): Promise<Outcome> {
    const { fetch, seen } = openLine();
    try {
      const build = protocol === 'openai' ? openaiModel : geminiModel;
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

  async function askWithTries(prompt: string, caller: AbortSignal): Promise<Outcome> {
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
        const outcome = await askOnce(prompt, stop.signal);
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

  return async (prompt: string, signal: AbortSignal): Promise<Answered> => {
    const { said, failure, seen } = await askWithTries(prompt, signal);
    if (failure?.kind === 'error') throw failure.error;
    const answer = seen.exchange?.body ?? null;
    const odd = (reason: InconclusiveReason): Reading => ({
      readable: false,
      reason,
      findings: [],
    });
    const inputTokens = said?.inputTokens ?? null;
    const outputTokens = said?.outputTokens ?? null;
    if (said === null) {
      const reading = odd(failure?.reason ?? 'malformed');
      return { answer, reading, inputTokens, outputTokens };
    }
    const wrong = seen.exchange === null ? null : oddAnswer(protocol, seen.exchange);
    const reading = wrong === null ? readingOf(said) : odd(wrong);
    return { answer, reading, inputTokens, outputTokens };
  };
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
