/**
 * The real `claude` CLI against the Messages double. Runs only where the pinned CLI is installed: in
 * the folder that AEDEV_CLAUDE_BIN names, or in `.tools/claude` (where the demo puts it).
 */
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ClaudeCliError, ensureClaudeCli, findClaudeCli } from '../../src/demo/claude-cli.ts';
import {
  type MessagesDouble,
  type MessagesDoubleOptions,
  startMessagesDouble,
} from '../../src/demo/doubles/messages.ts';
import type { ScriptTurn } from '../../src/demo/doubles/messages-script.ts';
import { CLAUDE, NO_CLAUDE } from '../support/claude-cli.ts';

const TOKEN = 'dummy-token-of-a-test';
const TEST_FILE = `import assert from 'node:assert';
import test from 'node:test';
import { sum } from './sum.js';
test('sum', () => assert.equal(sum(2, 3), 5));
`;
const FIX_SUM: ScriptTurn[] = [
  {
    blocks: [
      { type: 'text', text: 'I read the module first.' },
      { type: 'tool_use', name: 'Read', input: { file_path: '{{cwd}}/sum.js' } },
    ],
  },
  {
    blocks: [
      {
        type: 'tool_use',
        name: 'Edit',
        input: { file_path: '{{cwd}}/sum.js', old_string: 'a - b', new_string: 'a + b' },
      },
    ],
    usage: { inputTokens: 777, outputTokens: 33, cacheWriteTokens: 12 },
  },
  {
    blocks: [
      {
        type: 'tool_use',
        name: 'Write',
        input: { file_path: '{{cwd}}/sum.test.js', content: TEST_FILE },
      },
    ],
  },
  { blocks: [{ type: 'tool_use', name: 'Bash', input: { command: 'npm test' } }] },
  { blocks: [{ type: 'text', text: 'Fixed sum.' }] },
];

interface Ran {
  code: number | null;
  // biome-ignore lint/suspicious/noExplicitAny: foreign JSON, asserted field by field
  events: any[];
  // biome-ignore lint/suspicious/noExplicitAny: foreign JSON, asserted field by field
  result: any;
  stderr: string;
}

