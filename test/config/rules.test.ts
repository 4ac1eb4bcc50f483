import { describe, expect, it } from 'vitest';
import { reachOf } from '../../src/config/hosts.ts';
import { sourceProblem } from '../../src/config/sources.ts';
import { errors, somewhere, warnings } from './support.ts';

const judge = (...lines: string[]) =>
  `judges:\n  families:\n${lines.map((line) => `    - {${line}}\n`).join('')}`;
const OPENAI = 'family: openai, protocol: openai, model: m, key_env: A_KEY';
const GEMINI = 'family: gemini, protocol: gemini, model: m, key_env: B_KEY';
const two = judge(OPENAI, GEMINI);

describe('combinations in policies.yaml that cannot be', () => {
  const cases: [string, string, string][] = [
    [
      'process without the opt-in',
      'sandbox:\n  tier: process\n',
      '2:9 sandbox.tier: process runs coders without isolation, and sandbox.allow_process is false; set tier to auto, or allow_process to true if you accept that',
    ],
    [
      'two judges of one family',
      judge(OPENAI, OPENAI),
      '4:16 judges.families[1].family: openai is a judge already; two verdicts count only from different families',
    ],
    [
      'the paid API without a budget',
      `${two}coders:\n  claude: {lane: api}\n`,
      '6:18 coders.claude.lane: is api, which costs money for every run; say in coders.claude.api_usd_per_day how much per day at most',
    ],
    [
      'a budget of the paid API that no run fits in',
      `${two}coders:\n  claude: {lane: api, api_usd_per_day: 5}\n`,
      '6:40 coders.claude.api_usd_per_day: is 5, less than the 10 that budgets.per_run.cost_usd reserves for one run, so none could ever begin',
    ],
    [
      'a judge of the coder’s family',
      judge('family: anthropic, protocol: openai, model: m, key_env: A'),
      '3:16 judges.families[0].family: anthropic is the family of the coder claude, and no family judges its own work',
    ],
    [
      'an address for a judge that is a CLI',
      judge('family: x, protocol: codex-cli, model: m, base_url: "https://example.com"'),
      '3:60 judges.families[0].base_url: has no meaning for codex-cli, which asks on the login of that CLI; leave it out',
    ],
    [
      'a program for a judge over HTTP',
      judge('family: x, protocol: openai, model: m, key_env: A, executable: codex'),
      '3:71 judges.families[0].executable: has no meaning for openai, which is asked over HTTP; leave it out',
    ],
    [
      'the coder’s model under another name',
      judge('family: other, protocol: openai, model: claude-x, key_env: A'),
      '3:48 judges.families[0].model: is a model of the coder claude under the family name other; no family judges its own work',
    ],
    [
      'no key and no server',
      judge('family: x, protocol: openai, model: m'),
      '3:7 judges.families[0].key_env: is missing; name the environment variable with the key, or set base_url for a local server',
    ],
    [
      'no key for a server elsewhere',
      judge('family: x, protocol: openai, model: m, base_url: "https://example.com/v1"'),
      '3:7 judges.families[0].key_env: is missing for a server on another machine; name the environment variable with its key',
    ],
    [
      'code in the clear over the internet',
      judge('family: x, protocol: openai, model: m, key_env: A, base_url: "http://example.com"'),
      '3:69 judges.families[0].base_url: would send your code over the internet unencrypted; use https',
    ],
    [
      'a password in an address',
      judge(
        'family: x, protocol: openai, model: m, key_env: A, base_url: "https://a:b@example.com"',
      ),
      '3:69 judges.families[0].base_url: holds a user name or password; put the key in key_env’s variable',
    ],
    [
      'a key in an address',
      judge('family: x, protocol: openai, model: m, base_url: "https://example.com/?key=dummy"'),
      '3:57 judges.families[0].base_url: has a ? or # part; write the plain address, and the key in key_env’s variable',
    ],
    [
      'scripted with nothing to run',
      'coders:\n  default: scripted\n',
      '2:12 coders.default: is scripted, but neither coders.scripted.script nor coders.scripted.argv says what to run',
    ],
    [
      'scripted with two things to run',
      'coders: {scripted: {script: a, argv: [b]}}\n',
      '1:38 coders.scripted.argv: and script are both set; the coder can be only one',
    ],
    [
      'a day too small for one run',
      'budgets: {global: {cost_usd_per_day: 5}}\n',
      '1:38 budgets.global.cost_usd_per_day: is 5, less than the 10 that budgets.per_run.cost_usd reserves for one run, so none could ever begin',
    ],
    [
      'a gate that never closes',
      'clarification: {weights: {target: 0, acceptance: 0, vagueness: 0, hazard: 0}}\n',
      '1:26 clarification.weights: are all 0, so no request would ever be unclear',
    ],
  ];
  it.each(cases)('refuses %s', (_, text, expected) => {
    expect(errors(text)).toEqual([`policies.yaml:${expected}`]);
  });
});

