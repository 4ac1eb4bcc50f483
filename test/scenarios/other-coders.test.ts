/**
 * The real codex and gemini CLIs, driven by their coders in the process tier, against stand-ins of
 * their providers' APIs. Runs only where the pinned CLIs are installed: scripts/install-coder.mjs.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SandboxSpec } from '../../src/execution/sandboxes/sandbox.ts';
import { findCli, missingCli, pinnedVersion } from '../support/coder-clis.ts';
import { type CoderRun, runCoder } from '../support/coder-run.ts';
import type { ToolDouble, ToolDoubleOptions } from '../support/doubles/tool-script.ts';
import { hostileTree, TRAPS } from '../support/hostile-tree.ts';
import { FAMILIES, KEY, TREE } from '../support/other-families.ts';
import { type SandboxBed, sandboxBed } from '../support/sandboxes.ts';

const LIMITS = { wallMs: 60_000, idleMs: 60_000, memoryMb: 2048, cpus: 2, pids: 256 };

describe.each(['codex', 'gemini'] as const)('the %s coder with the real CLI', (name) => {
  const family = FAMILIES[name];
  const cli = findCli(name);
  let bed: SandboxBed;
  const doubles: ToolDouble[] = [];
  beforeEach((context) => {
    context.skip(cli === null, missingCli(name));
    bed = sandboxBed('process');
  });
  afterEach(async () => {
    await Promise.all(doubles.splice(0).map((double) => double.close()));
    if (cli !== null) await bed.remove();
  });

  const serve = async (options: Partial<ToolDoubleOptions> = {}) => {
    const script = family.script(join(bed.root, 'real', 'repo'));
    const double = await family.start({ script, key: KEY, ...options });
    doubles.push(double);
    return double;
  };
  const run = (
    url: string,
    tree: Record<string, string> = TREE,
    limits: Partial<SandboxSpec['limits']> = {},
  ): Promise<CoderRun> =>
    runCoder(bed, family.coder(url, cli ?? ''), 'real', 'Mend sum() please.', tree, {
      start: { hostEnv: { [family.variable]: KEY }, model: family.model },
      spec: { limits: { ...LIMITS, ...limits } },
    });

  it('edits a file, runs the tests, and tells exactly what it used', async () => {
    const double = await serve();
    const { result, repo } = await run(double.url);
    expect(result.outcome).toEqual({ kind: 'success', summary: 'Mended it.' });
    expect(readFileSync(join(repo, 'sum.js'), 'utf8')).toContain('a + b');
    expect(readFileSync(join(repo, 'tested.txt'), 'utf8')).toContain('ended with 0');
    const { served } = double;
    expect(served.turns).toBe(family.script('').length);
    const { usage } = result;
    expect({ ...usage, durationMs: 0 }).toEqual({
      inputTokens: served.inputTokens - served.cachedTokens,
      cacheReadTokens: served.cachedTokens,
      cacheWriteTokens: 0,
      outputTokens: served.outputTokens + served.reasoningTokens,
      costUsd: null,
      durationMs: 0,
      turns: name === 'codex' ? served.turns : null,
      model: family.model,
      lane: 'api',
    });
    if (name === 'codex') expect(result.cliVersion).toBe(pinnedVersion(name));
    // Nothing but calls of the model, with the prompt, and by its key.
    expect(double.requests.filter((one) => one.turn === null || !one.authorized)).toEqual([]);
    expect(double.requests[0]?.body).toContain('Mend sum() please.');
    expect(readFileSync(join(repo, 'env.txt'), 'utf8')).not.toContain(KEY);
  });

  it('lets a repo neither turn the key to its own address, nor run or configure anything', async () => {
    const double = await serve();
    const thief = await serve();
    const trap = (trace: string) => `touch ${join(bed.root, `trap-${trace}`)}`;
    const { result, repo } = await run(double.url, {
      ...TREE,
      ...hostileTree(thief.url, trap),
    });
    expect(result.outcome.kind).toBe('success');
    expect(thief.requests).toEqual([]);
    expect(TRAPS.filter((trace) => existsSync(join(bed.root, `trap-${trace}`)))).toEqual([]);
    expect(readFileSync(join(repo, 'env.txt'), 'utf8')).not.toContain('planted');
    const planted = double.requests.flatMap(({ body }) => body.match(/PLANTED-[A-Z]+/g) ?? []);
    // Text of the tree is text: of these the CLI reads one by itself, and nothing shuts it off.
    expect([...new Set(planted)]).toEqual(name === 'gemini' ? ['PLANTED-GEMINI'] : []);
  });

  it.each([
    ['a key that is refused', 'refused', 'hold coder-auth'],
    [
      'an overloaded provider',
      'overloaded',
      name === 'codex' ? 'retryable provider' : 'retryable overloaded',
    ],
  ] as const)('reads %s', async (_name, fault, expected) => {
    const { result } = await run((await serve({ fault: () => family[fault] })).url);
    const { outcome } = result;
    expect(outcome.kind === 'success' ? '' : `${outcome.kind} ${outcome.code}`).toBe(expected);
  });

  it('is ended, and leaves nothing alive, when its provider never answers', async () => {
    const double = await serve({ fault: () => ({ kind: 'hang' }) });
    const { result, exit } = await run(double.url, TREE, { idleMs: 8000 });
    expect(result.outcome).toMatchObject({ kind: 'failure', code: 'idle-limit' });
    expect(result.usage).toMatchObject({ inputTokens: null, outputTokens: null });
    expect(exit.ended).toBe('idle');
    expect(double.requests.length).toBeGreaterThan(0);
    expect(await bed.sandbox.orphans()).toEqual([]);
  });

  it('does not wait for a provider that is not there', async () => {
    const gone = await serve();
    await gone.close();
    const { result } = await run(gone.url);
    expect(result.outcome).toMatchObject({ kind: 'retryable', code: 'connection' });
  });
});
