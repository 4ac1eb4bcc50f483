/** A judge is one model family that reads evidence, tool-less, and answers in a strict schema. */
import type { Said } from '../../control/judge-answer.ts';

export interface Verdict extends Said {
  /** e.g. `openai`, `gemini`, `local`. */
  family: string;
  model: string;
  usage: { inputTokens: number | null; outputTokens: number | null; durationMs: number };
}

export interface JudgeProblem {
  code: 'judge-missing' | 'judge-auth' | 'judge-config';
  sentence: string;
  remedy: string;
}

export interface Judge {
  readonly family: string;
  readonly model: string;
  check(): JudgeProblem[];
  /**
   * Total for whatever the model does: refusal, malformed, late, truncated or missing answers are
   * `inconclusive`. Throws {@link JudgeError} only where trying again or the operator can help.
   */
  judge(bundle: Uint8Array, signal: AbortSignal): Promise<Verdict>;
}

export class JudgeError extends Error {
  readonly tag: 'auth' | 'rate-limit' | 'unavailable' | 'config';
  /** UTC ISO, when the server said when to come back. */
  readonly retryAt: string | null;
  constructor(tag: JudgeError['tag'], message: string, retryAt: string | null = null) {
    super(message);
    this.name = 'JudgeError';
    this.tag = tag;
    this.retryAt = retryAt;
  }
}
