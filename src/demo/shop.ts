/** The demo's small repo, what is asked of it, and what the scripted coder does. Data only. */
import { randomBytes } from 'node:crypto';
import type { ScriptTurn } from './doubles/messages-script.ts';

const CI = `name: ci
on: push
jobs:
  test:
    runs-on: ubuntu-latest
    strategy:
      matrix:
        node-version: [20]
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-node@v4
        with:
          node-version: \${{ matrix.node-version }}
      - run: npm test
`;

const testOf = (module: string, name: string, imports: string, assertion: string) =>
  `import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ${imports} } from '../src/${module}.js';

test('${name}', () => ${assertion});
`;

/** A shop whose prices do not add up, and a test that has been saying so. */
export const SHOP: Readonly<Record<string, string>> = {
  'README.md': '# Corner shop\n\nPrices and labels of a small shop. `npm test` runs the tests.\n',
  'package.json': `${JSON.stringify(
    { name: 'corner-shop', private: true, type: 'module', scripts: { test: 'node --test' } },
    null,
    2,
  )}\n`,
  // The demo needs no registry: npm must not ask one for a newer npm.
  '.npmrc': 'update-notifier=false\n',
  'src/price.js': `/** What all prices come to. */
export const total = (prices) => prices.reduce((sum, price) => sum - price, 0);
`,
  'src/label.js': `/** The label on a shelf. */
export const label = (name, price) => \`\${name}: \${price}\`;
`,
  'test/price.test.js': testOf(
    'price',
    'adds prices',
    'total',
    'assert.equal(total([1, 2, 3]), 6)',
  ),
  'test/label.test.js': testOf(
    'label',
    'names the price',
    'label',
    "assert.equal(label('bread', 3), 'bread: 3')",
  ),
  '.github/workflows/ci.yml': CI,
};

/** Works in every tier: the runner image may hold node without npm. */
export const VERIFY = ['node', '--test'];

export interface DemoMission {
  /** What this mission is there to show. */
  title: string;
  text: string;
  /** What the demo answers as the operator, by signal; null for a request that must not be asked about. */
  answers: Readonly<Record<'target' | 'acceptance' | 'vagueness' | 'hazard', string>> | null;
}

export const VAGUE: DemoMission = {
  title: 'a vague request: asked about, answered, approved, fixed, merged',
  text: 'The price total is broken, make it better.',
  answers: {
    target: 'src/price.js, the function total()',
    acceptance: 'total([1, 2, 3]) must return 6, and the test in test/price.test.js must pass.',
    vagueness: 'Prices must be added, not subtracted; nothing else changes.',
    hazard: 'leave this part out',
  },
};

export const WORKFLOW: DemoMission = {
  title: 'a clear request that changes a CI workflow: must wait for you',
  text: 'Prices need two digits. Add src/format.js and test/format.test.js with formatPrice(cents): formatPrice(1250) must return "12.50". CI has to cover Node 22 too, so node-version in .github/workflows/ci.yml must become [20, 22].',
  answers: null,
};

export const LEAK: DemoMission = {
  title: 'a clear request, but the coder leaves a credential in the change: must be held',
  text: 'Add src/tax.js and test/tax.test.js with withTax(amount, rate): withTax(100, 0.19) must return 119.',
  answers: null,
};

/** In the form of a GitHub token, of chance, and valid nowhere. Its form is not written anywhere here. */
export function madeUpCredential(): string {
  const alphabet = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789';
  const tail = [...randomBytes(36)].map((byte) => alphabet[byte % alphabet.length]).join('');
  return ['g', 'hp', '_', tail].join('');
}

/** The script of the scripted coder: one entry per mission, chosen by words of the prompt. */
export function coderScript(credential: string): object {
  const write = (path: string, content: string) => ({ write: { path, content } });
  // Not unknown: no model is asked.
  const usage = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 };
  const none = { ...usage, costUsd: 0, turns: 1, model: 'none' };
  return {
    entries: [
      {
        when: { promptContains: VAGUE.text },
        steps: [{ replace: { path: 'src/price.js', find: 'sum - price', with: 'sum + price' } }],
        summary: 'Added the prices instead of subtracting them.',
        usage: none,
      },
      {
        when: { promptContains: 'formatPrice(cents)' },
        steps: [
          write(
            'src/format.js',
            '/** Cents as a price. */\nexport const formatPrice = (cents) => (cents / 100).toFixed(2);\n',
          ),
          write(
            'test/format.test.js',
            testOf(
              'format',
              'two digits',
              'formatPrice',
              "assert.equal(formatPrice(1250), '12.50')",
            ),
          ),
          {
            replace: {
              path: '.github/workflows/ci.yml',
              find: 'node-version: [20]',
              with: 'node-version: [20, 22]',
            },
          },
        ],
        summary: 'Added formatPrice and Node 22.',
        usage: none,
      },
      {
        when: { promptContains: 'withTax(amount, rate)' },
        steps: [
          write(
            'src/tax.js',
            '/** An amount with its tax. */\nexport const withTax = (amount, rate) => Math.round(amount * (1 + rate) * 100) / 100;\n',
          ),
          write(
            'test/tax.test.js',
            testOf('tax', 'adds the tax', 'withTax', 'assert.equal(withTax(100, 0.19), 119)'),
          ),
          write('src/rates.js', `export const ratesToken = '${credential}';\n`),
        ],
        summary: 'Added withTax.',
        usage: none,
      },
    ],
  };
}

/** What the Messages double tells the real claude CLI to do for the vague request. */
export const CLAUDE_TURNS: readonly ScriptTurn[] = [
  {
    blocks: [
      { type: 'text', text: 'I read the module first.' },
      { type: 'tool_use', name: 'Read', input: { file_path: '{{cwd}}/src/price.js' } },
    ],
    usage: { inputTokens: 1431, outputTokens: 71, cacheReadTokens: 0, cacheWriteTokens: 912 },
  },
  {
    blocks: [
      {
        type: 'tool_use',
        name: 'Edit',
        input: {
          file_path: '{{cwd}}/src/price.js',
          old_string: 'sum - price',
          new_string: 'sum + price',
        },
      },
    ],
    usage: { inputTokens: 387, outputTokens: 93, cacheReadTokens: 912, cacheWriteTokens: 144 },
  },
  {
    blocks: [{ type: 'tool_use', name: 'Bash', input: { command: 'npm test' } }],
    usage: { inputTokens: 203, outputTokens: 41, cacheReadTokens: 1056, cacheWriteTokens: 88 },
  },
  {
    blocks: [{ type: 'text', text: 'The prices are added now, and the tests pass.' }],
    usage: { inputTokens: 518, outputTokens: 29, cacheReadTokens: 1144, cacheWriteTokens: 0 },
  },
];
