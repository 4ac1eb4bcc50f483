/** A thousand secrets, each behind one of eight encodings, in whatever commit of a branch. */
import { deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createPushGate } from '../../src/delivery/push-gate/gate.ts';
import { createRepo, type Files, type Repo } from './repo.ts';
import { chars, synthetics } from './tokens.ts';

const BRANCHES = 25;
const COMMITS = 4;
const PER_COMMIT = 10;
const RULES = {
  allowedPaths: [],
  forbiddenPaths: [],
  maxFileBytes: 1e6,
  allowBinary: true,
  trustedActions: [],
  deniedLicences: [],
  registries: [],
};

const base64 = (text: string | Buffer): string => Buffer.from(text).toString('base64');
const ENCODINGS: ((text: string) => string | Buffer)[] = [
  (text) => text,
  (text) => `data = "${base64(text)}"\n`,
  (text) => base64(base64(text)),
  (text) => Buffer.from(text).toString('hex'),
  (text) =>
    `u=${[...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')}`,
  (text) => `blob: ${base64(gzipSync(text))}\n`,
  (text) => deflateSync(`some words\n${text}`),
  // Cut where a line may break: after an eighth, behind the prefix that everybody looks for.
  (text) => {
    const at = Math.max(10, text.length >> 1);
    return `k = "${text.slice(0, at)}" +\n  "${text.slice(at)}"\n`;
  },
];

let repo: Repo;
beforeAll(async () => {
  repo = await createRepo();
});
afterAll(() => repo.remove());

it('catches at least 995 of 1,000, and every one of a known format that stands plain', async () => {
  const pick = chars(20_261_122);
  const random = (below: number): number => Number.parseInt(pick('0123456789', 9), 10) % below;
  const missed: string[] = [];
  let planted = 0;
  for (let branch = 0; branch < BRANCHES; branch += 1) {
    // Formats that stand on their own: cutting one that needs its context cuts the context.
    const whole = synthetics(1000 + branch).filter(
      ({ text, secret }) => text === `const value = "${secret}";\n`,
    );
    const base = await repo.commit({ 'a.txt': 'a\n' });
    let head = base;
    const expected = new Map<string, string>();
    for (let at = 0; at < COMMITS; at += 1) {
      // Each commit drops the files of the one before: the tip alone holds few of them.
      const files: Files = { 'a.txt': 'a\n' };
      for (let n = 0; n < PER_COMMIT; n += 1) {
        const { name, secret } = whole[random(whole.length)] ?? { name: '', secret: '' };
        const encoding = planted % ENCODINGS.length;
        const path = `src/f${branch}-${at}-${n}.txt`;
        files[path] = ENCODINGS[encoding]?.(secret) ?? '';
        expected.set(path, `${name} behind ${encoding}`);
        planted += 1;
      }
      head = await repo.commit(files, [head]);
    }
    const { findings } = await createPushGate().scan(repo, base, head, RULES);
    const found = new Set(findings.filter(({ kind }) => kind === 'secret').map(({ path }) => path));
    for (const [path, what] of expected) if (!found.has(path)) missed.push(what);
  }
  expect(planted).toBe(1000);
  expect(missed.filter((what) => what.endsWith(' 0'))).toEqual([]);
  expect(missed.length, missed.join('\n')).toBeLessThanOrEqual(5);
});
