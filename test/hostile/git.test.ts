/**
 * A coder that attacks the host through its workspace. Each script in ./attacks runs as a plain
 * process of the same account (the worst case: no container) in a laid-out workspace; then the host
 * does everything it would do after a run. Nothing of the coder's may run, the operator's repository
 * and the mirror stay whole, and the outcome is a sound commit or a plain refusal.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { WorkspaceError } from '../../src/execution/workspace/workspace.ts';
import {
  commitAll,
  layOutFrom,
  plainGit,
  snapshot,
  sourceRepo,
  TIME,
  tempDir,
  write,
} from '../execution/workspace/helpers.ts';

const ATTACKS = join(import.meta.dirname, 'attacks');
/** All others must end in a commit or in "no change": refusing honest work is a failure too. */
const REFUSED: Record<string, string> = {
  '17-gitmodules-update.sh': 'object-check',
  '23-huge.sh': 'refused-tree',
  '42-beyond-path-max.sh': 'refused-tree',
  '43-many-files.sh': 'too-large',
  '47-choking-control-files.sh': 'object-check',
  '49-swap-the-folder.sh': 'no-tree',
};

function victimRepo(): string {
  const source = sourceRepo({
    'a.txt': 'aaaa\n',
    'base.txt': 'base\n',
    'dir/x.txt': 'x\n',
    'tools/clean.sh': '#!/bin/sh\ncat\n',
  });
  write(source, { 'a.txt': 'AAAA\n' });
  commitAll(source, 'second');
  return source;
}

async function attacked(script: string) {
  const run = await layOutFrom(victimRepo());
  const outside = tempDir();
  const home = join(outside, 'home');
  mkdirSync(home);
  write(home, { 'secret.txt': 'precious\n', 'sub/.git/config': 'precious\n' });
  const pwn = join(outside, 'PWN');
  const ran = spawnSync('sh', [join(ATTACKS, script)], {
    cwd: run.repo,
    encoding: 'utf8',
    timeout: 30_000,
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: home,
      PWN: pwn,
      MIRROR: run.mirror.gitDir,
      GIT_CONFIG_NOSYSTEM: '1',
    },
  });
  return { ...run, pwn, outside, home_: home, ran };
}

const refsOf = (dir: string) => plainGit(dir, 'for-each-ref', '--format=%(refname) %(objectname)');
const scripts = readdirSync(ATTACKS).filter((name) => name.endsWith('.sh'));

describe('whatever a coder leaves behind', () => {
  test('the attacks are all there', () => expect(scripts.length).toBeGreaterThanOrEqual(34));

  test.each(scripts)('%s', async (script) => {
    const source = await attacked(script);
    const { workspaces, mirror, base, dir, pwn, show } = source;
    const outsideBefore = snapshot(source.home_);
    const sourceBefore = [refsOf(source.source), snapshot(source.source)];

    const result = await source.collect().catch((error: unknown) => error);
    expect((result as { tag?: string }).tag).toBe(REFUSED[script]);
    if (result instanceof Error) {
      expect(result).toBeInstanceOf(WorkspaceError);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: no escape may reach a terminal
      expect(result.message).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
    }
    const salvage = workspaces.salvage(mirror, dir, base, 'r1', TIME);
    if (REFUSED[script] === 'no-tree')
      await expect(salvage).rejects.toMatchObject({ tag: 'no-tree' });
    const salvaged = REFUSED[script] === 'no-tree' ? null : await salvage;

    // The host goes on: reads, checks out, keeps, syncs, diffs, discards.
    const commits = [(result as { commit?: string | null }).commit, salvaged?.commit];
    for (const [at, commit] of commits.entries()) {
      if (commit == null) continue;
      expect(show('rev-parse', `${commit}^`)).toBe(base);
      expect(show('log', '-1', '--format=%an <%ae>', commit)).toBe('aedev <aedev@localhost>');
      const paths = show('ls-tree', '-r', '-z', '--name-only', commit).split('\0');
      expect(paths.filter((path) => /(^|\/)\.git(\/|$)/i.test(path))).toEqual([]);
      show('diff-tree', '-p', '--text', '--no-ext-diff', '--no-textconv', base, commit);
      await workspaces.checkout(mirror, commit, join(source.home, `check${at}`));
      await workspaces.keep(mirror, `task/t${at}`, commit);
    }
    await workspaces.sync('one', source.source, 'main');
    await workspaces.discard(dir);

    expect(existsSync(pwn)).toBe(false);
    expect(existsSync(join(mirror.gitDir, 'pwned'))).toBe(false);
    expect(existsSync(dir)).toBe(false);
    expect(snapshot(source.home_)).toEqual(outsideBefore);
    expect([refsOf(source.source), snapshot(source.source)]).toEqual(sourceBefore);
    plainGit(source.source, 'fsck', '--strict', '--full');
    show('fsck', '--strict', '--full');
    const foreign = show('for-each-ref', '--format=%(refname)')
      .split('\n')
      .filter((ref) => !/^refs\/aedev\/(source\/main|salvage\/r1|task\/t[01])$/.test(ref));
    expect(foreign).toEqual([]);
  });
});