describe('what works otherwise than it looks', () => {
  const cases: [string, string, string][] = [
    [
      'the paid API',
      `${two}coders:\n  claude: {lane: api, api_usd_per_day: 50}\n`,
      '6:18 coders.claude.lane: is api: every run of claude costs money',
    ],
    [
      'a budget for a lane that is not used',
      `${two}coders:\n  claude: {api_usd_per_day: 50}\n`,
      '6:29 coders.claude.api_usd_per_day: has no effect: coders.claude.lane is subscription',
    ],
    [
      'no judge',
      '',
      '1:1 judges.families: names no judge; with fewer than two families finished work waits for you',
    ],
    [
      'one judge',
      judge(OPENAI),
      '2:3 judges.families: names one judge; with fewer than two families finished work waits for you',
    ],
    [
      'a keyless judge on the local network',
      judge(OPENAI, 'family: x, protocol: openai, model: m, base_url: "https://10.0.0.5"'),
      '4:7 judges.families[1].key_env: is missing; anyone on that network can use this server',
    ],
    [
      'a judge in the clear on the local network',
      judge(
        OPENAI,
        'family: x, protocol: openai, model: m, key_env: A, base_url: "http://box.lan"',
      ),
      '4:69 judges.families[1].base_url: sends your code over the local network unencrypted',
    ],
    [
      'plain processes',
      `${two}sandbox:\n  tier: process\n  allow_process: true\n`,
      '6:9 sandbox.tier: coders run as plain processes of your account, not isolated',
    ],
    [
      'no runs at all',
      `${two}budgets: {per_repo: {runs_per_day: 0}}\n`,
      '5:36 budgets.per_repo.runs_per_day: is 0: no run will begin',
    ],
    [
      'an idle limit that cannot take effect',
      `${two}budgets: {per_run: {idle_minutes: 90}}\n`,
      '5:35 budgets.per_run.idle_minutes: is longer than wall_minutes (60), so it never takes effect',
    ],
    [
      'bands the wrong way round',
      `${two}risk: {high_from: 20}\n`,
      '5:19 risk.high_from: is not above medium_from (30), so there is no medium band',
    ],
  ];
  it.each(cases)('warns of %s', (_, text, expected) => {
    expect(warnings(text)).toEqual([`policies.yaml:${expected}`]);
  });

  it('warns of two judges of one maker, whatever they are called', () => {
    expect(warnings(judge(OPENAI, 'family: other, protocol: codex-cli, model: m'))).toEqual([
      'policies.yaml:4:16 judges.families[1].family: other asks a model of the same maker as openai; what one overlooks the other is likely to overlook',
    ]);
    expect(warnings(judge(OPENAI, 'family: other, protocol: gemini-cli, model: m'))).toEqual([]);
  });

  it('is quiet about two good judges and a local server without a key', () => {
    expect(warnings(two)).toEqual([]);
    const local = 'family: x, protocol: openai, model: m, base_url: "http://127.0.0.1:11434/v1"';
    expect(warnings(judge(OPENAI, local))).toEqual([]);
  });
});

