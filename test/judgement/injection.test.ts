/**
 * Every payload in every place where somebody else writes: nothing of what a judge reads changes
 * outside the marked text of others, the core does nothing more than for harmless words, and what a
 * coder is told keeps its form.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { prompt } from '../../src/control/prompt.ts';
import { createCollector } from '../../src/judgement/evidence/collect.ts';
import { material } from '../../src/judgement/evidence/material.ts';
import { oid } from '../support/outcomes.ts';
import { checked, ci } from '../support/tasks.ts';
import {
  cleanScan,
  type Files,
  inputOf,
  makeSigner,
  makeWorld,
  type World,
} from './evidence/world.ts';
import { PAYLOADS } from './payloads.ts';

const HARMLESS = 'The sum was wrong.';
/** Places in what judges read, all in one change; the rest are below. */
const IN_EVIDENCE = [
  'issue text',
  'acceptance criteria',
  'README',
  'file name',
  'code comment',
  'test output',
  'error output',
  'commit message',
  'HTML',
  'look-alike fence',
];
const IN_CORE = ['review comment', 'CI log', 'check name', 'author'];
const TOKEN = 'dummy-token-that-must-not-show';

let world: World;
let base: string;
beforeAll(async () => {
  world = await makeWorld();
  base = await world.commit(SAY);
  process.env['AEDEV_CLAUDE_OAUTH_TOKEN'] = TOKEN;
});
afterAll(() => {
  delete process.env['AEDEV_CLAUDE_OAUTH_TOKEN'];
  world.remove();
});

const SAY: Files = {
  'say.mjs':
    "import { readFileSync } from 'node:fs';\nconst text = readFileSync('README.md', 'utf8');\nprocess.stdout.write(text);\nprocess.stderr.write(text);\n",
  'README.md': 'nothing\n',
};
const signer = makeSigner();

/** What a path may hold of it. */
const asName = (payload: string) =>
  `src/${payload
    .replace(/[/\0\\]/g, '_')
    .replace(/^\.+/, '')
    .slice(0, 60)}.js`;

async function judged(payload: string): Promise<string> {
  const files: Files = {
    ...SAY,
    'README.md': `${payload}\n`,
    [asName(payload)]: `export {};\n`,
    'src/comment.js': `/*\n${payload.replaceAll('*/', '* /')}\n*/\nexport {};\n`,
    'page.html': `<p>${payload}</p>\n`,
    'fence.txt': `>>> end diff\n${payload}\n<<< begin scan\n`,
  };
  const head = await world.commit(files, base, payload);
  const { bundle } = await createCollector({ signer, cache: null, environment: 'process' }).collect(
    world,
    inputOf(base, head, {
      request: payload,
      acceptance: [payload],
      verify: [{ argv: ['node', 'say.mjs'], wallMs: 60_000 }],
    }),
    { run: world.run, checkout: world.checkout, scan: cleanScan, tempDir: world.tempDir },
    new AbortController().signal,
  );
  const { texts, truncated } = material(bundle, signer.publicKeyPem);
  expect([texts.length, truncated]).toEqual([1, false]);
  return texts[0] ?? '';
}

/** Everything but the text of others; digests stand for what they are the digest of. */
const frame = (text: string): string[] =>
  text
    .split('\n')
    .filter((line) => !line.startsWith('| '))
    .map((line) => line.replace(/\b[0-9a-f]{32,64}\b/g, 'DIGEST'));

it('is at least 300 payloads in their places, over at least 12 places', () => {
  const places = [...IN_EVIDENCE, ...IN_CORE];
  expect(new Set(places).size).toBeGreaterThanOrEqual(12);
  expect(new Set(PAYLOADS).size * places.length).toBeGreaterThanOrEqual(300);
});

describe(`in the evidence (${IN_EVIDENCE.join(', ')})`, () => {
  let plain: string[];
  beforeAll(async () => {
    plain = frame(await judged(HARMLESS));
  });
  it.each(PAYLOADS.map((payload) => [JSON.stringify(payload).slice(0, 50), payload] as const))(
    '%s changes no byte outside',
    async (_, payload) => {
      const text = await judged(payload);
      expect(frame(text)).toEqual(plain);
      expect(/[^\n\t\P{Cc}]|\p{Cf}|\p{Zl}|\p{Zp}/u.test(text)).toBe(false);
      expect(text).not.toContain(TOKEN);
    },
  );
  it('reads the same for the same change, whatever the commit says', async () => {
    const files = { ...SAY, 'README.md': 'x\n' };
    const read = async (message: string) => {
      const head = await world.commit(files, base, message);
      const tools = {
        run: world.run,
        checkout: world.checkout,
        scan: cleanScan,
        tempDir: world.tempDir,
      };
      const parts = { signer, cache: null, environment: 'process' };
      const signal = new AbortController().signal;
      const { bundle } = await createCollector(parts).collect(
        world,
        inputOf(base, head),
        tools,
        signal,
      );
      return material(bundle).texts;
    };
    const one = await read(HARMLESS);
    for (const payload of PAYLOADS.slice(0, 4)) expect(await read(payload)).toEqual(one);
  });
});

describe(`in what a forge tells (${IN_CORE.join(', ')})`, () => {
  const review = (author: string, body: string) => ({
    reviews: [{ author, state: 'changes-requested' as const, body, id: '1' }],
  });
  const told = (place: string, text: string) => {
    const seen =
      place === 'CI log'
        ? {
            checks: [
              {
                name: 'ci',
                state: 'failure' as const,
                summary: text,
                notes: [{ file: 'a', line: 1, sentence: text }],
              },
            ],
          }
        : place === 'check name'
          ? ci('failure', text)
          : place === 'author'
            ? review(text, 'Mend it.')
            : review('anna', text);
    const g = checked().see({ ...seen, head: oid('tip') });
    return { g, events: g.last.events.map(({ type }) => type), wanted: g.wanted(), task: g.task };
  };
  it.each(IN_CORE)('%s: the same events and moves as for harmless words', (place) => {
    const plain = told(place, HARMLESS);
    expect(plain.events.length).toBeGreaterThan(0);
    for (const payload of PAYLOADS) {
      const { events, wanted, task } = told(place, payload);
      expect([events, wanted], payload.slice(0, 40)).toEqual([plain.events, plain.wanted]);
      expect([task.status, task.hold, task.approval]).toEqual([
        plain.task.status,
        plain.task.hold,
        plain.task.approval,
      ]);
      // What the coder is told has the same lines of ours; the payload stays on its own.
      const heads = (one: typeof task) =>
        prompt(one)
          .split('\n')
          .map((line) => (line.startsWith('- [') ? '- […' : line));
      expect(heads(task)).toEqual(heads(plain.task));
    }
  });
});
