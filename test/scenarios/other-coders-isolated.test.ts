/**
 * The real codex and gemini CLIs in a container, and in the srt tier, without a network: their one way
 * out is the socket of the host's proxy, which adds the key; behind it stands the provider's double.
 * Runs where the pinned CLIs are installed (scripts/install-coder.mjs) and the tier works.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { egressForRun, type RunEgress } from '../../src/execution/egress/for-run.ts';
import { startEgress } from '../../src/execution/egress/proxy.ts';
import { cliFolder, findCli, missingCli, type OtherCoder } from '../support/coder-clis.ts';
import { runCoder } from '../support/coder-run.ts';
import { compile } from '../support/compile.ts';
import type { ToolDouble } from '../support/doubles/tool-script.ts';
import { FAMILIES, KEY, TREE } from '../support/other-families.ts';
import { NO_DOCKER, NO_SRT, type SandboxBed, sandboxBed, testImage } from '../support/sandboxes.ts';

const NAMES = ['codex', 'gemini'] as const;
const lacking = NAMES.find((name) => findCli(name) === null);
const missing = lacking === undefined ? null : missingCli(lacking);
const LIMITS = { wallMs: 90_000, idleMs: 90_000, memoryMb: 1536, cpus: 2, pids: 256 };

let dir: string;
let bed: SandboxBed | undefined;
let double: ToolDouble | undefined;
let close: (() => Promise<unknown>) | undefined;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'aedev-isolated-'));
});
afterEach(async () => {
  await close?.();
  await double?.close();
  await bed?.remove();
  bed = undefined;
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const said = (lack: string | null) => (lack === null ? '' : ` (skipped: ${lack})`);
const both = () => testImage({ codex: cliFolder('codex'), gemini: cliFolder('gemini') });
const serve = async (name: OtherCoder, repo: string) => {
  double = await FAMILIES[name].start({ script: FAMILIES[name].script(repo), key: KEY });
  return double;
};

describe.each([
  ['docker', said(missing ?? NO_DOCKER), missing ?? NO_DOCKER],
  ['srt', said(missing ?? NO_SRT), missing ?? NO_SRT],
] as const)('the other coders in %s%s', (tier, _skipped, lack) => {
  it.skipIf(lack !== null).each(NAMES)(
    '%s edits a file and runs the tests; the key stays on the host',
    async (name) => {
      const family = FAMILIES[name];
      bed = tier === 'docker' ? sandboxBed(tier, both()) : sandboxBed(tier);
      const workspace = join(bed.root, 'real');
      const served = await serve(name, bed.sandbox.inside({ workspace }, join(workspace, 'repo')));
      const program = tier === 'docker' ? undefined : (findCli(name) ?? '');
      const coder = family.coder(served.url, program);
      const hostEnv = { [family.variable]: KEY };
      const at = { dir, allow: [], now: Date.now };
      const egress = (await egressForRun(tier, coder, at, hostEnv)) as RunEgress;
      close = () => egress.close();
      const run = await runCoder(bed, coder, 'real', 'Mend sum() please.', TREE, {
        start: { hostEnv, model: family.model, ...egress.start },
        spec: { limits: LIMITS },
        through: egress.through,
      });
      const { result, repo, spec } = run;
      expect(result.outcome).toEqual({ kind: 'success', summary: 'Mended it.' });
      expect(readFileSync(join(repo, 'sum.js'), 'utf8')).toContain('a + b');
      expect(readFileSync(join(repo, 'tested.txt'), 'utf8')).toContain('ended with 0');
      const { served: tokens } = served;
      expect(result.usage).toMatchObject({
        inputTokens: tokens.inputTokens - tokens.cachedTokens,
        cacheReadTokens: tokens.cachedTokens,
        outputTokens: tokens.outputTokens + tokens.reasoningTokens,
        model: family.model,
      });
      expect(served.requests.filter((one) => one.turn === null || !one.authorized)).toEqual([]);
      expect(JSON.stringify([spec.argv, spec.env])).not.toContain(KEY);
      expect(readFileSync(join(repo, 'env.txt'), 'utf8')).not.toContain(KEY);
      const records = await egress.close();
      // It asked for nothing but its API: no update, no telemetry, no other host.
      expect(records.map(({ host, allowed }) => ({ host, allowed }))).toEqual([
        { host: '127.0.0.1', allowed: true },
      ]);
    },
  );
});

describe.skipIf(missing !== null || NO_DOCKER !== null)('the image', () => {
  it.each(NAMES)('%s keeps the contract of the image', async (name) => {
    const lib = join(dir, `lib-${name}`);
    mkdirSync(lib, { mode: 0o755 });
    compile(lib, [`execution/coders/${name}.ts`, 'execution/coders/contract.ts']);
    const family = FAMILIES[name];
    const served = await serve(name, '/workspace/repo');
    const api = family.coder(served.url).api({ [family.variable]: KEY });
    const egress = await startEgress({ allow: [], api, log: join(dir, 'log'), now: Date.now });
    close = () => egress.close();
    bed = sandboxBed('docker', both());
    const base = name === 'codex' ? 'OPENAI_BASE_URL' : 'GOOGLE_GEMINI_BASE_URL';
    const spec = bed.spec('contract', ['node', '/opt/aedev/entrypoint.mjs'], {
      readOnly: [{ source: lib, target: '/opt/aedev/lib' }],
      network: { socket: egress.socket },
      env: {
        AEDEV_CODER: name,
        CLAUDE_ROLE: 'coder',
        CLAUDE_MODEL: family.model,
        [base]: 'http://127.0.0.1:18080',
      },
      limits: LIMITS,
    });
    writeFileSync(join(spec.workspace, 'prompt.txt'), 'Mend sum() please.');
    mkdirSync(join(spec.workspace, 'repo'));
    for (const [path, content] of Object.entries(TREE))
      writeFileSync(join(spec.workspace, 'repo', path), content);
    const exit = await bed.sandbox.run(spec, new AbortController().signal);
    expect({ code: exit.code, errors: readFileSync(spec.stderr, 'utf8') }).toEqual({
      code: 0,
      errors: '',
    });
    expect(readFileSync(join(spec.workspace, 'repo', 'sum.js'), 'utf8')).toContain('a + b');
    const envelope = JSON.parse(readFileSync(join(spec.workspace, 'cli-envelope.json'), 'utf8'));
    expect(envelope.length).toBeGreaterThan(1);
    expect(JSON.parse(readFileSync(join(spec.workspace, 'result.json'), 'utf8'))).toMatchObject({
      outcome: { kind: 'success', summary: 'Mended it.' },
      usage: { lane: 'api', cacheReadTokens: served.served.cachedTokens },
    });
  });
});
