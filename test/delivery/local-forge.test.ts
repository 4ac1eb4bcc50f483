import { execFileSync, spawn } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { ForgeError, type RemoteWriteGate } from '../../src/delivery/forges/forge.ts';
import { createLocalForge } from '../../src/delivery/forges/local.ts';
import { initLocalForge } from '../../src/delivery/forges/local-init.ts';
import { BOOK_REF } from '../../src/delivery/forges/pull-book.ts';
import { type LocalBed, localBed, OPEN_GATE, opening, START, TIME } from '../support/forges.ts';
import { createRepo } from './repo.ts';

const BRANCH = 'aedev/t1';
const tagOf = (call: Promise<unknown>) =>
  call.then(
    () => 'done',
    (error) => error.tag,
  );

let beds: LocalBed[] = [];
afterEach(() => {
  for (const bed of beds) bed.remove();
  beds = [];
});
async function makeBed(options?: Parameters<typeof localBed>[0]): Promise<LocalBed> {
  const bed = await localBed(options);
  beds.push(bed);
  return bed;
}
const change = (bed: LocalBed, files = {}) => bed.host.commit({ ...START, ...files }, [bed.base]);
async function openPull(bed: LocalBed, marker = 'm1') {
  await bed.forge.push(bed.host, await change(bed, { 'src/b.ts': 'b\n' }), BRANCH, null);
  const input = {
    marker,
    title: 't',
    body: 'b',
    headBranch: BRANCH,
    baseBranch: 'main',
    draft: true as const,
  };
  const { number } = await bed.forge.openPull(input);
  await bed.forge.markReady(number);
  return bed.forge.pull(number);
}

/** Everything a repository shows to others: refs and what they point to. */
const refs = (bed: LocalBed) => bed.bare.git('for-each-ref');
const objects = (bed: LocalBed) => bed.bare.git('count-objects', '-v');

class CountingGate implements RemoteWriteGate {
  asked: string[] = [];
  /** Asked how often before it says no. */
  allow = Number.POSITIVE_INFINITY;
  assertAllowed(what: string): void {
    this.asked.push(what);
    if (this.asked.length > this.allow)
      throw new ForgeError('remote-writes-off', `${what} was not done`);
  }
}

/** Each mutating call, on a bed where its preconditions hold. */
const EFFECTS: Record<
  string,
  { prepare?: (bed: LocalBed) => Promise<unknown>; act: (bed: LocalBed) => Promise<unknown> }
> = {
  push: {
    act: async (bed) =>
      bed.forge.push(bed.host, await change(bed, { 'src/b.ts': 'b\n' }), BRANCH, null),
  },
  openPull: {
    prepare: async (bed) =>
      bed.forge.push(bed.host, await change(bed, { 'src/b.ts': 'b\n' }), BRANCH, null),
    act: (bed) => bed.forge.openPull({ ...opening(), headBranch: BRANCH }),
  },
  markReady: {
    prepare: async (bed) => {
      await EFFECTS['openPull']?.prepare?.(bed);
      await EFFECTS['openPull']?.act(bed);
    },
    act: (bed) => bed.forge.markReady(1),
  },
  comment: { prepare: openPull, act: (bed) => bed.forge.comment(1, 'c', 'words') },
  setCheck: {
    prepare: openPull,
    act: async (bed) =>
      bed.forge.setCheck(1, {
        name: 'tests',
        state: 'success',
        summary: '',
        head: (await bed.forge.tip(BRANCH)) ?? '',
      }),
  },
  review: {
    prepare: openPull,
    act: (bed) => bed.forge.review(1, { author: 'ann', state: 'approved', body: '' }),
  },
  close: { prepare: openPull, act: (bed) => bed.forge.close(1, 'no') },
  merge: {
    prepare: openPull,
    act: async (bed) => {
      const { head, base } = await bed.forge.pull(1);
      return bed.forge.merge(1, { head, base }, 'squash', 'm\n', TIME);
    },
  },
  syncFromSource: {
    act: async (bed) =>
      bed.forge.syncFromSource('main', await change(bed, { new: 'n\n' }), bed.host.gitDir),
  },
};

