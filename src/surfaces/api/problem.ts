/** Everything that is not an answer: one JSON sentence, the same headers, never a stack. */

export type ProblemStatus = 400 | 401 | 403 | 404 | 405 | 409 | 413 | 415 | 500 | 503;

/** Thrown by guards and handlers; `code` is stable, `sentence` says what is wrong and what to do. */
export class ApiProblem extends Error {
  readonly status: ProblemStatus;
  readonly code: string;
  readonly sentence: string;
  constructor(status: ProblemStatus, code: string, sentence: string) {
    super(sentence);
    this.name = 'ApiProblem';
    this.status = status;
    this.code = code;
    this.sentence = sentence;
  }
}

/**
 * On every answer. No CORS header is among them: no page but our own may read anything here, and
 * what a repo or a coder wrote must never run as a page of ours.
 */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

/** The body of a problem; one shape everywhere, so that a client needs one reader. */
export function problemBody(status: number, code: string, sentence: string) {
  const outcome = status < 500 ? ('refused' as const) : ('failed' as const);
  return { outcome, code, sentence, seqs: [] as number[], data: null };
}

export function problemResponse(
  problem: ApiProblem,
  headers: Record<string, string> = {},
): Response {
  const { status, code, sentence } = problem;
  return new Response(JSON.stringify(problemBody(status, code, sentence)), {
    status,
    headers: { ...SECURITY_HEADERS, 'content-type': 'application/json', ...headers },
  });
}

/** A failure inside, in words that tell the caller what to do and no secrets. */
export function problemOf(error: unknown): ApiProblem {
  if (error instanceof ApiProblem) return error;
  switch ((error as { tag?: unknown } | null)?.tag) {
    case 'busy':
      return new ApiProblem(503, 'busy', 'The event log is busy; nothing was written. Try again.');
    case 'closed':
      return new ApiProblem(503, 'stopping', 'The daemon is stopping; nothing was written.');
    case 'disk-full':
      return new ApiProblem(
        503,
        'disk-full',
        'The disk is full; nothing was written. Free some space and try again.',
      );
    case 'corrupt':
      return new ApiProblem(
        500,
        'corrupt',
        'What is stored there is damaged; run `aedev doctor`, then restore the newest backup.',
      );
    default:
      return new ApiProblem(
        500,
        'internal',
        'The daemon failed inside; its log says why. See `aedev doctor`.',
      );
  }
}
