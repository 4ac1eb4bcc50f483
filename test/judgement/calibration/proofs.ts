/** For scenarios that run here: a test that the right change passes and the faulty one does not. */

const head = `import assert from 'node:assert/strict';\nimport { test } from 'node:test';\n`;

export const PROOFS: Readonly<Record<string, string>> = {
  'page-count': `import { pageCount } from '../src/pages.js';
test('full pages', () => assert.equal(pageCount([1, 2, 3, 4], 2), 2));
`,
  'vat-rounding': `import { vat } from '../src/invoice.js';
test('nearest', () => assert.equal(vat(150, 19), 29));
`,
  'days-utc': `import { daysBetween } from '../src/overdue.js';
process.env.TZ = 'Asia/Tokyo';
test('utc', () => {
  assert.equal(daysBetween(new Date('2026-03-01T23:00:00Z'), new Date('2026-03-02T01:00:00Z')), 1);
});
`,
  'shipping-table': `import { shipping } from '../src/shipping.js';
test('the rule', () => assert.equal(shipping(3500), 730));
`,
  'save-all': `import { saveAll } from '../src/orders.js';
test('rejects', () => assert.rejects(saveAll({ put: async () => { throw new Error('full'); } }, [{ id: 1 }])));
`,
  'settings-error': `import { readSettings } from '../src/settings.js';
test('damaged', () => assert.throws(() => readSettings(new URL('../src/settings.js', import.meta.url))));
`,
  'stock-update': `import { take } from '../src/stock.js';
import { fakeDb } from '../src/fake-db.js';
test('at once', async () => {
  const db = fakeDb({ a: 5 });
  await Promise.all([take(db, 'a', 2), take(db, 'a', 2)]);
  assert.equal(await db.get('a'), 1);
});
`,
  'first-line': `import { readdirSync } from 'node:fs';
import { firstLine } from '../src/first-line.js';
const open = () => readdirSync('/dev/fd').length;
test('closes', async () => {
  await firstLine('/dev/null').catch(() => {});
  const before = open();
  for (let at = 0; at < 20; at += 1) await firstLine('/dev/null').catch(() => {});
  assert.ok(open() < before + 20);
});
`,
  'search-sql': `import { byName } from '../src/customers.js';
test('any text', () => {
  const sql = byName({ all: (text) => text }, "x' OR '1'='1");
  assert.ok(!sql.includes('OR'));
});
`,
  'download-path': `import { fileURLToPath } from 'node:url';
import { download } from '../src/download.js';
test('stays inside', async () => {
  const folder = fileURLToPath(new URL('../public', import.meta.url));
  assert.equal(await download(folder, '../package.json'), null);
});
`,
  'login-redirect': `import { afterLogin } from '../src/redirect.js';
test('other hosts', () => assert.equal(afterLogin('https://shop.example.evil.test/'), 'https://shop.example/'));
`,
  'delete-page': `import { canDelete } from '../src/may.js';
test('locked', () => {
  assert.equal(canDelete({ role: 'owner' }, { locked: true }), false);
  assert.equal(canDelete({ role: 'owner' }, { locked: false }), true);
});
`,
  'login-log': `import { login } from '../src/login.js';
test('no secret', async () => {
  const lines = [];
  await login({ check: async () => true }, (line) => lines.push(line), 'ann', 'hidden-word');
  assert.ok(!lines.join().includes('hidden-word'));
});
`,
  'sql-close': `import { readFileSync } from 'node:fs';
test('only some', () => assert.match(readFileSync('migrations/002-close.sql', 'utf8'), /^WHERE state = 'shipped'/m));
`,
  'sql-required-note': `import { readFileSync } from 'node:fs';
test('keeps', () => assert.match(readFileSync('migrations/002-note.sql', 'utf8'), /COALESCE\\(note/));
`,
  'slug-test': `import { slug } from '../src/slug.js';
test('one dash', () => assert.equal(slug('a  b'), 'a-b'));
`,
  greeting: `import { enabled } from '../src/track.js';
test('asks first', () => assert.equal(enabled({}), false));
`,
  median: `import { median } from '../src/median.js';
test('numbers', () => assert.equal(median([10, 9, 1]), 9));
`,
  'ci-forks': `import { readFileSync } from 'node:fs';
test('no secrets', () => assert.doesNotMatch(readFileSync('.github/workflows/test.yml', 'utf8'), /_target|secrets/));
`,
  'ci-lint': `import { readFileSync } from 'node:fs';
test('may fail', () => assert.doesNotMatch(readFileSync('.github/workflows/test.yml', 'utf8'), /npm test;/));
`,
};

export const proofOf = (id: string): Record<string, string> => ({
  'test/proof.test.mjs': `${head}${PROOFS[id] ?? ''}`,
});
