import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigError, fileError } from '../../src/config/errors.ts';
import { homePaths, pathsUnder } from '../../src/config/home.ts';
import { initHome } from '../../src/config/init.ts';
import { loadConfig } from '../../src/config/load.ts';
import { loadTokens, readToken } from '../../src/config/tokens.ts';
import { temporaryFolders } from './support.ts';

const folder = temporaryFolders();
const newHome = () => pathsUnder(join(folder(), 'home'));
const me = { operator: 'ann' };
const modeOf = (path: string) => statSync(path).mode & 0o777;

function caught(work: () => unknown): ConfigError {
  try {
    work();
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('homePaths', () => {
  it('is ~/.aedev, or AEDEV_HOME when that is set', () => {
    expect(homePaths({}, '/home/me').home).toBe('/home/me/.aedev');
    expect(homePaths({ AEDEV_HOME: '' }, '/home/me').home).toBe('/home/me/.aedev');
    const paths = homePaths({ AEDEV_HOME: '/data/../data/aedev/' }, '/home/me');
    expect(paths.home).toBe('/data/aedev');
    expect(paths.policiesFile).toBe('/data/aedev/config/policies.yaml');
    expect(paths.database).toBe('/data/aedev/aedev.db');
    expect(paths.agentToken).toBe('/data/aedev/keys/agent.token');
  });

  it.each([
    ['aedev', 'relative-home', 'AEDEV_HOME is not a full path: aedev.'],
    ['~/x', 'relative-home', 'AEDEV_HOME is not a full path: ~/x.'],
    ['/', 'unsafe-home', 'AEDEV_HOME is /, which holds far more than aedev.'],
    ['/home/me/', 'unsafe-home', 'AEDEV_HOME is /home/me/, which holds far more than aedev.'],
    ['/a\nb', 'unsafe-home', 'AEDEV_HOME holds an invisible character: /a\\nb.'],
  ])('refuses %j', (AEDEV_HOME, tag, sentence) => {
    expect(caught(() => homePaths({ AEDEV_HOME }, '/home/me'))).toMatchObject({ tag, sentence });
  });

  it('says how to spell a home with ~, and refuses an unknown home folder', () => {
    expect(caught(() => homePaths({ AEDEV_HOME: '~/x' }, '/home/me')).remedy).toContain(
      'AEDEV_HOME=/home/me/x',
    );
    expect(caught(() => homePaths({}, '')).tag).toBe('relative-home');
  });
});

describe('initHome', () => {
  it('makes everything, closed to others, and a configuration that is good', () => {
    const paths = newHome();
    const report = initHome(paths, me);
    expect(report.kept).toEqual([]);
    expect(report.made).toEqual(
      expect.arrayContaining([
        './',
        'config/',
        'keys/',
        'config/policies.yaml',
        'keys/agent.token',
      ]),
    );
    for (const name of readdirSync(paths.home)) {
      const path = join(paths.home, name);
      expect([name, modeOf(path)]).toEqual([name, statSync(path).isDirectory() ? 0o700 : 0o600]);
    }
    for (const token of [paths.operatorToken, paths.agentToken]) expect(modeOf(token)).toBe(0o600);
    expect(readFileSync(join(paths.home, '.gitignore'), 'utf8')).toBe('*\n');
    const loaded = loadConfig(paths);
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
    expect(loaded.policy.policies.system).toMatchObject({
      operator: 'ann',
      allow_remote_writes: false,
    });
    expect(readFileSync(paths.policiesFile, 'utf8')).toMatch(
      /^# yaml-language-server: \$schema=policies\.schema\.json\n/,
    );
    expect(existsSync(join(paths.config, 'policies.schema.json'))).toBe(true);
  });

  it('means exactly the defaults, the operator apart', () => {
    const paths = newHome();
    const before = loadConfig(paths);
    initHome(paths, { operator: 'owner' });
    const after = loadConfig(paths);
    expect(after.ok && before.ok && after.policy.hash === before.policy.hash).toBe(true);
  });

  it('changes nothing the second time, and finishes what was interrupted', () => {
    const paths = newHome();
    initHome(paths, me);
    writeFileSync(paths.policiesFile, '# mine\n');
    const token = readFileSync(paths.operatorToken, 'utf8');
    const again = initHome(paths, { operator: 'bob' });
    expect(again).toMatchObject({ made: [], corrected: [] });
    expect(again.kept).toContain('config/policies.yaml');
    expect(readFileSync(paths.policiesFile, 'utf8')).toBe('# mine\n');
    expect(readFileSync(paths.operatorToken, 'utf8')).toBe(token);

    const half = newHome();
    mkdirSync(half.config, { recursive: true });
    const finished = initHome(half, me);
    expect(finished.kept).toEqual(['./', 'config/']);
    expect(finished.made).toContain('keys/operator.token');
  });

  it('closes folders that are open to others, and renews a stale schema', () => {
    const paths = newHome();
    initHome(paths, me);
    chmodSync(paths.keys, 0o755);
    writeFileSync(join(paths.config, 'repos.schema.json'), '{}');
    expect(initHome(paths, me).corrected).toEqual(['keys/', 'config/repos.schema.json']);
    expect(modeOf(paths.keys)).toBe(0o700);
    expect(readFileSync(join(paths.config, 'repos.schema.json'), 'utf8')).toContain('"repos"');
  });

  it('leaves no temporary file behind', () => {
    const paths = newHome();
    initHome(paths, me);
    for (const place of [paths.home, paths.config, paths.keys])
      expect(readdirSync(place).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('refuses a home that is a file, lies under one, or is a dangling link', () => {
    const base = folder();
    writeFileSync(join(base, 'file'), '');
    symlinkSync(join(base, 'nowhere'), join(base, 'link'));
    expect(caught(() => initHome(pathsUnder(join(base, 'file')), me))).toMatchObject({
      tag: 'home-not-a-folder',
      sentence: `The aedev home ${join(base, 'file')} is a file.`,
    });
    for (const home of [join(base, 'file', 'below'), join(base, 'link')])
      expect(caught(() => initHome(pathsUnder(home), me)).tag).toBe('home-not-a-folder');
  });

  it('refuses a folder that holds other things, and takes an empty one', () => {
    const base = folder();
    expect(initHome(pathsUnder(base), me).made).toContain('config/');
    const other = folder();
    writeFileSync(join(other, 'thesis.txt'), '');
    expect(caught(() => initHome(pathsUnder(other), me)).tag).toBe('home-in-use');
    expect(readdirSync(other)).toEqual(['thesis.txt']);
  });

  it('refuses a home inside a registered repo, also through a link', () => {
    const base = folder();
    mkdirSync(join(base, 'repo'));
    symlinkSync(join(base, 'repo'), join(base, 'alias'));
    const paths = pathsUnder(join(base, 'alias', 'home'));
    mkdirSync(paths.config, { recursive: true });
    writeFileSync(paths.reposFile, `repos:\n  - {id: shop, source: "${join(base, 'repo')}"}\n`);
    expect(caught(() => initHome(paths, me))).toMatchObject({
      tag: 'home-in-repo',
      sentence: `The aedev home ${paths.home} lies inside the registered repo shop.`,
    });
  });

  it.each(['', 'a b', 'x'.repeat(65), 'a:b'])('refuses the operator name %j', (operator) => {
    const paths = newHome();
    expect(caught(() => initHome(paths, { operator })).tag).toBe('bad-operator');
    expect(existsSync(paths.home)).toBe(false);
  });

  it('is refused by a file system that cannot be written', () => {
    // Not even root can make folders in /proc, whichever reason the system gives.
    const error = caught(() => initHome(pathsUnder('/proc/aedev-home'), me));
    expect(error.sentence).toContain('Cannot make the folder /proc/aedev-home');
  });

  it.each([
    ['ENOSPC', 'disk-full', 'the disk is full', 'Free some space'],
    ['EDQUOT', 'disk-full', 'your disk quota is used up', 'Free some space'],
    ['EROFS', 'read-only', 'the file system is read-only', 'AEDEV_HOME'],
    ['EACCES', 'not-permitted', 'the permissions do not allow it', 'AEDEV_HOME'],
    ['EPERM', 'not-permitted', 'the permissions do not allow it', 'AEDEV_HOME'],
    ['EWEIRD', 'io', 'the system answered EWEIRD', 'Look at the disk'],
  ])('explains %s', (code, tag, why, remedy) => {
    const error = fileError(Object.assign(new Error('x'), { code }), 'write', '/h\x1b/f');
    expect(error.tag).toBe(tag);
    expect(error.sentence).toBe(`Cannot write /h\\x1b/f: ${why}.`);
    expect(error.remedy).toContain(remedy);
  });
});

describe('tokens', () => {
  const names = { operator: 'ann', agent: 'client' };
  function ready() {
    const paths = newHome();
    initHome(paths, me);
    return paths;
  }

  it('tells operator from agent from anyone', () => {
    const paths = ready();
    const tokens = loadTokens(paths, names);
    const operator = readToken(paths, 'operator');
    const agent = readToken(paths, 'agent');
    expect(operator).toMatch(/^aedev_op_[\w-]{43}$/);
    expect(agent).toMatch(/^aedev_ag_[\w-]{43}$/);
    expect(tokens.actorOf(operator)).toBe('operator:ann');
    expect(tokens.actorOf(agent)).toBe('agent:client');
    const others = ['', operator.slice(0, -1), `${operator}x`, `${operator}\n`, operator.slice(9)];
    others.push(operator.toUpperCase(), agent.replace('_ag_', '_op_'), '\ud800', 'x'.repeat(1e6));
    for (const other of others) expect(tokens.actorOf(other)).toBeNull();
    expect(JSON.stringify(tokens)).toBe('{}');
  });

  it('makes new ones for every home', () => {
    const all = [ready(), ready()].flatMap((paths) => [
      readToken(paths, 'operator'),
      readToken(paths, 'agent'),
    ]);
    expect(new Set(all.map((token) => token.slice(9))).size).toBe(4);
  });

  it.each([0o640, 0o604, 0o620, 0o601])('refuses a file with mode %o', (mode) => {
    const paths = ready();
    chmodSync(paths.agentToken, mode);
    const error = caught(() => loadTokens(paths, names));
    expect(error.tag).toBe('token-exposed');
    expect(error.message).toContain('chmod 600');
  });

  it('refuses a missing, swapped, cut, huge or linked file, and never repeats it', () => {
    const agent = readFileSync(ready().agentToken, 'utf8');
    const cases: [string | null, string][] = [
      [null, 'token-missing'],
      [agent, 'token-malformed'],
      [agent.replace('_ag_', '_op_').slice(0, 30), 'token-malformed'],
      ['', 'token-malformed'],
      ['x'.repeat(5000), 'token-malformed'],
    ];
    for (const [content, tag] of cases) {
      const paths = pathsUnder(folder());
      mkdirSync(paths.keys);
      if (content !== null) writeFileSync(paths.operatorToken, content, { mode: 0o600 });
      const error = caught(() => readToken(paths, 'operator'));
      expect(error.tag).toBe(tag);
      expect(error.message).not.toContain(agent.slice(12, 30));
    }
    const paths = ready();
    const linked = pathsUnder(folder());
    mkdirSync(linked.keys);
    symlinkSync(paths.operatorToken, linked.operatorToken);
    expect(caught(() => readToken(linked, 'operator')).tag).toBe('not-a-file');
  });
});
