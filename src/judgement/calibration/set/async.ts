/** What happens at once, later, or not at all. */
import { MODULE, nodeTests, type Scenario } from '../scenario.ts';

const SAVE = `/** Stores one order. */
export async function saveOrder(store, order) {
  await store.put('order/' + order.id, order);
}
`;
const saveAll = (body: string) => `${SAVE}
/** Stores all orders; resolves when all of them are stored, rejects when one cannot be. */
export async function saveAll(store, orders) {
${body}
}
`;

const settings = (body: string) => `import { readFileSync } from 'node:fs';

/** Settings of a file; without a file there are none. A file that is no JSON is an error. */
export function readSettings(path) {
${body}
}
`;

const stock = (
  body: string,
) => `/** Takes pieces out of stock; rejects when there are too few. \`db.update\` runs alone for its key. */
export async function take(db, sku, pieces) {
${body}
}
`;

const header = (body: string) => `import { open } from 'node:fs/promises';

/** The first line of a file; rejects when the file is empty. */
export async function firstLine(path) {
${body}
}
`;

const goFetch = (close: string) => `package feed

import (
	"fmt"
	"io"
	"net/http"
)

// Fetch returns the body of a URL, and an error for every status but 200.
func Fetch(client *http.Client, url string) ([]byte, error) {
	response, err := client.Get(url)
	if err != nil {
		return nil, err
	}
${close}}
`;

