/** Gets the official `claude` CLI, pinned, into a private folder for the demo and the scenarios. */
import { execFile } from 'node:child_process';
import { mkdir, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * The last version that declares a Node older than 22 (from 2.1.198 on: >=22), and the one whose
 * wire behaviour the Messages double was tried against.
 */
export const CLAUDE_CLI_VERSION = '2.1.197';

const PACKAGE = '@anthropic-ai/claude-code';
const INSTALL_LIMIT_MS = 10 * 60_000;

export class ClaudeCliError extends Error {
  readonly tag: 'npm-missing' | 'install-failed' | 'wrong-version';
  constructor(tag: ClaudeCliError['tag'], message: string) {
    super(message);
    this.name = 'ClaudeCliError';
    this.tag = tag;
  }
}

/**
 * Path of the CLI's program installed under `dir` when it runs and prints the pinned version,
 * else null. Installs nothing. The wrapper package is passed over: without its install script,
 * which is never run here, only the platform package holds a program.
 */
export async function findClaudeCli(dir: string): Promise<string | null> {
  const scope = join(dir, 'node_modules', '@anthropic-ai');
  const names = await readdir(scope).catch(() => []);
  // Both C library flavours may lie here on Linux; the one that runs is the right one.
  for (const name of names.filter((entry) => entry.startsWith('claude-code-')).sort()) {
    const program = join(scope, name, name.includes('win32') ? 'claude.exe' : 'claude');
    if ((await versionOf(program, dir)) === CLAUDE_CLI_VERSION) return program;
  }
  return null;
}

/**
 * Makes sure that the pinned CLI lies under `dir` (about 235 MB) and returns its program's path.
 * The first call needs the npm registry; later ones work offline. Throws {@link ClaudeCliError}.
 */
export async function ensureClaudeCli(dir: string): Promise<string> {
  const present = await findClaudeCli(dir);
  if (present !== null) return present;
  await mkdir(dir, { recursive: true });
  await install(dir);
  const installed = await findClaudeCli(dir);
  if (installed !== null) return installed;
  throw new ClaudeCliError(
    'wrong-version',
    `npm finished, but ${dir} holds no claude CLI that runs here and prints ${CLAUDE_CLI_VERSION}: delete that folder and try again; if it stays so, this platform has no build of it.`,
  );
}

async function versionOf(program: string, dir: string): Promise<string | null> {
  // HOME inside the private folder: even --version must not touch the operator's own login.
  const env = { PATH: process.env['PATH'] ?? '', HOME: dir, CLAUDE_CONFIG_DIR: join(dir, 'home') };
  try {
    const { stdout } = await run(program, ['--version'], { env, cwd: dir, timeout: 30_000 });
    return /^(\d+\.\d+\.\d+)\b/.exec(stdout)?.[1] ?? null;
  } catch {
    return null;
  }
}

async function install(dir: string): Promise<void> {
  const args = ['install', '--prefix', dir, '--save-exact', '--ignore-scripts', '--no-audit'];
  args.push('--no-fund', '--loglevel=error', `${PACKAGE}@${CLAUDE_CLI_VERSION}`);
  const npm = process.env['npm_execpath'];
  const viaNode = npm !== undefined && basename(npm).startsWith('npm-cli');
  const [file, argv] = viaNode ? [process.execPath, [npm, ...args]] : ['npm', args];
  try {
    await run(file, argv, { cwd: dir, timeout: INSTALL_LIMIT_MS, maxBuffer: 16 * 1024 * 1024 });
  } catch (error) {
    const failed = error as { code?: unknown; stderr?: string; killed?: boolean };
    const { code, stderr } = failed;
    if (code === 'ENOENT') {
      throw new ClaudeCliError(
        'npm-missing',
        'npm was not found: install npm, then run the same command again.',
      );
    }
    const npmCode = /npm error code (E[A-Z0-9]+)/.exec(stderr ?? '')?.[1];
    const why = npmCode ?? (failed.killed ? 'it took too long' : `exit ${code}`);
    throw new ClaudeCliError(
      'install-failed',
      `npm could not install ${PACKAGE}@${CLAUDE_CLI_VERSION} (${why}): check that the npm registry can be reached, then run the same command again.`,
    );
  }
}
