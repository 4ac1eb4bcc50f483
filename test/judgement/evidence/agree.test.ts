/** The two readers of a bundle share no code, and say the same of whatever the owner of the key could sign. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SIGNAL_NAMES } from '../../../src/control/risk-weights.ts';
import { createCollector } from '../../../src/judgement/evidence/collect.ts';
import { openBundle } from '../../../src/judgement/evidence/read.ts';
import { pae } from '../../../src/judgement/evidence/seal.ts';
import { inputOf, makeSigner, makeWorld, type World } from './world.ts';

const VERIFIER = fileURLToPath(
  new URL('../../../src/judgement/evidence/verify.mjs', import.meta.url),
);
const signer = makeSigner();
// biome-ignore lint/suspicious/noExplicitAny: statements are broken in ways no type allows
type Anything = any;

let world: World;
let whole: Anything;
/** With one of everything that a statement may hold. */
let rich: Anything;
let check: (bytes: Uint8Array, pinned: string | null) => unknown;

beforeAll(async () => {
  world = await makeWorld();
  const base = await world.commit({ 'a.txt': 'one\n' });
  const head = await world.commit({ 'a.txt': 'two\n' }, base);
  const finding = {
    ...{ rule: 'r', kind: 'secret', commit: head, path: 'a.txt', line: 1, sentence: 's' },
  };
  const made = await createCollector({ signer, cache: null, environment: 'process' }).collect(
    world,
    inputOf(base, head, { verify: [{ argv: ['true'], wallMs: 60_000 }] }),
    {
      run: world.run,
      checkout: world.checkout,
      scan: async () => ({
        rulesVersion: '1',
        commits: [head],
        findings: [finding],
        cut: false,
      }),
      tempDir: world.tempDir,
    },
    new AbortController().signal,
  );
  whole = JSON.parse(Buffer.from(made.bundle).toString('utf8'));
  rich = JSON.parse(Buffer.from(whole.envelope.payload, 'base64').toString('utf8'));
  const { predicate } = rich;
  const totals = { total: 2, passed: 1, failed: 1, skipped: 0 };
  predicate.runs[0].notes = ['It ran.'];
  predicate.runs[0].egress = [{ host: 'a.test', port: 443, allowed: true, bytes: 1 }];
  for (const report of predicate.verify) {
    report.tests = { ...totals, runner: 'vitest' };
    report.failing = ['a'];
    report.provenance = { tier: 'docker', image: null, engine: 'docker 1' };
  }
  predicate.features.tests = { before: totals, after: totals };
  predicate.features.runnerFiles = ['package.json'];
  predicate.features.signals = [{ signal: 'encoded', path: 'a.txt', line: 1 }];
  const source = readFileSync(VERIFIER, 'utf8');
  const copy = join(world.dir, 'check.mjs');
  const start = source.indexOf('\ntry {\n  main(');
  writeFileSync(copy, `${source.slice(0, start)}\nexport { check };\n`);
  ({ check } = (await import(pathToFileURL(copy).href)) as { check: typeof check });
});
afterAll(() => world.remove());

