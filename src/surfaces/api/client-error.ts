import type { DaemonFile } from '../daemon-file.ts';

export type ClientErrorTag =
  /** No daemon.json, or no identity key: no daemon ran here. */
  | 'not-running'
  /** daemon.json names a process that is gone. */
  | 'stale'
  /** The process lives but does not listen where it said. */
  | 'not-listening'
  /** Something else answers on the daemon's port; it was sent no token. */
  | 'squatter'
  /** Connected, but no answer in time. */
  | 'hanging'
  /** The connection broke; for a command it is unknown whether it was taken. */
  | 'lost'
  /** The daemon does not know the token. */
  | 'unauthorised'
  /** The daemon refused what was asked; `code` says why. */
  | 'refused'
  /** The daemon failed inside. */
  | 'failed';

/** One clear sentence of what is wrong and one of what to do. Never holds a token. */
export class ClientError extends Error {
  readonly tag: ClientErrorTag;
  readonly sentence: string;
  readonly remedy: string;
  /** The daemon's own code, for `refused`, `unauthorised` and `failed`. */
  readonly code: string | null;
  constructor(
    tag: ClientErrorTag,
    sentence: string,
    remedy: string,
    options: { code?: string; cause?: unknown } = {},
  ) {
    super(
      `${sentence} ${remedy}`.trim(),
      options.cause === undefined ? {} : { cause: options.cause },
    );
    this.name = 'ClientError';
    this.tag = tag;
    this.sentence = sentence;
    this.remedy = remedy;
    this.code = options.code ?? null;
  }
}

const START = 'Run `aedev daemon start`.';
const at = ({ pid, port }: DaemonFile) => `process ${pid}, port ${port}`;

export const clientErrors = {
  notRunning: () => new ClientError('not-running', 'The daemon is not running.', START),
  stale: (file: DaemonFile) =>
    new ClientError(
      'stale',
      `The daemon (process ${file.pid}) ended without saying so; its work is safe in the log.`,
      START,
    ),
  notListening: (file: DaemonFile, cause: unknown) =>
    new ClientError(
      'not-listening',
      `The daemon (${at(file)}) lives but does not listen: it is starting or stopping.`,
      `Try again in a moment, else run \`kill ${file.pid}\` and \`aedev daemon start\`.`,
      { cause },
    ),
  squatter: (file: DaemonFile, why: string) =>
    new ClientError(
      'squatter',
      `What answers on port ${file.port} is not this installation's daemon (${why}); it was sent no token.`,
      `See who it is with \`lsof -nP -iTCP:${file.port} -sTCP:LISTEN\`, then restart the daemon.`,
    ),
  hanging: (file: DaemonFile, ms: number) =>
    new ClientError(
      'hanging',
      `The daemon (${at(file)}) did not answer within ${ms / 1000} s.`,
      `If it stays so, run \`kill -9 ${file.pid}\` and \`aedev daemon start\`: what it acknowledged is safe, and its open work is taken up.`,
    ),
  lost: (cause: unknown) =>
    new ClientError(
      'lost',
      'The connection to the daemon broke before its answer came.',
      'Look with `aedev status` whether it was taken, then try again.',
      { cause },
    ),
};
