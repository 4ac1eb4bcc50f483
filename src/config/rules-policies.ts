/**
 * Combinations in policies.yaml that are valid word by word and still wrong. An error is what
 * cannot work or would break a promise; a warning is what works otherwise than it looks.
 */
import { sameMaker } from '../control/families.ts';
import type { Policies } from '../control/policy.ts';
import type { Finding } from './finding.ts';
import { reachOf } from './hosts.ts';
import { keyCoderFindings, ownJudgeFindings } from './rules-coders.ts';
import type { Path } from './yaml-tree.ts';

const error = (path: Path, reason: string): Finding => ({ severity: 'error', path, reason });
const warning = (path: Path, reason: string): Finding => ({ severity: 'warning', path, reason });

export function policiesFindings(policies: Policies): Finding[] {
  return [
    ...sandbox(policies),
    ...judges(policies),
    ...ownJudgeFindings(policies),
    ...keyCoderFindings(policies),
    ...coders(policies),
    ...lanes(policies),
    ...budgets(policies),
    ...numbers(policies),
  ];
}

function sandbox({ sandbox, coders }: Policies): Finding[] {
  const found: Finding[] = [];
  if (sandbox.tier === 'process' && !sandbox.allow_process)
    found.push(
      error(
        ['sandbox', 'tier'],
        'process runs coders without isolation, and sandbox.allow_process is false; set tier to auto, or allow_process to true if you accept that',
      ),
    );
  if (sandbox.tier === 'process' && sandbox.allow_process)
    found.push(
      warning(['sandbox', 'tier'], 'coders run as plain processes of your account, not isolated'),
    );
  if (sandbox.tier === 'process' && coders.claude.permission_mode === 'bypassPermissions')
    found.push(
      warning(
        ['coders', 'claude', 'permission_mode'],
        'bypassPermissions without isolation lets a coder run anything as you; acceptEdits asks for less',
      ),
    );
  return found;
}

function judges({ judges }: Policies): Finding[] {
  const found: Finding[] = [];
  const seen = new Map<string, number>();
  judges.families.forEach((judge, index) => {
    const at: Path = ['judges', 'families', index];
    const first = seen.get(judge.family);
    if (first !== undefined)
      found.push(
        error(
          [...at, 'family'],
          `${judge.family} is a judge already; two verdicts count only from different families`,
        ),
      );
    else seen.set(judge.family, index);
    const twin = judges.families
      .slice(0, index)
      .find((other) => other.family !== judge.family && sameMaker(other, judge));
    if (twin !== undefined)
      found.push(
        warning(
          [...at, 'family'],
          `${judge.family} asks a model of the same maker as ${twin.family}; what one overlooks the other is likely to overlook`,
        ),
      );
    found.push(...endpoint(judge, at));
  });
  if (seen.size < 2)
    found.push(
      warning(
        ['judges', 'families'],
        `names ${seen.size === 0 ? 'no judge' : 'one judge'}; with fewer than two families finished work waits for you`,
      ),
    );
  return found;
}

type Judge = Policies['judges']['families'][number];

function endpoint(judge: Judge, at: Path): Finding[] {
  const cli = judge.protocol === 'codex-cli' || judge.protocol === 'gemini-cli';
  if (cli) {
    const given = (['base_url', 'key_env'] as const).filter((key) => judge[key] !== undefined);
    return given.map((key) =>
      error(
        [...at, key],
        `has no meaning for ${judge.protocol}, which asks on the login of that CLI; leave it out`,
      ),
    );
  }
  if (judge.executable !== undefined)
    return [
      error(
        [...at, 'executable'],
        `has no meaning for ${judge.protocol}, which is asked over HTTP; leave it out`,
      ),
    ];
  if (judge.base_url === undefined) {
    if (judge.key_env !== undefined) return [];
    return [
      error(
        [...at, 'key_env'],
        'is missing; name the environment variable with the key, or set base_url for a local server',
      ),
    ];
  }
  const path: Path = [...at, 'base_url'];
  const url = new URL(judge.base_url);
  if (url.username !== '' || url.password !== '')
    return [error(path, 'holds a user name or password; put the key in key_env’s variable')];
  if (url.search !== '' || url.hash !== '')
    return [
      error(path, 'has a ? or # part; write the plain address, and the key in key_env’s variable'),
    ];
  const reach = reachOf(url.hostname);
  if (reach === 'loopback') return [];
  const found: Finding[] = [];
  if (url.protocol === 'http:')
    found.push(
      reach === 'public'
        ? error(path, 'would send your code over the internet unencrypted; use https')
        : warning(path, 'sends your code over the local network unencrypted'),
    );
  if (judge.key_env === undefined)
    found.push(
      reach === 'public'
        ? error(
            [...at, 'key_env'],
            'is missing for a server on another machine; name the environment variable with its key',
          )
        : warning([...at, 'key_env'], 'is missing; anyone on that network can use this server'),
    );
  return found;
}

