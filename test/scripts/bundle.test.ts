/** The program as it is shipped: few files, made of many modules. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { narrow } from '../../scripts/bundle.mjs';
import { homePaths } from '../../src/config/home.ts';
import { initHome } from '../../src/config/init.ts';
import { logKeyPath } from '../../src/config/keys.ts';
import { loadOrCreateKey } from '../../src/store/signer.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { buildProgram } from '../support/program.ts';

let root = '';
let dist = '';
beforeAll(async () => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'aedev-bundle-')));
  dist = join(root, 'dist');
  await buildProgram(root);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const scripts = () =>
  (readdirSync(dist, { recursive: true }) as string[]).filter((file) =>
    /^[^/]*\.js$|^(?:chunks|demo)\/.*\.js$/.test(file),
  );
const text = (file: string) => readFileSync(join(dist, file), 'utf8');

/** A home with a log in which nothing has happened. */
async function homeWithLog(name: string) {
  const home = join(root, name);
  const paths = homePaths({ AEDEV_HOME: home }, root);
  initHome(paths, { operator: 'ada' });
  const signer = loadOrCreateKey(logKeyPath(paths));
  await openSqliteStore({ path: paths.database, signer, report: () => {} }).close();
  return paths;
}

function aedev(home: string, ...args: string[]) {
  const env = { PATH: process.env['PATH'], HOME: root, AEDEV_HOME: home };
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(dist, 'main.js'), ...args], {
    env,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

const NOTHING = 'aedev stopped; 0 missions open, 0 running; 0 held (0 for you), 0 to approve\n';

describe('the program in its files', () => {
  it('finds every file that lies beside it', () => {
    const places = scripts().flatMap((file) =>
      [...text(file).matchAll(/new URL\("([^"]+)", import\.meta\.url\)\.href/g)].map(
        ([, place]) => ({ file, place }),
      ),
    );
    expect(places.length).toBeGreaterThan(6);
    const files = scripts().flatMap((file) =>
      [
        ...text(file).matchAll(
          /new URL\((?:"([^"]+)"), (new URL\("[^"]+", import\.meta\.url\)\.href)\)/g,
        ),
      ].map(([, target = '', base = '']) => {
        const [, own = ''] = /"([^"]+)"/.exec(base) ?? [];
        return fileURLToPath(new URL(target, new URL(own, pathToFileURL(join(dist, file)))));
      }),
    );
    expect(files.length).toBeGreaterThan(6);
    expect(files.filter((file) => !existsSync(file))).toEqual([]);
  });

  it('keeps no source in memory at two bytes a character', () => {
    expect(scripts().filter((file) => [...text(file)].some((char) => char > '\u00ff'))).toEqual([]);
  });

  it('names the packages whose code it holds, with their terms', () => {
    const notices = readFileSync(join(dist, 'LICENSES.txt'), 'utf8');
    for (const name of ['zod', 'hono', 'libsql', 'commander'])
      expect(notices).toMatch(new RegExp(`^${name} \\d`, 'm'));
    expect(notices).toContain('Permission is hereby granted');
  });

  it('keeps the modules that the runner image copies', () => {
    for (const file of ['execution/coders/claude.js', 'lib/canonical.js'])
      expect(existsSync(join(dist, file))).toBe(true);
  });

  it('answers without the log, and says its version', async () => {
    expect(aedev(join(root, 'none'), '--version')).toMatchObject({ status: 0, stdout: '1.2.3\n' });
    expect(aedev(join(root, 'none'), 'states')).toMatchObject({ status: 0, stderr: '' });
  });
});

describe('aedev status --plain', () => {
  it('needs one file alone, and says what the whole program says', async () => {
    const { home } = await homeWithLog('plain');
    const whole = `const { cli } = await import(${JSON.stringify(pathToFileURL(join(dist, 'cli.js')).href)}); process.exitCode = await cli(['status', '--plain']);`;
    const env = { PATH: process.env['PATH'], HOME: root, AEDEV_HOME: home };
    const said = execFileSync(process.execPath, ['--input-type=module', '-e', whole], {
      env,
      encoding: 'utf8',
    });
    expect(said).toBe(NOTHING);
    const aside = join(root, 'chunks');
    renameSync(join(dist, 'chunks'), aside);
    try {
      expect(aedev(home, 'status', '--plain')).toEqual({ status: 0, stdout: NOTHING, stderr: '' });
    } finally {
      renameSync(aside, join(dist, 'chunks'));
    }
  });

  it('loads no parts of Node but those for files', () => {
    const parts = [...text('main.js').matchAll(/^import (?:.* from )?"([^"]+)";$/gm)];
    expect(parts.map(([, part]) => part).sort()).toEqual(
      ['fs', 'module', 'os', 'path', 'url'].map((part) => `node:${part}`),
    );
  });

  it('leaves what is out of the ordinary to the whole program', async () => {
    expect(aedev(join(root, 'none'), 'status', '--plain')).toMatchObject({
      status: 5,
      stdout: '',
      stderr: expect.stringContaining('There is no aedev home at'),
    });
    const damaged = await homeWithLog('damaged');
    writeFileSync(damaged.database, 'no database at all, but long enough to be looked at');
    expect(aedev(damaged.home, 'status', '--plain')).toMatchObject({
      stdout: '',
      stderr: expect.stringMatching(/^error: The event log .* cannot be used/),
    });
    const broken = await homeWithLog('broken');
    appendFileSync(broken.policiesFile, '\nallow_process: true\n');
    expect(aedev(broken.home, 'status', '--plain')).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('PROCESS TIER, not isolated'),
    });
  });
});

describe('the native part of libsql for the line', () => {
  it('is the one that libsql would take, or none', () => {
    const require = createRequire(import.meta.url);
    const { currentTarget: ours } = require('../../scripts/libsql-target.cjs');
    const { currentTarget: theirs } = createRequire(require.resolve('libsql'))('@neon-rs/load');
    let target: string | null = null;
    try {
      target = ours();
    } catch {
      target = null;
    }
    expect([theirs(), null]).toContain(target);
  });
});

describe('narrow', () => {
  it('writes what Latin-1 lacks as escapes that mean the same', () => {
    const source = 'const a = "“…\\\\”é", b = /[\u{1f600}–]/u, c = `…`;';
    const made = narrow(source, 'x.js');
    expect(made).toMatch(/^[\0-\u00ff]*$/);
    const value = (code: string) =>
      new Function(`${code} return JSON.stringify([a, String(b.test('\\u{1f600}')), c]);`)();
    expect(value(made)).toBe(value(source));
  });

  it('refuses where a backslash stands before such a character', () => {
    expect(() => narrow('"\\…"', 'x.js')).toThrow('x.js');
  });
});
