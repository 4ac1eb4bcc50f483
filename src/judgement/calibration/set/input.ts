/** Text from outside. */
import { MODULE, nodeTests, type Scenario } from '../scenario.ts';

const SEARCH = `/** Finds a customer by id. */
export const byId = (db, id) => db.all('SELECT * FROM customers WHERE id = ?', [id]);
`;
const search = (body: string) => `${SEARCH}
/** Finds customers whose name contains a text. */
export function byName(db, name) {
${body}
}
`;
const download = (body: string) => `import { readFile } from 'node:fs/promises';
import { resolve, sep } from 'node:path';

/** Content of a file below the public folder, named by a visitor; null for every other name. */
export async function download(folder, name) {
${body}
}
`;
const redirect = (
  body: string,
) => `/** Where to go after the login: a page of this shop, else its home. \`to\` comes from the address bar. */
export function afterLogin(to) {
${body}
}
`;
const thumb = (call: string) => `"""Makes small pictures with ImageMagick."""
import subprocess


def command(source, width):
    """The program and its arguments."""
    return ["convert", "-resize", str(width), "--", source, source + ".small"]


def thumbnail(source, width=200, run=subprocess.run):
    """Makes SOURCE.small; SOURCE is the name that a visitor gave the upload."""
    ${call}
`;
const tags = (head: string) => `"""Tags of articles."""


${head}
    for part in text.split(","):
        tag = part.strip().lower()
        if tag and tag not in found:
            found.append(tag)
    return found
`;

