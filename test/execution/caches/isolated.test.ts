/** Caches and the mirror against a hostile run in a real container. About 4 s. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { NO_DOCKER, NO_SRT } from '../../support/sandboxes.ts';
import { plainGit, snapshot, write } from '../workspace/helpers.ts';
import { cacheBed, FILES, RULE } from './bed.ts';

const forever = () => new AbortController().signal;
const title = NO_DOCKER === null ? 'in docker' : `in docker (skipped: ${NO_DOCKER})`;

describe.skipIf(NO_DOCKER !== null)(title, () => {
  let bed: Awaited<ReturnType<typeof cacheBed>>;
  afterEach(() => bed.end());

  /** What a coder's run in this workspace says; the mirror is mounted as for a real run. */
  const run = async (dir: string, name: string, script: string) => {
    const objects = join(bed.mirror.gitDir, 'objects');
    const spec = bed.bed.spec(name, ['sh', '-c', script], {
      workspace: dir,
      cwd: 'repo',
      readOnly: [{ source: objects, target: '/objects' }],
    });
    const exit = await bed.sandbox.run(spec, forever());
    return { exit, out: readFileSync(spec.stdout, 'utf8') };
  };

  it('a setup has no token, no mirror and no way out but the registries; runs get copies', async () => {
    const look = `
      const { existsSync, writeFileSync } = require('node:fs');
      const { hostname, port } = new URL(process.env.HTTPS_PROXY);
      const ask = (path) => new Promise((done) => require('node:http')
        .request({ host: hostname, port, method: 'CONNECT', path })
        .on('connect', (r) => done(r.statusCode)).on('response', (r) => done(r.statusCode))
        .on('error', (e) => done(e.code)).end());
      (async () => {
        const asked = [await ask('evil.test:443'), await ask('registry.invalid:443')];
        writeFileSync('node_modules/seen.json', JSON.stringify({
          asked, env: process.env, objects: existsSync('/objects/pack'), git: existsSync('.git') }));
      })();`;
    bed = await cacheBed('docker', { ...FILES, 'look.cjs': look });
    bed.policy.registries = ['registry.invalid:443'];
    const setup = ['sh', '-c', 'node setup.cjs && node look.cjs'];
    bed.policy.rules = [{ ...RULE, setup }];
    const { dir, repo } = await bed.layOut();
    const seen = JSON.parse(readFileSync(join(repo, 'node_modules/seen.json'), 'utf8'));
    expect(seen).toMatchObject({ objects: false, git: false });
    // The one is refused, the other only cannot be found.
    expect(seen.asked[0]).toBe(403);
    expect(seen.asked[1]).not.toBe(403);
    for (const name of Object.keys(seen.env))
      expect(name).not.toMatch(/TOKEN|ANTHROPIC|CLAUDE|KEY/);
    const [entry] = await bed.caches.list();
    expect(entry?.record.egress).toEqual([
      expect.objectContaining({ host: 'evil.test', allowed: false }),
      expect.objectContaining({ host: 'registry.invalid' }),
    ]);

    // As root aedev gives files to a stranger; what is shelved stays aedev's own.
    const tree = join(bed.root, 'shop', entry?.key ?? '', 'tree');
    expect(statSync(join(tree, 'dep', 'index.js')).uid).toBe(process.getuid?.());
    const sealed = snapshot(repo);
    const evil = await run(
      dir,
      'evil',
      'echo evil >> node_modules/dep/index.js; rm -rf node_modules/dep/bin; ln -s /objects node_modules/o; node -p "require(\'dep\')" 2>&1; mv node_modules other && ln -s other node_modules',
    );
    expect(evil.exit.code).toBe(0);
    const next = await bed.layOut();
    expect(snapshot(next.repo)).toEqual(sealed);
    expect((await run(next.dir, 'good', 'node -p "require(\'dep\')"')).out).toBe('1\n');
    expect(bed.setups).toHaveLength(3);
  });

  it('a run cannot change, replace or poison the objects of the mirror', async () => {
    bed = await cacheBed('docker');
    bed.policy.rules = [];
    const { dir, repo } = await bed.layOut();
    const { gitDir } = bed.mirror;
    const before = snapshot(gitDir);
    const objects = Object.keys(before).filter((name) => /objects\/.*[0-9a-f]{38}/.test(name));
    expect(objects.length).toBeGreaterThan(0);
    const attacks = `
      cd /objects
      for f in $(find . -type f); do
        echo evil >> "$f"; chmod 777 "$f"; rm -f "$f"; mv "$f" /tmp/x; cp /etc/hostname "$f"
        ln "$f" /workspace/repo/link; ln -f /workspace/repo/a.txt "$f"; truncate -s 0 "$f"
        dd if=/dev/zero of="$f" bs=1 count=1 conv=notrunc
      done
      mkdir new; echo x > info/alternates; touch x; mknod p p; ln -s /tmp pack2
      mount -o remount,rw /objects; mount -t tmpfs none /objects; umount /objects
      cd /workspace/repo
      git hash-object -w --stdin < a.txt; git gc -q --prune=now; git repack -adfq; git prune --expire=now
      git -c core.alternateRefsCommand=false fetch -q /objects
      rm -rf .git/objects/info/alternates; ln -s /objects .git/objects/mine
      for i in $(ls -i /objects/*/* | head -c 200); do echo "$i"; done
    `;
    await run(dir, 'evil', `(${attacks}) >/dev/null 2>&1; echo done`);
    // Not by permissions alone: for whoever it is, the mount itself is read-only.
    const mounts = await run(dir, 'mounts', 'grep " /objects " /proc/mounts');
    expect(mounts.out).toMatch(/ \/objects \S+ ro,/);
    expect(existsSync(join(repo, 'link'))).toBe(false);
    expect(snapshot(gitDir)).toEqual(before);
    const fsck = plainGit(bed.home, `--git-dir=${gitDir}`, 'fsck', '--strict', '--no-dangling');
    expect(fsck).toBe('');
    write(repo, { 'work.txt': 'x' });
    const limits = { maxFiles: 9999, maxBytes: 1e9, maxFileBytes: 1e8, maxDepth: 50 };
    const time = '2026-01-01T00:00:00.000Z';
    const message = { message: 'Work', time };
    const { commit } = await bed.workspaces.collect(bed.mirror, dir, bed.base, message, limits);
    expect(commit).toMatch(/^[0-9a-f]{40}$/);
  });
});

describe.skipIf(NO_SRT !== null)(NO_SRT === null ? 'in srt' : `in srt (skipped: ${NO_SRT})`, () => {
  it('a cache is made without a way out and given as a copy', async () => {
    const bed = await cacheBed('srt');
    const { repo } = await bed.layOut();
    expect(readFileSync(join(repo, 'node_modules/dep/index.js'), 'utf8')).toContain('"1"');
    await bed.layOut();
    expect(bed.setups).toHaveLength(1);
    await bed.end();
  });
});
