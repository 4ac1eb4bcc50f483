import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCollector } from '../../../src/judgement/evidence/collect.ts';
import { type BundleError, openBundle } from '../../../src/judgement/evidence/read.ts';
import { pae } from '../../../src/judgement/evidence/seal.ts';
import { canonicalJson } from '../../../src/lib/canonical.ts';
import { sha256Hex } from '../../../src/lib/hash.ts';
import { cleanScan, inputOf, makeSigner, makeWorld, type World } from './world.ts';

const VERIFIER = fileURLToPath(
  new URL('../../../src/judgement/evidence/verify.mjs', import.meta.url),
);
const signer = makeSigner();
const other = makeSigner();

interface File {
  blobs: Record<string, string>;
  envelope: { payload: string; payloadType: string; signatures: { keyid: string; sig: string }[] };
  format: string;
  publicKey: string;
}
// biome-ignore lint/suspicious/noExplicitAny: the tests break statements in ways no type allows
type Anything = any;

let world: World;
let bundle: Buffer;
let check: (bytes: Uint8Array, pinned?: string | null) => unknown;

beforeAll(async () => {
  world = await makeWorld();
  const base = await world.commit({ 'a.txt': 'one\n' });
  const head = await world.commit({ 'a.txt': 'two\n' }, base);
  const verify = [{ argv: ['node', '-e', 'console.log(1);console.error(2)'], wallMs: 60_000 }];
  const made = await createCollector({ signer, cache: null, environment: 'process' }).collect(
    world,
    inputOf(base, head, { verify }),
    { run: world.run, checkout: world.checkout, scan: cleanScan, tempDir: world.tempDir },
    new AbortController().signal,
  );
  bundle = Buffer.from(made.bundle);
  // The script checks when it is started and exports nothing; the same lines without that start.
  const source = readFileSync(VERIFIER, 'utf8');
  const start = source.indexOf('\ntry {\n  main(');
  expect(start).toBeGreaterThan(0);
  const copy = join(world.dir, 'check.mjs');
  writeFileSync(copy, `${source.slice(0, start)}\nexport { check };\n`);
  ({ check } = (await import(pathToFileURL(copy).href)) as { check: typeof check });
});
afterAll(() => world.remove());

/** Both readers, which share no code, refuse. */
function refused(bytes: Uint8Array, pin?: string): void {
  expect(() => check(bytes, pin ?? null)).toThrow();
  expect(() => openBundle(bytes, pin)).toThrow();
}

const file = (): File => JSON.parse(bundle.toString('utf8')) as File;
const bytesOf = (value: unknown): Buffer => Buffer.from(canonicalJson(value), 'utf8');

/** A bundle whose statement was changed and signed anew, as a dishonest holder of a key could. */
function resealed(
  change: (statement: Anything, blobs: File['blobs']) => void,
  by = signer,
): Buffer {
  const whole = file();
  const statement = JSON.parse(Buffer.from(whole.envelope.payload, 'base64').toString('utf8'));
  statement.predicate.keyId = by.keyId;
  change(statement, whole.blobs);
  const payload = bytesOf(statement);
  whole.envelope.payload = payload.toString('base64');
  whole.envelope.signatures = [
    {
      keyid: by.keyId,
      sig: Buffer.from(by.sign(pae(whole.envelope.payloadType, payload))).toString('base64'),
    },
  ];
  whole.publicKey = by.publicKeyPem;
  return bytesOf(whole);
}

