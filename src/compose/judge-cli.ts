/** Runs the CLIs of judges: a folder and an environment of their own, ended as a family. */
import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import { lstat, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { delimiter, dirname, isAbsolute, join } from 'node:path';
import { ProcessSandbox } from '../execution/sandboxes/process.ts';
import type { CliEnd, CliHost, CliRun } from '../judgement/judges/cli.ts';
import { sha256Hex } from '../lib/hash.ts';

const MAX_OUTPUT = 4 << 20;
const MAX_RECORD = 16 << 20;
const MAX_LOGIN = 256 << 10;
/** Longer than any judge may take. */
const LEFT_MS = 2 * 3600_000;

type Env = Readonly<Record<string, string | undefined>>;

export interface CliHostParts {
  env: Env;
  homedir: string;
  /** Private folder of the home, for working folders and records of live programs. */
  scratch: string;
  /** Marks the programs. Of one that nobody else uses, what an earlier life left is ended. */
  install: string;
  alone: boolean;
}

/**
 * No sandbox tier of runs: a judge has no tools, so nothing acts on what the evidence says, and it
 * must reach its provider. At most one runs at a time, for two could refresh one login at once.
 */
export function cliHost({ env, homedir, scratch, install, alone }: CliHostParts): CliHost {
  const path = env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin';
  const sandbox = new ProcessSandbox({
    optedIn: true,
    records: join(scratch, 'records'),
    install,
    path,
  });
  const logins = {
    'codex-cli': join(env['CODEX_HOME'] ?? join(homedir, '.codex'), 'auth.json'),
    'gemini-cli': join(env['GEMINI_CLI_HOME'] ?? homedir, '.gemini', 'oauth_creds.json'),
  };
  let before: Promise<unknown> = Promise.resolve();
  let swept = false;

  /** Before the first program of this life, so that nothing of this one is met. */
  async function sweep(): Promise<void> {
    if (swept) return;
    swept = true;
    if (alone) for (const run of await sandbox.orphans()) await sandbox.reap(run);
    for (const name of await readdir(scratch)) {
      const folder = join(scratch, name);
      const { mtimeMs } = await lstat(folder);
      // They may hold a copy of a login; younger ones may be another process's.
      if (name.startsWith('judge-') && Date.now() - mtimeMs > LEFT_MS)
        await rm(folder, { recursive: true, force: true });
    }
  }

  async function runAlone(make: (folder: string) => CliRun, signal: AbortSignal): Promise<CliEnd> {
    signal.throwIfAborted();
    await mkdir(scratch, { recursive: true, mode: 0o700 });
    await sweep();
    const outer = await mkdtemp(join(scratch, 'judge-'));
    try {
      const folder = join(outer, 'work');
      await mkdir(folder, { mode: 0o700 });
      const run = make(folder);
      for (const dir of run.dirs) await mkdir(join(folder, dir), { recursive: true, mode: 0o700 });
      for (const { path: name, content } of run.files) {
        await mkdir(dirname(join(folder, name)), { recursive: true, mode: 0o700 });
        await writeFile(join(folder, name), content, { mode: 0o600 });
      }
      for (const { path: name, target } of run.links) await symlink(target, join(folder, name));
      const stdin = join(outer, 'stdin');
      const stdout = join(outer, 'stdout');
      await writeFile(stdin, run.stdin, { mode: 0o600 });
      const exit = await sandbox.run(
        {
          run: `judge-${sha256Hex(outer).slice(0, 16)}`,
          task: 'judge',
          argv: run.argv,
          workspace: folder,
          cwd: run.cwd,
          readOnly: [],
          env: run.env,
          secretEnv: [],
          stdin,
          stdout,
          stderr: join(outer, 'stderr'),
          maxOutputBytes: MAX_OUTPUT,
          network: 'host',
          limits: {
            wallMs: run.wallMs,
            idleMs: run.wallMs,
            memoryMb: 4096,
            cpus: 2,
            pids: 256,
          },
        },
        signal,
      );
      const { code, signal: killed, ended, stdoutTruncated: truncated } = exit;
      const records = run.records === null ? '' : await recordsIn(join(folder, run.records));
      return { code, signal: killed, ended, truncated, stdout: await readFile(stdout), records };
    } finally {
      await rm(outer, { recursive: true, force: true });
    }
  }

  return {
    find: (program) => findSync(program, path),
    mark(program) {
      const { mtimeMs, size, ino } = statSync(program);
      return `${program} ${mtimeMs} ${size} ${ino}`;
    },
    login(protocol) {
      try {
        const file = logins[protocol];
        if (!statSync(file).isFile() || statSync(file).size > MAX_LOGIN) return null;
        return { path: file, content: readFileSync(file, 'utf8') };
      } catch {
        return null;
      }
    },
    run(make, signal) {
      const mine = before.then(() => runAlone(make, signal));
      before = mine.catch(() => {});
      return mine;
    },
  };
}

function findSync(program: string, path: string): string | null {
  const candidates = isAbsolute(program)
    ? [program]
    : path.split(delimiter).flatMap((folder) => (folder === '' ? [] : join(folder, program)));
  for (const candidate of candidates) {
    try {
      accessSync(candidate, constants.X_OK);
      if (statSync(candidate).isFile()) return candidate;
    } catch {
      // Not in this folder.
    }
  }
  return null;
}

/** Plain files below a folder, bounded. */
async function recordsIn(folder: string, depth = 4): Promise<string> {
  const is = await lstat(folder).catch(() => null);
  if (is?.isFile() && folder.endsWith('.jsonl') && is.size <= MAX_RECORD)
    return readFile(folder, 'utf8');
  if (!is?.isDirectory() || depth === 0) return '';
  const names = (await readdir(folder)).sort().slice(0, 16);
  const texts = await Promise.all(names.map((name) => recordsIn(join(folder, name), depth - 1)));
  return texts.join('\n');
}
