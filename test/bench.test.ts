import { expect, test } from 'vitest';
import { document, line, measure, meets } from '../bench/main.ts';

test('a quick subset gives ratios in the documented form', async () => {
  const told: string[] = [];
  const ratios = await measure('200 files', 1, ({ name }) => told.push(name));
  expect(told).toEqual(['null task over a git worktree script, 200 files']);
  expect(JSON.parse(document(ratios))).toEqual({
    ratios: [{ name: told[0], value: expect.any(Number), goal: 1.5, better: 'lower' }],
  });
  expect(ratios[0]?.value).toBeGreaterThan(0);
});

test('a name that nothing has is refused with the names there are', async () => {
  await expect(measure('no such', 1, () => undefined)).rejects.toThrow(/durable appends/);
});

test('lower and higher goals are told apart', () => {
  const ratio = { name: 'x', value: 2, goal: 1, note: '' };
  expect(meets({ ...ratio, better: 'higher' })).toBe(true);
  expect(meets({ ...ratio, better: 'lower' })).toBe(false);
  expect(line({ ...ratio, better: 'lower' })).toContain('MISS');
});