describe('the remote-write gate', () => {
  it('knows what is inside the home, links resolved', async () => {
    const inside = await makeBed();
    const outside = await makeBed({ outside: true });
    expect(inside.forge.outward).toBe(false);
    expect(outside.forge.outward).toBe(true);
    const { gitDir } = outside;
    const home = inside.home;
    const at = (path: string) => createLocalForge({ gitDir: path, home, gate: OPEN_GATE }).outward;

    // A link in the home to a repository elsewhere is elsewhere.
    symlinkSync(gitDir, join(home, 'link.git'));
    expect(at(join(home, 'link.git'))).toBe(true);
    // So is a folder with the home's name in front, and a path that climbs out.
    mkdirSync(`${home}-other`);
    cpSync(gitDir, join(`${home}-other`, 'f.git'), { recursive: true });
    expect(at(join(`${home}-other`, 'f.git'))).toBe(true);
    expect(at(join(home, '..', 'home-other', 'f.git'))).toBe(true);
    // And a repository in the home whose refs or objects are elsewhere.
    for (const part of ['refs', 'objects']) {
      const path = join(home, `${part}.git`);
      cpSync(gitDir, path, { recursive: true });
      rmSync(join(path, part), { recursive: true });
      symlinkSync(join(gitDir, part), join(path, part));
      expect(at(path), part).toBe(true);
    }
    cpSync(gitDir, join(home, 'shared.git'), { recursive: true });
    writeFileSync(join(home, 'shared.git', 'commondir'), `${gitDir}\n`);
    expect(at(join(home, 'shared.git'))).toBe(true);
    // A home that is itself reached through a link is still the home.
    symlinkSync(home, join(inside.root, 'home-link'));
    const viaLink = createLocalForge({
      gitDir: inside.gitDir,
      home: join(inside.root, 'home-link'),
      gate: OPEN_GATE,
    });
    expect(viaLink.outward).toBe(false);
  });

  it('notices a repository that is replaced by a link after it was opened', async () => {
    const gate = new CountingGate();
    const bed = await makeBed({ gate });
    const outside = await makeBed({ outside: true });
    const head = await change(bed, { 'src/b.ts': 'b\n' });
    renameSync(bed.gitDir, `${bed.gitDir}.away`);
    symlinkSync(outside.gitDir, bed.gitDir);
    const before = await refs(outside);
    expect(await tagOf(bed.forge.push(bed.host, head, BRANCH, null))).toBe('refused');
    expect(await refs(outside)).toBe(before);
    rmSync(bed.gitDir);
    renameSync(`${bed.gitDir}.away`, bed.gitDir);
    renameSync(join(bed.gitDir, 'refs'), join(outside.root, 'refs'));
    symlinkSync(join(outside.root, 'refs'), join(bed.gitDir, 'refs'));
    expect(await tagOf(bed.forge.push(bed.host, head, BRANCH, null))).toBe('refused');
  });

  it('is never asked inside the home', async () => {
    for (const { prepare, act } of Object.values(EFFECTS)) {
      const gate = new CountingGate();
      const bed = await makeBed({ gate });
      await prepare?.(bed);
      await act(bed);
      expect(gate.asked).toEqual([]);
    }
  });

  it('is not asked for reading, and reading writes nothing', async () => {
    const gate = new CountingGate();
    const bed = await makeBed({ outside: true, gate });
    await openPull(bed);
    const before = [await refs(bed), await objects(bed)];
    gate.asked = [];
    await bed.forge.tip('main');
    expect(await bed.forge.findPull('m1')).toMatchObject({ number: 1, mergeable: 'clean' });
    expect((await bed.forge.pull(1)).mergeable).toBe('clean');
    expect(gate.asked).toEqual([]);
    expect([await refs(bed), await objects(bed)]).toEqual(before);
  });

  it.each(Object.keys(EFFECTS))('stops %s before its first effect', async (name) => {
    const gate = new CountingGate();
    const bed = await makeBed({ outside: true, gate });
    const { prepare, act } = EFFECTS[name]!;
    await prepare?.(bed);
    const before = [await refs(bed), await objects(bed)];
    gate.asked = [];
    gate.allow = 0;
    expect(await tagOf(act(bed))).toBe('remote-writes-off');
    expect(gate.asked.length).toBe(1);
    expect([await refs(bed), await objects(bed)]).toEqual(before);
  });

  it.each(Object.keys(EFFECTS))(
    'stops %s between any two effects, and it can be done again',
    async (name) => {
      const { prepare, act } = EFFECTS[name]!;
      const counting = new CountingGate();
      const whole = await makeBed({ outside: true, gate: counting });
      await prepare?.(whole);
      counting.asked = [];
      await act(whole);
      const steps = counting.asked.length;
      expect(steps).toBeGreaterThanOrEqual(2);
      for (let allow = 1; allow < steps; allow += 1) {
        const gate = new CountingGate();
        const bed = await makeBed({ outside: true, gate });
        await prepare?.(bed);
        const main = await bed.forge.tip('main');
        gate.asked = [];
        gate.allow = allow;
        expect(await tagOf(act(bed)), `after ${allow} of ${steps}`).toBe('remote-writes-off');
        expect(gate.asked.length).toBe(allow + 1);
        // The last step is the one that others can see.
        expect(await bed.forge.tip('main')).toBe(main);
        gate.allow = Number.POSITIVE_INFINITY;
        await act(bed);
        expect(await refs(bed).then((text) => text.split('\n').length)).toBe(
          (await refs(whole)).split('\n').length,
        );
      }
    },
  );
});

