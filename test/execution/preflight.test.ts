import { describe, expect, it } from 'vitest';
import { ClaudeCoder } from '../../src/execution/coders/claude.ts';
import { preflight } from '../../src/execution/preflight.ts';
import { ProcessSandbox } from '../../src/execution/sandboxes/process.ts';

const options = { records: '/none', install: 'x' };
const allowed = new ProcessSandbox({ ...options, optedIn: true });
const token = { AEDEV_CLAUDE_OAUTH_TOKEN: 'dummy-oauth-token-0123' };
const here = new ClaudeCoder({ executable: process.execPath });

describe('preflight', () => {
  it('finds nothing where everything is there', async () => {
    expect(await preflight(allowed, here, token)).toEqual([]);
    const named = new ClaudeCoder({ executable: 'sh' });
    expect(await preflight(allowed, named, { ...token, PATH: '/no:/usr/bin:/bin' })).toEqual([]);
  });

  it('tells every problem at once, the room first', async () => {
    const refused = new ProcessSandbox({ ...options, optedIn: false });
    const missing = new ClaudeCoder({ executable: 'no-such-claude' });
    const problems = await preflight(refused, missing, { PATH: '/usr/bin' });
    expect(problems.map((problem) => problem.code)).toEqual([
      'sandbox-not-opted-in',
      'HOLD-CLAUDE-AUTH-IN-DOCKER',
      'coder-missing',
    ]);
    for (const { sentence, remedy } of problems) {
      expect(sentence).toMatch(/\.$/);
      expect(remedy).toMatch(/\.$/);
    }
  });

  it('does not look for the program of a container on the host', async () => {
    const missing = new ClaudeCoder({ executable: 'no-such-claude' });
    const docker = { ...allowed, tier: 'docker' as const, check: async () => [] };
    expect(await preflight(docker as never, missing, token)).toEqual([]);
  });

  it('does not take a folder for a program', async () => {
    const folder = new ClaudeCoder({ executable: '/usr' });
    expect(await preflight(allowed, folder, token)).toMatchObject([{ code: 'coder-missing' }]);
  });
});
