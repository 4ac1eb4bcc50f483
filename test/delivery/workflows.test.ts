import { describe, expect, test } from 'vitest';
import { isWorkflow, workflowProblems } from '../../src/delivery/push-gate/workflows.ts';

const SHA = 'a'.repeat(40);
const rules = (text: string, trusted: string[] = ['actions/*']) =>
  workflowProblems(text, trusted).map(({ rule }) => rule);
const steps = (...lines: string[]) =>
  `on: push\njobs:\n  test:\n    steps:\n${lines.map((line) => `      - ${line}\n`).join('')}`;

describe('a workflow', () => {
  test('is known by its path', () => {
    for (const path of [
      '.github/workflows/ci.yml',
      '.GitHub/Workflows/a.YAML',
      'action.yml',
      'x/action.yaml',
    ])
      expect(isWorkflow(path), path).toBe(true);
    for (const path of ['.github/workflows/x/ci.yml', 'ci.yml', '.github/dependabot.yml'])
      expect(isWorkflow(path), path).toBe(false);
  });
  test.each([
    ['uses: actions/checkout@v5', []],
    [`uses: other/tool@${SHA}`, []],
    ['uses: ./.github/actions/own', []],
    ['uses: other/tool@v1', ['unpinned-action']],
    ['uses: other/tool', ['unpinned-action']],
    ['uses: actions/checkout', ['unpinned-action']],
    ['uses: other/tool@main # v1', ['unpinned-action']],
    [`uses: other/tool@${SHA.slice(0, 12)}`, ['unpinned-action']],
    ['uses: docker://alpine:3', ['unpinned-action']],
    [`uses: docker://alpine@sha256:${'b'.repeat(64)}`, []],
    ['{ "uses": "other/tool@v1" }', ['unpinned-action']],
  ])('%s', (line, found) => {
    expect(rules(steps(line))).toEqual(found);
  });
  test('calls a reusable workflow of another repo only by commit', () => {
    const call = (ref: string) =>
      `on: push\njobs:\n  a:\n    uses: other/ci/.github/workflows/a.yml@${ref}\n`;
    expect([rules(call('main')), rules(call(SHA))]).toEqual([['unpinned-action'], []]);
  });
  const of = (expression: string) => `\${{ ${expression} }}`;
  const head = `ref: ${of('github.event.pull_request.head.sha')}`;
  test.each([
    ['pull_request_target', ['privileged-foreign-code']],
    ['[push, pull_request_target]', ['privileged-foreign-code']],
    ['{ workflow_run: { types: [completed] } }', ['privileged-foreign-code']],
    ['pull_request', []],
  ])('on %s with a checkout of the head', (on, found) => {
    const text = `on: ${on}\njobs:\n  a:\n    steps:\n      - uses: actions/checkout@v5\n        with:\n          ${head}\n`;
    expect(rules(text)).toEqual(found);
  });
  test('fetches the pull request by hand with privileges', () => {
    for (const run of [
      'gh pr checkout 1',
      'git fetch origin pull/1/head && git checkout FETCH_HEAD',
    ])
      expect(rules(`on: pull_request_target\njobs: { a: { steps: [{ run: "${run}" }] } }`)).toEqual(
        ['privileged-foreign-code'],
      );
    expect(rules('on: pull_request_target\njobs: { a: { steps: [{ run: echo hi }] } }')).toEqual(
      [],
    );
  });
  test.each(['title', 'body', 'head.ref', 'head.label'])('puts %s into a shell', (field) => {
    const run = `run: echo "\${{ github.event.pull_request.${field} }}"`;
    expect(rules(steps(run))).toEqual(['workflow-injection']);
  });
  test('puts comments and commit messages into a shell, and may put them into env', () => {
    for (const what of [
      'event.comment.body',
      'event.head_commit.message',
      'head_ref',
      "event.issue['title']",
    ])
      expect(rules(steps(`run: echo \${{ github.${what} }}`)), what).toEqual([
        'workflow-injection',
      ]);
    expect(
      rules(steps(`run: echo "$T"\n        env: { T: "${of('github.event.issue.title')}" }`)),
    ).toEqual([]);
    expect(rules(steps(`run: echo ${of('github.sha')} ${of('github.event.number')}`))).toEqual([]);
  });
  test('gives every right', () => {
    expect(rules('on: push\npermissions: write-all\njobs: {}\n')).toEqual(['workflow-write-all']);
    expect(rules('on: push\npermissions: { contents: read }\njobs: {}\n')).toEqual([]);
  });
  test('cannot be read: a finding, whatever it is', () => {
    const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefghi'
      .split('')
      .map((k, at) => `${k}: &${k} [${Array(9).fill(`*${'abcdefghi'[at]}`).join(',')}]`)
      .join('\n')}\n`;
    for (const text of [
      'on: [',
      'a: 1\na: 2\n',
      bomb,
      `on: push # ${'x'.repeat(300_000)}`,
      '{{{',
      '\u0000',
    ])
      expect(rules(text), text.slice(0, 20)).toContain('workflow-unread');
    expect(rules('')).toEqual([]);
  });
});
