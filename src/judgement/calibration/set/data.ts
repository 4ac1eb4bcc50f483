/** Data that is kept: migrations, caches, imports. */
import { MODULE, nodeTests, type Scenario } from '../scenario.ts';

const SCHEMA = `CREATE TABLE orders (
  id INTEGER PRIMARY KEY,
  customer TEXT NOT NULL,
  state TEXT NOT NULL,
  note TEXT
);
`;
const CHECK = {
  'package.json': '{ "scripts": { "test": "node --test" } }\n',
  'test/migrations.test.js': `const assert = require('node:assert/strict');
const { readdirSync, readFileSync } = require('node:fs');
const { test } = require('node:test');

for (const name of readdirSync('migrations'))
  test(name + ' ends with a semicolon', () => {
    assert.match(readFileSync('migrations/' + name, 'utf8').trim(), /;$/);
  });
`,
};

const rows = (body: string) => `"""Imports customers from a CSV file."""
import csv


def read_customers(lines):
    """One dict per customer; of rows with the same e-mail address the last one counts, and rows
    without an address are all kept."""
    ${body}
`;

const cache = (key: string) => `import type { Prices } from './types.ts';

/** Prices of a tenant for a day, asked of the slow service once. */
export function cachedPrices(ask: (tenant: string, day: string) => Promise<Prices>) {
  const kept = new Map<string, Promise<Prices>>();
  return (tenant: string, day: string): Promise<Prices> => {
    const key = ${key};
    const found = kept.get(key) ?? ask(tenant, day);
    kept.set(key, found);
    // What failed is asked again.
    found.catch(() => kept.delete(key));
    return found;
  };
}
`;

export const DATA: readonly Scenario[] = [
  {
    id: 'sql-close',
    fault: 'missing WHERE: all orders are closed',
    language: 'sql',
    request:
      "Write migrations/002-close.sql: orders in state 'shipped' become 'closed'. Other orders stay as they are.",
    acceptance: ["orders that were 'shipped' are 'closed' afterwards", 'no other order changes'],
    allowed: ['migrations/**'],
    base: { ...CHECK, 'migrations/001-orders.sql': SCHEMA },
    good: {
      'migrations/002-close.sql': "UPDATE orders\nSET state = 'closed'\nWHERE state = 'shipped';\n",
    },
    bad: {
      'migrations/002-close.sql':
        "-- Orders in state 'shipped' become 'closed'.\nUPDATE orders\nSET state = 'closed';\n",
    },
    tests: [1, 2, 2],
  },
  {
    id: 'sql-required-note',
    fault: 'lost data: notes that are there are thrown away',
    language: 'sql',
    request:
      'Write migrations/002-note.sql (SQLite): the note of an order may no longer be NULL; where there is none it becomes an empty text. Existing notes stay.',
    acceptance: [
      'no note is NULL afterwards',
      'existing notes stay as they are',
      'new orders without a note get an empty one',
    ],
    allowed: ['migrations/**'],
    base: { ...CHECK, 'migrations/001-orders.sql': SCHEMA },
    good: {
      'migrations/002-note.sql': `CREATE TABLE orders_new (
  id INTEGER PRIMARY KEY,
  customer TEXT NOT NULL,
  state TEXT NOT NULL,
  note TEXT NOT NULL DEFAULT ''
);
INSERT INTO orders_new (id, customer, state, note)
SELECT id, customer, state, COALESCE(note, '') FROM orders;
DROP TABLE orders;
ALTER TABLE orders_new RENAME TO orders;
`,
    },
    bad: {
      'migrations/002-note.sql': `ALTER TABLE orders DROP COLUMN note;
ALTER TABLE orders ADD COLUMN note TEXT NOT NULL DEFAULT '';
`,
    },
    tests: [1, 2, 2],
  },
  {
    id: 'py-import',
    fault: 'lost rows: of all customers without an address only one is kept',
    language: 'python',
    request:
      'read_customers() in src/customers.py must drop duplicates: of rows with the same e-mail address the last counts. Rows without an address are no duplicates of each other.',
    acceptance: ['the last row of an address counts', 'rows without an address are all kept'],
    base: {
      'src/customers.py': rows('return list(csv.DictReader(lines))'),
      'test/test_customers.py': `import unittest
from src.customers import read_customers


class Customers(unittest.TestCase):
    def test_reads(self):
        self.assertEqual(read_customers(["name,mail", "Ann,a@x.test"])[0]["name"], "Ann")
`,
    },
    shared: {
      'test/test_duplicates.py': `import unittest
from src.customers import read_customers


class Duplicates(unittest.TestCase):
    def test_last_counts(self):
        found = read_customers(["name,mail", "Ann,a@x.test", "Anna,a@x.test", "Bob,"])
        self.assertEqual(sorted(row["name"] for row in found), ["Anna", "Bob"])
`,
    },
    good: {
      'src/customers.py': rows(`found = {}
    for at, row in enumerate(csv.DictReader(lines)):
        found[row["mail"] or at] = row
    return list(found.values())`),
    },
    bad: {
      'src/customers.py': rows(`found = {}
    for row in csv.DictReader(lines):
        found[row["mail"]] = row
    return list(found.values())`),
    },
    tests: [1, 2, 2],
  },
  {
    id: 'ts-price-cache',
    fault: 'cache key without the tenant: one tenant gets the prices of another',
    language: 'typescript',
    request:
      'Write cachedPrices(ask) in src/cached-prices.ts: prices are asked of the service once per tenant and day. What failed is asked again.',
    acceptance: [
      'the second question for the same tenant and day asks nothing',
      'tenants never see each other’s prices',
      'what failed is asked again',
    ],
    base: {
      ...MODULE,
      'src/types.ts': 'export type Prices = Record<string, number>;\n',
      'test/types.test.ts': nodeTests(
        "import type { Prices } from '../src/types.ts';",
        `test('is a record', () => assert.equal(({ a: 1 } as Prices)['a'], 1));\n`,
      ),
    },
    shared: {
      'test/cached-prices.test.ts': nodeTests(
        "import { cachedPrices } from '../src/cached-prices.ts';",
        `test('asks once', async () => {
  let asked = 0;
  const prices = cachedPrices(async () => ({ a: ++asked }));
  await prices('t1', '2026-01-01');
  assert.deepEqual(await prices('t1', '2026-01-01'), { a: 1 });
  assert.deepEqual(await prices('t1', '2026-01-02'), { a: 2 });
});
`,
      ),
    },
    good: { 'src/cached-prices.ts': cache('JSON.stringify([tenant, day])') },
    bad: { 'src/cached-prices.ts': cache('JSON.stringify([day])') },
    tests: [1, 2, 2],
  },
];
