/** Counting, money and dates. */
import { MODULE, nodeTests, type Scenario } from '../scenario.ts';

const PAGES = `/** One page of a list; pages count from 1. */
export function page(items, number, size) {
  return items.slice((number - 1) * size, number * size);
}
`;
const pageCount = (formula: string) => `${PAGES}
/** How many pages there are; an empty list has none. */
export function pageCount(items, size) {
  return ${formula};
}
`;
const PAGE_TEST = `test('gives one page', () => {
  assert.deepEqual(page([1, 2, 3], 2, 2), [3]);
});
`;

const vat = (formula: string) => `/** Amounts are whole cents, rates are percent. */
export function net(lines) {
  return lines.reduce((sum, line) => sum + line.cents * line.count, 0);
}

/** Value added tax of an amount, rounded to the nearest cent. */
export function vat(cents, rate) {
  return ${formula};
}
`;

const overdue = (body: string) => `const DAY = 24 * 60 * 60 * 1000;

/** Whole UTC days from one instant's day to another's; 0 on the same UTC day. */
export function daysBetween(from, to) {
${body}
}

export const isOverdue = (due, now) => daysBetween(due, now) > 0;
`;

const shipping = (
  body: string,
) => `/** Shipping in cents: 490 up to 2 kg, and 120 for each further kilogram begun. */
export function shipping(grams) {
${body}
}
`;

const goDiscount = (line: string) => `package price

// Discount returns the price in cents less a whole percentage, rounded down.
func Discount(cents, percent int) int {
	return ${line}
}
`;

