/** Runtime preflight, by programs that answer as the claude CLI does, or not. */
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ClaudeCoder } from '../../src/execution/coders/claude.ts';
import {
  credentialProblem,
  loginProblem,
  versionProblem,
} from '../../src/execution/coders/claude-login.ts';
import type { Lane } from '../../src/execution/coders/coder.ts';
import { probeProblems } from '../../src/execution/probe.ts';
import { type SandboxBed, sandboxBed } from '../support/sandboxes.ts';

const status = (more: Record<string, unknown> = {}) =>
  JSON.stringify({ loggedIn: true, authMethod: 'oauth_token', apiProvider: 'firstParty', ...more });
const KEY = { authMethod: 'api_key', apiKeySource: 'ANTHROPIC_API_KEY' };

describe('what the CLI says of its login', () => {
  it.each<[string, string, Lane, string | null]>([
    ['the token of the subscription', status(), 'subscription', null],
    ['no login', status({ loggedIn: false, authMethod: 'none' }), 'subscription', 'no login'],
    ['a key', status(KEY), 'subscription', 'api_key'],
    // Seen: with both in the environment it calls itself a subscription, and pays by the key.
    ['both', status({ apiKeySource: 'ANTHROPIC_API_KEY' }), 'subscription', 'api_key'],
    ['another provider', status({ apiProvider: 'bedrock' }), 'subscription', 'bedrock'],
    ['a key where one is wanted', status(KEY), 'api', null],
    ['a token where a key is wanted', status(), 'api', 'oauth_token'],
    ['nothing', '', 'subscription', 'does not tell'],
    ['no JSON', 'Usage: claude', 'subscription', 'does not tell'],
    ['odd words', status({ authMethod: 'x\u001b[2J' }), 'subscription', 'an unknown way'],
  ])('%s', (_name, stdout, lane, says) => {
    const problem = loginProblem(stdout, lane);
    if (says === null) return expect(problem).toBeNull();
    expect(problem).toMatchObject({ code: 'HOLD-CLAUDE-AUTH-IN-DOCKER' });
    expect(problem?.sentence).toContain(says);
    expect(problem?.remedy).toMatch(/\.$/);
  });
});

describe('its version', () => {
  it.each([
    ['2.1.197 (Claude Code)\n', true],
    ['2.1.330 (Claude Code)', true],
    ['3.0.0 (Claude Code)', true],
    ['2.1.196 (Claude Code)', false],
    ['1.99.999 (Claude Code)', false],
    ['2.1.197', false],
    ['', false],
    ['codex-cli 0.169.0', false],
  ])('%j', (stdout, good) => {
    expect(versionProblem(stdout)?.code ?? null).toBe(good ? null : 'coder-missing');
  });
});

describe('the shape of a credential', () => {
  it.each<[string, Lane, string | null]>([
    ['sk-ant-oat01-dummy-dummy', 'subscription', null],
    ['a-form-that-is-not-known-yet', 'subscription', null],
    ['sk-ant-api03-dummy-dummy', 'subscription', 'a key of the paid API'],
    ['sk-ant-admin01-dummy-dummy', 'subscription', 'administrator'],
    ['sk-proj-dummy-dummy-dummy', 'subscription', 'OpenAI'],
    ['AIzaDummyDummyDummyDummy', 'subscription', 'Google'],
    ['{"accessToken":"dummy", "x":1}', 'subscription', 'does not look like a token'],
    ['sk-ant-api03-dummy-dummy', 'api', null],
    ['sk-ant-oat01-dummy-dummy', 'api', 'token of a subscription'],
    ['dummy-dummy-dummy-dummy', 'api', 'does not look like a key'],
    ['', 'api', 'AEDEV_CLAUDE_API_KEY is not set'],
  ])('%j for the lane %s', (value, lane, says) => {
    const problem = credentialProblem(value, lane);
    if (says === null) return expect(problem).toBeNull();
    expect(problem?.sentence).toContain(says);
    if (value !== '') expect(JSON.stringify(problem)).not.toContain(value);
  });
});

describe('asking the program', () => {
  let bed: SandboxBed;
  beforeEach(() => {
    bed = sandboxBed('process');
  });
  afterEach(() => bed.remove());
  const log = () => readFileSync(join(bed.root, 'asked'), 'utf8').trim().split('\n');
  function program(version: string, answer: string): string {
    mkdirSync(join(bed.root, 'bin'), { recursive: true });
    const path = join(bed.root, 'bin', 'claude');
    const say = (text: string) => `printf '%s' '${text}'`;
    writeFileSync(
      path,
      `#!/bin/sh\necho "$* $CLAUDE_CODE_OAUTH_TOKEN" >>"${bed.root}/asked"\n[ "$1" = --version ] && { ${say(version)}; exit 0; }\n${say(answer)}\nexit 1\n`,
    );
    chmodSync(path, 0o755);
    return path;
  }
  const ask = (executable: string, signal = new AbortController().signal) =>
    probeProblems(
      {
        sandbox: bed.sandbox,
        coder: new ClaudeCoder({ executable }),
        lane: 'subscription',
        env: { PATH: '/bin', AEDEV_CLAUDE_OAUTH_TOKEN: 'dummy-token' },
        task: 't-probe1',
        scratch: join(bed.root, 'scratch'),
        limits: { memoryMb: 256, cpus: 1, pids: 64 },
      },
      signal,
    );

  it('once while it stays the same, with the run’s own environment, and leaves nothing', async () => {
    const path = program('2.1.197 (Claude Code)', status());
    expect(await ask(path)).toEqual([]);
    expect(await ask(path)).toEqual([]);
    expect(log()).toEqual(['--version dummy-token', 'auth status dummy-token']);
    expect(await bed.sandbox.orphans()).toEqual([]);
    program('2.1.198 (Claude Code) ', status());
    expect(await ask(path)).toEqual([]);
    expect(log()).toHaveLength(4);
  });
  it('again each time when it was not fit', async () => {
    const path = program('2.1.197 (Claude Code)', status({ loggedIn: false }));
    expect(await ask(path)).toMatchObject([{ code: 'HOLD-CLAUDE-AUTH-IN-DOCKER' }]);
    expect(await ask(path)).toMatchObject([{ code: 'HOLD-CLAUDE-AUTH-IN-DOCKER' }]);
    const old = program('2.0.1 (Claude Code)', status());
    expect(await ask(old)).toMatchObject([{ code: 'coder-missing' }]);
    expect(log()).toHaveLength(5);
  });
  it('says nothing of a run that was withdrawn meanwhile', async () => {
    expect(await ask(program('', ''), AbortSignal.abort())).toEqual([]);
  });
});
