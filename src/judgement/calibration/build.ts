/**
 * Makes sealed bundles of the calibration set, through the same collector as real evidence, with
 * recorded runs of the tests. They are signed with a key that is forgotten: the installation's own
 * never signs what did not happen.
 */
import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { git } from '../../lib/git.ts';
import { NO_HASH, sha256Hex } from '../../lib/hash.ts';
import { createCollector } from '../evidence/collect.ts';
import { material } from '../evidence/material.ts';
import type { EvidenceSigner } from '../evidence/seal.ts';
import { COMMAND, outputOf } from './reports.ts';
import type { Files, Scenario } from './scenario.ts';

export interface CalibrationCase {
  id: string;
  /** What is wrong with the change; null: nothing. */
  fault: string | null;
  language: string;
  bundle: Uint8Array;
  /** Of all questions about it. */
  questions: number;
  characters: number;
}

export interface CalibrationSet {
  publicKeyPem: string;
  cases: CalibrationCase[];
}

interface Wanted {
  scenario: Scenario;
  faulty: boolean;
  id: string;
  /** Neither name nor place tells which is which. */
  order: string;
}

/** Faults and clean changes in turns, each in an order that has nothing to do with their names. */
function wanted(scenarios: readonly Scenario[], limit: number): Wanted[] {
  const of = (faulty: boolean) =>
    scenarios
      .map((scenario) => {
        const id = `${scenario.id}-${faulty ? 'fault' : 'clean'}`;
        return { scenario, faulty, id, order: sha256Hex(id) };
      })
      .sort((a, b) => (a.order < b.order ? -1 : 1));
  const clean = of(false);
  return of(true)
    .flatMap((fault, at) => [fault, ...clean.slice(at, at + 1)])
    .slice(0, limit);
}

const overlay = (...layers: readonly Files[]): [string, string][] =>
  Object.entries(Object.assign({}, ...layers) as Files).flatMap(([path, text]) =>
    text === null ? [] : [[path, text] as [string, string]],
  );

/** One commit of `git fast-import`; times and names are the same each time, and so are all ids. */
function commitOf(mark: number, files: readonly [string, string][], parent: number | null): string {
  const data = (text: string) => `data ${Buffer.byteLength(text)}\n${text}\n`;
  return [
    `commit refs/heads/c${mark}\nmark :${mark}\n`,
    'committer aedev <aedev@example.invalid> 1767323045 +0000\n',
    data('change'),
    parent === null ? '' : `from :${parent}\n`,
    'deleteall\n',
    ...files.map(([path, text]) => `M 100644 inline ${path}\n${data(text)}`),
    '\n',
  ].join('');
}

function signer(): EvidenceSigner {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return {
    keyId: sha256Hex(publicKey.export({ type: 'spki', format: 'der' })),
    publicKeyPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    sign: (bytes) => sign(null, bytes, privateKey),
  };
}

/** @param options.folder empty and the caller's to remove */
export async function buildCalibration(
  scenarios: readonly Scenario[],
  options: { folder: string; limit: number; maxPartChars: number; signal: AbortSignal },
): Promise<CalibrationSet> {
  const { folder, signal } = options;
  const gitDir = join(folder, 'set.git');
  const tempDir = join(folder, 'temp');
  await mkdir(tempDir);
  await git(['init', '--quiet', '--bare', gitDir], { signal });
  const all = wanted(scenarios, options.limit);
  const stream = all.flatMap(({ scenario, faulty }, at) => [
    commitOf(2 * at + 1, overlay(scenario.base), null),
    commitOf(
      2 * at + 2,
      overlay(scenario.base, scenario.shared ?? {}, faulty ? scenario.bad : scenario.good),
      2 * at + 1,
    ),
  ]);
  await git(['fast-import', '--quiet'], {
    gitDir,
    signal,
    input: stream.join(''),
  });
  const { stdout } = await git(['for-each-ref', '--format=%(refname:lstrip=2) %(objectname)'], {
    gitDir,
    signal,
    cwd: gitDir,
  });
  const ids = new Map(
    Buffer.from(stdout)
      .toString('utf8')
      .split('\n')
      .map((line) => [line.split(' ')[0] ?? '', line.split(' ')[1] ?? '']),
  );
  const own = signer();
  const cases: CalibrationCase[] = [];
  for (const [at, one] of all.entries()) {
    signal.throwIfAborted();
    const [base = '', head = ''] = [ids.get(`c${2 * at + 1}`), ids.get(`c${2 * at + 2}`)];
    const bundle = await collectOne(one, { gitDir, tempDir, base, head, own }, signal);
    const { texts } = material(bundle, own.publicKeyPem, options.maxPartChars);
    cases.push({
      id: one.id,
      fault: one.faulty ? one.scenario.fault : null,
      language: one.scenario.language,
      bundle,
      questions: texts.length,
      characters: texts.reduce((sum, text) => sum + text.length, 0),
    });
  }
  return { publicKeyPem: own.publicKeyPem, cases };
}

async function collectOne(
  { scenario, faulty, id }: Wanted,
  at: { gitDir: string; tempDir: string; base: string; head: string; own: EvidenceSigner },
  signal: AbortSignal,
): Promise<Uint8Array> {
  const { language, tests } = scenario;
  const collector = createCollector({ signer: at.own, cache: null, environment: 'recorded' });
  const allowed = scenario.allowed ?? ['src/**', 'test/**'];
  const { bundle } = await collector.collect(
    { gitDir: at.gitDir },
    {
      task: 't-calibration',
      repo: 'sample',
      request: scenario.request,
      acceptance: [...scenario.acceptance],
      allowedPaths: [...allowed],
      specDigest: sha256Hex(id),
      base: at.base,
      head: at.head,
      runs: [],
      policyHash: sha256Hex('calibration'),
      verify: [{ argv: COMMAND[language], wallMs: 60_000 }],
      log: { seq: 0, hash: NO_HASH },
      time: '2026-01-02T03:04:05.000Z',
      maxDiffBytes: 1_000_000,
    },
    {
      checkout: async (_commit, dir) => {
        await mkdir(join(dir, 'repo'));
      },
      scan: async (_base, head) => ({ findings: [], commits: [head], rulesVersion: 'recorded' }),
      tempDir: at.tempDir,
      run: async (command) => {
        const onBase = command.run.includes('-base-');
        const [before, good, bad] = tests;
        await writeFile(command.stdout, outputOf(language, onBase ? before : faulty ? bad : good));
        return {
          code: 0,
          signal: null,
          ended: 'exited',
          durationMs: 100,
          stdoutTruncated: false,
          stderrTruncated: false,
          provenance: { tier: 'recorded', image: null, engine: null },
        };
      },
    },
    signal,
  );
  return bundle;
}