describe('the attacks bite where the recipe is not followed', () => {
  test.each([
    '01-config-fsmonitor.sh',
    '11-gitsymlink-swap.sh',
    '14-embedded-repo.sh',
    '44-attribute-macros.sh',
  ])('%s', async (script) => {
    const run = await attacked(script);
    spawnSync('git', ['status'], { cwd: run.repo, env: { PATH: process.env['PATH'] ?? '' } });
    spawnSync('git', ['add', '-A'], { cwd: run.repo, env: { PATH: process.env['PATH'] ?? '' } });
    expect(existsSync(run.pwn)).toBe(true);
  });
});

test('replace refs, index bits and excludes of the coder hide nothing', async () => {
  const replaced = await attacked('26-replace-refs.sh');
  const { commit } = await replaced.collect();
  expect(replaced.show('cat-file', 'blob', `${commit}:a.txt`)).toBe('EVIL-REAL');
  const hidden = await attacked('28-index-bits.sh');
  const got = await hidden.collect();
  const changed = hidden.show('diff-tree', '-r', '--name-only', hidden.base, got.commit as string);
  expect(changed.split('\n')).toEqual(['a.txt', 'base.txt', 'payload.js']);
  const forgedTime = await attacked('29-mtime-forge.sh');
  expect((await forgedTime.collect()).commit).not.toBeNull();
});

describe('objects forged in the mirror by a coder without a container', () => {
  const forge = `const fs=require('fs'),z=require('zlib');const [objects,id,text]=process.argv.slice(1);
    const dir=objects+'/'+id.slice(0,2);fs.mkdirSync(dir,{recursive:true});const c=Buffer.from(text);
    fs.rmSync(dir+'/'+id.slice(2),{force:true});
    fs.writeFileSync(dir+'/'+id.slice(2),z.deflateSync(Buffer.concat([Buffer.from('blob '+c.length+'\\0'),c])))`;
  const forgeIn = (objects: string, id: string) =>
    spawnSync(process.execPath, ['-e', forge, objects, id, 'harmless\n']);

  test('an object that says harmless under the id of what is in the tree', async () => {
    const run = await layOutFrom(victimRepo());
    write(run.repo, { 'a.txt': 'EVIL\n' });
    const id = plainGit(run.repo, 'hash-object', 'a.txt');
    forgeIn(run.objects, id);
    expect(run.show('cat-file', 'blob', id)).toBe('harmless');
    await expect(run.collect()).rejects.toMatchObject({ tag: 'object-check' });
  });

  test('an object of the base swapped, also when the daemon restarted meanwhile', async () => {
    const run = await layOutFrom(victimRepo());
    forgeIn(run.objects, run.show('rev-parse', `${run.base}:base.txt`));
    await expect(run.collect()).rejects.toMatchObject({ tag: 'object-check' });
    for (const file of readdirSync(join(run.home, 'repos', '.layouts'))) {
      spawnSync('rm', ['--', join(run.home, 'repos', '.layouts', file)]);
    }
    await expect(run.collect()).rejects.toMatchObject({ tag: 'object-check' });
  });

  test('a pack damaged in place, and foreign alternates', async () => {
    const source = victimRepo();
    for (let at = 0; at < 120; at += 1) write(source, { [`many/${at}`]: `${at}\n` });
    commitAll(source);
    const run = await layOutFrom(source);
    const packs = join(run.objects, 'pack');
    const pack = readdirSync(packs).find((name) => name.endsWith('.pack')) as string;
    const bytes = readFileSync(join(packs, pack));
    bytes[60] = (bytes[60] ?? 0) ^ 0xff;
    spawnSync(process.execPath, [
      '-e',
      `const f=process.argv[1],fs=require('fs');fs.chmodSync(f,0o644);fs.writeFileSync(f,Buffer.from(process.argv[2],'base64'))`,
      join(packs, pack),
      bytes.toString('base64'),
    ]);
    await expect(run.collect()).rejects.toMatchObject({ tag: 'object-check' });

    const other = await layOutFrom(victimRepo());
    write(other.objects, { 'info/alternates': `${other.repo}/.git/objects\n` });
    await expect(other.collect()).rejects.toMatchObject({ tag: 'object-check' });
  });

  test('honest work passes the same check', async () => {
    const run = await layOutFrom(victimRepo());
    write(run.repo, { 'b.txt': 'b\n' });
    expect((await run.collect()).commit).not.toBeNull();
    write(run.repo, { 'c.txt': 'c\n' });
    expect((await run.collect()).commit).not.toBeNull();
  });
});