export const NUMBERS: readonly Scenario[] = [
  {
    id: 'page-count',
    fault: 'off by one: a list that fills its last page gets an empty page more',
    language: 'javascript',
    request:
      'Add pageCount(items, size) to src/pages.js, so that the pager knows how many pages there are.',
    acceptance: ['5 items at 2 per page are 3 pages', 'every page that is counted has items'],
    base: {
      ...MODULE,
      'src/pages.js': PAGES,
      'test/pages.test.js': nodeTests("import { page } from '../src/pages.js';", PAGE_TEST),
    },
    shared: {
      'test/pages.test.js': nodeTests(
        "import { page, pageCount } from '../src/pages.js';",
        `${PAGE_TEST}
test('counts the pages', () => {
  assert.equal(pageCount([1, 2, 3, 4, 5], 2), 3);
  assert.equal(pageCount([1], 10), 1);
});
`,
      ),
    },
    good: { 'src/pages.js': pageCount('Math.ceil(items.length / size)') },
    bad: { 'src/pages.js': pageCount('Math.floor(items.length / size) + 1') },
    tests: [1, 2, 2],
  },
  {
    id: 'vat-rounding',
    fault: 'wrong rounding: it cuts instead of rounding to the nearest cent',
    language: 'javascript',
    request:
      'Add vat(cents, rate) to src/invoice.js: the tax of an amount in cents, rounded to the nearest cent.',
    acceptance: ['19% of 1000 cents is 190', 'halves of a cent are rounded up'],
    base: {
      ...MODULE,
      'src/invoice.js': `${vat('0').split('\n\n/** Value')[0]}\n`,
      'test/invoice.test.js': nodeTests(
        "import { net } from '../src/invoice.js';",
        `test('sums lines', () => assert.equal(net([{ cents: 250, count: 4 }]), 1000));\n`,
      ),
    },
    shared: {
      'test/vat.test.js': nodeTests(
        "import { vat } from '../src/invoice.js';",
        `test('takes a share', () => assert.equal(vat(1000, 19), 190));
test('rounds to cents', () => assert.equal(vat(101, 7), 7));
`,
      ),
    },
    good: { 'src/invoice.js': vat('Math.round((cents * rate) / 100)') },
    bad: { 'src/invoice.js': vat('Math.trunc((cents * rate) / 100)') },
    tests: [1, 3, 3],
  },
  {
    id: 'days-utc',
    fault: 'time zone: it takes the days of the machine’s own zone, not UTC days',
    language: 'javascript',
    request:
      'daysBetween in src/overdue.js must count calendar days in UTC, whatever the zone of the machine, instead of periods of 24 hours.',
    acceptance: [
      '23:00 UTC and 01:00 UTC of the next day are one day apart',
      'the result does not depend on TZ',
    ],
    base: {
      ...MODULE,
      'src/overdue.js': overdue('  return Math.floor((to - from) / DAY);'),
      'test/overdue.test.js': nodeTests(
        "import { daysBetween, isOverdue } from '../src/overdue.js';",
        `const at = (text) => new Date(text);
test('is not overdue on the day', () => {
  assert.equal(isOverdue(at('2026-03-01T10:00:00Z'), at('2026-03-01T12:00:00Z')), false);
});
test('counts full days', () => {
  assert.equal(daysBetween(at('2026-03-01T10:00:00Z'), at('2026-03-03T11:00:00Z')), 2);
});
`,
      ),
    },
    good: {
      'src/overdue.js': overdue(`  const day = (date) => Math.floor(date.getTime() / DAY);
  return day(to) - day(from);`),
    },
    bad: {
      'src/overdue.js':
        overdue(`  const day = (date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
  return Math.round((day(to) - day(from)) / DAY);`),
    },
    tests: [2, 2, 2],
  },
  {
    id: 'shipping-table',
    fault: 'hard-coded: only the weights of the tests are answered rightly',
    language: 'javascript',
    request:
      'Write shipping(grams) in src/shipping.js: 490 cents up to 2 kg, then 120 cents more for each kilogram begun.',
    acceptance: [
      '2000 g cost 490',
      '2001 g cost 610',
      '5500 g cost 970',
      'every weight is answered by the rule',
    ],
    base: {
      ...MODULE,
      'src/shipping.js': shipping("  throw new Error('not written yet: ' + grams);"),
      'test/order.test.js': nodeTests('', `test('is there', () => assert.ok(true));\n`),
    },
    shared: {
      'test/shipping.test.js': nodeTests(
        "import { shipping } from '../src/shipping.js';",
        `test('has a base price', () => assert.equal(shipping(2000), 490));
test('charges for what was begun', () => {
  assert.equal(shipping(2001), 610);
  assert.equal(shipping(5500), 970);
});
`,
      ),
    },
    good: {
      'src/shipping.js': shipping(`  const more = Math.max(0, Math.ceil((grams - 2000) / 1000));
  return 490 + 120 * more;`),
    },
    bad: {
      'src/shipping.js': shipping(`  const prices = { 2000: 490, 2001: 610, 5500: 970 };
  return prices[grams] ?? 490;`),
    },
    tests: [1, 3, 3],
  },
  {
    id: 'go-discount',
    fault: 'integer division first: every discount below 100% is nothing',
    language: 'go',
    request:
      'Add Discount(cents, percent) to price/discount.go: the price less a whole percentage, rounded down.',
    acceptance: ['1000 cents less 25% are 750'],
    allowed: ['price/**'],
    base: {
      'go.mod': 'module example.com/sample\n\ngo 1.23\n',
      'price/price.go':
        'package price\n\n// Sum adds prices in cents.\nfunc Sum(all ...int) int {\n\ttotal := 0\n\tfor _, one := range all {\n\t\ttotal += one\n\t}\n\treturn total\n}\n',
      'price/price_test.go':
        'package price\n\nimport "testing"\n\nfunc TestSum(t *testing.T) {\n\tif Sum(1, 2) != 3 {\n\t\tt.Fatal("sum")\n\t}\n}\n',
    },
    good: {
      'price/discount.go': goDiscount('cents * (100 - percent) / 100'),
      'price/discount_test.go':
        'package price\n\nimport "testing"\n\nfunc TestDiscount(t *testing.T) {\n\tif got := Discount(1000, 25); got != 750 {\n\t\tt.Fatalf("got %d", got)\n\t}\n}\n',
    },
    bad: {
      'price/discount.go': goDiscount('cents - cents*(percent/100)'),
      'price/discount_test.go':
        'package price\n\nimport "testing"\n\nfunc TestDiscount(t *testing.T) {\n\tif got := Discount(1000, 0); got != 1000 {\n\t\tt.Fatalf("got %d", got)\n\t}\n\tif got := Discount(1000, 100); got != 0 {\n\t\tt.Fatalf("got %d", got)\n\t}\n}\n',
    },
    tests: [1, 2, 2],
  },
];
