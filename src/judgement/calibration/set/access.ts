/** Who may do what, and who gets to see it. */
import { MODULE, nodeTests, type Scenario } from '../scenario.ts';

const may = (body: string) => `/** Roles: owner, editor, reader. */
export const canRead = (member) => ['owner', 'editor', 'reader'].includes(member.role);

/** Owners delete everything, editors what they wrote themselves, and a locked page nobody does. */
export function canDelete(member, page) {
${body}
}
`;

const invoices = (body: string) => `import type { Db, Invoice, Session } from './types.ts';

/** An invoice for the customer who is logged in; null when there is none for them. */
export async function invoiceFor(db: Db, session: Session, id: string): Promise<Invoice | null> {
${body}
}
`;
const TYPES = `export interface Invoice {
  id: string;
  customer: string;
  cents: number;
}
export interface Session {
  customer: string;
}
export interface Db {
  invoice(id: string): Promise<Invoice | null>;
}
`;

const login = (
  line: string,
) => `/** Logs in, and says in the log who tried and whether it worked. */
export async function login(accounts, log, name, password) {
  const ok = await accounts.check(name, password);
${line}
  return ok;
}
`;

const session = (body: string) => `export interface Session {
  account: string;
  /** Seconds since 1970, as the token says. */
  expires: number;
}

/** Is the session still good? \`now\` is Date.now(). */
export function isLive(session: Session, now: number): boolean {
  ${body}
}
`;

export const ACCESS: readonly Scenario[] = [
  {
    id: 'delete-page',
    fault: 'inverted permission: a locked page can be deleted by its owner, an unlocked one cannot',
    language: 'javascript',
    request:
      'Add canDelete(member, page) to src/may.js: owners delete everything, editors only pages that they wrote, readers nothing; a locked page is deleted by nobody.',
    acceptance: [
      'editors delete their own pages only',
      'readers delete nothing',
      'a locked page is deleted by nobody, owners included',
    ],
    base: {
      ...MODULE,
      'src/may.js': `${may('').split('\n\n')[0]}\n`,
      'test/may.test.js': nodeTests(
        "import { canRead } from '../src/may.js';",
        `test('readers read', () => assert.ok(canRead({ role: 'reader' })));\n`,
      ),
    },
    shared: {
      'test/delete.test.js': nodeTests(
        "import { canDelete } from '../src/may.js';",
        `const page = { author: 'ann', locked: false };
test('editors delete their own', () => {
  assert.equal(canDelete({ name: 'ann', role: 'editor' }, page), true);
  assert.equal(canDelete({ name: 'bob', role: 'editor' }, page), false);
});
test('readers do not', () => {
  assert.equal(canDelete({ name: 'ann', role: 'reader' }, page), false);
});
`,
      ),
    },
    good: {
      'src/may.js': may(`  if (page.locked) return false;
  if (member.role === 'owner') return true;
  return member.role === 'editor' && page.author === member.name;`),
    },
    bad: {
      'src/may.js': may(`  if (member.role === 'owner') return page.locked;
  return member.role === 'editor' && page.author === member.name && !page.locked;`),
    },
    tests: [1, 3, 3],
  },
  {
    id: 'ts-invoice',
    fault: 'missing owner check: every customer sees every invoice',
    language: 'typescript',
    request:
      'Write invoiceFor(db, session, id) in src/invoices.ts: the invoice for the customer who is logged in, null when they have none with that id.',
    acceptance: [
      'gives an invoice of the customer',
      'an unknown id gives null',
      'nobody sees what belongs to others',
    ],
    base: {
      ...MODULE,
      'src/types.ts': TYPES,
      'test/types.test.ts': nodeTests(
        "import type { Invoice } from '../src/types.ts';",
        `test('has cents', () => assert.equal(({ cents: 1 } as Invoice).cents, 1));\n`,
      ),
    },
    shared: {
      'test/invoices.test.ts': nodeTests(
        "import { invoiceFor } from '../src/invoices.ts';",
        `const invoice = { id: 'i1', customer: 'ann', cents: 100 };
const db = { invoice: async (id: string) => (id === 'i1' ? invoice : null) };
test('gives an invoice', async () => {
  assert.deepEqual(await invoiceFor(db, { customer: 'ann' }, 'i1'), invoice);
});
test('gives null', async () => {
  assert.equal(await invoiceFor(db, { customer: 'ann' }, 'i2'), null);
});
`,
      ),
    },
    good: {
      'src/invoices.ts': invoices(`  const invoice = await db.invoice(id);
  return invoice !== null && invoice.customer === session.customer ? invoice : null;`),
    },
    bad: {
      'src/invoices.ts': invoices(`  if (session.customer === '') return null;
  return db.invoice(id);`),
    },
    tests: [1, 3, 3],
  },
  {
    id: 'login-log',
    fault: 'secrets in logs: the password is written to the log',
    language: 'javascript',
    request:
      'login() in src/login.js must write to the log who tried to log in and whether it worked.',
    acceptance: ['the log has the name and the result', 'nothing secret is logged'],
    base: {
      ...MODULE,
      'src/login.js': login('  void log;'),
      'test/login.test.js': nodeTests(
        "import { login } from '../src/login.js';",
        `const accounts = { check: async (_name, word) => word === 'right' };
test('logs in', async () => assert.equal(await login(accounts, () => {}, 'ann', 'right'), true));
`,
      ),
    },
    shared: {
      'test/log.test.js': nodeTests(
        "import { login } from '../src/login.js';",
        `test('is logged', async () => {
  const lines = [];
  await login({ check: async () => false }, (line) => lines.push(line), 'ann', 'wrong');
  assert.equal(lines.length, 1);
  assert.match(lines[0], /ann/);
  assert.match(lines[0], /refused/);
});
`,
      ),
    },
    good: {
      'src/login.js': login("  log('login of ' + name + (ok ? ': accepted' : ': refused'));"),
    },
    bad: {
      'src/login.js': login(
        "  log('login ' + JSON.stringify({ name, password }) + (ok ? ': accepted' : ': refused'));",
      ),
    },
    tests: [1, 2, 2],
  },
  {
    id: 'ts-session',
    fault:
      'wrong unit: seconds are compared with milliseconds times a thousand, so no session ever ends',
    language: 'typescript',
    request:
      'isLive in src/session.ts must say false for a session whose time is over. Session.expires is in seconds.',
    acceptance: ['a session is live before it expires', 'it is not live at or after that time'],
    base: {
      ...MODULE,
      'src/session.ts': session("return session.account !== '' && now > 0;"),
      'test/session.test.ts': nodeTests(
        "import { isLive } from '../src/session.ts';",
        `test('is live', () => {
  assert.equal(isLive({ account: 'a', expires: 2_000_000_000 }, 1_700_000_000_000), true);
});
`,
      ),
    },
    good: {
      'src/session.ts': session("return session.account !== '' && now < session.expires * 1000;"),
      'test/over.test.ts': nodeTests(
        "import { isLive } from '../src/session.ts';",
        `test('ends', () => {
  assert.equal(isLive({ account: 'a', expires: 1_600_000_000 }, 1_700_000_000_000), false);
});
`,
      ),
    },
    bad: {
      'src/session.ts': session(
        "return session.account !== '' && now / 1000 < session.expires * 1000;",
      ),
      'test/over.test.ts': nodeTests(
        "import { isLive } from '../src/session.ts';",
        `test('ends', () => {
  assert.equal(isLive({ account: 'a', expires: 0 }, 1_700_000_000_000), false);
});
`,
      ),
    },
    tests: [1, 2, 2],
  },
];
