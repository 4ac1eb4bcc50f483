// Makes a fresh clone runnable: right Node, git, packages as locked, dist built from src. Everything
// said here goes to stderr, because stdout belongs to the program that is run afterwards.
// Plain Node without packages: it runs before there are any.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));
const LOCK = join(ROOT, '.setup.lock');

/** A failure the operator can act on: shown as one sentence, without a stack. */
export class SetupError extends Error {}

export const say = (line) => process.stderr.write(`${line}\n`);
export const seconds = (since) => `${((performance.now() - since) / 1000).toFixed(1)} s`;
const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'));

export function checkMachine() {
  const want = readJson(join(ROOT, 'package.json')).engines.node.replace('>=', '');
  const [major, minor] = process.versions.node.split('.').map(Number);
  const [wantMajor, wantMinor] = want.split('.').map(Number);
  if (major < wantMajor || (major === wantMajor && minor < wantMinor)) {
    throw new SetupError(
      `Node ${process.versions.node} is too old: aedev needs Node ${want} or newer. Install it and run the same command again.`,
    );
  }
  if (spawnSync('git', ['--version'], { stdio: 'ignore' }).status !== 0) {
    throw new SetupError('git was not found: install git, then run the same command again.');
  }
}

/** True when npm installs this locked package on this machine: native parts name their platform. */
function belongsHere(entry) {
  // An optional package without a platform is a part of another platform's package.
  if (entry.optional && !entry.os && !entry.cpu) return false;
  const fits = (list, value) =>
    !list || list.includes(value) || (list[0].startsWith('!') && !list.includes(`!${value}`));
  const header = process.platform === 'linux' ? process.report.getReport().header : {};
  const libc = header.glibcVersionRuntime ? 'glibc' : 'musl';
  return (
    fits(entry.os, process.platform) &&
    fits(entry.cpu, process.arch) &&
    (process.platform !== 'linux' || fits(entry.libc, libc))
  );
}

/**
 * Compares package-lock.json with npm's own record of what it put in node_modules, which npm writes
 * last, so an interrupted install does not count. Version-exact, unlike file times.
 */
function packagesMatch() {
  const record = join(ROOT, 'node_modules', '.package-lock.json');
  if (!existsSync(record)) return false;
  const locked = readJson(join(ROOT, 'package-lock.json')).packages;
  const installed = readJson(record).packages;
  return (
    Object.entries(locked).every(
      ([path, entry]) =>
        path === '' ||
        installed[path]?.version === entry.version ||
        (entry.optional && !belongsHere(entry)),
    ) && Object.keys(installed).every((path) => locked[path])
  );
}

function ensurePackages() {
  if (packagesMatch()) return;
  const start = performance.now();
  say('installing the locked packages (npm ci) …');
  const flags = ['ci', '--include=dev', '--ignore-scripts', '--loglevel=error', '--no-progress'];
  const npm = process.env.npm_execpath;
  // No package here has an install script, so refusing them all costs nothing.
  const done =
    npm && basename(npm).startsWith('npm-cli')
      ? spawnSync(process.execPath, [npm, ...flags], { cwd: ROOT, encoding: 'utf8' })
      : spawnSync('npm', flags, {
          cwd: ROOT,
          encoding: 'utf8',
          shell: process.platform === 'win32',
        });
  if (done.status !== 0) {
    const output = `${done.stdout ?? ''}${done.stderr ?? ''}`;
    // npm appends its whole usage text to some errors; the cause stands before it.
    say(output.split('npm error Usage:')[0].trim());
    throw new SetupError(
      `npm ci failed (${done.error?.code ?? `exit ${done.status}`}): check that the npm registry can be reached, then run the same command again.`,
    );
  }
  say(`packages installed in ${seconds(start)}`);
}

function filesUnder(dir) {
  const path = join(ROOT, dir);
  if (!existsSync(path)) return [];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(ROOT.length))
    .sort();
}

function fingerprint(files) {
  const hash = createHash('sha256');
  for (const file of files) {
    const { size, mtimeMs } = statSync(join(ROOT, file));
    hash.update(`${file}\0${size}\0${mtimeMs}\n`);
  }
  return hash.digest('hex');
}

/** Names, one a line, of the chunks that a build has only for a daemon of the build before. */
const EARLIER = '.earlier-chunks';

/**
 * Puts the chunks of the build before into the new one: a daemon that runs still loads its parts as it
 * comes to need them. Only that build's own, so that they do not pile up.
 */
