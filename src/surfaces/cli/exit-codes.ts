/** Exit codes of every command; documented in docs/reference/cli.md from this table. */
export const EXIT = {
  ok: { code: 0, meaning: 'done' },
  bug: { code: 1, meaning: 'an error that should not happen; nothing acknowledged is lost' },
  usage: { code: 2, meaning: 'the command line is wrong' },
  'not-found': { code: 3, meaning: 'no such repo, mission, task, run or evidence' },
  refused: { code: 4, meaning: 'the command was understood and refused; the refusal is recorded' },
  config: { code: 5, meaning: 'not initialised, or a configuration file is wrong' },
  daemon: { code: 6, meaning: 'the daemon is not running, does not answer, or is not ours' },
  waiting: {
    code: 7,
    meaning: 'with --wait, and from watch: it waits, and somebody must do something',
  },
  machine: {
    code: 8,
    meaning: 'the machine does not allow it: port, disk, permissions, a missing program',
  },
  integrity: { code: 9, meaning: 'a check found damage or a forgery' },
  failed: {
    code: 10,
    meaning: 'with --wait, and from watch: the mission or task failed, was cancelled or abandoned',
  },
  'judge-fail': { code: 11, meaning: 'a judge that was asked says fail' },
  'judge-unclear': {
    code: 12,
    meaning: 'no judge that was asked says fail, and one gave no clear answer',
  },
  'judge-unasked': {
    code: 13,
    meaning: 'a judge gave no answer: unreachable, in trouble, or at a limit; try again later',
  },
  interrupted: { code: 130, meaning: 'interrupted by Ctrl-C; the daemon goes on with its work' },
} as const;
export type ExitName = keyof typeof EXIT;

/** What went wrong in one sentence, and what to do about it. */
export class CliError extends Error {
  readonly exit: ExitName;
  readonly sentence: string;
  readonly remedy: string;
  /** For programs: the daemon's own code of a refusal, else the name of the exit code. */
  readonly code: string;
  constructor(exit: ExitName, sentence: string, remedy = '', code: string = exit) {
    super(`${sentence}${remedy ? ` ${remedy}` : ''}`);
    this.name = 'CliError';
    this.exit = exit;
    this.sentence = sentence;
    this.remedy = remedy;
    this.code = code;
  }
}