describe('a bundle', () => {
  it('is accepted whole by both readers, with and without the key', () => {
    for (const pin of [undefined, signer.publicKeyPem]) {
      expect(() => check(bundle, pin ?? null)).not.toThrow();
      expect(openBundle(bundle, pin).digest).toBe(sha256Hex(bundle));
    }
    expect(() => check(resealed(() => {}))).not.toThrow();
  });

  it('is refused when any one byte is changed', () => {
    for (let at = 0; at < bundle.length; at += 1) {
      for (const flip of [0x01, 0x20, 0x80]) {
        const changed = Buffer.from(bundle);
        changed[at] = (changed[at] ?? 0) ^ flip;
        expect(() => check(changed), `byte ${at} with ${flip}`).toThrow();
        expect(() => openBundle(changed), `byte ${at} with ${flip}`).toThrow();
      }
    }
  }, 240_000);

  it('is refused when bytes are taken out, put in, or moved', () => {
    fc.assert(
      fc.property(fc.nat(bundle.length - 1), fc.integer({ min: 1, max: 40 }), (at, size) => {
        const end = Math.min(bundle.length, at + size);
        refused(Buffer.concat([bundle.subarray(0, at), bundle.subarray(end)]));
        const piece = bundle.subarray(at, end);
        refused(Buffer.concat([bundle.subarray(0, at), piece, bundle.subarray(at)]));
      }),
      { numRuns: 300 },
    );
    for (const extra of [' ', '\n', '\0', '{}', '\ufeff']) {
      refused(Buffer.concat([bundle, Buffer.from(extra)]));
      refused(Buffer.concat([Buffer.from(extra), bundle]));
    }
    refused(Buffer.alloc(0));
    refused(Buffer.from('null'));
    refused(Buffer.from('['.repeat(100_000)));
  });

  it('is refused in any other spelling of the same JSON', () => {
    const text = bundle.toString('utf8');
    refused(Buffer.from(JSON.stringify(JSON.parse(text), null, 1)));
    refused(Buffer.from(text.replace('"format"', '"\\u0066ormat"')));
    refused(Buffer.from(text.replace('"format":', '"format":"x","format":')));
    const { blobs, envelope, format, publicKey } = file();
    refused(Buffer.from(JSON.stringify({ format, envelope, blobs, publicKey })));
  });

  it('is refused with blobs missing, added, swapped or in loose base64', () => {
    const names = Object.keys(file().blobs);
    expect(names.length).toBe(3);
    for (const name of names) {
      const missing = file();
      delete missing.blobs[name];
      refused(bytesOf(missing));
      const loose = file();
      loose.blobs[name] = `${loose.blobs[name]}\n`;
      refused(bytesOf(loose));
    }
    const [one = '', two = ''] = names;
    const swapped = file();
    [swapped.blobs[one], swapped.blobs[two]] = [swapped.blobs[two]!, swapped.blobs[one]!];
    refused(bytesOf(swapped));
    const added = file();
    added.blobs[sha256Hex('more')] = Buffer.from('more').toString('base64');
    refused(bytesOf(added));
  });

  it('is refused with another key than the pinned one, and with borrowed keys and signatures', () => {
    const foreign = resealed(() => {}, other);
    expect(() => check(foreign)).not.toThrow();
    refused(foreign, signer.publicKeyPem);
    const borrowed = file();
    borrowed.publicKey = other.publicKeyPem;
    refused(bytesOf(borrowed));
    const second = file();
    second.envelope.signatures.push(second.envelope.signatures[0]!);
    refused(bytesOf(second));
    refused(bytesOf({ ...file(), publicKey: `${file().publicKey}\n` }));
    refused(bytesOf({ ...file(), more: 1 }));
    refused(
      resealed((statement) => {
        statement.predicate.keyId = other.keyId;
      }),
    );
    // Claims to be ours in every place, but the key is another.
    refused(resealed(() => {}, { ...other, keyId: signer.keyId }));
    expect(() => openBundle(bundle, 'not a key')).toThrow();
  });

  const dishonest: [string, (statement: Anything, blobs: File['blobs']) => void][] = [
    ['another subject', (s) => (s.subject[0].digest.gitCommit = 'd'.repeat(40))],
    ['another tree', (s) => (s.predicate.head.tree = 'd'.repeat(40))],
    ['another diff', (s) => (s.subject[2].digest.sha256 = s.predicate.verify[0].stdout)],
    ['a diff of another length', (s) => (s.predicate.diff.bytes += 1)],
    ['a failed check called passed', (s) => (s.predicate.verify[1].code = 1)],
    ['a timed-out check called passed', (s) => (s.predicate.verify[1].ended = 'wall')],
    ['no checks called passed', (s) => (s.predicate.verify = [])],
    ['other commands on the base', (s) => (s.predicate.verify[0].argv = ['true'])],
    ['a cut that is not told', (s) => (s.predicate.diff.truncated = true)],
    ['a cut list that is not told', (s) => (s.predicate.filesCut = true)],
    ['a secret that is not counted', (s) => (s.predicate.features.secrets = 1)],
    ['an unknown field', (s) => (s.predicate.note = 'The reviewers agreed.')],
    ['an unknown field far down', (s) => (s.predicate.files[0].note = 'x')],
    ['a missing field', (s) => delete s.predicate.policyHash],
    ['a wrong kind', (s) => (s.predicate.log.seq = '41')],
    ['a negative count', (s) => (s.predicate.features.totals.added = -1)],
    ['another type', (s) => (s.predicateType = 'urn:other:1')],
    ['a third subject', (s) => s.subject.push(s.subject[0])],
    ['a prototype', (s) => Object.defineProperty(s, '__proto__', { value: 1, enumerable: true })],
  ];
  it.each(dishonest)('is refused with %s, even properly signed', (_name, change) => {
    refused(resealed(change));
  });

  it('is refused with a statement that is signed but not canonical', () => {
    const whole = file();
    const payload = Buffer.from(` ${Buffer.from(whole.envelope.payload, 'base64').toString()}`);
    whole.envelope.payload = payload.toString('base64');
    whole.envelope.signatures[0]!.sig = Buffer.from(
      signer.sign(pae(whole.envelope.payloadType, payload)),
    ).toString('base64');
    refused(bytesOf(whole));
  });

  it('tells by a tag which check it failed', () => {
    const tagOf = (bytes: Uint8Array, pin?: string): string => {
      try {
        openBundle(bytes, pin);
      } catch (error) {
        return (error as BundleError).tag;
      }
      return 'none';
    };
    expect(tagOf(Buffer.from('x'))).toBe('form');
    expect(tagOf(bundle, other.publicKeyPem)).toBe('key');
    const forged = file();
    forged.envelope.signatures[0]!.sig = Buffer.alloc(64).toString('base64');
    expect(tagOf(bytesOf(forged))).toBe('signature');
    expect(tagOf(resealed((s) => (s.predicate.diff.bytes += 1)))).toBe('statement');
    expect(tagOf(resealed((_, blobs) => (blobs[sha256Hex('x')] = 'eA==')))).toBe('blobs');
  });
});

