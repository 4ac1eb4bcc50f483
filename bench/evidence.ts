/**
 * Evidence of a large change against `git diff` of it, the scan for secrets in megabytes a second,
 * and the standalone verifier against starting Node at all.
 */
import { generateKeyPairSync, sign } from 'node:crypto';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createPushGate } from '../src/delivery/push-gate/gate.ts';
import { scanText } from '../src/delivery/push-gate/secrets.ts';
import { createCollector } from '../src/judgement/evidence/collect.ts';
import type { EvidenceSigner } from '../src/judgement/evidence/seal.ts';
import { sha256Hex } from '../src/lib/hash.ts';
import { type Bench, inTurn, median, ms, timed } from './measure.ts';
import { makeRepo, plain } from './repo.ts';

const FILES = 50_000;
const CHANGED = 500;
const EVIDENCE = `evidence of ${CHANGED} changed files over git diff, ${FILES} files`;
const SCAN = 'scan for secrets, MB per second';
const VERIFY = 'verify.mjs over node -e 0';
const VERIFIER = fileURLToPath(new URL('../src/judgement/evidence/verify.mjs', import.meta.url));

function signer(): EvidenceSigner {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return {
    keyId: sha256Hex(publicKey.export({ type: 'spki', format: 'der' })),
    publicKeyPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    sign: (bytes) => sign(null, bytes, privateKey),
  };
}

const never = () => Promise.reject(new Error('nothing is run here'));

export const evidence: Bench = {
  names: [EVIDENCE, SCAN, VERIFY],
  async run(rounds) {
    const dir = mkdtempSync(join(tmpdir(), 'aedev-bench-'));
    try {
      const source = await makeRepo(dir, FILES);
      await plain(dir, source, 'git', ['gc', '-q']);
      const gitDir = join(source, '.git');
      const base = await plain(dir, source, 'git', ['rev-parse', 'HEAD']);
      for (let at = 0; at < CHANGED; at += 1) {
        const file = at * 97;
        appendFileSync(join(source, `d${file % 60}`, `f${file}.ts`), `// changed ${at}\n`);
      }
      await plain(dir, source, 'git', ['commit', '-qam', 'change']);
      const head = await plain(dir, source, 'git', ['rev-parse', 'HEAD']);
      const gate = createPushGate();
      const rules = {
        allowedPaths: [],
        forbiddenPaths: [],
        maxFileBytes: 1e6,
        allowBinary: false,
        trustedActions: [],
        deniedLicences: [],
        registries: [],
      };
      const collector = createCollector({ signer: signer(), cache: null, environment: 'process' });
      let bundle: Uint8Array = new Uint8Array();
      const collect = async (): Promise<void> => {
        const made = await collector.collect(
          { gitDir },
          {
            task: 't-0001',
            repo: 'big',
            request: 'Change them all.',
            acceptance: [],
            allowedPaths: ['**'],
            specDigest: 'a'.repeat(64),
            base,
            head,
            runs: [],
            policyHash: 'b'.repeat(64),
            verify: [],
            log: { seq: 1, hash: 'c'.repeat(64) },
            time: '2026-01-01T00:00:00.000Z',
            maxDiffBytes: 400_000,
          },
          {
            run: never,
            checkout: never,
            scan: (from, to) => gate.scan({ gitDir }, from, to, rules),
            tempDir: dir,
          },
          new AbortController().signal,
        );
        bundle = made.bundle;
      };
      const gitDiff = () => plain(dir, source, 'git', ['diff', base, head]);
      await collect();
      const whole = await inTurn(
        rounds,
        () => timed(collect),
        () => timed(gitDiff),
      );
      const file = join(dir, 'bundle.json');
      writeFileSync(file, bundle);
      const node = (...args: string[]) => timed(() => plain(dir, dir, process.execPath, args));
      const verify = await inTurn(
        rounds,
        () => node(VERIFIER, file),
        () => node('-e', '0'),
      );
      const text = await plain(dir, source, 'git', ['show', `${head}:d0/f0.ts`]);
      const megabytes = 2;
      const corpus = `${text}\n`.repeat(Math.ceil((megabytes * 1e6) / text.length));
      const rates: number[] = [];
      for (let round = 0; round < rounds; round += 1)
        rates.push(corpus.length / 1000 / (await timed(() => scanText(corpus, null))));
      return [
        {
          name: EVIDENCE,
          value: whole.ratio,
          goal: 3,
          better: 'lower',
          note: `${ms(whole.ours)} over ${ms(whole.other)}`,
        },
        {
          name: SCAN,
          value: median(rates),
          goal: 5,
          better: 'higher',
          note: `${megabytes} MB of source text`,
        },
        {
          name: VERIFY,
          value: verify.ratio,
          goal: 3,
          better: 'lower',
          note: `${ms(verify.ours)} over ${ms(verify.other)}, a bundle of ${Math.round(bundle.length / 1000)} kB`,
        },
      ];
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  },
};
