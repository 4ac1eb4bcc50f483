/** Building the image that coders run in, and looking whether one is fit for it. */
import { cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { docker, dockerAttached } from '../lib/docker-cli.ts';
import { printable } from '../lib/escape.ts';
import { checkImage } from './image-check.ts';
import { LABEL } from './sandboxes/docker-args.ts';
import { findEngine } from './sandboxes/docker-engine.ts';
import { imageId } from './sandboxes/docker-image.ts';

/** The package's own folder: `docker/` and `dist/` lie in it, in the repository and when installed. */
const PACKAGE = fileURLToPath(new URL('../../', import.meta.url));
/** What the Dockerfile copies. */
const CONTEXT = ['docker', 'dist/execution/coders', 'dist/lib'];
const BUILD_MS = 20 * 60_000;
const PULL_MS = 10 * 60_000;
/** `name@sha256:…`, or the id of an image that is on this machine. */
const BASE = /^(?:[a-z0-9][A-Za-z0-9._:/-]{0,199}@)?sha256:[0-9a-f]{64}$/;
const NAME = /^[a-z0-9][a-z0-9._/-]{0,150}(?::[A-Za-z0-9_][\w.-]{0,100})?$/;
/** Brings Node 22, which newer CLIs ask for. Only its digest of the moment is used, and told. */
const DEFAULT_BASE = 'node:22-bookworm-slim';
const OFFLINE =
  "See that the registries of the base image, Debian and npm can be reached. Without them, on Linux, `scripts/make-test-image.sh --runner` in aedev's repository makes an equal image from this machine's own files, and `aedev image check ID --record` pins it.";

export class ImageError extends Error {
  readonly tag: 'engine' | 'input' | 'context' | 'registry' | 'build';
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
  /** What it was built from, pinned. */
  base: string;
  /** What `claude --version` says in it. */
  cliVersion: string;
}

export interface BuildOptions {
  name: string;
  /** Pinned by digest; null for the default base as its registry has it now. */
  base: string | null;
  /** Coders beside claude whose CLIs it is to hold. */
  coders?: readonly ('codex' | 'gemini')[];
  /** Id of this installation: what is not used any more is found by it. */
  install: string | null;
  /** Hears of each step. */
  progress?: (line: string) => void;
  signal?: AbortSignal;
  /** For tests: another folder that holds `docker` and `dist`. */
  root?: string;
}

/**
 * Builds the runner image and tries it. Needs the registries of the base, of Debian and of npm.
 * Nothing is configured here.
 * @throws ImageError
 */
export async function buildImage(options: BuildOptions): Promise<BuiltImage> {
  const { name } = options;
  if (!NAME.test(name)) {
    throw new ImageError(
      'input',
      'The image name is none.',
      'Use a name like `claude-code-247/runner`.',
    );
  }
  if (options.base !== null && !BASE.test(options.base)) {
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
    const base = await fetchBase(options);
    const idFile = join(folder, 'id');
    const args = [
      'build',
      // Of a build that failed, too, nothing is left running or lying about.
      '--force-rm',
      `--file=${join(context, 'docker', 'Dockerfile.runner')}`,
      `--build-arg=BASE=${base}`,
      `--build-arg=CODERS=${(options.coders ?? []).join(' ')}`,
      `--label=aedev.base=${base}`,
      ...(options.install === null ? [] : [`--label=${LABEL.install}=${options.install}`]),
      `--tag=${name}`,
      `--iidfile=${idFile}`,
      '--',
      context,
    ];
    const { code, tail } = await told(args, BUILD_MS, options);
    if (code !== 0) {
      throw new ImageError('build', `The image could not be built: ${tail}`, OFFLINE);
    }
    const digest = (await readFile(idFile, 'utf8')).trim();
    options.progress?.('trying the image');
    const { problems, cliVersion } = await checkImage({ name, digest });
    const [problem] = problems;
    if (problem !== undefined || cliVersion === null) {
      const sentence = problem?.sentence ?? 'The CLI in it does not start.';
      throw new ImageError('build', sentence, problem?.remedy ?? 'Build it again.');
    }
    return { name, digest, base, cliVersion };
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

/** A step of its own, so that a registry out of reach is told from a step that failed. */
async function fetchBase(options: BuildOptions): Promise<string> {
  const wanted = options.base ?? DEFAULT_BASE;
  const here = await imageId(wanted);
  // A digest cannot have changed meanwhile; a tag may have.
  if (here === null || options.base === null) {
    options.progress?.(`fetching ${wanted}`);
    const { code, tail } = await told(['pull', '--', wanted], PULL_MS, options);
    if (code !== 0 && here === null) {
      const sentence = `The base image ${wanted} is not on this machine and could not be fetched: ${tail}`;
      throw new ImageError('registry', sentence, OFFLINE);
    }
  }
  if (options.base !== null) return options.base;
  const format = '{{range .RepoDigests}}{{println .}}{{end}}{{.Id}}';
  const answer = await docker(['image', 'inspect', '--format', format, '--', wanted]);
  return answer.stdout.split('\n').find((line) => BASE.test(line)) ?? wanted;
}

/** Runs a lasting command of the engine and passes on what it says, a line at a time. */
async function told(
  args: string[],
  timeoutMs: number,
  { progress, signal }: BuildOptions,
): Promise<{ code: number | null; tail: string }> {
  const child = dockerAttached(args, null);
  const lines: string[] = [];
  let late = false;
  const end = () => child.kill('SIGTERM');
  const timer = setTimeout(() => {
    late = true;
    end();
  }, timeoutMs);
  signal?.addEventListener('abort', end, { once: true });
  try {
    const streams = [child.stdout, child.stderr].flatMap((stream) => stream ?? []);
    const read = streams.map(async (input) => {
      for await (const line of createInterface({ input })) {
        // Colours of the engine's own are for its terminal.
        const text = printable(stripVTControlCharacters(line).trim(), 300);
        if (text === '') continue;
        lines.push(text);
        if (lines.length > 20) lines.shift();
        progress?.(text);
      }
    });
    const code = await new Promise<number | null>((done) => {
      child.once('error', () => done(null));
      child.once('close', (status) => done(status));
    });
    await Promise.all(read);
    const said = late ? 'it took too long' : lines.slice(-3).join(' ');
    return { code, tail: `${said || 'it was ended'}.`.replace('..', '.') };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', end);
  }
}