describe('after a crash', () => {
  it('records a merge that landed but was not written down', async () => {
    const bed = await makeBed();
    const pull = await openPull(bed);
    const before = await bed.bare.git('rev-parse', BOOK_REF);
    const landed = await bed.forge.merge(
      1,
      { head: pull.head, base: pull.base },
      'squash',
      'm\n',
      TIME,
    );
    // Back to the page that holds the intent alone, as if the process had died between the refs.
    const intent = await bed.bare.git('rev-parse', `${BOOK_REF}^`);
    expect(intent).not.toBe(before);
    await bed.bare.git('update-ref', BOOK_REF, intent);
    const seen = await bed.again().pull(1);
    expect(seen).toMatchObject({
      state: 'merged',
      mergeCommit: landed.commit,
      mergeTree: landed.tree,
    });
    // Another time and other words, as a later life would have: still the same merge.
    const again = await bed
      .again()
      .merge(1, { head: pull.head, base: pull.base }, 'merge', 'other\n', '2026-05-05T00:00:00Z');
    expect(again).toEqual(landed);
    expect(await bed.forge.tip('main')).toBe(landed.commit);
    expect(await tagOf(bed.forge.close(1, 'x'))).toBe('refused');
  });

  it('lands again when the intent was written down but nothing landed', async () => {
    const bed = await makeBed();
    const pull = await openPull(bed);
    const first = await bed.forge.merge(
      1,
      { head: pull.head, base: pull.base },
      'squash',
      'm\n',
      TIME,
    );
    await bed.bare.git('update-ref', BOOK_REF, await bed.bare.git('rev-parse', `${BOOK_REF}^`));
    await bed.bare.branch('main', pull.base);
    expect((await bed.forge.pull(1)).state).toBe('open');
    const second = await bed.forge.merge(
      1,
      { head: pull.head, base: pull.base },
      'squash',
      'm\n',
      '2026-05-05T00:00:00Z',
    );
    expect(second.tree).toBe(first.tree);
    expect(second.commit).not.toBe(first.commit);
    expect(await bed.forge.tip('main')).toBe(second.commit);
  });

  it('says unavailable, to be tried again, while a ref stays locked', async () => {
    const bed = await makeBed();
    await openPull(bed);
    writeFileSync(join(bed.gitDir, `${BOOK_REF}.lock`), '');
    await expect(bed.forge.comment(1, 'c', 'x')).rejects.toMatchObject({
      tag: 'unavailable',
      retryable: true,
    });
    rmSync(join(bed.gitDir, `${BOOK_REF}.lock`));
    await bed.forge.comment(1, 'c', 'x');
  });

  it('refuses a damaged record instead of guessing', async () => {
    const bed = await makeBed();
    await openPull(bed);
    const blob = await bed.bare.blob('{"number":1}\n');
    const tree = await bed.bare.tree({ '1.json': { oid: blob } });
    const commit = await bed.bare.git('commit-tree', tree, '-m', 'x').catch(() => null);
    await bed.bare.git(
      'update-ref',
      BOOK_REF,
      commit ?? (await bed.bare.commit({ '1.json': { oid: blob } })),
    );
    expect(await tagOf(bed.forge.pull(1))).toBe('refused');
  });
});