describe('verify.mjs', () => {
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [VERIFIER, ...args], { encoding: 'utf8' });
  const put = (name: string, bytes: string | Uint8Array): string => {
    const path = join(world.dir, name);
    writeFileSync(path, bytes);
    return path;
  };

  it('is at most 330 lines and imports nothing but Node', () => {
    const source = readFileSync(VERIFIER, 'utf8');
    expect(source.split('\n').length).toBeLessThanOrEqual(331);
    const imports = [...source.matchAll(/\bfrom\s+'([^']+)'|\bimport\(|\brequire\(/g)];
    expect(imports.every((found) => found[1]?.startsWith('node:'))).toBe(true);
  });

  it('says in words what it found, and whose word the key is', () => {
    const path = put('good.json', bundle);
    const bare = run(path);
    expect(bare.status).toBe(0);
    expect(bare.stdout).toContain(sha256Hex(bundle));
    expect(bare.stdout).toContain('the bundle’s own claim');
    expect(bare.stdout).toContain('Checks on the head: passed.');
    const pinned = run(path, '--key', put('key.pem', signer.publicKeyPem));
    expect(pinned.status).toBe(0);
    expect(pinned.stdout).toContain('Signed with the given key');
  });

  it('ends with 1 and one sentence otherwise', () => {
    const good = put('good.json', bundle);
    const cases = [
      run(),
      run('--key'),
      run(good, '--key'),
      run(good, good),
      run(join(world.dir, 'absent')),
      run(world.dir),
      run(good, '--key', put('other.pem', other.publicKeyPem)),
      run(good, '--key', good),
      run(put('bad.json', bundle.subarray(0, -1))),
      run(put('deep.json', '['.repeat(200_000))),
      run(
        put(
          'blob.json',
          resealed((_, blobs) => (blobs['\u001b[2J'] = '')),
        ),
      ),
    ];
    for (const { status, stdout, stderr } of cases) {
      expect(status).toBe(1);
      expect(stdout).toBe('');
      expect(stderr).toMatch(/^[^\n\p{Cc}]+\.?\n$/u);
    }
  });

  it('shows hostile names harmlessly', () => {
    const { stdout, status } = run(
      put(
        'evil.json',
        resealed((s) => (s.predicate.task.id = '\u001b]0;x\u0007\u202eevil')),
      ),
    );
    expect(status).toBe(0);
    expect(stdout).toContain('\\u{1b}]0;x\\u{7}\\u{202e}evil');
  });
});
