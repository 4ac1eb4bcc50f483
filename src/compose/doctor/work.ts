/** What the doctor looks at of sandbox, judges and repos, as the policy wants them. */
import { existsSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import type { HomePaths } from '../../config/home.ts';
import { type Policy, taskPolicy } from '../../control/policy.ts';
import type { RepoEntry } from '../../control/policy-repo.ts';
import { chooseTier } from '../../execution/sandboxes/choose.ts';
import { findEngine } from '../../execution/sandboxes/docker-engine.ts';
import { findImage } from '../../execution/sandboxes/docker-image.ts';
import { claudeProblems } from '../../execution/sandboxes/image-probe.ts';
import { ProcessSandbox } from '../../execution/sandboxes/process.ts';
import { SrtSandbox } from '../../execution/sandboxes/srt.ts';
import { localTip, parseSource } from '../../execution/workspace/source.ts';
import { WorkspaceError } from '../../execution/workspace/workspace.ts';
import { endpointOf, isCliProtocol } from '../../judgement/judges/endpoint.ts';
import { cliProblems, cliProgram } from '../../judgement/judges/over-cli.ts';
import { printable } from '../../lib/escape.ts';
import { GitError, git, isObjectId, text } from '../../lib/git.ts';
import type { JudgeFacts, RepoFacts, SandboxFacts } from '../../operations/doctor/work.ts';
import { cliHost } from '../judge-cli.ts';
import { judgeConfig } from '../judges.ts';
import { githubOptions } from '../planes/github.ts';
import { srtOptions } from '../planes/sandboxes.ts';

type Env = Readonly<Record<string, string | undefined>>;

export async function sandbox(
  { policies, repos }: Policy,
  paths: HomePaths,
  env: Env,
): Promise<SandboxFacts> {
  const { tier: wanted, allow_process: allowProcess, image } = policies.sandbox;
  const { name, digest } = image;
  const engine = ['auto', 'docker'].includes(wanted) ? await findEngine() : null;
  const tier = await chooseTier(wanted, async () => engine ?? findEngine());
  const facts: SandboxFacts = {
    wanted,
    tier,
    allowProcess,
    image: name,
    pinned: digest !== null,
    engine:
      engine && 'engine' in engine
        ? { found: engine.engine, takesProfile: engine.takesProfile }
        : engine,
    found: null,
    inImage: [],
    problems: [],
  };
  if (tier === 'process') {
    const records = join(paths.runs, '.records');
    const plain = new ProcessSandbox({ optedIn: allowProcess, records, install: '' });
    return { ...facts, problems: await plain.check() };
  }
  if (tier === 'srt') return { ...facts, problems: await srtProblems(policies, paths, env) };
  if (engine === null || 'problem' in engine || digest === null) return facts;
  const found = await findImage({ name, digest });
  const used = [policies.coders.default, ...Object.values(repos).map(({ coder }) => coder)];
  const asks = 'reference' in found && used.includes('claude');
  return { ...facts, found, inImage: asks ? await claudeProblems(found.reference) : [] };
}

/** Tried out, in a folder of its own: the home is only looked at. */
async function srtProblems({ sandbox }: Policy['policies'], paths: HomePaths, env: Env) {
  const folder = mkdtempSync(join(tmpdir(), 'aedev-doctor-'));
  try {
    const options = srtOptions(paths, sandbox, 'doctor', env['PATH']);
    const own = { records: join(folder, 'records'), scratch: join(folder, 'scratch') };
    return await new SrtSandbox({ ...options, ...own }).check();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export async function judges(
  { policies }: Policy,
  paths: HomePaths,
  env: Env,
): Promise<JudgeFacts[]> {
  const cli = cliHost({
    env,
    homedir: homedir(),
    scratch: join(paths.runs, '.judges'),
    install: '',
    alone: false,
  });
  return policies.judges.families.map((entry) => {
    const { family, protocol, model, key_env } = entry;
    const config = judgeConfig(entry, policies.judges);
    if (isCliProtocol(protocol)) {
      const program = `the CLI ${cliProgram(config)}`;
      return {
        family,
        model,
        at: program,
        keyEnv: null,
        cli: true,
        problems: cliProblems(config, cli),
      };
    }
    const { endpoint, problems } = endpointOf(config, (name) => env[name]);
    const at = endpoint === null ? '' : new URL(endpoint.baseUrl).host;
    return { family, model, at, keyEnv: key_env ?? null, cli: false, problems };
  });
}

/** Sources on other machines take their time: some are asked at once. */
const AT_ONCE = 6;

export async function repos(
  policy: Policy,
  paths: HomePaths,
  env: Env,
): Promise<{ repos: RepoFacts[]; remoteWrites: boolean }> {
  const entries = Object.values(policy.repos);
  const found: RepoFacts[] = [];
  for (let from = 0; from < entries.length; from += AT_ONCE) {
    const some = entries.slice(from, from + AT_ONCE);
    found.push(...(await Promise.all(some.map((entry) => repoOf(entry, policy, paths, env)))));
  }
  return { repos: found, remoteWrites: policy.policies.system.allow_remote_writes };
}

async function repoOf(
  entry: RepoEntry,
  policy: Policy,
  paths: HomePaths,
  env: Env,
): Promise<RepoFacts> {
  if (entry.forge.kind === 'github') return onGitHub(entry, policy, paths, env);
  const { id, source, branch, verify } = entry;
  const forge = entry.forge.path ?? join(paths.forge, `${id}.git`);
  const mirror = join(paths.repos, `${id}.git`);
  const own = entry.forge.path === null;
  return {
    id,
    branch,
    source: await sourceOf(source, branch),
    bare: [
      { name: 'forge', path: forge, own, ...(await bareState(forge, branch)) },
      { name: 'mirror', path: mirror, own: true, ...(await bareState(mirror, null)) },
    ],
    verify: verify.length,
    autoMerge: taskPolicy(policy, id)?.autoMerge ?? false,
    outward: !isBelow(forge, paths.home),
  };
}

async function onGitHub(
  entry: RepoEntry,
  policy: Policy,
  paths: HomePaths,
  env: Env,
): Promise<RepoFacts> {
  const { id, branch, verify } = entry;
  const { lookAtGitHub } = await import('../../delivery/forges/github/look.ts');
  const task = taskPolicy(policy, id);
  const options = githubOptions(entry, env);
  if (!options) throw new Error(`the forge of ${id} is not on GitHub`);
  const look = await lookAtGitHub({ ...options, now: Date.now }, branch, task?.method ?? 'squash');
  const mirror = join(paths.repos, `${id}.git`);
  const problem = `The tip of ${branch} is not known.`;
  return {
    id,
    branch,
    source: look.tip === null ? { problem } : { tip: look.tip },
    bare: [{ name: 'mirror', path: mirror, own: true, ...(await bareState(mirror, null)) }],
    verify: verify.length,
    autoMerge: task?.autoMerge ?? false,
    outward: true,
    github: look,
  };
}

/** With links resolved, as the forge itself decides it. */
const isBelow = (path: string, home: string): boolean =>
  existsSync(path)
    ? realpathSync(path).startsWith(realpathSync(home) + sep)
    : path.startsWith(home + sep);

async function sourceOf(address: string, branch: string): Promise<RepoFacts['source']> {
  try {
    const source = parseSource(address);
    const tip = source.kind === 'path' ? await localTip(source.address, branch) : null;
    if (tip !== null) return { tip };
    const said = await text(
      ['ls-remote', '--exit-code', '--heads', '--', source.address, `refs/heads/${branch}`],
      { protocols: [source.protocol], okCodes: [0, 2], timeoutMs: 20_000 },
    );
    const remote = said.slice(0, 40);
    if (isObjectId(remote)) return { tip: remote };
    return { problem: `There is no branch ${branch} in ${printable(source.address, 300)}.` };
  } catch (error) {
    if (error instanceof WorkspaceError) return { problem: error.message };
    if (!(error instanceof GitError)) throw error;
    const shown = printable(address, 300);
    if (error.tag === 'missing') return { problem: `${shown} was not asked: git is missing.` };
    return { problem: `${shown} does not answer as a git repository: ${error.message}.` };
  }
}

type Bare = Pick<RepoFacts['bare'][number], 'state' | 'why'>;

/** Every ref names an object that is there; `branch`: one that must be among them. */
async function bareState(gitDir: string, branch: string | null): Promise<Bare> {
  if (!existsSync(gitDir)) return { state: 'absent', why: '' };
  try {
    const format = '--format=%(refname) %(objecttype)';
    const { stdout } = await git(['for-each-ref', format], { gitDir, timeoutMs: 30_000 });
    const refs = stdout.toString('utf8').split('\n');
    if (branch === null || refs.includes(`refs/heads/${branch} commit`))
      return { state: 'ok', why: '' };
    return { state: 'broken', why: `it has no branch ${branch}.` };
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    if (error.tag === 'missing') return { state: 'unseen', why: '' };
    return { state: 'broken', why: `${error.message}.` };
  }
}
