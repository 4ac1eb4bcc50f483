/** Looks into an image by running it as runs are: no network, no rights, no writing. */
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { docker } from '../../lib/docker-cli.ts';
import { newId } from '../../lib/new-id.ts';
import { HOME_INSIDE, WORKSPACE_INSIDE } from './docker-args.ts';
import { findEngine } from './docker-engine.ts';
import { runScratch } from './docker-scratch.ts';
import type { SandboxProblem } from './sandbox.ts';

/** Program and first arguments that every run with a way out starts with; part of the image. */
export const ENTRYPOINT_INSIDE = ['node', '/opt/aedev/entrypoint.mjs', '--'] as const;
/** Lies beside `dist/` (and `src/`), so it is found in the repository and when installed. */
const PIN = new URL('../../../docker/claude/package.json', import.meta.url);
const PROBE_MS = 60_000;

const wrong = (sentence: string): SandboxProblem => ({
  code: 'HOLD-CLAUDE-DOCKER-IMAGE',
  sentence,
  remedy: 'Run `aedev image build`, which also pins what it built.',
});

/** Version of the claude CLI that the image is built with; null where the package is not whole. */
export async function pinnedCliVersion(): Promise<string | null> {
  const text = await readFile(fileURLToPath(PIN), 'utf8').catch(() => '{}');
  const { dependencies } = JSON.parse(text) as { dependencies?: Record<string, string> };
  return dependencies?.['@anthropic-ai/claude-code'] ?? null;
}

/** What keeps the claude coder from starting in this image, judged by what its CLI says. */
export async function cliProblems(cliVersion: string | null): Promise<SandboxProblem[]> {
  const wanted = await pinnedCliVersion();
  if (cliVersion === null) return [wrong('In the runner image the claude CLI does not run.')];
  if (wanted === null || cliVersion === wanted) return [];
  const sentence = `The runner image holds claude ${cliVersion}, but this aedev was tried with ${wanted}.`;
  return [wrong(sentence)];
}

/** Images in which it was found. What is addressed by content does not change. */
const fine = new Set<string>();

/** Asked before runs: costs the start of one container, once for each image in the daemon's life. */
export async function claudeProblems(reference: string): Promise<SandboxProblem[]> {
  if (fine.has(reference)) return [];
  const said = await inside(reference, ['claude', '--version']);
  const problems = await cliProblems(versionIn(said));
  if (problems.length === 0) fine.add(reference);
  return problems;
}

export const versionIn = (said: string | null): string | null =>
  /^(\d+\.\d+\.\d+)\b/.exec(said ?? '')?.[1] ?? null;

/** What a program of the image prints when its entrypoint starts it; null when it fails. */
export async function inside(reference: string, argv: readonly string[]): Promise<string | null> {
  const engine = await findEngine();
  if ('problem' in engine) return null;
  const scratch = await runScratch(tmpdir());
  const name = `aedev-image-probe-${newId('i')}`;
  // Over a folder of the image its mode is taken from there; the owner is ours all the same.
  const tmpfs = 'rw,exec,nosuid,nodev,size=256m,mode=0700,uid=10001,gid=10001';
  const options = [
    ['name', name],
    ['pull', 'never'],
    ['network', 'none'],
    ['user', '10001:10001'],
    ['cap-drop', 'ALL'],
    ['security-opt', 'no-new-privileges'],
    ...(engine.takesProfile ? [['security-opt', `seccomp=${scratch.profileFile}`]] : []),
    ['pids-limit', '128'],
    ['memory', '1g'],
    ['log-driver', 'none'],
    ['workdir', '/tmp'],
    ['entrypoint', ENTRYPOINT_INSIDE[0]],
    ['env', `HOME=${HOME_INSIDE}`],
    ['tmpfs', `/tmp:${tmpfs}`],
    ['tmpfs', `${HOME_INSIDE}:${tmpfs}`],
    ['tmpfs', `${WORKSPACE_INSIDE}:${tmpfs}`],
  ];
  const flags = options.map(([option, value]) => `--${option}=${value}`);
  const [, ...entrypoint] = ENTRYPOINT_INSIDE;
  const fixed = ['run', '--rm', '--read-only', '--init', ...flags];
  const answer = await docker([...fixed, reference, ...entrypoint, ...argv], PROBE_MS);
  await scratch.remove();
  if (answer.timedOut) await docker(['rm', '--force', '--volumes', name]);
  return answer.code === 0 ? answer.stdout.trim() : null;
}
