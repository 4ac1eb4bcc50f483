/** What the doctor looks at of the machine and the home folder. Nothing here writes. */
import { constants } from 'node:fs';
import { access, lstat, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigError } from '../../config/errors.ts';
import { foldersOf, type HomePaths } from '../../config/home.ts';
import { evidenceKeyPath, identityKeyPath, logKeyPath } from '../../config/keys.ts';
import { readToken, type TokenKind } from '../../config/tokens.ts';
import { GitError, text } from '../../lib/git.ts';
import { IdentityError, readIdentity } from '../../lib/identity.ts';
import type {
  HomeFacts,
  KeyFacts,
  LeftFile,
  MachineFacts,
} from '../../operations/doctor/machine.ts';
import { KeyError, loadVerifier } from '../../store/signer.ts';

export const codeOf = (error: unknown): string =>
  String((error as { code?: unknown } | null)?.code ?? 'unknown error');

export async function machine(): Promise<MachineFacts> {
  const facts = { platform: process.platform, node: process.versions.node };
  try {
    const said = await text(['version'], { timeoutMs: 10_000 });
    const version = /\d+(\.\d+)+/.exec(said)?.[0];
    return version
      ? { ...facts, git: { state: 'found', version } }
      : { ...facts, git: { state: 'failed', why: 'it does not tell its version' } };
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    if (error.tag === 'missing') return { ...facts, git: { state: 'missing' } };
    return { ...facts, git: { state: 'failed', why: error.message } };
  }
}

export async function home(paths: HomePaths): Promise<HomeFacts> {
  const path = paths.home;
  const facts: HomeFacts = {
    path,
    state: 'folder',
    mode: null,
    ours: true,
    writable: true,
    missing: [],
    exposed: [],
  };
  try {
    const info = await stat(path);
    if (!info.isDirectory()) return { ...facts, state: 'not-a-folder' };
    if (process.platform !== 'win32') facts.mode = info.mode & 0o777;
    if (process.getuid) facts.ours = info.uid === process.getuid();
    await readdir(path);
  } catch (error) {
    const gone = codeOf(error) === 'ENOENT';
    const file = codeOf(error) === 'ENOTDIR';
    return { ...facts, state: gone ? 'missing' : file ? 'not-a-folder' : 'unreadable' };
  }
  facts.writable = await access(path, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );
  for (const folder of foldersOf(paths)) {
    const info = await stat(folder).catch(() => null);
    if (!info?.isDirectory()) facts.missing.push(`${nameIn(paths, folder)}/`);
    else if (process.platform !== 'win32' && (info.mode & 0o077) !== 0)
      facts.exposed.push(`${nameIn(paths, folder)}/`);
  }
  for (const file of [paths.policiesFile, paths.reposFile])
    if ((await stat(file).catch(() => null)) === null) facts.missing.push(nameIn(paths, file));
  return facts;
}

const nameIn = (paths: HomePaths, path: string) => path.slice(paths.home.length + 1);

export async function keys(paths: HomePaths): Promise<{ keys: KeyFacts[]; used: boolean }> {
  const token = (kind: TokenKind, path: string): KeyFacts => ({
    name: `${kind} token`,
    path,
    state: stateOf(() => readToken(paths, kind)),
    madeBy: 'init',
  });
  const signing = (name: string, path: string): KeyFacts => ({
    name,
    path,
    state: stateOf(() => loadVerifier(path)),
    madeBy: 'once',
  });
  const identity = identityKeyPath(paths);
  return {
    used: (await lstat(paths.database).catch(() => null)) !== null,
    keys: [
      token('operator', paths.operatorToken),
      token('agent', paths.agentToken),
      signing('key of the log', logKeyPath(paths)),
      signing('key of evidence', evidenceKeyPath(paths)),
      {
        name: 'key of the daemon',
        path: identity,
        state: stateOf(() => readIdentity(identity) ?? 'missing'),
        madeBy: 'start',
      },
    ],
  };
}

const STATES: Record<string, KeyFacts['state']> = {
  'token-missing': 'missing',
  'token-exposed': 'exposed',
  'token-malformed': 'damaged',
  missing: 'missing',
  exposed: 'exposed',
  damaged: 'damaged',
  'not-a-key': 'damaged',
};

function stateOf(read: () => unknown): KeyFacts['state'] {
  try {
    return read() === 'missing' ? 'missing' : 'ok';
  } catch (error) {
    const known =
      error instanceof ConfigError || error instanceof KeyError || error instanceof IdentityError;
    if (!known) throw error;
    return STATES[error.tag] ?? 'unreadable';
  }
}

/** Younger ones may still be written. */
const SETTLED_MS = 60_000;

/** Names that writers use for what is not whole yet, by folder. */
export async function leftFiles(paths: HomePaths, now: number): Promise<LeftFile[]> {
  const prefixes = await names(paths.blobs);
  const places: [folder: string, left: RegExp][] = [
    [paths.home, /\.tmp$/],
    [paths.config, /\.tmp$|\.lock$/],
    [paths.keys, /\.tmp$/],
    [paths.blobs, /\.tmp$/],
    ...prefixes
      .filter((name) => /^[0-9a-f]{2}$/.test(name))
      .map((name): [string, RegExp] => [join(paths.blobs, name), /\.tmp$/]),
    [paths.missions, /\.tmp$/],
    [join(paths.runs, '.records'), /\.new$/],
    // Short-lived environment files: one of them may hold a token.
    [join(paths.runs, '.scratch'), /^env-/],
    [paths.repos, /\.git\.new-/],
    [paths.forge, /^\..+\.git-/],
  ];
  const found: LeftFile[] = [];
  for (const [folder, left] of places) {
    for (const name of (await names(folder)).filter((each) => left.test(each))) {
      const path = join(folder, name);
      const info = await lstat(path).catch(() => null);
      if (info && now - info.mtimeMs > SETTLED_MS) found.push({ path });
    }
  }
  return found;
}

const names = (folder: string): Promise<string[]> =>
  readdir(folder).then(
    (list) => list.sort(),
    () => [],
  );