describe('the real claude CLI against the Messages double', () => {
  let dir = '';
  let double: MessagesDouble | undefined;
  const repo = () => join(dir, 'repo');

  beforeEach((context) => {
    context.skip(CLAUDE === null, NO_CLAUDE);
    dir = mkdtempSync(join(tmpdir(), 'aedev-claude-cli-'));
    for (const name of ['repo', 'home', 'config', 'tmp']) mkdirSync(join(dir, name));
    const manifest = { name: 'sum', type: 'module', scripts: { test: 'node --test' } };
    writeFileSync(join(repo(), 'package.json'), JSON.stringify(manifest));
    writeFileSync(join(repo(), 'sum.js'), 'export const sum = (a, b) => a - b;\n');
    const env = { PATH: process.env['PATH'] ?? '', HOME: join(dir, 'home') };
    execFileSync('git', ['init', '-q', '--', repo()], { env });
  });

  afterEach(async () => {
    await double?.close();
    double = undefined;
    if (dir !== '') rmSync(dir, { recursive: true, force: true });
    dir = '';
  });

  async function run(options: Partial<MessagesDoubleOptions> = {}, token = TOKEN): Promise<Ran> {
    double = await startMessagesDouble({ script: () => FIX_SUM, token: TOKEN, ...options });
    const argv = ['-p', '--output-format', 'stream-json', '--verbose', '--setting-sources', 'user'];
    argv.push('--strict-mcp-config', '--permission-mode', 'acceptEdits');
    argv.push('--allowedTools', 'Bash(npm test)', '--model', 'claude-sonnet-5');
    const env = {
      PATH: process.env['PATH'] ?? '',
      HOME: join(dir, 'home'),
      CLAUDE_CONFIG_DIR: join(dir, 'config'),
      CLAUDE_CODE_TMPDIR: join(dir, 'tmp'),
      CLAUDE_CODE_OAUTH_TOKEN: token,
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      CLAUDE_CODE_MAX_RETRIES: '1',
      ANTHROPIC_BASE_URL: double.url,
      // Without it the npm that the CLI starts asks a registry for newer versions of itself.
      NO_UPDATE_NOTIFIER: '1',
      npm_config_update_notifier: 'false',
    };
    const child = spawn(CLAUDE ?? '', argv, { cwd: repo(), env });
    child.stdin.end('Fix sum and add a test.');
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text) => {
      stderr += text;
    });
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    const lines = stdout.split('\n').filter((line) => line !== '');
    const events = lines.map((line) => JSON.parse(line));
    return { code, events, result: events.find((event) => event.type === 'result'), stderr };
  }

  it('edits, runs the test, and its envelope tells the tokens that were served', async () => {
    const { code, events, result } = await run();
    expect(code).toBe(0);
    expect(readFileSync(join(repo(), 'sum.js'), 'utf8')).toContain('a + b');
    expect(readFileSync(join(repo(), 'sum.test.js'), 'utf8')).toBe(TEST_FILE);
    const toolResults = events
      .filter((event) => event.type === 'user')
      .flatMap((event) => event.message.content);
    expect(toolResults.at(-1).content).toMatch(/^# pass 1$/m);
    expect(result).toMatchObject({ is_error: false, num_turns: 5, permission_denials: [] });
    expect(result.usage).toMatchObject({
      input_tokens: double!.served.inputTokens,
      output_tokens: double!.served.outputTokens,
      cache_read_input_tokens: double!.served.cacheReadTokens,
      cache_creation_input_tokens: double!.served.cacheWriteTokens,
    });
    expect(double!.served).toEqual({
      turns: 5,
      inputTokens: 5577,
      outputTokens: 273,
      cacheReadTokens: 4000,
      cacheWriteTokens: 12,
    });
    expect(double!.side.turns).toBe(0);
    const posts = double!.requests.filter((request) => request.method === 'POST');
    expect(posts.map((post) => [post.turn, post.auth])).toEqual(
      [0, 1, 2, 3, 4].map((turn) => [turn, 'bearer']),
    );
  });

  it('reports the reset time of a window that is used up, and does not try again', async () => {
    const resetsAt = Math.floor(Date.now() / 1000) + 3600;
    const { code, events, result } = await run({
      fault: () => ({ kind: 'window', claim: 'five_hour', resetsAt }),
    });
    expect(code).toBe(1);
    expect(result).toMatchObject({ is_error: true, api_error_status: 429 });
    const limit = events.find((event) => event.type === 'rate_limit_event');
    expect(limit.rate_limit_info).toMatchObject({
      status: 'rejected',
      resetsAt,
      rateLimitType: 'five_hour',
    });
    expect(double!.requests.filter((request) => request.method === 'POST')).toHaveLength(1);
  });

  it('reports a warning before the window is used up', async () => {
    const resetsAt = Math.floor(Date.now() / 1000) + 3600;
    const { code, events } = await run({
      window: () => ({
        claim: 'five_hour',
        status: 'allowed_warning',
        utilization: 0.93,
        resetsAt,
      }),
    });
    expect(code).toBe(0);
    const limit = events.find((event) => event.type === 'rate_limit_event');
    expect(limit.rate_limit_info).toMatchObject({ status: 'allowed_warning', utilization: 0.93 });
  });

  it.each([
    ['no-credit', 400],
    ['no-model', 404],
    ['rate-limit', 429],
    ['overloaded', 529],
    ['reset', null],
    ['cut', null],
  ] as const)('ends with status %s → %s', async (kind, status) => {
    const { code, result } = await run({ fault: () => ({ kind }) });
    expect(code).toBe(1);
    expect(result).toMatchObject({ is_error: true, api_error_status: status });
    expect(double!.served.turns).toBe(0);
  });

  it('is refused with another token, which no record and no output keeps', async () => {
    const { code, result, events, stderr } = await run({}, 'some-other-dummy-token');
    expect(code).toBe(1);
    expect(result).toMatchObject({ is_error: true, api_error_status: 401 });
    const seen = JSON.stringify([events, stderr, double!.requests]);
    expect(seen).not.toContain('some-other-dummy-token');
  });

  it('asks again without streaming after cut streams; then only modelUsage tells the tokens', async () => {
    const { code, result } = await run({
      fault: ({ stream }) => (stream ? { kind: 'cut' } : null),
    });
    expect(code).toBe(0);
    expect(double!.served.turns).toBe(5);
    expect(result.modelUsage['claude-sonnet-5']).toMatchObject({
      inputTokens: double!.served.inputTokens,
      outputTokens: double!.served.outputTokens,
      cacheReadInputTokens: double!.served.cacheReadTokens,
      cacheCreationInputTokens: double!.served.cacheWriteTokens,
    });
    expect(result.usage.input_tokens).toBeLessThan(double!.served.inputTokens);
  });
});

describe('ensureClaudeCli', () => {
  let dir = '';
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'aedev-claude-install-'));
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(dir, { recursive: true, force: true });
  });

  it('says in one sentence what to do when the registry cannot be reached', async () => {
    vi.stubEnv('npm_config_offline', 'true');
    vi.stubEnv('npm_config_cache', join(dir, 'cache'));
    const failure = await ensureClaudeCli(join(dir, 'cli')).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ClaudeCliError);
    expect(failure).toMatchObject({ tag: 'install-failed' });
    expect((failure as Error).message).toMatch(/^[^\n]*2\.1\.197 \(ENOTCACHED\)[^\n]*$/);
  });

  it('does not take another program for the pinned CLI', async () => {
    const scope = join(dir, 'node_modules', '@anthropic-ai', 'claude-code-linux-x64');
    mkdirSync(scope, { recursive: true });
    writeFileSync(join(scope, 'claude'), '#!/bin/sh\necho "2.1.196 (Claude Code)"\n');
    chmodSync(join(scope, 'claude'), 0o755);
    expect(await findClaudeCli(dir)).toBeNull();
  });
});
