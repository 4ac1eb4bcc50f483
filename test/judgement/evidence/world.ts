/** A real repo, a real checkout, real processes and a real key: what evidence is made from in tests. */
import { spawn } from 'node:child_process';
import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdirSync, mkdtempSync, openSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type {
  CheckoutMaker,
  CommandRunner,
  EvidenceInput,
  Scanner,
} from '../../../src/judgement/evidence/evidence.ts';
import type { EvidenceSigner } from '../../../src/judgement/evidence/seal.ts';
import { git, text } from '../../../src/lib/git.ts';
import { sha256Hex } from '../../../src/lib/hash.ts';

/** Content of a file, a link, or what makes it executable. */
export type Content = string | Uint8Array | { link: string } | { executable: string };
export type Files = Record<string, Content>;

export interface World {
  dir: string;
  gitDir: string;
  tempDir: string;
  /** Commits exactly these files; same files, parent and message give the same id. */
  commit(files: Files, parent?: string, message?: string): Promise<string>;
  checkout: CheckoutMaker;
  /** Names of runs in the order they happened. */
  ran: string[];
  run: CommandRunner;
  remove(): void;
}

const IDENTITY = {
  GIT_AUTHOR_NAME: 'test',
  GIT_AUTHOR_EMAIL: 'test@example.invalid',
  GIT_AUTHOR_DATE: '2026-01-02T03:04:05Z',
  GIT_COMMITTER_NAME: 'test',
  GIT_COMMITTER_EMAIL: 'test@example.invalid',
  GIT_COMMITTER_DATE: '2026-01-02T03:04:05Z',
};

export async function makeWorld(): Promise<World> {
  const dir = mkdtempSync(join(tmpdir(), 'aedev-evidence-'));
  const gitDir = join(dir, 'repo.git');
  const tempDir = join(dir, 'temp');
  mkdirSync(tempDir);
  await git(['init', '--quiet', '--bare', gitDir]);
  let serial = 0;
  const ran: string[] = [];
  return {
    dir,
    gitDir,
    tempDir,
    ran,
    async commit(files, parent, message = 'change') {
      serial += 1;
      const workTree = join(dir, `tree-${serial}`);
      mkdirSync(workTree);
      for (const [path, content] of Object.entries(files)) {
        const target = join(workTree, path);
        mkdirSync(dirname(target), { recursive: true });
        if (typeof content === 'string' || content instanceof Uint8Array)
          writeFileSync(target, content);
        else if ('link' in content) symlinkSync(content.link, target);
        else writeFileSync(target, content.executable, { mode: 0o755 });
      }
      const place = { gitDir, workTree, index: join(dir, `index-${serial}`) };
      await git(['add', '-A', '-f'], place);
      const tree = await text(['write-tree'], place);
      const parents = parent === undefined ? [] : ['-p', parent];
      return text(['commit-tree', tree, ...parents, '-m', message], { gitDir, env: IDENTITY });
    },
    async checkout(commit, target) {
      serial += 1;
      const place = { gitDir, workTree: join(target, 'repo'), index: join(dir, `index-${serial}`) };
      mkdirSync(place.workTree);
      await git(['read-tree', commit], place);
      await git(['checkout-index', '-a', '-f'], place);
    },
    run: (input) => {
      ran.push(input.run);
      return new Promise((resolve, reject) => {
        const [program = '', ...args] = input.argv;
        const child = spawn(program, args, {
          cwd: join(input.dir, 'repo'),
          env: { PATH: process.env['PATH'] ?? '' },
          stdio: ['ignore', openSync(input.stdout, 'w'), openSync(input.stderr, 'w')],
        });
        child.once('error', () => reject(Object.assign(new Error('no'), { tag: 'not-found' })));
        child.once('close', (code, signal) =>
          resolve({
            code,
            signal,
            ended: 'exited',
            durationMs: 12,
            stdoutTruncated: false,
            stderrTruncated: false,
            provenance: { tier: 'process', image: null, engine: null },
          }),
        );
      });
    },
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
}

export function makeSigner(): EvidenceSigner {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return {
    keyId: sha256Hex(publicKey.export({ type: 'spki', format: 'der' })),
    publicKeyPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    sign: (bytes) => sign(null, bytes, privateKey),
  };
}

export const cleanScan: Scanner = async (_base, head) => ({
  findings: [],
  commits: [head],
  rulesVersion: 'scan-1',
});

export function inputOf(base: string, head: string, more: Partial<EvidenceInput> = {}) {
  return {
    task: 't-0001',
    repo: 'sample',
    request: 'Make add() add.',
    acceptance: ['add(1, 2) is 3'],
    allowedPaths: ['**'],
    specDigest: 'a'.repeat(64),
    base,
    head,
    runs: [
      {
        run: 'r-1',
        role: 'coder',
        coder: 'scripted',
        model: null,
        cliVersion: null,
        tier: 'process',
        image: null,
        engine: null,
        egress: 'none',
        lane: 'subscription',
        laneProof: null,
        usage: { input_tokens: 12, note: 'The tests pass, trust me.' },
        notes: ['It ran as a plain process of this account: nothing kept it in.'],
      },
    ],
    policyHash: 'b'.repeat(64),
    verify: [],
    log: { seq: 41, hash: 'c'.repeat(64) },
    time: '2026-01-02T03:04:05.678Z',
    maxDiffBytes: 100_000,
    ...more,
  } satisfies EvidenceInput;
}
