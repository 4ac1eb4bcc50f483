/**
 * What of the host's files a run in the srt tier can read: the system's programs and libraries, the
 * public parts of /etc, the node that runs aedev, the run's own program, and folders that the
 * operator named. Everything else does not exist inside.
 */
import { existsSync, lstatSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, delimiter, dirname, isAbsolute, join, resolve, sep } from 'node:path';
import { SandboxError } from './sandbox.ts';
import { isUnder } from './spec-check.ts';

export interface Toolchain {
  /** Host paths that are readable inside, at the same place. */
  binds: string[];
  /** Symbolic links inside: path and target. */
  links: { path: string; target: string }[];
  /** Folders inside that are emptied again: within `binds`, but known to hold credentials. */
  masks: string[];
  /** PATH inside: those of the host's that can be read. */
  path: string;
}

const USR = '/usr';
/** Links into /usr on a merged system, folders of their own on an older one. */
const ROOTS = ['/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32'];
/** npm keeps registry tokens in `etc/npmrc` below its prefix, pip in `etc/pip.conf`. */
const MASKS = ['/usr/etc', '/usr/local/etc'];
/** Without secrets: how libraries are found, certificates of authorities, time zones, names of ports. */
const ETC = [
  'ld.so.cache',
  'ld.so.conf',
  'ld.so.conf.d',
  'alternatives',
  'ssl/certs',
  'ssl/openssl.cnf',
  'ca-certificates',
  'pki/tls/certs',
  'pki/ca-trust/extracted',
  'crypto-policies',
  'localtime',
  'timezone',
  'protocols',
  'services',
  'mime.types',
  'magic',
  'fonts',
  'terminfo',
  'java',
  'perl',
  'python3',
];
const LINK_DEPTH = 10;

/**
 * @param hostPath PATH of aedev
 * @param read folders that the operator made readable
 * @param hidden folders of which nothing may become readable, e.g. the aedev home
 * @throws SandboxError `spec` when a folder of the operator's would open one of those
 */
export function findToolchain(
  hostPath: string,
  read: readonly string[],
  hidden: readonly string[],
): Toolchain {
  const binds = [USR];
  const links: Toolchain['links'] = [];
  for (const root of ROOTS) {
    const stat = lstatSync(root, { throwIfNoEntry: false });
    if (stat?.isSymbolicLink()) links.push({ path: root, target: readlinkSync(root) });
    else if (stat?.isDirectory()) binds.push(root);
  }
  for (const name of ETC) if (existsSync(`/etc/${name}`)) binds.push(`/etc/${name}`);
  for (const folder of read) binds.push(operators(folder, hidden));
  addNode(binds, links);
  const node = dirname(process.execPath);
  const folders = [...hostPath.split(delimiter), node].filter(
    (folder, index, all) =>
      isAbsolute(folder) && all.indexOf(folder) === index && (folder === node || seen(folder)),
  );
  function seen(folder: string): boolean {
    return isVisible(binds, folder);
  }
  return { binds, links, masks: MASKS.filter(existsSync), path: folders.join(delimiter) };
}

/** Can this host path be read inside, links on the way to it resolved? */
export function isVisible(binds: readonly string[], path: string): boolean {
  let real: string;
  try {
    real = realpathSync(path);
  } catch {
    return false;
  }
  const roots = [...binds, ...ROOTS];
  return roots.some((bind) => isUnder(bind, path)) && binds.some((bind) => isUnder(bind, real));
}

function operators(folder: string, hidden: readonly string[]): string {
  const refuse = (why: string): SandboxError =>
    new SandboxError(
      'spec',
      `The folder ${JSON.stringify(folder)} of sandbox.srt.read ${why}.`,
      'Name only folders that hold programs, e.g. a toolchain below your home.',
    );
  if (!isAbsolute(folder)) throw refuse('is not an absolute path');
  const path = resolve(folder);
  if (!existsSync(path)) throw refuse('does not exist');
  const real = realpathSync(path);
  for (const secret of [homedir(), ...hidden]) {
    const known = existsSync(secret) ? realpathSync(secret) : secret;
    if (isUnder(real, known)) throw refuse(`holds ${known}, which runs must not read`);
  }
  for (const secret of hidden) {
    const known = existsSync(secret) ? realpathSync(secret) : secret;
    if (isUnder(known, real)) throw refuse(`lies in ${known}, which runs must not read`);
  }
  return path;
}

/**
 * The node that runs aedev, where it is not the system's: its program, and npm beside it. Never the
 * folder above: that may be the operator's home or `.local`.
 */
function addNode(binds: string[], links: Toolchain['links']): void {
  const node = process.execPath;
  if (isVisible(binds, node)) return;
  binds.push(node);
  const bin = dirname(node);
  const modules = join(dirname(bin), 'lib', 'node_modules');
  if (!existsSync(join(modules, 'npm'))) return;
  binds.push(join(modules, 'npm'));
  for (const name of ['npm', 'npx']) {
    const path = join(bin, name);
    if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink())
      links.push({ path, target: readlinkSync(path) });
  }
}

export interface Program {
  /** What is started inside. */
  argv0: string;
  /** Host paths that this program needs on top. */
  binds: string[];
}

/**
 * Finds the run's program on the host. A program outside what is readable becomes readable alone: the
 * file itself, or with a package of npm's the `node_modules` that it lies in.
 * @throws SandboxError `not-found`
 */
export function findProgram(toolchain: Toolchain, name: string, hostPath: string): Program {
  // A path relative to the working folder, or inside: only the sandbox can tell.
  if (name.includes('/') && !isAbsolute(name)) return { argv0: name, binds: [] };
  const found = isAbsolute(name) ? existing(name) : onPath(name, hostPath);
  if (found === null) {
    throw new SandboxError(
      'not-found',
      `The program ${JSON.stringify(name)} is not on this machine.`,
      'Install it, or correct the configured path of the program.',
    );
  }
  if (isVisible(toolchain.binds, found)) return { argv0: name, binds: [] };
  const real = realpathSync(found);
  return { argv0: real, binds: [packageOf(real) ?? real] };
}

function onPath(name: string, hostPath: string): string | null {
  for (const folder of hostPath.split(delimiter)) {
    const found = folder === '' ? null : existing(join(folder, name));
    if (found !== null) return found;
  }
  return null;
}

function existing(path: string): string | null {
  try {
    const stat = statSync(path);
    return stat.isFile() && (stat.mode & 0o111) !== 0 ? path : null;
  } catch {
    return null;
  }
}

/** The `node_modules` that a file lies in, else null. */
function packageOf(path: string): string | null {
  let folder = dirname(path);
  for (let depth = 0; depth < LINK_DEPTH && folder !== sep; depth += 1) {
    if (basename(folder) === 'node_modules') return folder;
    folder = dirname(folder);
  }
  return null;
}
