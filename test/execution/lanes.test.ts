/** Who pays for a run: what gets into it, and what is proven of it. */
import { readFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import type { Lane } from '../../src/control/lane.ts';
import { ClaudeCoder } from '../../src/execution/coders/claude.ts';
import type { Coder } from '../../src/execution/coders/coder.ts';
import { createCoder } from '../../src/execution/coders/create.ts';
import { ScriptedCoder } from '../../src/execution/coders/scripted.ts';
import { resolveCredential } from '../../src/execution/credentials.ts';
import { proveLane } from '../../src/execution/lane-proof.ts';
import {
  isPaidVariable,
  paidVariablesIn,
  withoutPaid,
} from '../../src/execution/paid-variables.ts';
import { refusePaid } from '../../src/execution/probe.ts';
import { envFileText } from '../../src/execution/sandboxes/docker-args.ts';
import { START } from '../support/coder-run.ts';
import { sandboxBed } from '../support/sandboxes.ts';
import { policyOf } from '../support/world.ts';

const TOKEN = 'sk-ant-oat01-dummy-of-a-test';
const KEY = 'sk-ant-api03-dummy-of-a-test';
const PAID = [
  'ANTHROPIC_API_KEY',
  'ANTHROPIC_AUTH_TOKEN',
  'ANTHROPIC_BASE_URL',
  'ANTHROPIC_CUSTOM_HEADERS',
  'ANTHROPIC_BEDROCK_BASE_URL',
  'ANTHROPIC_MODEL',
  'CLAUDE_CODE_USE_BEDROCK',
  'CLAUDE_CODE_USE_VERTEX',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_BEARER_TOKEN_BEDROCK',
  'GOOGLE_APPLICATION_CREDENTIALS',
  'GOOGLE_CLOUD_PROJECT',
  'GOOGLE_API_KEY',
  'GEMINI_API_KEY',
  'GOOGLE_GEMINI_BASE_URL',
  'OPENAI_API_KEY',
  'OPENAI_BASE_URL',
  'AZURE_OPENAI_API_KEY',
  'CODEX_API_KEY',
  'OPENROUTER_API_KEY',
  'MISTRAL_API_KEY',
  'DEEPSEEK_API_KEY',
  'XAI_API_KEY',
  'GROQ_API_KEY',
  'anthropic_api_key',
];
const hostile = Object.fromEntries(PAID.map((name) => [name, `paid-${name}`]));
const nothing = { get: async () => ({ absent: true }) as const };
const holds = (value: string) => ({
  asked: [] as string[],
  async get(name: string) {
    this.asked.push(name);
    return { value };
  },
});

describe('paid variables', () => {
  it.each(PAID)('%s is one', (name) => expect(isPaidVariable(name)).toBe(true));
  it.each(['PATH', 'HOME', 'CI', 'AEDEV_CLAUDE_OAUTH_TOKEN', 'CLAUDE_CODE_OAUTH_TOKEN', 'LANG'])(
    '%s is none',
    (name) => expect(isPaidVariable(name)).toBe(false),
  );
  it('are taken out of what a coder sees, and found where they must not be', () => {
    expect(withoutPaid({ ...hostile, PATH: '/bin' })).toEqual({ PATH: '/bin' });
    expect(paidVariablesIn({ ...hostile, PATH: '/bin' }, ['OPENAI_API_KEY'])).toHaveLength(
      PAID.length - 1,
    );
  });
});

const { coders } = policyOf().policies;
const families = [
  ...new Set([...Object.keys(coders).filter((key) => key !== 'default'), 'claude']),
];

describe.each(families)('the coder %s', (family) => {
  const coder: Coder = createCoder(family, {
    ...coders,
    scripted: { ...coders.scripted, script: null, argv: ['true'] },
  });
  const lanes: Lane[] = family === 'claude' ? ['subscription', 'api'] : ['api'];
  it.each(lanes)('gets none of the host’s paid variables into any tier (%s)', async (lane) => {
    const name = coder.credential?.(lane);
    const own = name ? { [name]: lane === 'api' ? KEY : TOKEN } : {};
    const host = { ...hostile, ...own, PATH: '/bin' };
    const { env } = await resolveCredential(coder, lane, host, nothing);
    for (const apiBase of [undefined, 'http://127.0.0.1:18080']) {
      const start = { ...START, lane, hostEnv: env, ...(apiBase ? { apiBase } : {}) };
      const command = coder.command(start);
      expect(() => refusePaid(command)).not.toThrow();
      const given = JSON.stringify(command);
      expect(given).not.toContain('paid-');
      // Behind the proxy not even the credential of its own lane.
      if (apiBase !== undefined && name) expect(given).not.toMatch(/dummy-of-a-test/);
    }
    const access = coder.api?.(env, lane);
    if (access) expect(JSON.stringify(access)).not.toContain('paid-');
  });
});

it('a process of the host’s own tier inherits none either, nor does a container', async () => {
  for (const [name, value] of Object.entries(hostile)) vi.stubEnv(name, value);
  const bed = sandboxBed('process');
  try {
    const spec = bed.spec('env', ['env'], { env: { ONLY: 'this' } });
    await bed.sandbox.run(spec, new AbortController().signal);
    const seen = readFileSync(spec.stdout, 'utf8');
    expect(seen).toContain('ONLY=this');
    expect(seen).not.toContain('paid-');
    expect(envFileText(spec)).toContain('ONLY=this');
    expect(envFileText(spec)).not.toContain('paid-');
  } finally {
    vi.unstubAllEnvs();
    await bed.remove();
  }
});

it('a variable that slips in all the same stops the start', () => {
  const command = new ScriptedCoder({ argv: ['true'] }).command(START);
  const slipped = { ...command, env: { ...command.env, ANTHROPIC_API_KEY: KEY } };
  expect(() => refusePaid(slipped)).toThrow(expect.objectContaining({ tag: 'spec' }));
  expect(() => refusePaid(slipped)).toThrow(/ANTHROPIC_API_KEY/);
  expect(() => refusePaid(slipped)).not.toThrow(new RegExp(KEY));
  const claude = new ClaudeCoder().command({ ...START, hostEnv: {} });
  expect(() => refusePaid({ ...claude, env: { ...claude.env, ANTHROPIC_API_KEY: KEY } })).toThrow();
});

describe('the credential of a lane', () => {
  const claude = new ClaudeCoder();
  it('comes from the environment first, and the keychain is not asked then', async () => {
    const keychain = holds('other');
    const host = { AEDEV_CLAUDE_OAUTH_TOKEN: TOKEN, ANTHROPIC_API_KEY: KEY };
    const { env, credential } = await resolveCredential(claude, 'subscription', host, keychain);
    expect(env).toEqual({ AEDEV_CLAUDE_OAUTH_TOKEN: TOKEN });
    expect(credential).toMatchObject({ from: 'environment', name: 'AEDEV_CLAUDE_OAUTH_TOKEN' });
    expect(keychain.asked).toEqual([]);
  });
  it('else from the keychain, under the name of its own lane only', async () => {
    const keychain = holds(TOKEN);
    const host = { AEDEV_CLAUDE_API_KEY: KEY, AEDEV_CLAUDE_OAUTH_TOKEN: ' ' };
    const { env, credential } = await resolveCredential(claude, 'subscription', host, keychain);
    expect(env['AEDEV_CLAUDE_OAUTH_TOKEN']).toBe(TOKEN);
    expect(credential.from).toBe('keychain');
    expect(keychain.asked).toEqual(['AEDEV_CLAUDE_OAUTH_TOKEN']);
    const api = holds(KEY);
    await resolveCredential(claude, 'api', {}, api);
    expect(api.asked).toEqual(['AEDEV_CLAUDE_API_KEY']);
  });
  it('is nowhere when neither has it; why not is kept', async () => {
    const locked = { get: async () => ({ problem: 'it is locked' }) };
    const { credential } = await resolveCredential(claude, 'subscription', {}, locked);
    expect(credential).toMatchObject({ from: 'nowhere', problem: 'it is locked' });
    const scripted = new ScriptedCoder({ argv: ['true'] });
    const keychain = holds('x');
    expect((await resolveCredential(scripted, 'none', {}, keychain)).credential.name).toBeNull();
    expect(keychain.asked).toEqual([]);
  });
  it('goes out in the header of its lane', () => {
    const host = { AEDEV_CLAUDE_API_KEY: KEY, AEDEV_CLAUDE_OAUTH_TOKEN: TOKEN };
    expect(claude.api(host, 'api')).toMatchObject({ header: 'x-api-key', authorization: KEY });
    expect(claude.api(host).authorization).toBe(`Bearer ${TOKEN}`);
    expect(claude.command({ ...START, lane: 'api', hostEnv: host }).env).toMatchObject({
      ANTHROPIC_API_KEY: KEY,
    });
    expect(claude.command({ ...START, lane: 'api', hostEnv: host }).env).not.toHaveProperty(
      'CLAUDE_CODE_OAUTH_TOKEN',
    );
  });
});

describe('what proves a lane', () => {
  const claim = (lane: Lane) => ({ lane, proof: 'apiKeySource=x' });
  const api = { host: 'api.anthropic.com', port: 443, allowed: true, bytes: 9000 };
  const proven = (said: Lane, given: Lane, egress: (typeof api)[] | null = [api]) =>
    proveLane({ claim: claim(said), given, proxied: egress && 'api.anthropic.com', egress }).lane;
  it('what the CLI says and what aedev gave agree', () => {
    expect(proven('subscription', 'subscription')).toBe('subscription');
    expect(proven('subscription', 'subscription', null)).toBe('subscription');
    expect(proven('api', 'api')).toBe('api');
  });
  it('a paid lane that the CLI names is believed; another disagreement proves nothing', () => {
    expect(proven('api', 'subscription')).toBe('api');
    expect(proven('sdk-credit', 'subscription')).toBe('sdk-credit');
    expect(proven('subscription', 'api')).toBe('unknown');
  });
  it('a silent CLI: what the proxy added counts, if the API was reached', () => {
    expect(proven('unknown', 'subscription')).toBe('subscription');
    expect(proven('unknown', 'subscription', [])).toBe('unknown');
    expect(proven('unknown', 'subscription', [{ ...api, bytes: 0 }])).toBe('unknown');
    expect(proven('unknown', 'subscription', null)).toBe('unknown');
  });
  it('is told in words: the claim, the credential, the hosts', () => {
    const egress = [api, { host: 'evil.test', port: 443, allowed: false, bytes: 0 }];
    const facts = { claim: claim('subscription'), given: 'subscription' as const };
    expect(proveLane({ ...facts, proxied: api.host, egress }).proof).toBe(
      'apiKeySource=x; the subscription’s token was added outside the sandbox; reached api.anthropic.com:443',
    );
    expect(proveLane({ ...facts, proxied: null, egress: null }).proof).toBe(
      'apiKeySource=x; the subscription’s token was in its environment',
    );
  });
  it('a coder without a credential is taken at its word', () => {
    const none = { lane: 'none' as const, proof: 'no model was asked' };
    expect(proveLane({ claim: none, given: 'none', proxied: null, egress: null })).toEqual(none);
  });
});