/** Like canonical JSON, but as deep as one likes. */
function text(value: Anything): string {
  if (Array.isArray(value)) return `[${value.map(text).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const keys = Object.keys(value).sort();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${text(value[key])}`).join(',')}}`;
}

function sealed(statement: unknown): Buffer {
  const payload = Buffer.from(text(statement), 'utf8');
  const sig = Buffer.from(signer.sign(pae(whole.envelope.payloadType, payload))).toString('base64');
  const signatures = [{ keyid: signer.keyId, sig }];
  const envelope = { ...whole.envelope, payload: payload.toString('base64'), signatures };
  return Buffer.from(text({ ...whole, envelope }), 'utf8');
}

const accepts = (work: () => unknown): boolean => {
  try {
    work();
    return true;
  } catch {
    return false;
  }
};
/** What both say; or, where they differ, who accepts. */
function said(statement: unknown): 'accepted' | 'refused' | string {
  const bytes = sealed(statement);
  const script = accepts(() => check(bytes, signer.publicKeyPem));
  const daemon = accepts(() => openBundle(bytes, signer.publicKeyPem));
  if (script !== daemon) return `only the ${script ? 'script' : 'daemon'} accepts`;
  return script ? 'accepted' : 'refused';
}

type Path = (string | number)[];
/** Every place of a value, the outer before the inner. */
function* places(value: Anything, at: Path = []): Generator<Path> {
  if (at.length > 0) yield at;
  if (typeof value !== 'object' || value === null) return;
  for (const key of Object.keys(value))
    yield* places(value[key], [...at, Array.isArray(value) ? Number(key) : key]);
}

const deep = (levels: number): unknown => {
  let value: unknown = 1;
  for (let level = 0; level < levels; level += 1) value = [value];
  return value;
};
const VALUES: readonly unknown[] = [
  ...[null, true, false, 0, 1, -1, 1.5, 2 ** 53, 1e300, '', 'x', ' ', 'docker', '100644', '10064x'],
  ...['0'.repeat(40), 'f'.repeat(64), 'F'.repeat(64), 'x'.repeat(1025), 'x'.repeat(2001)],
  ...[
    '2026-01-02T03:04:05.678Z',
    '2026-01-02T03:04:05Z',
    '2026-01-02T03:04Z',
    '2026-02-30T03:04:05Z',
  ],
  ...['2026-99-99T99:99:99Z', '2026-01-02T03:04:05.678+00:00', '\ud800', '__proto__'],
  ...[[], [[]], [''], ['x'], [0], {}, { x: 1 }, deep(200), deep(252), deep(253)],
];
const MISSING = Symbol('missing');
const DOUBLED = Symbol('doubled');
const MANY = Symbol('many');
const MORE = Symbol('more');

function changed(path: Path, to: unknown): Anything | null {
  const copy = structuredClone(rich);
  const last = path.at(-1) as string | number;
  const parent = path.slice(0, -1).reduce((at, key) => at[key], copy);
  const old = parent[last];
  if (to === MISSING) {
    if (Array.isArray(parent)) parent.splice(last as number, 1);
    else delete parent[last];
  } else if (to === DOUBLED || to === MANY) {
    if (!Array.isArray(parent)) return null;
    parent.push(...Array.from({ length: to === MANY ? 101 : 1 }, () => structuredClone(old)));
  } else if (to === MORE) {
    if (typeof old !== 'object' || old === null || Array.isArray(old)) return null;
    old.more = 1;
  } else parent[last] = to;
  return copy;
}

it('both accept a statement with one of everything', () => {
  expect(said(rich)).toBe('accepted');
  expect(said({ ...rich, predicate: { ...rich.predicate, runs: [] } })).toBe('accepted');
});

it('both say the same when any one place holds anything else, is missing, or is there twice', () => {
  const differ: string[] = [];
  const count = { accepted: 0, refused: 0 };
  for (const path of places(rich)) {
    if (path[1] === 'verify' && path[2] === 0 && path.length > 3) continue;
    const old = path.reduce((at, key) => at[key], rich);
    const strings = typeof old === 'string' || old === null;
    for (const value of [...VALUES, MISSING, DOUBLED, MANY, MORE]) {
      // One text says enough where none belongs.
      if (typeof value === 'string' && !strings && value !== 'x') continue;
      const statement = changed(path, value);
      if (statement === null) continue;
      const word = said(statement);
      if (word === 'accepted' || word === 'refused') count[word] += 1;
      else
        differ.push(
          `${path.join('.')} = ${String(typeof value === 'symbol' ? value.description : JSON.stringify(value)).slice(0, 60)}: ${word}`,
        );
    }
  }
  expect(differ).toEqual([]);
  expect(count.accepted).toBeGreaterThan(500);
  expect(count.refused).toBeGreaterThan(2000);
});

it('both know the same signals', () => {
  const of = (signal: string) => {
    const statement = structuredClone(rich);
    statement.predicate.features.signals[0].signal = signal;
    return said(statement);
  };
  expect(SIGNAL_NAMES.filter((signal) => of(signal) !== 'accepted')).toEqual([]);
  expect(of('unheard-of')).toBe('refused');
});

it.each<[string, string, (predicate: Anything) => void]>([
  [
    'a command of no words',
    'refused',
    ({ verify }) =>
      verify.forEach((one: Anything) => {
        one.argv = [];
      }),
  ],
  [
    'no checks at all',
    'accepted',
    (p) => {
      p.verify = [];
      p.features.verify = 'missing';
    },
  ],
  ['a run that says nothing of its usage', 'refused', ({ runs }) => delete runs[0].usage],
  ['a run of an older version, without notes', 'accepted', ({ runs }) => delete runs[0].notes],
  [
    '29 February of no leap year',
    'refused',
    (p) => {
      p.time = '2026-02-29T00:00:00.000Z';
    },
  ],
  [
    '29 February of a leap year',
    'accepted',
    (p) => {
      p.time = '2028-02-29T00:00:00.000Z';
    },
  ],
  [
    'the hour 24',
    'refused',
    (p) => {
      p.time = '2026-02-01T24:00:00.000Z';
    },
  ],
  [
    'a leap second',
    'refused',
    (p) => {
      p.time = '2026-06-30T23:59:60Z';
    },
  ],
])('both say the same of %s', (_name, word, change) => {
  const statement = structuredClone(rich);
  change(statement.predicate);
  // Logs that nothing names any more are refused for themselves.
  const { blobs } = whole;
  const { diff, verify } = statement.predicate;
  const named = [diff.sha256, ...verify.flatMap((one: Anything) => [one.stdout, one.stderr])];
  try {
    whole.blobs = Object.fromEntries(
      Object.entries(blobs).filter(([name]) => named.includes(name)),
    );
    expect(said(statement)).toBe(word);
  } finally {
    whole.blobs = blobs;
  }
});

it('both say the same of lists at their bounds', () => {
  const lists: [Path, number, unknown?][] = [
    [['predicate', 'files'], 5000],
    [['predicate', 'scan', 'findings'], 500],
    [['predicate', 'features', 'files'], 200],
    [['predicate', 'features', 'signals'], 90],
    [['predicate', 'features', 'runnerFiles'], 20],
    [['predicate', 'runs', 0, 'egress'], 200],
    [['predicate', 'runs', 0, 'notes'], 100],
    [['predicate', 'verify', 1, 'failing'], 50],
  ];
  for (const [path, max] of lists) {
    for (const [size, word] of [
      [max, 'accepted'],
      [max + 1, 'refused'],
    ] as const) {
      const statement = structuredClone(rich);
      const list = path.reduce((at, key) => at[key], statement);
      while (list.length < size) list.push(structuredClone(list[0]));
      statement.predicate.features.secrets = statement.predicate.scan.findings.length;
      expect([path, size, said(statement)]).toEqual([path, size, word]);
    }
  }
});
