/** What judges say, and what came of asking one family about one bundle, outside of any task. */

/** The gravest first. */
export const SEVERITIES = ['blocker', 'major', 'minor'] as const;
export type Severity = (typeof SEVERITIES)[number];

export interface JudgeFinding {
  severity: Severity;
  file: string | null;
  line: number | null;
  sentence: string;
}

/** What one family said of exactly one bundle. */
export interface Said {
  verdict: 'pass' | 'fail' | 'inconclusive';
  findings: JudgeFinding[];
  /** Why inconclusive, when it is. */
  reason: string | null;
  /** Hex sha256 of exactly the bytes that were sent as evidence, of the instructions, of the raw answer. */
  inputDigest: string;
  promptDigest: string;
  answerDigest: string | null;
  evidenceDigest: string;
}

export interface JudgeAnswer {
  family: string;
  model: string;
  said: Said | null;
  /** Why there is no verdict at all; null when there is one. */
  trouble: {
    code:
      | 'judge-missing'
      | 'judge-auth'
      | 'judge-config'
      | 'judge-rate-limit'
      | 'judge-unavailable';
    sentence: string;
    remedy: string;
    /** UTC ISO, when the server said when to come back. */
    retryAt: string | null;
  } | null;
  usage: {
    inputTokens: number | null;
    outputTokens: number | null;
    /** US dollars by the policy's prices. */
    costUsd: number | null;
    durationMs: number;
  };
}