export function keepChunks(before, fresh) {
  const kept = join(before, EARLIER);
  const older = new Set(existsSync(kept) ? readFileSync(kept, 'utf8').split('\n') : []);
  const from = join(before, 'chunks');
  const names = (existsSync(from) ? readdirSync(from) : []).filter(
    (name) => !older.has(name) && !existsSync(join(fresh, 'chunks', name)),
  );
  for (const name of names) copyFileSync(join(from, name), join(fresh, 'chunks', name));
  writeFileSync(join(fresh, EARLIER), names.join('\n'));
}

/**
 * Compiles into a folder of its own and swaps it in whole, so a failed or interrupted build leaves the
 * last good one and a deleted source leaves nothing behind. The stamp travels inside.
 */
function ensureBuild({ config, out, roots, strip, bundle }) {
  const sources = roots.flatMap(filesUnder);
  const stamp = fingerprint([
    ...sources,
    'package.json',
    'package-lock.json',
    'tsconfig.json',
    config,
    ...(bundle ?? []),
  ]);
  const target = join(ROOT, out);
  const stampFile = join(target, '.stamp');
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return;
  const start = performance.now();
  say(`building ${out}/ …`);
  const fresh = join(ROOT, `${out}.new`);
  const compiled = bundle ? join(ROOT, `${out}.modules`) : fresh;
  const clear = () => {
    for (const folder of [fresh, compiled]) rmSync(folder, { recursive: true, force: true });
  };
  const run = (args, problem) => {
    const done = spawnSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' });
    if (done.status === 0) return;
    clear();
    say(`${done.stdout}${done.stderr}`.trim());
    throw new SetupError(`${problem}: fix the errors above and run again.`);
  };
  clear();
  const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  run([tsc, '-p', config, '--outDir', compiled], 'the sources do not compile');
  for (const file of sources.filter((path) => !path.endsWith('.ts'))) {
    const copy = join(compiled, strip ? file.slice(strip.length) : file);
    mkdirSync(dirname(copy), { recursive: true });
    copyFileSync(join(ROOT, file), copy);
  }
  if (bundle) {
    run([join(ROOT, bundle[0]), compiled, fresh], 'the program cannot be put together');
    rmSync(compiled, { recursive: true, force: true });
    keepChunks(target, fresh);
  }
  // The bench build lies one level deeper than dist; its code finds the manifest where dist finds it.
  if (!strip) copyFileSync(join(ROOT, 'package.json'), join(fresh, 'package.json'));
  const main = join(fresh, strip ? 'main.js' : 'src/main.js');
  if (existsSync(main)) chmodSync(main, 0o755);
  writeFileSync(join(fresh, '.stamp'), stamp);
  const old = join(ROOT, `${out}.old`);
  rmSync(old, { recursive: true, force: true });
  if (existsSync(target)) renameSync(target, old);
  renameSync(fresh, target);
  rmSync(old, { recursive: true, force: true });
  say(`built ${out}/ in ${seconds(start)}`);
}

function holderOf(lock) {
  try {
    return Number(readFileSync(lock, 'utf8')) || process.pid;
  } catch {
    return 0;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Two commands started at once must not both delete node_modules or dist. */
function locked(work) {
  let told = false;
  for (;;) {
    try {
      writeFileSync(LOCK, String(process.pid), { flag: 'wx' });
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      const holder = holderOf(LOCK);
      if (holder !== 0 && !isAlive(holder)) rmSync(LOCK, { force: true });
      else if (!told) say(`waiting for another set-up (process ${holder}) …`);
      told = true;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
    }
  }
  try {
    return work();
  } finally {
    rmSync(LOCK, { force: true });
  }
}

/** Brings node_modules and dist up to date; cheap when they are. */
export function setUp({ bench = false, build = true } = {}) {
  checkMachine();
  locked(() => {
    ensurePackages();
    if (build) {
      ensureBuild({
        config: 'tsconfig.json',
        out: 'dist',
        roots: ['src'],
        strip: 'src/',
        bundle: ['scripts/bundle.mjs', 'scripts/libsql-target.cjs'],
      });
    }
    if (bench)
      ensureBuild({ config: 'tsconfig.bench.json', out: 'build', roots: ['src', 'bench'] });
  });
}

/**
 * A module of src by itself, e.g. `config/json-schema.js`, for scripts that need one: in dist they are
 * joined. Of the build that the bench has, too.
 */
export function sourceModule(path) {
  setUp({ build: false, bench: true });
  return import(pathToFileURL(join(ROOT, 'build', 'src', ...path.split('/'))).href);
}