export const ASYNC: readonly Scenario[] = [
  {
    id: 'save-all',
    fault: 'missing await: it resolves before anything is stored, and errors are lost',
    language: 'javascript',
    request:
      'Add saveAll(store, orders) to src/orders.js. It resolves when all orders are stored, and rejects when one cannot be stored.',
    acceptance: [
      'all orders are in the store when it resolves',
      'an error of the store rejects it',
    ],
    base: {
      ...MODULE,
      'src/orders.js': SAVE,
      'test/orders.test.js': nodeTests(
        "import { saveOrder } from '../src/orders.js';",
        `test('stores one', async () => {
  const store = new Map();
  await saveOrder({ put: async (key, value) => store.set(key, value) }, { id: 1 });
  assert.equal(store.size, 1);
});
`,
      ),
    },
    shared: {
      'test/save-all.test.js': nodeTests(
        "import { saveAll } from '../src/orders.js';",
        `test('stores all', async () => {
  const store = new Map();
  await saveAll({ put: async (key, value) => store.set(key, value) }, [{ id: 1 }, { id: 2 }]);
  assert.equal(store.size, 2);
});
`,
      ),
    },
    good: {
      'src/orders.js': saveAll(
        '  await Promise.all(orders.map((order) => saveOrder(store, order)));',
      ),
    },
    bad: {
      'src/orders.js': saveAll(
        '  orders.forEach(async (order) => {\n    await saveOrder(store, order);\n  });',
      ),
    },
    tests: [1, 2, 2],
  },
  {
    id: 'settings-error',
    fault: 'swallowed error: a damaged file is taken for no settings',
    language: 'javascript',
    request:
      'readSettings in src/settings.js must return {} when the file does not exist, instead of failing. A damaged file must still be an error.',
    acceptance: ['a missing file gives {}', 'a file that is no JSON throws'],
    base: {
      ...MODULE,
      'src/settings.js': settings("  return JSON.parse(readFileSync(path, 'utf8'));"),
      'test/settings.test.js': nodeTests(
        "import { readSettings } from '../src/settings.js';",
        `test('reads', () => {
  assert.equal(readSettings(new URL('../package.json', import.meta.url)).type, 'module');
});
`,
      ),
    },
    shared: {
      'test/missing.test.js': nodeTests(
        "import { readSettings } from '../src/settings.js';",
        `test('no file is no settings', () => {
  assert.deepEqual(readSettings('/nowhere/settings.json'), {});
});
`,
      ),
    },
    good: {
      'src/settings.js': settings(`  let text;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return {};
    throw error;
  }
  return JSON.parse(text);`),
    },
    bad: {
      'src/settings.js': settings(`  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return {};
  }`),
    },
    tests: [1, 2, 2],
  },
  {
    id: 'stock-update',
    fault:
      'lost update: it reads and writes in two steps, so two orders at once take the same pieces',
    language: 'javascript',
    request:
      'Write take(db, sku, pieces) in src/stock.js: it takes pieces out of stock, also when several orders come at once. The db has get, set and update(key, change), which runs alone for its key.',
    acceptance: [
      'taking 2 of 5 leaves 3',
      'more than there are is refused and changes nothing',
      'no update is lost when orders come at once',
    ],
    base: {
      ...MODULE,
      'src/stock.js': '/** Pieces in stock. */\nexport const left = (db, sku) => db.get(sku);\n',
      'src/fake-db.js': `export function fakeDb(start) {
  const all = new Map(Object.entries(start));
  return {
    get: async (key) => all.get(key) ?? 0,
    set: async (key, value) => void all.set(key, value),
    update: async (key, change) => void all.set(key, change(all.get(key) ?? 0)),
  };
}
`,
      'test/stock.test.js': nodeTests(
        "import { left } from '../src/stock.js';\nimport { fakeDb } from '../src/fake-db.js';",
        `test('tells', async () => assert.equal(await left(fakeDb({ a: 5 }), 'a'), 5));\n`,
      ),
    },
    shared: {
      'test/take.test.js': nodeTests(
        "import { take } from '../src/stock.js';\nimport { fakeDb } from '../src/fake-db.js';",
        `test('takes', async () => {
  const db = fakeDb({ a: 5 });
  await take(db, 'a', 2);
  assert.equal(await db.get('a'), 3);
});
test('refuses too many', async () => {
  const db = fakeDb({ a: 1 });
  await assert.rejects(take(db, 'a', 2), /too few/);
  assert.equal(await db.get('a'), 1);
});
`,
      ),
    },
    good: {
      'src/stock.js': `/** Pieces in stock. */\nexport const left = (db, sku) => db.get(sku);\n\n${stock(`  await db.update(sku, (there) => {
    if (there < pieces) throw new Error('too few of ' + sku);
    return there - pieces;
  });`)}`,
    },
    bad: {
      'src/stock.js': `/** Pieces in stock. */\nexport const left = (db, sku) => db.get(sku);\n\n${stock(`  const there = await db.get(sku);
  if (there < pieces) throw new Error('too few of ' + sku);
  await db.set(sku, there - pieces);`)}`,
    },
    tests: [1, 3, 3],
  },
  {
    id: 'first-line',
    fault: 'resource leak: the file stays open when it is empty',
    language: 'javascript',
    request:
      'Write firstLine(path) in src/first-line.js with node:fs/promises open(), reading at most 4096 bytes. An empty file is an error. The file is closed in every case.',
    acceptance: [
      'gives the first line',
      'rejects for an empty file',
      'the file is closed in every case',
    ],
    base: {
      ...MODULE,
      'src/index.js': 'export const name = "sample";\n',
      'test/index.test.js': nodeTests(
        "import { name } from '../src/index.js';",
        `test('has a name', () => assert.equal(name, 'sample'));\n`,
      ),
    },
    shared: {
      'test/first-line.test.js': nodeTests(
        "import { firstLine } from '../src/first-line.js';",
        `test('gives the first line', async () => {
  assert.equal(await firstLine(new URL('../src/index.js', import.meta.url)), 'export const name = "sample";');
});
test('refuses nothing', async () => {
  await assert.rejects(firstLine('/dev/null'), /empty/);
});
`,
      ),
    },
    good: {
      'src/first-line.js': header(`  const file = await open(path);
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(4096), 0, 4096, null);
    if (bytesRead === 0) throw new Error('the file is empty');
    return buffer.toString('utf8', 0, bytesRead).split('\\n')[0];
  } finally {
    await file.close();
  }`),
    },
    bad: {
      'src/first-line.js': header(`  const file = await open(path);
  const { bytesRead, buffer } = await file.read(Buffer.alloc(4096), 0, 4096, null);
  if (bytesRead === 0) throw new Error('the file is empty');
  const [line] = buffer.toString('utf8', 0, bytesRead).split('\\n');
  await file.close();
  return line;`),
    },
    tests: [1, 3, 3],
  },
  {
    id: 'go-body',
    fault: 'resource leak: the body of a refused response is never closed',
    language: 'go',
    request:
      'Add Fetch to feed/fetch.go: the body of a URL, an error for every status but 200. No response may be left open.',
    acceptance: ['200 gives the body', 'another status is an error', 'the body is always closed'],
    allowed: ['feed/**'],
    base: {
      'go.mod': 'module example.com/sample\n\ngo 1.23\n',
      'feed/feed.go': '// Package feed reads feeds.\npackage feed\n',
      'feed/feed_test.go':
        'package feed\n\nimport "testing"\n\nfunc TestNothing(t *testing.T) {}\n',
    },
    shared: {
      'feed/fetch_test.go': `package feed

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func serve(t *testing.T, status int) *httptest.Server {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(status)
		w.Write([]byte("hello"))
	}))
	t.Cleanup(server.Close)
	return server
}

func TestFetch(t *testing.T) {
	body, err := Fetch(http.DefaultClient, serve(t, 200).URL)
	if err != nil || string(body) != "hello" {
		t.Fatal(string(body), err)
	}
}

func TestFetchRefused(t *testing.T) {
	if _, err := Fetch(http.DefaultClient, serve(t, 404).URL); err == nil {
		t.Fatal("no error")
	}
}
`,
    },
    good: {
      'feed/fetch.go': goFetch(`	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("status %d", response.StatusCode)
	}
	return io.ReadAll(response.Body)
`),
    },
    bad: {
      'feed/fetch.go': goFetch(`	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("status %d", response.StatusCode)
	}
	defer response.Body.Close()
	return io.ReadAll(response.Body)
`),
    },
    tests: [1, 3, 3],
  },
];