describe('the bare repository', () => {
  it('keeps each pull request in one ref and its head in another', async () => {
    const bed = await makeBed();
    const pull = await openPull(bed);
    await bed.forge.comment(1, 'c', 'words');
    expect((await refs(bed)).split('\n').map((line) => line.split('\t')[1])).toEqual([
      BOOK_REF,
      `refs/heads/${BRANCH}`,
      'refs/heads/main',
      'refs/pull/1/head',
    ]);
    expect(await bed.bare.git('rev-parse', 'refs/pull/1/head')).toBe(pull.head);
    expect(JSON.parse(await bed.bare.show(BOOK_REF, '1.json'))).toMatchObject({
      number: 1,
      marker: 'm1',
      state: 'open',
      comments: [{ marker: 'c', body: 'words' }],
    });
    await bed.bare.git('fsck', '--full', '--strict', '--no-dangling');
  });

  it('runs no hook and no setting of the forge or of the mirror', async () => {
    const bed = await makeBed();
    const marks = join(bed.root, 'marks');
    mkdirSync(marks);
    for (const dir of [bed.gitDir, bed.host.gitDir]) {
      mkdirSync(join(dir, 'hooks'), { recursive: true });
      for (const hook of [
        'pre-receive',
        'update',
        'post-receive',
        'post-update',
        'reference-transaction',
        'pre-push',
        'post-merge',
      ]) {
        writeFileSync(join(dir, 'hooks', hook), `#!/bin/sh\ntouch '${marks}/${hook}'\nexit 1\n`, {
          mode: 0o755,
        });
      }
    }
    await bed.bare.git('config', 'core.fsmonitor', `touch '${marks}/fsmonitor'`);
    await bed.host.git(
      'config',
      'uploadpack.packObjectsHook',
      `touch '${marks}/packobjects'; false`,
    );
    const { head, base } = await openPull(bed);
    await bed.forge.merge(1, { head, base }, 'merge', 'm\n', TIME);
    expect(readdirSync(marks)).toEqual([]);
  });

  it('refuses objects that git would call broken', async () => {
    const bed = await makeBed();
    const evil = await bed.host.commit({ '.git/config': 'x\n' }, [bed.base]);
    expect(await tagOf(bed.forge.push(bed.host, evil, BRANCH, null))).toBe('git');
    expect(await bed.forge.tip(BRANCH)).toBeNull();
  });

  it('bounds what it keeps', async () => {
    const bed = await makeBed();
    await openPull(bed);
    expect(await tagOf(bed.forge.comment(1, 'c', 'x'.repeat(70_000)))).toBe('refused');
    expect(
      await tagOf(
        bed.forge.merge(1, { head: bed.base, base: bed.base }, 'squash', 'm', 'yesterday'),
      ),
    ).toBe('refused');
  });
});

