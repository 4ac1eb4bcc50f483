/**
 * The one place that runs git: argument arrays only, a closed environment, bounded output, and an
 * end that reaches git's own children. It knows nothing of missions.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { printable } from './escape.ts';
import { type GitPlace, gitEnvironment } from './git-environment.ts';

export type { GitPlace, GitProtocol } from './git-environment.ts';

export interface GitOptions extends GitPlace {
  /** Default: the work tree, else the git directory, else `/`. Never a place found by luck. */
  cwd?: string;
  input?: Uint8Array | string;
  signal?: AbortSignal;
  /** Bytes of standard output beyond which the call fails. Default 64 MiB. */
  maxBytes?: number;
  /** Exit codes that are an answer, not an error. Default `[0]`. */
  okCodes?: number[];
  /** Default 10 minutes. */
  timeoutMs?: number;
}

export interface GitResult {
  stdout: Buffer;
  code: number;
}

export type GitErrorTag = 'missing' | 'exit' | 'killed' | 'timeout' | 'aborted' | 'too-much-output';

/** A git call that did not answer. `stderr` is escaped and bounded; arguments are never included. */
export class GitError extends Error {
  readonly tag: GitErrorTag;
  /** Exit code, or null when there was none. */
  readonly code: number | null;
  readonly stderr: string;
  readonly command: string;

  constructor(tag: GitErrorTag, command: string, code: number | null, stderr: string) {
    const end = {
      missing: 'could not be started: is git installed and on PATH?',
      exit: `ended with code ${code}`,
      killed: 'was killed',
      timeout: 'took too long and was ended',
      aborted: 'was aborted',
      'too-much-output': 'wrote more than was allowed and was ended',
    }[tag];
    super(`git ${command} ${end}${stderr === '' ? '' : `: ${stderr}`}`);
    this.name = 'GitError';
    this.tag = tag;
    this.code = code;
    this.stderr = stderr;
    this.command = command;
  }
}

const STDERR_BYTES = 8192;
const KILL_AFTER_MS = 2000;

/** TERM first, so that git removes its lock and temporary files; KILL when it does not listen. */
function end(child: ChildProcess): void {
  const group = (signal: NodeJS.Signals) => {
    try {
      // The child leads its own process group: helpers such as ssh or index-pack end with it.
      if (child.pid !== undefined) process.kill(-child.pid, signal);
    } catch {
      // Already gone.
    }
  };
  group('SIGTERM');
  const timer = setTimeout(() => group('SIGKILL'), KILL_AFTER_MS);
  child.once('close', () => clearTimeout(timer));
}

/** Runs `git <args>`. Rejects with {@link GitError} only. */
export function git(args: readonly string[], options: GitOptions = {}): Promise<GitResult> {
  const command = printable(args.find((arg) => !arg.startsWith('-')) ?? '', 40);
  const maxBytes = options.maxBytes ?? 64 * 1024 * 1024;
  return new Promise((resolve, reject) => {
    if (options.signal?.aborted) return reject(new GitError('aborted', command, null, ''));
    let child: ChildProcess;
    try {
      child = spawn('git', args, {
        cwd: options.cwd ?? options.workTree ?? options.gitDir ?? '/',
        env: gitEnvironment(options),
        stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
        detached: true,
        windowsHide: true,
      });
    } catch (error) {
      // A NUL byte in an argument, or too long a list: spawn throws at once.
      const why = error instanceof Error ? error.message : '';
      return reject(new GitError('missing', command, null, printable(why, 200)));
    }
    let failed: GitErrorTag | null = null;
    const fail = (tag: GitErrorTag) => {
      if (failed !== null) return;
      failed = tag;
      end(child);
    };
    const out: Buffer[] = [];
    let size = 0;
    child.stdout?.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxBytes) fail('too-much-output');
      else out.push(chunk);
    });
    let err = Buffer.alloc(0);
    child.stderr?.on('data', (chunk: Buffer) => {
      // The end of what git says names the cause; the beginning is progress and advice.
      err = Buffer.concat([err, chunk]).subarray(-STDERR_BYTES);
    });
    const timer = setTimeout(() => fail('timeout'), options.timeoutMs ?? 600_000);
    const onAbort = () => fail('aborted');
    options.signal?.addEventListener('abort', onAbort, { once: true });
    const finish = () => {
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', onAbort);
    };
    child.once('error', () => {
      finish();
      reject(new GitError('missing', command, null, ''));
    });
    child.once('close', (code) => {
      finish();
      const stderr = printable(err.toString('utf8').trim(), 2000, { lines: true });
      if (failed !== null) return reject(new GitError(failed, command, null, stderr));
      if (code === null) return reject(new GitError('killed', command, null, stderr));
      if (!(options.okCodes ?? [0]).includes(code)) {
        return reject(new GitError('exit', command, code, stderr));
      }
      resolve({ stdout: Buffer.concat(out, size), code });
    });
    if (options.input !== undefined && child.stdin !== null) {
      // git may end before it has read everything; its exit code tells, not the broken pipe.
      child.stdin.on('error', () => {});
      child.stdin.end(options.input);
    }
  });
}

/** Runs git and gives its standard output as text without the last newline. */
export async function text(args: readonly string[], options: GitOptions = {}): Promise<string> {
  const { stdout } = await git(args, options);
  return stdout.toString('utf8').replace(/\n$/, '');
}

/** True for a full SHA-1 object id other than the null id. */
export function isObjectId(value: string): boolean {
  return /^[0-9a-f]{40}$/.test(value) && !/^0+$/.test(value);
}
