/** Building and checking the image that coders run in. */
import { cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { docker } from '../lib/docker-cli.ts';
import { printable } from '../lib/escape.ts';
import { newId } from '../lib/new-id.ts';
import { ENTRYPOINT_INSIDE } from './egress/for-run.ts';
import { findEngine, findImage, type PinnedImage } from './sandboxes/docker-image.ts';
import type { SandboxProblem } from './sandboxes/sandbox.ts';

/** The package's own folder: `docker/` and `dist/` lie in it, in the repository and when installed. */
const PACKAGE = fileURLToPath(new URL('../../', import.meta.url));
/** What the Dockerfile copies. */
const CONTEXT = ['docker', 'dist/execution/coders', 'dist/lib'];
const BUILD_MS = 20 * 60_000;
const PROBE_MS = 60_000;
/** `name@sha256:…`, or the id of an image that is on this machine. */
const BASE = /^(?:[a-z0-9][A-Za-z0-9._:/-]{0,199}@)?sha256:[0-9a-f]{64}$/;
const NAME = /^[a-z0-9][a-z0-9._/-]{0,150}(?::[A-Za-z0-9_][\w.-]{0,100})?$/;

export class ImageError extends Error {
  readonly tag: 'engine' | 'input' | 'context' | 'build';
  readonly remedy: string;
  constructor(tag: ImageError['tag'], message: string, remedy: string) {
    super(message);
    this.name = 'ImageError';
    this.tag = tag;
    this.remedy = remedy;
  }
}

export interface BuiltImage {
  name: string;
  /** `sha256:…`, for `sandbox.image.digest`. */
  digest: string;
  /** What `claude --version` says in it. */
  cliVersion: string;
}

/**
 * Builds the runner image from a base that is pinned by digest, and tries it. Needs the registries of
 * the base, of Debian and of npm. Nothing is configured: the digest is for the operator to set.
 * @throws ImageError
 */
export async function buildImage(options: {
  name: string;
  base: string;
  /** For tests: another folder that holds `docker` and `dist`. */
  root?: string;
}): Promise<BuiltImage> {
  const { name, base } = options;
  if (!NAME.test(name)) {
    throw new ImageError(
      'input',
      'The image name is none.',
      'Use a name like `claude-code-247/runner`.',
    );
  }
  if (!BASE.test(base)) {
    throw new ImageError(
      'input',
      'The base image is not pinned by a digest.',
      'Name it as `node:22-bookworm-slim@sha256:…`, with the digest that you looked at.',
    );
  }
  const engine = await findEngine();
  if ('problem' in engine) {
    throw new ImageError('engine', engine.problem.sentence, engine.problem.remedy);
  }
  const folder = await mkdtemp(join(tmpdir(), 'aedev-image-'));
  try {
    const context = join(folder, 'context');
    await copyContext(options.root ?? PACKAGE, context);
    const idFile = join(folder, 'id');
    const answer = await docker(
      [
        'build',
        // Of a build that failed, too, nothing is left running or lying about.
        '--force-rm',
        `--file=${join(context, 'docker', 'Dockerfile.runner')}`,
        `--build-arg=BASE=${base}`,
        `--tag=${name}`,
        `--iidfile=${idFile}`,
        '--',
        context,
      ],
      BUILD_MS,
    );
    if (answer.code !== 0) {
      const said = answer.timedOut ? 'it took too long' : answer.stderr.trim().slice(-400);
      throw new ImageError(
        'build',
        `The image could not be built: ${printable(said, 400)}`,
        'See that the registries of the base image, Debian and npm can be reached, then try again.',
      );
    }
    const digest = (await readFile(idFile, 'utf8')).trim();
    const { problems, cliVersion } = await checkImage({ name, digest });
    const [problem] = problems;
    if (problem !== undefined || cliVersion === null) {
      const sentence = problem?.sentence ?? 'The CLI in it does not start.';
      throw new ImageError('build', sentence, problem?.remedy ?? 'Build it again.');
    }
    return { name, digest, cliVersion };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function copyContext(root: string, context: string): Promise<void> {
  for (const part of CONTEXT) {
    await mkdir(join(context, part, '..'), { recursive: true });
    try {
      await cp(join(root, part), join(context, part), { recursive: true });
    } catch {
      throw new ImageError(
        'context',
        `The folder ${part} of aedev, which the image needs, cannot be read.`,
        'Install aedev again, or in its repository run `npm run build`.',
      );
    }
  }
}

/** Is the pinned image here, and do its entrypoint, git and the pinned CLI run in it? Changes nothing. */
export async function checkImage(
  image: PinnedImage,
): Promise<{ problems: SandboxProblem[]; cliVersion: string | null }> {
  const engine = await findEngine();
  if ('problem' in engine) return { problems: [engine.problem], cliVersion: null };
  const found = await findImage(image);
  if ('problem' in found) return { problems: [found.problem], cliVersion: null };
  const problems: SandboxProblem[] = [];
  const wrong = (sentence: string) =>
    problems.push({
      code: 'HOLD-CLAUDE-DOCKER-IMAGE',
      sentence,
      remedy:
        'Build the image again with `aedev image build`, and set its digest in policies.yaml.',
    });
  const git = await inside(found.reference, ['git', '--version']);
  if (git === null) wrong('In the runner image the entrypoint or git does not run.');
  const said = await inside(found.reference, ['claude', '--version']);
  const cliVersion = /^(\d+\.\d+\.\d+)\b/.exec(said ?? '')?.[1] ?? null;
  const wanted = await pinnedCliVersion();
  if (cliVersion === null) wrong('In the runner image the claude CLI does not run.');
  else if (cliVersion !== wanted) {
    wrong(`The runner image holds claude ${cliVersion}, but this aedev was tried with ${wanted}.`);
  }
  return { problems, cliVersion };
}

/** Version of the claude CLI that the image is built with. */
export async function pinnedCliVersion(): Promise<string> {
  const text = await readFile(join(PACKAGE, 'docker', 'claude', 'package.json'), 'utf8');
  const { dependencies } = JSON.parse(text) as { dependencies: Record<string, string> };
  return dependencies['@anthropic-ai/claude-code'] ?? '';
}

/** What a program of the image prints, started as runs are: no network, no rights, no writing. */
async function inside(reference: string, argv: string[]): Promise<string | null> {
  const name = `aedev-image-check-${newId('i')}`;
  const tmpfs = 'rw,exec,nosuid,nodev,size=256m,mode=1777';
  const options = {
    name,
    pull: 'never',
    network: 'none',
    user: '10001:10001',
    'cap-drop': 'ALL',
    'security-opt': 'no-new-privileges',
    'pids-limit': '128',
    memory: '1g',
    workdir: '/tmp',
    entrypoint: ENTRYPOINT_INSIDE[0],
    env: 'HOME=/tmp',
    tmpfs: `/tmp:${tmpfs}`,
  };
  const flags = Object.entries(options).map(([option, value]) => `--${option}=${value}`);
  const [, ...entrypoint] = ENTRYPOINT_INSIDE;
  const args = [
    'run',
    '--rm',
    '--read-only',
    '--init',
    ...flags,
    reference,
    ...entrypoint,
    ...argv,
  ];
  const answer = await docker(args, PROBE_MS);
  if (answer.timedOut) await docker(['rm', '--force', name]);
  return answer.code === 0 ? answer.stdout.trim() : null;
}
