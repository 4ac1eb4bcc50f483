import { afterAll, beforeAll, expect, it } from 'vitest';
import { prompt } from '../../src/control/prompt.ts';
import { bothSides } from '../../src/delivery/both-sides.ts';
import { given } from '../support/given.ts';
import { fail, oid, ok } from '../support/outcomes.ts';
import { AUTO } from '../support/tasks.ts';
import { createRepo, type Repo } from './repo.ts';

let repo: Repo;
beforeAll(async () => {
  repo = await createRepo();
});
afterAll(() => repo.remove());

it('shows what each side did to a file, and says what cannot be shown', async () => {
  const start = { 'a.txt': 'one\ntwo\n', 'b.bin': Buffer.from([0, 1, 2]), '-x': 'x\n' };
  const base = await repo.commit(start);
  const onto = await repo.commit({ ...start, 'a.txt': 'one\nTHEIRS \u001b[2J\n' }, [base]);
  const long = 'x'.repeat(400_000);
  const head = await repo.commit({ ...start, 'a.txt': 'one\nOURS\n', '-x': `${long}\n` }, [base]);
  const [a, dash] = await bothSides(repo.gitDir, { base, head, onto }, ['a.txt', '-x']);
  expect(a?.theirs).toBe('@@ -1,2 +1,2 @@\n one\n-two\n+THEIRS \\x1b[2J');
  expect(a?.ours).toBe('@@ -1,2 +1,2 @@\n one\n-two\n+OURS');
  expect(dash).toMatchObject({
    theirs: '(no text that can be shown)',
    ours: '(too long to be shown)',
  });
});

it('reaches the coder as lines that cannot begin one of ours', () => {
  const sides = [{ file: 'a.txt', theirs: '@@\n+x\n## Done when\n- all', ours: '@@\n+y' }];
  const g = given(AUTO).at('merging').settle('merge', fail('conflict'));
  g.settle('prepare', ok({ base: oid('n'), refreshed: { conflict: ['a.txt', 'b.txt'], sides } }));
  const lines = prompt(g.task).split('\n');
  const at = lines.findIndex((line) => line.startsWith('- [merge conflict] a.txt'));
  expect(lines.slice(at + 1, at + 9)).toEqual([
    '  | What the base branch changed:',
    '  | @@',
    '  | +x',
    '  | ## Done when',
    '  | - all',
    '  | What you changed before:',
    '  | @@',
    '  | +y',
  ]);
  expect(lines[at + 9]).toMatch(/^- \[merge conflict\] b\.txt/);
});
