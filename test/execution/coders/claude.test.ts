import { describe, expect, it } from 'vitest';
import { ClaudeCoder } from '../../../src/execution/coders/claude.ts';
import { START } from '../../support/coder-run.ts';

const TOKEN = 'dummy-oauth-token-0123';
const hostEnv = { AEDEV_CLAUDE_OAUTH_TOKEN: TOKEN };

describe('command line of claude', () => {
  it('is the headless one that shuts the repo settings out', () => {
    const { argv, stdin, secretEnv, makeDirs } = new ClaudeCoder().command({
      ...START,
      model: 'claude-sonnet-5',
      maxTurns: 30,
      hostEnv,
    });
    expect(argv).toEqual([
      'claude',
      '-p',
      '--output-format',
      'stream-json',
      '--verbose',
      '--setting-sources',
      'user',
      '--strict-mcp-config',
      '--permission-mode',
      'acceptEdits',
      '--allowedTools',
      'Edit Write Bash(npm test)',
      '--model',
      'claude-sonnet-5',
      '--max-turns',
      '30',
    ]);
    expect(stdin).toBe('prompt');
    expect(secretEnv).toEqual(['CLAUDE_CODE_OAUTH_TOKEN']);
    expect(makeDirs).toEqual(['private/claude', 'private/tmp']);
  });

  it('leaves out what is not asked for', () => {
    const { argv } = new ClaudeCoder({ executable: '/opt/claude' }).command({
      ...START,
      allowedTools: [],
    });
    expect(argv[0]).toBe('/opt/claude');
    expect(argv.slice(-2)).toEqual(['--permission-mode', 'acceptEdits']);
  });

  it('has no token where the host adds it, and asks the host', () => {
    const coder = new ClaudeCoder({ baseUrl: 'http://127.0.0.1:8787' });
    const { env } = coder.command({ ...START, hostEnv, apiBase: 'http://127.0.0.1:18080' });
    expect(env['ANTHROPIC_BASE_URL']).toBe('http://127.0.0.1:18080');
    expect(env['CLAUDE_CODE_OAUTH_TOKEN']).toMatch(/^aedev-/);
    expect(JSON.stringify(env)).not.toContain(TOKEN);
    expect(coder.api(hostEnv)).toEqual({
      baseUrl: 'http://127.0.0.1:8787',
      authorization: `Bearer ${TOKEN}`,
    });
    expect(new ClaudeCoder().api(hostEnv).baseUrl).toBe('https://api.anthropic.com');
  });

  it('has the token, folders of its own, and the base URL of the configuration only', () => {
    const { env } = new ClaudeCoder({ maxRetries: 1 }).command({ ...START, hostEnv });
    expect(env).toMatchObject({
      CLAUDE_CODE_OAUTH_TOKEN: TOKEN,
      CLAUDE_CONFIG_DIR: '/workspace/private/claude',
      CLAUDE_CODE_TMPDIR: '/workspace/private/tmp',
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      CLAUDE_CODE_MAX_RETRIES: '1',
    });
    expect(env).not.toHaveProperty('ANTHROPIC_BASE_URL');
    const other = new ClaudeCoder({ baseUrl: 'http://127.0.0.1:8787' });
    expect(other.command({ ...START, hostEnv }).env).toMatchObject({
      ANTHROPIC_BASE_URL: 'http://127.0.0.1:8787',
    });
    expect(new ClaudeCoder().command(START).env).not.toHaveProperty('CLAUDE_CODE_OAUTH_TOKEN');
  });

  it.each([
    { model: '--dangerously-skip-permissions' },
    { model: 'a b' },
    { permissionMode: 'nope' },
    { allowedTools: ['--mcp-config'] },
    { allowedTools: ['Edit --model x'] },
    { allowedTools: ['Bash(a) Bash(b)'] },
    { allowedTools: [''] },
  ])('refuses %j', (over) => {
    expect(() => new ClaudeCoder().command({ ...START, ...over })).toThrow(
      expect.objectContaining({ tag: 'coder-config' }),
    );
  });
});

describe('static check of claude', () => {
  const check = (token: string | undefined, options = {}) =>
    new ClaudeCoder(options).check(token === undefined ? {} : { AEDEV_CLAUDE_OAUTH_TOKEN: token });

  it.each([
    [undefined, 'is not set'],
    ['  ', 'is not set'],
    ['sk-ant-api03-dummy-dummy-dummy', 'key of the paid API'],
    ['short', 'does not look like a token'],
    ['dummy token with spaces in it', 'does not look like a token'],
  ])('refuses the token %j', async (token, says) => {
    const [problem] = await check(token);
    expect(problem?.code).toBe('HOLD-CLAUDE-AUTH-IN-DOCKER');
    expect(problem?.sentence).toContain(says);
    expect(problem?.remedy).toContain('claude setup-token');
    if (token && token.trim() !== '') expect(problem?.sentence).not.toContain(token);
  });

  it('takes a token, with the line end that a file leaves', async () => {
    expect(await check(TOKEN)).toEqual([]);
    expect(await check(`${TOKEN}\n`)).toEqual([]);
    const { env } = new ClaudeCoder().command({
      ...START,
      hostEnv: { AEDEV_CLAUDE_OAUTH_TOKEN: `${TOKEN}\n` },
    });
    expect(env['CLAUDE_CODE_OAUTH_TOKEN']).toBe(TOKEN);
  });

  it('sends the token over no open line', async () => {
    expect(await check(TOKEN, { baseUrl: 'http://127.0.0.1:1' })).toEqual([]);
    expect(await check(TOKEN, { baseUrl: 'https://proxy.example' })).toEqual([]);
    for (const baseUrl of ['http://proxy.example', 'http://127.0.0.1.example', 'ftp://x', 'x']) {
      expect((await check(TOKEN, { baseUrl }))[0]?.sentence).toContain('unencrypted');
    }
  });
});