function coders({ coders }: Policies): Finding[] {
  const { script, argv } = coders.scripted;
  const found: Finding[] = [];
  if (script !== null && argv !== null)
    found.push(
      error(['coders', 'scripted', 'argv'], 'and script are both set; the coder can be only one'),
    );
  if (coders.default === 'scripted' && script === null && argv === null)
    found.push(
      error(
        ['coders', 'default'],
        'is scripted, but neither coders.scripted.script nor coders.scripted.argv says what to run',
      ),
    );
  if (coders.claude.base_url !== null) {
    const url = new URL(coders.claude.base_url);
    const path: Path = ['coders', 'claude', 'base_url'];
    if (url.username !== '' || url.password !== '')
      found.push(error(path, 'holds a user name or password; take it out'));
    else if (url.protocol === 'http:' && reachOf(url.hostname) === 'public')
      found.push(error(path, 'would send your code over the internet unencrypted; use https'));
  }
  return found;
}

/** The paid API: never without a budget, and never a budget in which no run fits. */
function lanes({ coders, budgets }: Policies): Finding[] {
  const { lane, api_usd_per_day } = coders.claude;
  const path: Path = ['coders', 'claude', 'api_usd_per_day'];
  if (lane === 'subscription')
    return api_usd_per_day === null
      ? []
      : [warning(path, 'has no effect: coders.claude.lane is subscription')];
  if (api_usd_per_day === null)
    return [
      error(
        ['coders', 'claude', 'lane'],
        'is api, which costs money for every run; say in coders.claude.api_usd_per_day how much per day at most',
      ),
    ];
  if (api_usd_per_day < budgets.per_run.cost_usd)
    return [
      error(
        path,
        `is ${api_usd_per_day}, less than the ${budgets.per_run.cost_usd} that budgets.per_run.cost_usd reserves for one run, so none could ever begin`,
      ),
    ];
  return [warning(['coders', 'claude', 'lane'], 'is api: every run of claude costs money')];
}

/** A run reserves its full limits first, so a daily limit below them lets no run begin. */
function budgets({ budgets }: Policies): Finding[] {
  const { per_run } = budgets;
  const found: Finding[] = [];
  for (const scope of ['global', 'per_repo'] as const) {
    const limits = budgets[scope];
    const pairs: [keyof typeof limits, number, string][] = [
      ['tokens_per_day', per_run.tokens, 'tokens'],
      ['cost_usd_per_day', per_run.cost_usd, 'cost_usd'],
      ['wall_minutes_per_day', per_run.wall_minutes, 'wall_minutes'],
    ];
    for (const [key, reserved, name] of pairs) {
      const limit = limits[key];
      if (limit !== null && limit > 0 && limit < reserved)
        found.push(
          error(
            ['budgets', scope, key],
            `is ${limit}, less than the ${reserved} that budgets.per_run.${name} reserves for one run, so none could ever begin`,
          ),
        );
    }
    for (const [key, limit] of Object.entries(limits))
      if (limit === 0) found.push(warning(['budgets', scope, key], 'is 0: no run will begin'));
  }
  if (per_run.idle_minutes > per_run.wall_minutes)
    found.push(
      warning(
        ['budgets', 'per_run', 'idle_minutes'],
        `is longer than wall_minutes (${per_run.wall_minutes}), so it never takes effect`,
      ),
    );
  return found;
}

function numbers({ clarification, risk, workspace }: Policies): Finding[] {
  const found: Finding[] = [];
  const sum = Object.values(clarification.weights).reduce((all, weight) => all + weight, 0);
  if (sum === 0)
    found.push(
      error(['clarification', 'weights'], 'are all 0, so no request would ever be unclear'),
    );
  if (risk.high_from <= risk.medium_from)
    found.push(
      warning(
        ['risk', 'high_from'],
        `is not above medium_from (${risk.medium_from}), so there is no medium band`,
      ),
    );
  if (workspace.max_file_bytes > workspace.max_bytes)
    found.push(
      warning(
        ['workspace', 'max_file_bytes'],
        `is more than max_bytes (${workspace.max_bytes}) allows in all`,
      ),
    );
  return found;
}