describe('combinations in repos.yaml', () => {
  const repo = (rest: string) => `repos:\n  - id: a\n    source: /x\n${rest}`;
  const cases: [string, string | null, string, string][] = [
    [
      'an id twice',
      null,
      repo('  - id: a\n    source: /y\n'),
      '4:9 repos[1].id: a is the id of repos[0] too; each repo needs its own',
    ],
    [
      'merging what nothing checks',
      null,
      repo('    auto_merge: true\n'),
      '4:17 repos[0].auto_merge: is true, but nothing is run to check a change; add verify commands or required_checks, or set auto_merge: false',
    ],
    [
      'inheriting that',
      'merge:\n  auto_merge: true\n',
      repo(''),
      '2:9 repos[0].id: a would merge by itself (merge.auto_merge in policies.yaml:2), but nothing is run to check a change; add verify commands or required_checks, or set auto_merge: false',
    ],
    [
      'no allowed path',
      null,
      repo('    allowed_paths: []\n'),
      '4:20 repos[0].allowed_paths: is empty, so nothing may change; write ["**"] for every path',
    ],
    [
      'a bad pattern',
      null,
      repo('    forbidden_paths: [a, "!b"]\n'),
      '4:26 repos[0].forbidden_paths[1]: The path pattern "!b" starts with !; patterns cannot be negated, list paths',
    ],
    [
      'GitHub without the repository',
      null,
      repo('    forge: {kind: github}\n'),
      '4:12 repos[0].forge: is of kind github; add repo: owner/name',
    ],
    [
      'GitHub with a source on this disk',
      null,
      repo('    forge: {kind: github, repo: acme/shop}\n'),
      '3:13 repos[0].source: must be the https URL of the repository on GitHub; did you mean https://github.com/acme/shop.git?',
    ],
    [
      'GitHub with the source of another repository',
      null,
      'repos:\n  - id: a\n    source: https://github.com/acme/store.git\n    forge: {kind: github, repo: acme/shop}\n',
      '3:13 repos[0].source: is not the address of acme/shop, which forge.repo names',
    ],
    [
      'a token that would go to another host',
      null,
      'repos:\n  - id: a\n    source: https://github.com/acme/shop\n    forge: {kind: github, repo: acme/shop, api_url: "https://api.evil.example"}\n',
      '4:53 repos[0].forge.api_url: is on another host than the source; the token for github.com would be sent there',
    ],
    [
      'settings of GitHub for the local forge',
      null,
      repo('    forge: {repo: acme/shop}\n'),
      '4:19 repos[0].forge.repo: is for forges of kind github; add kind: github',
    ],
    [
      'a method that the local forge does not know',
      null,
      repo('    method: rebase\n'),
      '4:13 repos[0].method: is rebase, which the local forge does not do',
    ],
    [
      'a branch that is an option',
      null,
      repo('    branch: --upload-pack=x\n'),
      '4:13 repos[0].branch: begins with a dash, which git would take for an option',
    ],
    [
      'no branch name',
      null,
      repo('    branch: a..b\n'),
      '4:13 repos[0].branch: is no valid branch name',
    ],
    [
      'the scripted coder with nothing to run',
      null,
      repo('    coder: scripted\n'),
      '4:12 repos[0].coder: is scripted, but coders.scripted in policies.yaml says not what to run',
    ],
    [
      'a budget too small for one run',
      null,
      repo('    budget: {tokens_per_day: 5}\n'),
      '4:30 repos[0].budget.tokens_per_day: is 5, less than the 2000000 reserved for one run (budgets.per_run), so none could ever begin',
    ],
    [
      'the home inside the repo',
      null,
      'repos:\n  - id: a\n    source: /nowhere\n',
      '3:13 repos[0].source: holds the aedev home itself, keys and all; move one of the two',
    ],
    [
      'a password in the source',
      null,
      'repos:\n  - {id: a, source: "https://x:dummy@example.com/a"}\n',
      '2:21 repos[0].source: holds a user name or password; take it out, secrets do not belong in this file',
    ],
  ];
  it.each(cases)('refuses %s', (_, policies, repos, expected) => {
    expect(errors(policies, repos)).toEqual([`repos.yaml:${expected}`]);
  });

  it('accepts auto-merge with either kind of check, and a repo that opts out', () => {
    expect(errors(null, repo('    auto_merge: true\n    verify: [{argv: [npm, test]}]\n'))).toEqual(
      [],
    );
    expect(errors(null, repo('    auto_merge: true\n    required_checks: [ci]\n'))).toEqual([]);
    expect(errors('merge: {auto_merge: true}\n', repo('    auto_merge: false\n'))).toEqual([]);
  });

  it('warns of one source under two ids', () => {
    expect(warnings(two, repo('  - id: b\n    source: /x\n'))).toEqual([
      'repos.yaml:5:13 repos[1].source: is the source of a too; their changes may conflict',
    ]);
  });
});

describe('sources and hosts', () => {
  it.each([
    '/x',
    'https://example.com/a.git',
    'ssh://git@example.com/a',
    'git@example.com:a/b',
    'file:///x',
  ])('takes %s', (source) => expect(sourceProblem(source, '/home/me')).toBeNull());
  it.each([
    'x',
    './x',
    '../x',
    '-x',
    ' /x',
    '~/x',
    'ext::sh -c x',
    'git://example.com/a',
    'https://',
    'file://host/x',
    '/x\u202e',
    'https://token@example.com/a',
    'https://example.com/a?t=1',
  ])('refuses %j', (source) => expect(sourceProblem(source, '/home/me')).not.toBeNull());
  it('spells out ~', () => {
    expect(sourceProblem('~/x', '/home/me')?.hint).toBe('/home/me/x');
    expect(somewhere.home).toBe('/nowhere/.aedev');
  });
  it.each([
    ['127.0.0.1', 'loopback'],
    ['[::1]', 'loopback'],
    ['localhost', 'loopback'],
    ['10.1.2.3', 'private'],
    ['172.31.0.1', 'private'],
    ['172.32.0.1', 'public'],
    ['100.100.1.1', 'private'],
    ['box', 'private'],
    ['box.tail.ts.net', 'private'],
    ['[fd00::1]', 'private'],
    ['localhost.example.com', 'public'],
    ['127.0.0.1.example.com', 'public'],
    ['8.8.8.8', 'public'],
  ])('%s is %s', (host, reach) => expect(reachOf(host)).toBe(reach));
});