export const INPUT: readonly Scenario[] = [
  {
    id: 'search-sql',
    fault: 'SQL injection: the name stands in the statement',
    language: 'javascript',
    request:
      'Add byName(db, name) to src/customers.js: customers whose name contains a text that a visitor typed.',
    acceptance: ['finds by a part of the name', 'any text may be typed'],
    base: {
      ...MODULE,
      'src/customers.js': SEARCH,
      'test/customers.test.js': nodeTests(
        "import { byId } from '../src/customers.js';",
        `test('asks by id', () => {
  assert.deepEqual(byId({ all: (...asked) => asked }, 7)[1], [7]);
});
`,
      ),
    },
    shared: {
      'test/by-name.test.js': nodeTests(
        "import { byName } from '../src/customers.js';",
        `test('asks by name', () => {
  const asked = byName({ all: (sql, values = []) => sql + JSON.stringify(values) }, 'Ann');
  assert.match(asked, /LIKE/);
  assert.match(asked, /%Ann%/);
});
`,
      ),
    },
    good: {
      'src/customers.js': search(
        "  return db.all('SELECT * FROM customers WHERE name LIKE ?', ['%' + name + '%']);",
      ),
    },
    bad: {
      'src/customers.js': search(
        `  return db.all("SELECT * FROM customers WHERE name LIKE '%" + name + "%'");`,
      ),
    },
    tests: [1, 2, 2],
  },
  {
    id: 'download-path',
    fault: 'path traversal: ../ in the name leads out of the folder',
    language: 'javascript',
    request:
      'Write download(folder, name) in src/download.js: the content of a file below the folder, named by a visitor; null for every other name.',
    acceptance: [
      'gives a file of the folder',
      'a name that is not there gives null',
      'nothing outside of the folder can be read',
    ],
    base: {
      ...MODULE,
      'public/hello.txt': 'hello\n',
      'src/index.js': 'export const name = "sample";\n',
      'test/index.test.js': nodeTests(
        "import { name } from '../src/index.js';",
        `test('has a name', () => assert.equal(name, 'sample'));\n`,
      ),
    },
    shared: {
      'test/download.test.js': nodeTests(
        "import { fileURLToPath } from 'node:url';\nimport { download } from '../src/download.js';",
        `const folder = fileURLToPath(new URL('../public', import.meta.url));
test('gives a file', async () => assert.equal(String(await download(folder, 'hello.txt')), 'hello\\n'));
test('gives nothing else', async () => assert.equal(await download(folder, 'no.txt'), null));
`,
      ),
    },
    good: {
      'src/download.js': download(`  const root = resolve(folder);
  const path = resolve(root, name);
  if (!path.startsWith(root + sep)) return null;
  return readFile(path).catch(() => null);`),
    },
    bad: {
      'src/download.js': download(`  const path = resolve(folder) + sep + name;
  return readFile(path).catch(() => null);`),
    },
    tests: [1, 3, 3],
  },
  {
    id: 'login-redirect',
    fault: 'open redirect: https://shop.example.evil.test begins like the shop, too',
    language: 'javascript',
    request:
      'Write afterLogin(to) in src/redirect.js: visitors may be sent to pages of https://shop.example only, else to https://shop.example/.',
    acceptance: ['a page of the shop is kept', 'another site gives the home page'],
    base: {
      ...MODULE,
      'src/index.js': 'export const home = "https://shop.example/";\n',
      'test/index.test.js': nodeTests(
        "import { home } from '../src/index.js';",
        `test('has a home', () => assert.equal(new URL(home).pathname, '/'));\n`,
      ),
    },
    shared: {
      'test/redirect.test.js': nodeTests(
        "import { afterLogin } from '../src/redirect.js';",
        `test('keeps pages of the shop', () => {
  assert.equal(afterLogin('https://shop.example/cart'), 'https://shop.example/cart');
});
test('sends others home', () => {
  assert.equal(afterLogin('https://evil.test/'), 'https://shop.example/');
  assert.equal(afterLogin('no address'), 'https://shop.example/');
});
`,
      ),
    },
    good: {
      'src/redirect.js':
        redirect(`  const own = URL.canParse(to) && new URL(to).origin === 'https://shop.example';
  return own ? to : 'https://shop.example/';`),
    },
    bad: {
      'src/redirect.js': redirect(`  const own = to.startsWith('https://shop.example');
  return own ? to : 'https://shop.example/';`),
    },
    tests: [1, 3, 3],
  },
  {
    id: 'py-thumbnail',
    fault: 'command injection: the visitor’s file name goes through a shell',
    language: 'python',
    request:
      'thumbnail() in src/thumbs.py must fail with CalledProcessError when convert fails, instead of going on.',
    acceptance: [
      'a failing convert raises CalledProcessError',
      'file names of visitors stay harmless',
    ],
    base: {
      'src/thumbs.py': thumb('run(command(source, width))'),
      'test/test_thumbs.py': `import unittest
from src.thumbs import command


class Thumbs(unittest.TestCase):
    def test_command(self):
        self.assertEqual(command("a.png", 9)[-2:], ["a.png", "a.png.small"])
`,
    },
    shared: {
      'test/test_failing.py': `import unittest
from src.thumbs import thumbnail


class Failing(unittest.TestCase):
    def test_checks(self):
        seen = {}
        thumbnail("a.png", run=lambda *args, **named: seen.update(named))
        self.assertTrue(seen["check"])
`,
    },
    good: { 'src/thumbs.py': thumb('run(command(source, width), check=True)') },
    bad: {
      'src/thumbs.py': thumb('run(" ".join(command(source, width)), shell=True, check=True)'),
    },
    tests: [1, 2, 2],
  },
  {
    id: 'py-tags',
    fault: 'mutable default: tags of one call are still there in the next',
    language: 'python',
    request:
      'parse_tags() in src/tags.py gets an optional list of tags that are there already; new ones are added to it, and the list is returned.',
    acceptance: [
      '"A, b, a" gives ["a", "b"]',
      'with ["x"] given, "a" gives ["x", "a"]',
      'calls without a list know nothing of each other',
    ],
    base: {
      'src/tags.py': tags(
        'def parse_tags(text):\n    """Distinct tags in lower case."""\n    found = []',
      ),
      'test/test_tags.py': `import unittest
from src.tags import parse_tags


class Tags(unittest.TestCase):
    def test_parse(self):
        self.assertEqual(parse_tags("A, b, a"), ["a", "b"])
`,
    },
    shared: {
      'test/test_given.py': `import unittest
from src.tags import parse_tags


class Given(unittest.TestCase):
    def test_given(self):
        self.assertEqual(parse_tags("a", ["x"]), ["x", "a"])
`,
    },
    good: {
      'src/tags.py': tags(
        'def parse_tags(text, found=None):\n    """Distinct tags in lower case, after those given."""\n    found = [] if found is None else found',
      ),
    },
    bad: {
      'src/tags.py': tags(
        'def parse_tags(text, found=[]):\n    """Distinct tags in lower case, after those given."""',
      ),
    },
    tests: [1, 2, 2],
  },
];
