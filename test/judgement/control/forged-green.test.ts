/** Changes that look green without being so: each must end in a finding, or never merge by itself. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { riskOf, riskPolicy } from '../../../src/control/risk.ts';
import { createCollector } from '../../../src/judgement/evidence/collect.ts';
import { cleanScan, inputOf, makeSigner, makeWorld, type World } from '../evidence/world.ts';
import { BASE, CHEATS, type Change, HONEST } from './cheats.ts';

let world: World;
beforeAll(async () => {
  world = await makeWorld();
});
afterAll(() => world.remove());

const passes = [
  { family: 'one', verdict: 'pass' as const, worst: null },
  { family: 'two', verdict: 'pass' as const, worst: null },
];

async function judge({ head, base = BASE, npm }: Change) {
  const from = await world.commit(base);
  const to = await world.commit(head, from);
  const collector = createCollector({
    signer: makeSigner(),
    cache: null,
    environment: 'process',
  });
  const argv = npm ? ['npm', 'test', '--silent'] : ['node', 'scripts/test.js'];
  const verify = [{ argv, wallMs: 60_000 }];
  const { summary } = await collector.collect(
    world,
    inputOf(from, to, { verify }),
    { run: world.run, checkout: world.checkout, scan: cleanScan, tempDir: world.tempDir },
    new AbortController().signal,
  );
  return { summary, risk: riskOf(summary.features, passes, riskPolicy.parse({})) };
}

describe('an honest change', () => {
  it.each(HONEST.map((one) => [one.name, one] as const))(
    '%s has no finding and is low',
    async (_, change) => {
      const { summary, risk } = await judge(change);
      expect(summary.verify.passed).toBe(true);
      expect(summary.findings).toEqual([]);
      expect(risk.band, JSON.stringify(risk.reasons)).toBe('low');
    },
  );
});

it('calls every execution by a name that tells nothing of its purpose', async () => {
  world.ran.length = 0;
  await judge({
    name: '',
    head: { ...BASE, 'src/price.js': String(BASE['src/price.js']).replace('a - b', 'a + b') },
  });
  expect(world.ran.length).toBeGreaterThanOrEqual(3);
  for (const name of world.ran) expect(name).toMatch(/^t-0001-verify-[0-9a-f]{12}$/);
  expect(new Set(world.ran).size).toBe(world.ran.length);
});

describe('a cheat', () => {
  it('has at least thirty kinds', () => expect(CHEATS.length).toBeGreaterThanOrEqual(30));
  it.each(CHEATS.map((one) => [one.name, one] as const))('%s is found', async (_, change) => {
    const { summary, risk } = await judge(change);
    // Red is found by the checks themselves; what is green must be found out.
    const found = !summary.verify.passed || summary.findings.length > 0 || risk.band !== 'low';
    expect(found, JSON.stringify({ findings: summary.findings, risk })).toBe(true);
  });
});
