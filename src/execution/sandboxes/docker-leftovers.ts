/**
 * Ended containers and old runner images of one installation. Found by label alone, so that another
 * installation's, or anybody else's, are never seen, let alone removed.
 */
import { docker } from '../../lib/docker-cli.ts';
import { printable } from '../../lib/escape.ts';
import { LABEL } from './docker-args.ts';
import { SandboxError } from './sandbox.ts';

export interface LeftContainer {
  id: string;
  run: string;
  /** `created`, `exited` or `dead`. */
  state: string;
}

export interface OldImage {
  /** `sha256:…` */
  id: string;
  /** Milliseconds since 1970. */
  created: number;
  bytes: number;
}

const ENDED = ['created', 'exited', 'dead'];
const INSTALL = /^[A-Za-z0-9._-]{1,64}$/;

function engine(what: string, stderr: string): SandboxError {
  const said = printable(stderr.trim(), 300);
  return new SandboxError(
    'engine',
    `The container engine could not ${what}: ${said}`,
    'Look at `docker info`.',
  );
}

function mine(install: string): string {
  // An empty or odd value would match more than what is ours.
  if (!INSTALL.test(install)) throw engine('be asked', 'the id of the installation is none');
  return `--filter=label=${LABEL.install}=${install}`;
}

async function ask(what: string, args: string[]): Promise<string[]> {
  const answer = await docker(args);
  // No engine, nothing of ours in it.
  if (answer.missing) return [];
  if (answer.code !== 0) throw engine(what, answer.stderr);
  return answer.stdout.split('\n').filter((line) => line !== '');
}

/** Containers of this installation in which nothing runs any more. */
export async function leftContainers(install: string): Promise<LeftContainer[]> {
  const lines = await ask('list containers', [
    'ps',
    '--all',
    '--no-trunc',
    mine(install),
    ...ENDED.map((state) => `--filter=status=${state}`),
    `--format={{.ID}}\t{{.State}}\t{{.Label "${LABEL.run}"}}`,
  ]);
  return lines.map((line) => {
    const [id = '', state = '', run = ''] = line.split('\t');
    return { id, state, run };
  });
}

/** Without force: one that was started in between stays. */
export async function removeContainer(id: string): Promise<void> {
  const answer = await docker(['rm', '--volumes', '--', id]);
  if (answer.code !== 0) throw engine('remove a container', answer.stderr);
}

/** Images that this installation built, but for those whose id or digest is in `pinned`. */
export async function oldImages(install: string, pinned: readonly string[]): Promise<OldImage[]> {
  const filter = mine(install);
  const ids = await ask('list images', [
    'image',
    'ls',
    '--all',
    '--no-trunc',
    '--digests',
    filter,
    '--format={{.ID}}\t{{.Digest}}',
  ]);
  const spared = new Set(
    ids.flatMap((line) => {
      const [id = '', digest = ''] = line.split('\t');
      return pinned.includes(id) || pinned.includes(digest) ? [id] : [];
    }),
  );
  const images: OldImage[] = [];
  for (const id of new Set(ids.map((line) => line.split('\t')[0] ?? ''))) {
    if (spared.has(id)) continue;
    const [line] = await ask('look at an image', [
      'image',
      'inspect',
      '--format={{.Created}}\t{{.Size}}',
      '--',
      id,
    ]);
    const [created = '', size] = (line ?? '').split('\t');
    const at = Date.parse(created);
    if (Number.isFinite(at)) images.push({ id, created: at, bytes: Number(size) || 0 });
  }
  return images;
}

/** Without force: an image that a container uses, or that has more names than ours, stays. */
export async function removeImage(id: string): Promise<void> {
  const answer = await docker(['image', 'rm', '--', id]);
  if (answer.code !== 0) throw engine('remove an image', answer.stderr);
}