describe('several processes', () => {
  it('lose nothing when they write at the same time', async () => {
    const bed = await makeBed();
    const pull = await openPull(bed);
    const writers = Array.from({ length: 8 }, (_, at) =>
      bed
        .again()
        .setCheck(1, { name: `check ${at}`, state: 'success', summary: '', head: pull.head }),
    );
    const comments = Array.from({ length: 4 }, (_, at) => bed.again().comment(1, `c${at}`, 'x'));
    await Promise.all([...writers, ...comments]);
    expect((await bed.forge.pull(1)).checks.length).toBe(8);
    expect(JSON.parse(await bed.bare.show(BOOK_REF, '1.json')).comments.length).toBe(4);
  });

  it('cannot land on a base that another git moves meanwhile', async () => {
    const bed = await makeBed();
    const pull = await openPull(bed);
    const moved = await change(bed, { 'README.md': 'moved\n' });
    await bed.move('keep', moved);
    // A plain git of somebody else, racing with the merge.
    const racer = new Promise<number | null>((resolve) => {
      const child = spawn(
        'git',
        ['-C', bed.gitDir, 'update-ref', 'refs/heads/main', moved, bed.base],
        { stdio: 'ignore' },
      );
      child.once('close', resolve);
    });
    const merge = tagOf(
      bed.forge.merge(1, { head: pull.head, base: pull.base }, 'squash', 'm\n', TIME),
    );
    const [code, end] = await Promise.all([racer, merge]);
    const tip = await bed.forge.tip('main');
    // Exactly one of the two happened.
    if (code === 0) expect([end, tip]).toEqual(['base-moved', moved]);
    else expect([end, (await bed.forge.pull(1)).mergeCommit]).toEqual(['done', tip]);
  });
});

describe('the moment of landing', () => {
  /** Merges while someone moves `ref` just before the call number `step`. */
  async function mergeWhile(
    step: number,
    ref: string,
  ): Promise<{ end: string; steps: number; tip: string | null; moved: string }> {
    const gate = new CountingGate();
    const bed = await makeBed({ outside: true, gate });
    const pull = await openPull(bed);
    const moved = await change(bed, { 'README.md': 'moved\n' });
    await bed.move('keep', moved);
    gate.asked = [];
    gate.assertAllowed = (what) => {
      gate.asked.push(what);
      if (gate.asked.length === step)
        execFileSync('git', ['-C', bed.gitDir, 'update-ref', ref, moved]);
    };
    const end = await tagOf(
      bed.forge.merge(1, { head: pull.head, base: pull.base }, 'squash', 'm\n', TIME),
    );
    return { end, steps: gate.asked.length, tip: await bed.forge.tip('main'), moved };
  }

  it('checks head and base in the same transaction that lands', async () => {
    const { end, steps } = await mergeWhile(0, 'refs/heads/main');
    expect(end).toBe('done');
    for (let step = 1; step <= steps; step += 1) {
      const base = await mergeWhile(step, 'refs/heads/main');
      expect([base.end, base.tip], `base moved before call ${step}`).toEqual([
        'base-moved',
        base.moved,
      ]);
      const head = await mergeWhile(step, `refs/heads/${BRANCH}`);
      expect(head.end, `head moved before call ${step}`).toBe('head-moved');
      expect(head.tip).not.toBe(head.moved);
    }
  });
});

