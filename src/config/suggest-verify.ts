/** Which command checks a repo, guessed from the files of one commit. */
import { git } from '../lib/git.ts';

export interface VerifySuggestion {
  argv: string[];
  /** Which file says so, in words. */
  because: string;
}

interface Place {
  gitDir: string;
  timeoutMs: number;
}

type Read = (name: string) => Promise<string | null>;

/** Bytes of a manifest that is still read. */
const MAX_MANIFEST = 1024 * 1024;

/** Best first; empty when nothing is known. Reads git objects only. */
export async function suggestVerify(commit: string, place: Place): Promise<VerifySuggestion[]> {
  const names = await rootFiles(commit, place);
  const read: Read = async (name) => {
    const object = names.get(name);
    if (object === undefined || object.size > MAX_MANIFEST) return null;
    const { stdout } = await git(['cat-file', 'blob', object.id], { ...place });
    return stdout.toString('utf8');
  };
  const has = (name: string) => names.has(name);
  const found = [
    await node(read, has),
    await python(read, has),
    has('go.mod') ? { argv: ['go', 'test', './...'], because: 'there is a go.mod' } : null,
    has('Cargo.toml') ? { argv: ['cargo', 'test'], because: 'there is a Cargo.toml' } : null,
    await make(read),
  ];
  return found.filter((one) => one !== null);
}

/** Plain files in the commit's root: a symbolic link may name anything and is not followed. */
async function rootFiles(
  commit: string,
  place: Place,
): Promise<Map<string, { id: string; size: number }>> {
  const { stdout } = await git(['ls-tree', '-z', '-l', commit], {
    ...place,
    maxBytes: 8 * 1024 * 1024,
  });
  const files = new Map<string, { id: string; size: number }>();
  for (const line of stdout.toString('utf8').split('\0')) {
    const parts = /^100(?:644|755) blob ([0-9a-f]{40,64}) +(\d+)\t(.+)$/s.exec(line);
    if (parts?.[1] && parts[3]) files.set(parts[3], { id: parts[1], size: Number(parts[2]) });
  }
  return files;
}

async function node(read: Read, has: (name: string) => boolean): Promise<VerifySuggestion | null> {
  const manifest = await read('package.json');
  if (manifest === null) return null;
  let script: unknown;
  try {
    script = (JSON.parse(manifest) as { scripts?: { test?: unknown } } | null)?.scripts?.test;
  } catch {
    return null;
  }
  // What `npm init` writes fails on purpose.
  if (typeof script !== 'string' || script.trim() === '' || /no test specified/.test(script))
    return null;
  const tools: [string, string[]][] = [
    ['pnpm-lock.yaml', ['pnpm', 'test']],
    ['yarn.lock', ['yarn', 'test']],
    ['bun.lock', ['bun', 'run', 'test']],
    ['bun.lockb', ['bun', 'run', 'test']],
  ];
  const argv = tools.find(([lock]) => has(lock))?.[1] ?? ['npm', 'test'];
  return { argv, because: 'package.json has a test script' };
}

async function python(
  read: Read,
  has: (name: string) => boolean,
): Promise<VerifySuggestion | null> {
  const argv = ['python3', '-m', 'pytest'];
  for (const name of ['pytest.ini', 'conftest.py'])
    if (has(name)) return { argv, because: `there is a ${name}` };
  for (const name of ['pyproject.toml', 'setup.cfg', 'tox.ini', 'requirements-dev.txt'])
    if (/\bpytest\b/.test((await read(name)) ?? ''))
      return { argv, because: `${name} names pytest` };
  return null;
}

async function make(read: Read): Promise<VerifySuggestion | null> {
  for (const name of ['GNUmakefile', 'makefile', 'Makefile'])
    if (/^test\s*::?(?!=)/m.test((await read(name)) ?? ''))
      return { argv: ['make', 'test'], because: `${name} has a test target` };
  return null;
}
