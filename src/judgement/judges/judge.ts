/** A judge is one model family that reads evidence, tool-less, and answers in a strict schema. */

export type JudgeFamily = string; // e.g. `openai`, `gemini`, `local`

export interface JudgeFinding {
  severity: 'blocker' | 'major' | 'minor';
  file: string | null;
  line: number | null;
  sentence: string;
}

export interface Verdict {
  family: JudgeFamily;
  model: string;
  verdict: 'pass' | 'fail' | 'inconclusive';
  findings: JudgeFinding[];
  /** Why inconclusive, when it is. */
  reason: string | null;
  /** Hex sha256 of exactly the bytes that were sent as evidence, of the instructions, of the raw answer. */
  inputDigest: string;
  promptDigest: string;
  answerDigest: string | null;
  evidenceDigest: string;
  usage: { inputTokens: number | null; outputTokens: number | null; durationMs: number };
}

export interface JudgeProblem {
  code: 'judge-missing' | 'judge-auth' | 'judge-config';
  sentence: string;
  remedy: string;
}

export interface Judge {
  readonly family: JudgeFamily;
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
