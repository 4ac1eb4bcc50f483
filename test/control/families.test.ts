/** Nobody judges the work of its own maker: by name, by model, by whose server is asked. */
import { describe, expect, it, test } from 'vitest';
import { judgesFor, sharesFamily } from '../../src/control/families.ts';
import { boundPasses } from '../../src/control/merge-policy.ts';
import type { Task } from '../../src/control/task.ts';
import { given } from '../support/given.ts';
import { verdict } from '../support/outcomes.ts';
import { AUTO } from '../support/tasks.ts';

const judge = (family: string, more: object = {}) => ({
  family,
  model: 'm',
  protocol: 'openai' as const,
  base_url: 'http://127.0.0.1:8080/v1',
  ...more,
});

describe('a judge is of the coder’s family', () => {
  it.each([
    ['claude', judge('anthropic')],
    ['claude', judge('second', { model: 'claude-opus-5' })],
    ['claude', judge('second', { base_url: 'https://api.anthropic.com/v1' })],
    ['codex', judge('openai')],
    ['codex', judge('codex')],
    ['codex', judge('second', { model: 'gpt-6.1-sol' })],
    ['codex', judge('second', { model: 'openrouter/openai/gpt-5' })],
    ['codex', judge('second', { model: 'o3-mini' })],
    ['codex', judge('second', { base_url: undefined })],
    ['codex', judge('second', { base_url: 'https://eu.api.OpenAI.com/v1' })],
    ['gemini', judge('gemini')],
    ['gemini', judge('second', { model: 'models/gemini-2.5-pro' })],
    ['gemini', judge('second', { protocol: 'gemini', base_url: undefined })],
    ['gemini', judge('x', { base_url: 'https://generativelanguage.googleapis.com/v1beta' })],
    ['scripted', judge('scripted')],
    ['codex', judge('second', { protocol: 'codex-cli', base_url: undefined })],
    ['gemini', judge('second', { protocol: 'gemini-cli', base_url: undefined })],
  ])('%s: %j', (coder, one) => {
    expect(sharesFamily(coder, one)).toBe(true);
  });

  it.each([
    ['claude', judge('openai', { base_url: undefined })],
    ['codex', judge('gemini', { protocol: 'gemini', base_url: undefined })],
    ['codex', judge('local', { model: 'qwen3-coder' })],
    ['codex', judge('second', { protocol: 'gemini-cli', base_url: undefined })],
    ['gemini', judge('second', { protocol: 'codex-cli', base_url: undefined })],
    ['codex', judge('deepseek', { model: 'deepseek-v4', base_url: 'https://api.deepseek.com' })],
    // The protocol of a local server says nothing of whose model it serves.
    ['codex', judge('llama', { model: 'llama-4' })],
    ['gemini', judge('openai', { base_url: undefined })],
    ['gemini', judge('mistral', { base_url: 'https://openai.com.evil.test/v1' })],
    ['scripted', judge('openai', { base_url: undefined })],
  ])('not %s: %j', (coder, one) => {
    expect(sharesFamily(coder, one)).toBe(false);
  });
});

test('such a judge is not asked, unless the policy allows it', () => {
  const families = [judge('openai'), judge('gemini'), judge('local'), judge('local')];
  const asked = (coder: string, allow_coder_family = false) =>
    judgesFor({ families, allow_coder_family }, coder);
  expect(asked('claude')).toEqual(['openai', 'gemini', 'local']);
  expect(asked('codex')).toEqual(['gemini', 'local']);
  expect(asked('gemini')).toEqual(['openai', 'local']);
  expect(asked('codex', true)).toEqual(['openai', 'gemini', 'local']);
});

test('two names for models of one maker, or for one model of one server, are one judge', () => {
  const asked = (...families: ReturnType<typeof judge>[]) =>
    judgesFor({ families, allow_coder_family: false }, 'scripted');
  const at = { base_url: 'https://models.test/v1' };
  expect(
    asked(judge('alpha', { ...at, model: 'gpt-5' }), judge('beta', { ...at, model: 'o4-mini' })),
  ).toEqual(['alpha']);
  expect(
    asked(judge('alpha', { ...at, model: 'm' }), judge('beta', { ...at, model: 'm' })),
  ).toEqual(['alpha']);
  expect(
    asked(judge('alpha', { ...at, model: 'm' }), judge('beta', { ...at, model: 'n' })),
  ).toEqual(['alpha', 'beta']);
  expect(sharesFamily('claude', judge('proxy', { model: 'sonnet-4.5' }))).toBe(true);
  expect(sharesFamily('codex', judge('proxy', { model: 'mygpt4' }))).toBe(true);
});

describe('the merge policy counts no verdict of the coder’s own family', () => {
  const { task } = given(AUTO).at('merging');
  const said = (name: string, more = {}) =>
    verdict(name, { evidence: task.evidence?.digest ?? '', head: task.head ?? '' }, more);
  const passes = (coder: string, verdicts: Task['verdicts'], policy = task.policy) =>
    boundPasses({ ...task, coder, verdicts, policy });
  const both = [said('openai'), said('gemini')];

  it('whoever configured it', () => {
    expect(passes('claude', both)).toEqual(['openai', 'gemini']);
    expect(passes('codex', both)).toEqual(['gemini']);
    expect(passes('gemini', both)).toEqual(['openai']);
    const hidden = [said('gemini'), said('second', { model: 'gpt-6.1-sol' })];
    expect(passes('codex', hidden)).toEqual(['gemini']);
  });

  it('but where the policy of that evidence says otherwise', () => {
    const policy = task.policy && { ...task.policy, coderFamilyMayJudge: true };
    expect(passes('codex', both, policy)).toEqual(['openai', 'gemini']);
  });
});
