/** Dependency caches: made once, given as copies, never changed by who uses them. About 4 s. */
import {
  appendFileSync,
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import {
  commitAll,
  LIMITS,
  plainGit,
  snapshot,
  TIME,
  tempDir,
  write,
} from '../workspace/helpers.ts';
import { cacheBed, FILES, RULE, unlock } from './bed.ts';

let bed: Awaited<ReturnType<typeof cacheBed>>;
afterEach(() => bed.end());

const dep = (repo: string) => join(repo, 'node_modules', 'dep', 'index.js');
const shelved = () => {
  const [key] = readdirSync(join(bed.root, 'shop'));
  return join(bed.root, 'shop', key ?? '', 'tree');
};

test('it is made once, and every workspace gets a copy of its own', async () => {
  bed = await cacheBed();
  const one = await bed.layOut();
  const two = await bed.layOut();
  expect(bed.setups).toEqual([expect.stringMatching(/^t-1-setup-[0-9a-f]{12}$/)]);
  for (const { repo } of [one, two]) {
    expect(readFileSync(dep(repo), 'utf8')).toContain('"1"');
    expect(readlinkSync(join(repo, 'node_modules/.bin/run'))).toBe('../dep/bin/run');
    expect(statSync(join(repo, 'node_modules/dep/bin/run')).mode & 0o777).toBe(0o755);
    expect(statSync(dep(repo)).mode & 0o777).toBe(0o644);
    expect(statSync(dep(repo)).nlink).toBe(1);
  }
  expect(statSync(dep(one.repo)).ino).not.toBe(statSync(dep(two.repo)).ino);
  // Compilers and package managers compare times.
  const sealed = join(shelved(), 'dep', 'index.js');
  expect(statSync(dep(one.repo)).mtimeMs).toBeCloseTo(statSync(sealed).mtimeMs, -1);
  expect(statSync(sealed).mode & 0o222).toBe(0);
  expect(readdirSync(join(shelved(), '..')).sort()).toEqual(['seal.json', 'tree']);
  const [entry] = await bed.caches.list();
  expect(entry).toMatchObject({
    repo: 'shop',
    record: { path: 'node_modules', setup: RULE.setup, base: bed.base, egress: null },
  });
  expect(entry?.record.entries).toBeGreaterThan(5);
});

test('several at once make it once', async () => {
  bed = await cacheBed();
  const all = await Promise.all([bed.furnishing(), bed.furnishing(bed.base, 't-2')]);
  expect(all.map((one) => one?.paths)).toEqual([['node_modules'], ['node_modules']]);
  expect(bed.setups).toHaveLength(1);
  // Another life finds it.
  await bed.furnishing(bed.base, 't-3', bed.make());
  expect(bed.setups).toHaveLength(1);
});

test('key files of the base, command, registries and environment name it; nothing else', async () => {
  bed = await cacheBed();
  const made = async (at = bed.base) => {
    await bed.furnishing(at);
    return bed.setups.length;
  };
  expect(await made()).toBe(1);
  write(bed.source, { 'a.txt': 'other' });
  commitAll(bed.source);
  const other = await bed.workspaces.sync('shop', bed.source, 'main');
  expect(await made(other.base)).toBe(1);
  write(bed.source, { lock: '2\n' });
  commitAll(bed.source);
  const newer = await bed.workspaces.sync('shop', bed.source, 'main');
  expect(await made(newer.base)).toBe(2);
  expect(readFileSync(dep((await bed.layOut(newer.base)).repo), 'utf8')).toContain('"2"');
  expect(readFileSync(dep((await bed.layOut()).repo), 'utf8')).toContain('"1"');
  bed.policy.environment = 'another image';
  expect(await made()).toBe(3);
  bed.policy.registries = ['registry.example.test:443'];
  expect(await made()).toBe(4);
  bed.policy.rules = [{ ...RULE, setup: ['node', './setup.cjs'] }];
  expect(await made()).toBe(5);
  bed.policy.rules = [{ ...RULE, key: ['**/*.txt', 'lock'] }];
  expect(await made()).toBe(6);
  bed.policy.rules = [{ ...RULE, key: ['no-such-lock'] }];
  expect(await bed.furnishing()).toBeUndefined();
  bed.policy.rules = [];
  expect(await bed.furnishing()).toBeUndefined();
  expect(bed.setups).toHaveLength(6);
});

test('whatever a run does to its copy, the next gets what was sealed', async () => {
  bed = await cacheBed();
  const sealed = snapshot((await bed.layOut()).repo);
  const attacks: ((repo: string) => void)[] = [
    (repo) => appendFileSync(dep(repo), 'evil'),
    (repo) => writeFileSync(join(repo, 'node_modules/dep/new.js'), 'evil'),
    (repo) => rmSync(join(repo, 'node_modules/dep'), { recursive: true }),
    (repo) => {
      rmSync(dep(repo));
      symlinkSync('/etc/passwd', dep(repo));
    },
    (repo) => {
      // A link of its own name to a file of the repo, so that a copy back would follow it.
      rmSync(join(repo, 'node_modules'), { recursive: true });
      symlinkSync(repo, join(repo, 'node_modules'));
    },
    (repo) => linkSync(dep(repo), join(repo, 'kept.js')),
    (repo) => truncateSync(dep(repo), 0),
  ];
  for (const attack of attacks) {
    const { repo } = await bed.layOut();
    attack(repo);
    expect(snapshot((await bed.layOut()).repo)).toEqual(sealed);
  }
  expect(bed.setups).toHaveLength(1);
});

test('a cache that somebody touched on the host is made anew, never given', async () => {
  bed = await cacheBed();
  await bed.layOut();
  const past = new Date(Date.UTC(2020, 0, 1));
  const touch: ((tree: string) => void)[] = [
    (tree) => {
      const file = join(tree, 'dep', 'index.js');
      const { atime, mtime, size, mode } = statSync(file);
      chmodSync(file, 0o600);
      writeFileSync(file, 'e'.repeat(size));
      chmodSync(file, mode);
      // Times can be set back, what the system says of the change cannot.
      utimesSync(file, atime, mtime);
    },
    (tree) => renameSync(join(tree, 'dep', 'bin'), join(tree, 'dep', 'bon')),
    (tree) => symlinkSync('/etc', join(tree, 'dep', 'etc')),
    (tree) => utimesSync(join(tree, 'dep'), past, past),
    (tree) => {
      renameSync(tree, `${tree}.away`);
      symlinkSync(`${tree}.away`, tree);
    },
  ];
  for (const [index, harm] of touch.entries()) {
    harm(shelved());
    const { repo } = await bed.layOut();
    expect(readFileSync(dep(repo), 'utf8')).toContain('"1"');
    expect(existsSync(join(repo, 'node_modules/dep/etc'))).toBe(false);
    expect(bed.setups).toHaveLength(index + 2);
  }
  rmSync(join(shelved(), '..', 'seal.json'));
  await bed.layOut();
  expect(bed.setups).toHaveLength(touch.length + 2);
});

test('nothing of it is ever taken for the work of the coder', async () => {
  bed = await cacheBed();
  const { dir, repo } = await bed.layOut();
  writeFileSync(join(repo, 'node_modules', 'dep', 'patched.js'), 'x');
  write(repo, { 'work.txt': 'done' });
  const message = { message: 'Work', time: TIME };
  const { commit } = await bed.workspaces.collect(bed.mirror, dir, bed.base, message, LIMITS);
  const args = ['ls-tree', '-r', '--name-only', commit ?? ''];
  const names = plainGit(bed.home, `--git-dir=${bed.mirror.gitDir}`, ...args).split('\n');
  expect(names).toEqual([...Object.keys(FILES), 'work.txt'].sort());
  const other = await bed.layOut();
  expect(await bed.workspaces.salvage(bed.mirror, other.dir, bed.base, 'r-2', TIME)).toBeNull();
  expect(await bed.workspaces.retire(bed.mirror, other.dir, 'r-2', null, TIME)).toBeNull();
});

test('a link in the way is not followed when it is taken out', async () => {
  bed = await cacheBed('process', { ...FILES, 'pkg/x.txt': 'x' });
  bed.policy.rules = [
    { ...RULE, path: 'pkg/deps', setup: ['node', '-e', 'fs.mkdirSync("pkg/deps")'] },
  ];
  const { dir, repo } = await bed.layOut();
  const precious = tempDir();
  mkdirSync(join(precious, 'deps'));
  writeFileSync(join(precious, 'deps', 'thesis'), 'x');
  rmSync(join(repo, 'pkg'), { recursive: true });
  symlinkSync(precious, join(repo, 'pkg'));
  await bed.workspaces.salvage(bed.mirror, dir, bed.base, 'r-1', TIME);
  expect(existsSync(join(precious, 'deps', 'thesis'))).toBe(true);
  // And it is not laid into where the repo itself has a link.
  const linked = await cacheBed('process', FILES);
  symlinkSync(precious, join(linked.source, 'pkg'));
  commitAll(linked.source);
  const { base } = await linked.workspaces.sync('shop', linked.source, 'main');
  linked.policy.rules = bed.policy.rules;
  const setup = ['node', '-e', 'fs.rmSync("pkg"); fs.mkdirSync("pkg/deps", {recursive: true})'];
  linked.policy.rules = [{ ...RULE, path: 'pkg/deps', setup }];
  await expect(linked.layOut(base)).rejects.toMatchObject({ tag: 'refused-tree' });
  expect(readdirSync(precious)).toEqual(['deps']);
  await linked.end();
});

test.each([
  [
    'ends badly',
    'console.error("no \\u001b[2J network"); process.exit(3)',
    /code 3: no .* network/,
  ],
  ['makes nothing', '1', /made no folder/],
  ['makes a link', 'fs.symlinkSync("/etc", "node_modules")', /made no folder/],
  ['makes a file', 'fs.writeFileSync("node_modules", "")', /made no folder/],
])('a setup that %s leaves no cache', async (_what, script, said) => {
  bed = await cacheBed();
  bed.policy.rules = [{ ...RULE, setup: ['node', '-e', script] }];
  const failed = await bed.furnishing().catch((error: unknown) => error);
  expect(failed).toMatchObject({ tag: 'setup', message: expect.stringMatching(said) });
  expect(String(failed)).not.toContain('\u001b');
  expect(await bed.caches.list()).toEqual([]);
  expect(readdirSync(join(bed.root, 'shop'))).toEqual([]);
});

test('a repo that has something of its own there is told so', async () => {
  bed = await cacheBed('process', { ...FILES, 'node_modules/own/x.js': 'x' });
  await expect(bed.furnishing()).rejects.toMatchObject({ tag: 'place' });
  expect(bed.setups).toEqual([]);
});

test('what a setup left that is neither file, folder nor link is not kept, nor who may run as whom', async () => {
  bed = await cacheBed();
  const script =
    'fs.mkdirSync("node_modules/x",{recursive:true});fs.writeFileSync("node_modules/x/s","",{mode:0o755});fs.chmodSync("node_modules/x/s",0o4755);child_process.execFileSync("mkfifo",["node_modules/x/pipe"]);fs.chmodSync("node_modules/x",0o000)';
  bed.policy.rules = [{ ...RULE, setup: ['node', '-e', script] }];
  const { repo } = await bed.layOut();
  expect(readdirSync(join(repo, 'node_modules', 'x'))).toEqual(['s']);
  expect(statSync(join(repo, 'node_modules/x/s')).mode & 0o7777).toBe(0o755);
});

test('one in use is not removed; one that is removed is made again', async () => {
  bed = await cacheBed();
  const furnishing = await bed.furnishing();
  const [entry] = await bed.caches.list();
  const { repo, key } = entry as { repo: string; key: string };
  const before = entry?.used ?? 0;
  const tree = join(bed.home, 'tree');
  mkdirSync(tree);
  const filling = furnishing?.fill(tree);
  expect(await bed.caches.remove(repo, key)).toBe(false);
  await filling;
  expect((await bed.caches.list())[0]?.used).toBeGreaterThan(before);
  expect(await bed.caches.remove(repo, key)).toBe(true);
  expect(await bed.caches.list()).toEqual([]);
  // Pruned between the asking and the laying out.
  mkdirSync(join(bed.home, 'later'));
  await furnishing?.fill(join(bed.home, 'later'));
  expect(bed.setups).toHaveLength(2);
  unlock(shelved());
  expect(lstatSync(shelved()).isDirectory()).toBe(true);
});
