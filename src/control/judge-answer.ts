/** What came of asking one family about one bundle, outside of any task. */

export interface JudgeAnswer {
  family: string;
  model: string;
  said: {
    verdict: 'pass' | 'fail' | 'inconclusive';
    findings: {
      severity: 'blocker' | 'major' | 'minor';
      file: string | null;
      line: number | null;
      sentence: string;
    }[];
    reason: string | null;
    inputDigest: string;
    promptDigest: string;
    answerDigest: string | null;
    evidenceDigest: string;
  } | null;
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
