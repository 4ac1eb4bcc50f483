import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ClaudeCoder } from '../../../src/execution/coders/claude.ts';
import { ScriptedCoder } from '../../../src/execution/coders/scripted.ts';
import { egressForRun } from '../../../src/execution/egress/for-run.ts';
import type { SandboxSpec } from '../../../src/execution/sandboxes/sandbox.ts';

const hostEnv = { AEDEV_CLAUDE_OAUTH_TOKEN: 'dummy-oauth-token-0123' };
const scripted = new ScriptedCoder({ argv: ['true'] });
let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'aedev-for-run-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));
const at = (allow: string[] = []) => ({ dir, allow, now: Date.now });

describe('the way out of a run', () => {
  it('is not opened for a coder that needs none, nor in a tier that cannot hold it', async () => {
    expect(await egressForRun('docker', scripted, at(), hostEnv)).toBeNull();
    expect(await egressForRun('process', new ClaudeCoder(), at(['a.test']), hostEnv)).toBeNull();
  });

  it('is opened for what the operator allows, without an API', async () => {
    const egress = await egressForRun('docker', scripted, at(['a.test']), hostEnv);
    expect(egress?.start).toEqual({});
    expect(await egress?.close()).toEqual([]);
  });

  it('changes the start, the network and the environment, and nothing else', async () => {
    const egress = await egressForRun('docker', new ClaudeCoder(), at(), hostEnv);
    const spec = { argv: ['claude', '-p'], env: { A: 'b' }, network: 'none', cwd: 'repo' };
    const through = egress?.through(spec as unknown as SandboxSpec);
    expect(through).toEqual({
      argv: ['node', '/opt/aedev/entrypoint.mjs', '--', 'claude', '-p'],
      env: {
        A: 'b',
        AEDEV_EGRESS_SOCKET: '/run/aedev/egress.sock',
        AEDEV_EGRESS_PORT: '18080',
      },
      network: { socket: expect.stringContaining('aedev-egress-') },
      cwd: 'repo',
    });
    expect(JSON.stringify(through)).not.toContain('dummy-oauth-token-0123');
    // The srt tier brings the entrypoint itself.
    const srt = await egressForRun('srt', new ClaudeCoder(), at(), hostEnv);
    expect(srt?.through(spec as unknown as SandboxSpec).argv).toEqual(['claude', '-p']);
    await srt?.close();
    const network = through?.network;
    const socket = typeof network === 'object' ? network.socket : '';
    expect(existsSync(socket)).toBe(true);
    await egress?.close();
    expect(existsSync(socket)).toBe(false);
    expect(egress?.start.apiBase).toBe('http://127.0.0.1:18080');
  });
});
