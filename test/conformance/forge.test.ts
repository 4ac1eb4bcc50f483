import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Forge, PullRequest } from '../../src/delivery/forges/forge.ts';
import { FORGES, type ForgeBed, opening, START, TIME } from '../support/forges.ts';

const MARKER = '<!-- aedev:task=t1 -->';
const BRANCH = 'aedev/t1';

for (const [name, makeBed] of Object.entries(FORGES)) {
  describe(`forge ${name}`, () => {
    let bed: ForgeBed;
    let forge: Forge;
    beforeEach(async () => {
      bed = await makeBed();
      forge = bed.forge;
    });
    afterEach(() => bed.remove());

    const change = (files = {}, parents = [bed.base]) =>
      bed.host.commit({ ...START, ...files }, parents);
    const open = (marker = MARKER, headBranch = BRANCH, on: Forge = forge) =>
      on.openPull({ ...opening(), marker, title: 'A title', body: `${marker}\nbody`, headBranch });
    /** Pushes a change and opens its pull request. */
    async function draft(files = { 'src/b.ts': 'b\n' }): Promise<PullRequest> {
      await forge.push(bed.host, await change(files), BRANCH, null);
      return open();
    }
    async function ready(files = { 'src/b.ts': 'b\n' }): Promise<PullRequest> {
      const { number } = await draft(files);
      await forge.markReady(number);
      return forge.pull(number);
    }
    const merge = (pull: PullRequest, on: Forge = forge, method: 'merge' | 'squash' = 'squash') =>
      on.merge(pull.number, { head: pull.head, base: pull.base }, method, 'A title\n', TIME);
    const tagOf = (call: Promise<unknown>) =>
      call.then(
        () => 'done',
        (error) => `${error.name} ${error.tag}`,
      );

    describe('branches', () => {
      it('creates and moves a branch only from the expected commit', async () => {
        const first = await change({ 'src/b.ts': '1\n' });
        const second = await change({ 'src/b.ts': '2\n' });
        expect(await forge.tip(BRANCH)).toBeNull();
        expect(await tagOf(forge.push(bed.host, first, BRANCH, bed.base))).toBe(
          'ForgeError head-moved',
        );
        expect(await forge.tip(BRANCH)).toBeNull();
        await forge.push(bed.host, first, BRANCH, null);
        expect(await forge.tip(BRANCH)).toBe(first);
        expect(await tagOf(forge.push(bed.host, second, BRANCH, null))).toBe(
          'ForgeError head-moved',
        );
        await forge.push(bed.host, second, BRANCH, first);
        expect(await forge.tip(BRANCH)).toBe(second);
      });

      it('adopts a push that was made already', async () => {
        const head = await change({ 'src/b.ts': '1\n' });
        await forge.push(bed.host, head, BRANCH, null);
        await bed.again().push(bed.host, head, BRANCH, null);
        expect(await forge.tip(BRANCH)).toBe(head);
      });

      it('lets one of two racing pushes win', async () => {
        const heads = await Promise.all(
          ['1\n', '2\n', '3\n'].map((text) => change({ 'src/b.ts': text })),
        );
        const ends = await Promise.all(
          heads.map((head) => tagOf(bed.again().push(bed.host, head, BRANCH, null))),
        );
        expect(ends.filter((end) => end === 'done').length).toBe(1);
        expect(new Set(ends)).toEqual(new Set(['done', 'ForgeError head-moved']));
        expect(await forge.tip(BRANCH)).toBe(heads[ends.indexOf('done')]);
      });

      it('pushes to no branch but its own', async () => {
        const head = await change({ 'src/b.ts': '1\n' });
        for (const branch of [
          'main',
          'feature',
          'aedev',
          'aedev/',
          'aedev/../main',
          '../aedev/x',
          'aedev/x.lock',
          'aedev/-x',
          '-aedev/x',
          'aedev/a b',
          'aedev/a\nb',
        ]) {
          expect(await tagOf(forge.push(bed.host, head, branch, null)), branch).toBe(
            'ForgeError refused',
          );
        }
        expect(await forge.tip('main')).toBe(bed.base);
      });

      it('refuses what is no commit, or is not in the mirror', async () => {
        for (const commit of ['main', '--all', 'a'.repeat(40), '']) {
          expect(await tagOf(forge.push(bed.host, commit, BRANCH, null)), commit).toMatch(
            /^ForgeError (?:git|refused)$/,
          );
        }
        expect(await forge.tip(BRANCH)).toBeNull();
      });
    });

    describe('pull requests', () => {
      it('opens a draft that says where everything is', async () => {
        const pull = await draft();
        expect(pull).toMatchObject({
          number: 1,
          state: 'draft',
          head: await forge.tip(BRANCH),
          headBranch: BRANCH,
          baseBranch: 'main',
          base: bed.base,
          mergeable: 'clean',
          checks: [],
          reviews: [],
          mergeCommit: null,
          mergeTree: null,
        });
        expect(pull.url).not.toBe('');
        expect(await forge.pull(pull.number)).toEqual(pull);
      });

      it('is found again by its marker, by another adapter too', async () => {
        expect(await forge.findPull(MARKER)).toBeNull();
        const pull = await draft();
        expect(await bed.again().findPull(MARKER)).toEqual(pull);
        expect(await forge.findPull('<!-- aedev:task=t11 -->')).toBeNull();
      });

      it('gives the existing one for a known marker, also when several race', async () => {
        await forge.push(bed.host, await change({ 'src/b.ts': '1\n' }), BRANCH, null);
        const pulls = await Promise.all([1, 2, 3, 4].map(() => open(MARKER, BRANCH, bed.again())));
        expect(new Set(pulls.map(({ number }) => number))).toEqual(new Set([1]));
        expect((await open()).number).toBe(1);
        expect(await tagOf(forge.pull(2))).toBe('ForgeError not-found');
      });

      it('gives every marker a number of its own, also when several race', async () => {
        const tasks = ['t1', 't2', 't3', 't4', 't5'];
        for (const task of tasks)
          await forge.push(bed.host, await change({ [task]: `${task}\n` }), `aedev/${task}`, null);
        const pulls = await Promise.all(
          tasks.map((task) => open(`marker ${task}`, `aedev/${task}`, bed.again())),
        );
        expect(pulls.map(({ number }) => number).sort()).toEqual([1, 2, 3, 4, 5]);
        for (const [at, task] of tasks.entries()) {
          expect((await forge.findPull(`marker ${task}`))?.number).toBe(pulls[at]?.number);
        }
      });

      it('does not open one without its branches', async () => {
        expect(await tagOf(open())).toBe('ForgeError not-found');
        await forge.push(bed.host, await change({ 'src/b.ts': '1\n' }), BRANCH, null);
        expect(await tagOf(open('', BRANCH))).toBe('ForgeError refused');
      });

      it('becomes ready once, and follows its branch', async () => {
        const { number } = await draft();
        await forge.markReady(number);
        await forge.markReady(number);
        expect((await forge.pull(number)).state).toBe('open');
        const next = await change({ 'src/b.ts': 'new\n' });
        await forge.push(bed.host, next, BRANCH, await forge.tip(BRANCH));
        expect((await forge.pull(number)).head).toBe(next);
      });

      it('shows a push of someone else', async () => {
        const pull = await ready();
        const foreign = await change({ 'src/foreign.ts': 'x\n' });
        await bed.move(BRANCH, foreign);
        expect((await forge.pull(pull.number)).head).toBe(foreign);
      });

      it('knows whether it conflicts, before and after the base moves', async () => {
        const pull = await draft({ 'src/a.ts': 'ONE\ntwo\nthree\n' } as never);
        expect(pull.mergeable).toBe('clean');
        await bed.move('main', await change({ 'src/a.ts': 'uno\ntwo\nthree\n' }));
        // A forge may work it out in the background.
        const asked = async () => (await forge.pull(pull.number)).mergeable;
        await expect.poll(asked, { interval: 1 }).toBe('conflict');
      });

      it('keeps one comment per marker', async () => {
        const { number } = await draft();
        await forge.comment(number, 'm1', 'first');
        await forge.comment(number, 'm1', 'first');
        await bed.again().comment(number, 'm1', 'second');
        await forge.comment(number, 'm2', 'other');
        expect(await tagOf(forge.comment(99, 'm', 'x'))).toBe('ForgeError not-found');
      });

      it('keeps the newest state of each check, for its own head only', async () => {
        const pull = await draft();
        const check = {
          name: 'tests',
          state: 'pending' as const,
          summary: 'started',
          head: pull.head,
        };
        await forge.setCheck(pull.number, check);
        await forge.setCheck(pull.number, { ...check, state: 'success', summary: 'all passed' });
        await forge.setCheck(pull.number, {
          ...check,
          name: 'lint',
          state: 'failure',
          summary: 'two',
        });
        expect((await forge.pull(pull.number)).checks).toEqual([
          { name: 'tests', state: 'success', summary: 'all passed' },
          { name: 'lint', state: 'failure', summary: 'two' },
        ]);
        await forge.push(bed.host, await change({ 'src/b.ts': 'new\n' }), BRANCH, pull.head);
        expect((await forge.pull(pull.number)).checks).toEqual([]);
        expect(await tagOf(forge.setCheck(pull.number, check))).toBe('ForgeError head-moved');
      });

      it('loses no check when several are set at once', async () => {
        const pull = await draft();
        const names = ['a', 'b', 'c', 'd'];
        await Promise.all(
          names.map((check) =>
            bed.again().setCheck(pull.number, {
              name: check,
              state: 'success',
              summary: '',
              head: pull.head,
            }),
          ),
        );
        expect((await forge.pull(pull.number)).checks.map((check) => check.name).sort()).toEqual(
          names,
        );
      });

      it('shows reviews in order, each with an id of its own', async () => {
        const { number } = await draft();
        await bed.review(number, { author: 'ann', state: 'changes-requested', body: 'no' });
        await bed.review(number, { author: 'ann', state: 'approved', body: 'yes' });
        const { reviews } = await forge.pull(number);
        expect(reviews.map(({ author, state, body }) => [author, state, body])).toEqual([
          ['ann', 'changes-requested', 'no'],
          ['ann', 'approved', 'yes'],
        ]);
        expect(new Set(reviews.map(({ id }) => id)).size).toBe(2);
      });
    });

    describe('merging', () => {
      it('squashes onto the base: one parent, the merged tree, the given words and time', async () => {
        const pull = await ready();
        const landed = await merge(pull);
        const commit = await bed.commit(landed.commit);
        expect(commit).toMatchObject({ tree: landed.tree, parents: [bed.base] });
        expect(commit.text).toContain('\n\nA title');
        if (!bed.isGitHub) expect(commit.text).toContain(`${Date.parse(TIME) / 1000} +0000`);
        expect(await forge.tip('main')).toBe(landed.commit);
        expect(landed.tree).toBe(await bed.host.git('rev-parse', `${pull.head}^{tree}`));
        expect(await forge.pull(pull.number)).toMatchObject({
          state: 'merged',
          head: pull.head,
          base: landed.commit,
          mergeCommit: landed.commit,
          mergeTree: landed.tree,
        });
      });

      it('merges with both parents, over a base that moved elsewhere', async () => {
        const first = await ready();
        await bed.move('main', await change({ 'README.md': 'new words\n' }));
        const pull = await forge.pull(first.number);
        const landed = await merge(pull, forge, 'merge');
        const commit = await bed.commit(landed.commit);
        expect(commit.parents).toEqual([pull.base, pull.head]);
        expect(landed.tree).toBe(
          await bed.host.tree({ ...START, 'src/b.ts': 'b\n', 'README.md': 'new words\n' }),
        );
      });

      it('gives the recorded commit when it is merged already', async () => {
        const pull = await ready();
        const landed = await merge(pull);
        expect(await merge(pull, bed.again())).toEqual(landed);
        // Later commits on the base do not matter; another head does.
        await bed.move('main', await bed.host.commit({ ...START, later: 'x\n' }, [bed.base]));
        expect(await merge(pull)).toEqual(landed);
        expect(await tagOf(merge({ ...pull, head: bed.base }))).toBe('ForgeError head-moved');
      });

      it('lands once when several merge at the same time', async () => {
        const pull = await ready();
        const all = await Promise.all([1, 2, 3].map(() => merge(pull, bed.again())));
        expect(new Set(all.map(({ commit }) => commit)).size).toBe(1);
        expect(await forge.tip('main')).toBe(all[0]?.commit);
        expect((await bed.commit(all[0]!.commit)).parents).toEqual([bed.base]);
      });

      it('refuses drafts, closed ones, conflicts and anything that moved', async () => {
        const first = await draft({ 'src/a.ts': 'ONE\ntwo\nthree\n' } as never);
        expect(await tagOf(merge(first))).toBe('ForgeError not-ready');
        await forge.markReady(first.number);
        expect(await tagOf(merge({ ...first, head: bed.base }))).toBe('ForgeError head-moved');
        expect(await tagOf(merge({ ...first, base: first.head }))).toBe('ForgeError base-moved');
        await bed.move('main', await change({ 'src/a.ts': 'uno\ntwo\nthree\n' }));
        expect(await tagOf(merge(first))).toBe('ForgeError base-moved');
        const pull = await forge.pull(first.number);
        expect(await tagOf(merge(pull))).toBe('ForgeError conflict');
        await bed.move(BRANCH, await change({ 'src/a.ts': 'x\n' }));
        expect(await tagOf(merge(pull))).toBe('ForgeError head-moved');
        await forge.close(pull.number, 'no longer wanted');
        expect(await tagOf(merge(pull))).toBe('ForgeError refused');
        expect(await forge.tip('main')).toBe(pull.base);
      });

      it('refuses histories that have nothing in common', async () => {
        await forge.push(bed.host, await bed.host.commit({ x: 'x\n' }), BRANCH, null);
        if (bed.isGitHub) {
          expect(await tagOf(open())).toBe('ForgeError refused');
          return;
        }
        const { number } = await open();
        await forge.markReady(number);
        const pull = await forge.pull(number);
        expect(pull.mergeable).toBe('conflict');
        expect(await tagOf(merge(pull))).toBe('ForgeError conflict');
      });

      it('refuses when the branch is gone', async () => {
        const pull = await ready();
        await bed.move(BRANCH, null);
        // GitHub closes the pull request of a branch that is gone.
        const tag = bed.isGitHub ? 'refused' : 'head-moved';
        expect(await tagOf(merge(pull))).toBe(`ForgeError ${tag}`);
      });
    });

    describe('closing', () => {
      it('closes once, keeps the head, and stays closed', async () => {
        const pull = await ready();
        await forge.close(pull.number, 'no longer wanted');
        await forge.close(pull.number, 'no longer wanted');
        await bed.move(BRANCH, await change({ 'src/b.ts': 'later\n' }));
        expect(await forge.pull(pull.number)).toMatchObject({ state: 'closed', head: pull.head });
        expect(await tagOf(forge.markReady(pull.number))).toBe('ForgeError refused');
        expect((await open()).state).toBe('closed');
      });

      it('does not close what is merged', async () => {
        const pull = await ready();
        await merge(pull);
        expect(await tagOf(forge.close(pull.number, 'too late'))).toBe('ForgeError refused');
        expect((await forge.pull(pull.number)).state).toBe('merged');
      });
    });
  });
}
