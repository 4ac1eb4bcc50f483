import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Coder, CoderResult, CoderStart } from '../../src/execution/coders/coder.ts';
import { finishRun, prepareRun } from '../../src/execution/coders/contract.ts';
import type { SandboxExit, SandboxSpec } from '../../src/execution/sandboxes/sandbox.ts';
import type { SandboxBed } from './sandboxes.ts';

export const NOW = '2026-11-22T15:00:00.000Z';

export const START: CoderStart = {
  workspaceInside: '/workspace',
  repoInside: '/workspace/repo',
  role: 'coder',
  model: null,
  permissionMode: 'acceptEdits',
  allowedTools: ['Edit', 'Write', 'Bash(npm test)'],
  maxTurns: null,
  hostEnv: {},
};

export interface CoderRun {
  result: CoderResult;
  exit: SandboxExit;
  spec: SandboxSpec;
  repo: string;
}

/** One whole run as the engine does it: prepare, sandbox, finish. */
export async function runCoder(
  bed: SandboxBed,
  coder: Coder,
  run: string,
  prompt: string,
  tree: Record<string, string> = {},
  over: {
    start?: Partial<CoderStart>;
    spec?: Partial<SandboxSpec>;
    /** What a way out changes of the finished specification. */
    through?: (spec: SandboxSpec) => SandboxSpec;
    signal?: AbortSignal;
  } = {},
): Promise<CoderRun> {
  const base = bed.spec(run, ['unset']);
  const repo = join(base.workspace, 'repo');
  mkdirSync(repo);
  for (const [path, content] of Object.entries(tree)) {
    mkdirSync(dirname(join(repo, path)), { recursive: true });
    writeFileSync(join(repo, path), content);
  }
  const inside = (path: string) => bed.sandbox.inside(base, path);
  const places = { workspaceInside: inside(base.workspace), repoInside: inside(repo) };
  const command = coder.command({ ...START, ...places, ...over.start });
  const input = await prepareRun(base.workspace, prompt, command);
  const plain = {
    ...base,
    cwd: command.cwd ?? 'repo',
    argv: command.argv,
    env: command.env,
    secretEnv: command.secretEnv,
    stdin: command.stdin === 'prompt' ? input : null,
    ...over.spec,
  };
  const spec = over.through?.(plain) ?? plain;
  const exit = await bed.sandbox.run(spec, over.signal ?? new AbortController().signal);
  const left = {
    workspace: spec.workspace,
    stdout: spec.stdout,
    stderr: spec.stderr,
    exit,
    now: NOW,
  };
  return { result: await finishRun(coder, left), exit, spec, repo };
}
