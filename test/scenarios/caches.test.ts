/** Dependency caches through the whole loop: coder and verify commands find what the base installs. About 6 s. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { pathsUnder } from '../../src/config/home.ts';
import {
  BUGGY,
  commitFiles,
  type Installation,
  install,
  plainGit,
} from '../support/installation.ts';
import { begin, taskOf } from '../support/mission.ts';
import { until } from '../support/until.ts';

let one: Installation;
afterEach(() => one.end());

/** Counts itself outside, as a download would be seen by a registry. */
const setup = (log: string) =>
  `const f = require('node:fs');
  f.appendFileSync(${JSON.stringify(log)}, 'x');
  f.mkdirSync('node_modules/dep', { recursive: true });
  f.writeFileSync('node_modules/dep/index.js', 'module.exports = ' + f.readFileSync('package-lock.json', 'utf8'));`;
/** Fixes the bug if the dependency is there, and leaves a trap for the next. */
const CODER =
  'node -e \'if (require("dep") !== 1) process.exit(1)\' && sed -i "s/a - b/a + b/" src/price.js && echo "throw 1" > node_modules/dep/index.js';
const CHECK = ['node', '-e', 'if (require("dep") !== 1) process.exit(1)'];

const ended = (mission: string) =>
  until('the end of the task', async () => {
    const task = await taskOf(one, mission);
    return task?.status === 'remembered' || task?.hold ? task : null;
  });

test('the second task starts with what the first one had installed, not with what it left', async () => {
  const files = { ...BUGGY, 'package-lock.json': '1' };
  one = await install({
    files,
    argv: ['sh', '-c', CODER],
    repo: {
      caches: [
        { path: 'node_modules', key: ['package-lock.json'], setup: ['node', '-e', 'later'] },
      ],
      verify: [{ argv: ['npm', 'test'] }, { argv: CHECK }],
    },
  });
  const log = join(one.dir, 'setups');
  const { reposFile } = pathsUnder(one.home);
  const registry = parse(readFileSync(reposFile, 'utf8'));
  registry.repos[0].caches[0].setup = ['node', '-e', setup(log)];
  writeFileSync(reposFile, stringify(registry), { mode: 0o600 });
  expect(await one.aedev.life.refresh()).toEqual([]);

  await begin(one, { mission: 'm-cache00001' });
  const first = await ended('m-cache00001');
  expect([first.status, first.hold]).toEqual(['remembered', null]);
  expect(readFileSync(log, 'utf8')).toBe('x');
  const mirror = `--git-dir=${join(one.home, 'repos', 'shop.git')}`;
  const changed = plainGit(
    one.dir,
    mirror,
    'diff',
    '--name-only',
    `${first.base}`,
    `${first.head}`,
  );
  expect(changed).toBe('src/price.js');

  // The bug comes back, by somebody else; the lockfile stays.
  plainGit(one.repo, 'pull', '-q', join(one.home, 'forge', 'shop.git'), 'main');
  commitFiles(one.repo, { 'src/price.js': BUGGY['src/price.js'] }, 'again');
  await begin(one, { mission: 'm-cache00002' });
  expect((await ended('m-cache00002')).hold).toBeNull();
  expect(readFileSync(log, 'utf8')).toBe('x');
  const cached = join(one.home, 'caches', 'shop');
  const [key = ''] = readdirSync(cached);
  expect(readFileSync(join(cached, key, 'tree', 'dep', 'index.js'), 'utf8')).toBe(
    'module.exports = 1',
  );
});

test('a setup that fails holds the task, and says why', async () => {
  one = await install({
    files: { ...BUGGY, 'package-lock.json': '1' },
    policies: { rework: { backoff_seconds: 0, max_attempts: 1 } },
    repo: {
      caches: [
        {
          path: 'node_modules',
          key: ['package-lock.json'],
          setup: ['node', '-e', 'console.error("registry is away"); process.exit(7)'],
        },
      ],
    },
  });
  await begin(one, { mission: 'm-cache00003' });
  const { hold } = await ended('m-cache00003');
  expect(hold).toMatchObject({
    code: 'cache-setup',
    reason: expect.stringMatching(/code 7: registry is away/),
    remedy: expect.stringContaining('repos.yaml'),
  });
  expect(existsSync(join(one.home, 'caches', 'shop'))).toBe(true);
  expect(readdirSync(join(one.home, 'caches', 'shop'))).toEqual([]);
});