describe('making a forge', () => {
  it('has the branch, its history and nothing else', async () => {
    const bed = await makeBed();
    await bed.host.branch('secret', await change(bed, { 'secret.txt': 'x\n' }));
    const path = join(bed.root, 'deep', 'new.git');
    await initLocalForge(path, bed.host.gitDir, 'main');
    const made = await createRepo(path);
    expect(await made.git('for-each-ref', '--format=%(refname)')).toBe('refs/heads/main');
    expect(await made.git('symbolic-ref', 'HEAD')).toBe('refs/heads/main');
    expect(await made.show('main', 'README.md')).toBe('read me\n');
    expect(readdirSync(join(bed.root, 'deep'))).toEqual(['new.git']);
    await expect(
      made.git('cat-file', '-e', await bed.host.git('rev-parse', 'secret')),
    ).rejects.toThrow();
  });

  it('does nothing where a forge is, also when several race', async () => {
    const bed = await makeBed();
    const path = join(bed.root, 'new.git');
    await Promise.all([1, 2, 3].map(() => initLocalForge(path, bed.host.gitDir, 'main')));
    const moved = await change(bed, { new: 'n\n' });
    await bed.host.branch('main', moved);
    await initLocalForge(path, bed.host.gitDir, 'main');
    expect(await (await createRepo(path)).git('rev-parse', 'main')).toBe(bed.base);
    expect(readdirSync(bed.root).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('refuses other folders, missing branches and missing repositories', async () => {
    const bed = await makeBed();
    mkdirSync(join(bed.root, 'full'));
    writeFileSync(join(bed.root, 'full', 'file'), 'x');
    expect(await tagOf(initLocalForge(join(bed.root, 'full'), bed.host.gitDir, 'main'))).toBe(
      'refused',
    );
    expect(await tagOf(initLocalForge(bed.host.gitDir, bed.host.gitDir, 'main'))).toBe('refused');
    expect(await tagOf(initLocalForge(join(bed.root, 'x.git'), bed.host.gitDir, 'nope'))).toBe(
      'not-found',
    );
    expect(await tagOf(initLocalForge(bed.gitDir, bed.host.gitDir, 'nope'))).toBe('refused');
    expect(() =>
      createLocalForge({ gitDir: join(bed.root, 'none'), home: bed.home, gate: OPEN_GATE }),
    ).toThrow(ForgeError);
    expect(() => createLocalForge({ gitDir: bed.root, home: bed.home, gate: OPEN_GATE })).toThrow(
      ForgeError,
    );
  });
});

describe('following the operator’s repo', () => {
  it('fast-forwards only', async () => {
    const bed = await makeBed();
    const newer = await change(bed, { new: 'n\n' });
    const sync = (commit: string) => bed.forge.syncFromSource('main', commit, bed.host.gitDir);
    expect(await sync(bed.base)).toBe('same');
    expect(await sync(newer)).toBe('updated');
    expect(await bed.forge.tip('main')).toBe(newer);
    expect(await sync(newer)).toBe('same');
    expect(await sync(bed.base)).toBe('same');
    expect(await sync(await change(bed, { other: 'o\n' }))).toBe('diverged');
    expect(await bed.forge.tip('main')).toBe(newer);
  });

  it('knows that a merge in the forge put it ahead, and that both sides may move', async () => {
    const bed = await makeBed();
    const { head, base } = await openPull(bed);
    const { commit } = await bed.forge.merge(1, { head, base }, 'squash', 'm\n', TIME);
    expect(await bed.forge.syncFromSource('main', bed.base, bed.host.gitDir)).toBe('same');
    expect(
      await bed.forge.syncFromSource('main', await change(bed, { new: 'n\n' }), bed.host.gitDir),
    ).toBe('diverged');
    expect(await bed.forge.tip('main')).toBe(commit);
  });

  it('brings a branch that the forge does not have, but none of aedev’s', async () => {
    const bed = await makeBed();
    const commit = await change(bed, { new: 'n\n' });
    expect(await bed.forge.syncFromSource('release', commit, bed.host.gitDir)).toBe('updated');
    expect(await bed.forge.tip('release')).toBe(commit);
    expect(await tagOf(bed.forge.syncFromSource(BRANCH, commit, bed.host.gitDir))).toBe('refused');
  });
});
