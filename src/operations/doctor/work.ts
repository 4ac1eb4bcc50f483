/** What a run needs: sandbox, judges, repos. */
import type { Diagnosis } from '../../control/diagnosis.ts';
import { type GitHubFacts, gitHubWords, ofGitHub } from './github.ts';
import { broken, count, missing, ok, type Problem, shellWord, warning } from './words.ts';

export interface SandboxFacts {
  /** What policies.yaml says. */
  wanted: 'auto' | 'docker' | 'srt' | 'process';
  /** What a run that started now would get. */
  tier: 'docker' | 'srt' | 'process';
  allowProcess: boolean;
  /** Name for people of the runner image, and whether a digest is configured. */
  image: string;
  pinned: boolean;
  /** null: not looked at, since the tier does not use it. */
  engine: { found: string; takesProfile: boolean } | { problem: Problem } | null;
  found: { reference: string } | { problem: Problem } | null;
  /** What is wrong in the image with the programs of the coders in use. */
  inImage: Problem[];
  /** What keeps the srt or the process tier from being used. */
  problems: Problem[];
}

/** Which tier is in force, and why. */
function ofTier({ wanted, tier, engine, problems }: SandboxFacts): Diagnosis[] {
  if (tier === 'process') return [];
  const why =
    wanted !== 'auto'
      ? `sandbox.tier is ${tier}`
      : tier === 'docker'
        ? 'a container engine answers'
        : 'no container engine answers';
  if (problems.length === 0) return [ok('sandbox', `Runs execute in the ${tier} tier: ${why}.`)];
  const left = `The ${tier} tier is in force (${why}) and does not work: `;
  const other =
    engine && 'problem' in engine ? ` The docker tier neither: ${engine.problem.sentence}` : '';
  return problems.map(({ sentence, remedy }) =>
    missing('sandbox', 'machine', `${left}${sentence}${other}`, remedy),
  );
}

export function ofSandbox(facts: SandboxFacts): Diagnosis[] {
  const lines = ofTier(facts);
  const pin = 'Set `sandbox.tier: auto` and `allow_process: false` in policies.yaml.';
  if (facts.tier === 'process')
    for (const { sentence, remedy } of facts.problems)
      lines.push(broken('sandbox', 'machine', sentence, remedy));
  if (facts.tier === 'process')
    lines.push(
      warning(
        'sandbox',
        'NO ISOLATION: coders run as plain processes of your account; they can read and change all your files and use the network.',
        pin,
      ),
    );
  else if (facts.allowProcess)
    lines.push(
      warning(
        'sandbox',
        `Runs are isolated by ${facts.tier}, but policies.yaml also allows plain processes, which have no isolation.`,
        pin,
      ),
    );
  const { engine, found, image } = facts;
  // With `auto` the other tier does, so this is what could be better, not what is missing.
  if (facts.tier === 'srt' && engine && 'problem' in engine)
    lines.push(missing('docker', 'advice', engine.problem.sentence, engine.problem.remedy));
  if (facts.tier !== 'docker') return lines;
  if (engine && 'problem' in engine)
    lines.push(
      missing('sandbox engine', 'machine', engine.problem.sentence, engine.problem.remedy),
    );
  else if (engine) lines.push(ok('sandbox engine', `${engine.found} answers.`));
  if (engine && 'found' in engine && !engine.takesProfile)
    lines.push(
      warning(
        'sandbox engine',
        `${engine.found} cannot be given aedev’s own filter of system calls, so runs have the one that it brings, which in older engines lets io_uring and odd sockets through.`,
        'Use Docker’s own engine on x86-64 or arm64, or `sandbox.tier: srt`.',
      ),
    );
  if (!facts.pinned)
    lines.push(
      missing(
        'sandbox image',
        'config',
        `The runner image ${image} is not pinned: sandbox.image.digest is not set in policies.yaml.`,
        'Run `aedev image build`, which also pins what it built.',
      ),
    );
  else if (found && 'problem' in found)
    lines.push(missing('sandbox image', 'machine', found.problem.sentence, found.problem.remedy));
  else if (found && facts.inImage.length === 0)
    lines.push(ok('sandbox image', `${image} is here, pinned as ${found.reference}.`));
  for (const { sentence, remedy } of facts.inImage)
    lines.push(broken('sandbox image', 'machine', sentence, remedy));
  return lines;
}

export interface JudgeFacts {
  family: string;
  model: string;
  /** Host of its server, or the program that asks it. */
  at: string;
  /** Name of the variable that holds its key. */
  keyEnv: string | null;
  /** Asked by an installed CLI on the operator's own login. */
  cli: boolean;
  problems: Problem[];
}

export function ofJudges(judges: readonly JudgeFacts[]): Diagnosis[] {
  const lines = judges.flatMap(({ family, model, at, keyEnv, cli, problems }) => {
    const what = `judge ${family}`;
    if (problems.length > 0)
      return problems.map(({ sentence, remedy }) => missing(what, 'config', sentence, remedy));
    const key = cli
      ? 'on the login in its file; its version is looked at before each question'
      : keyEnv === null
        ? 'no key needed'
        : `${keyEnv} is set for this command; the daemon needs it too`;
    return [ok(what, `${model} at ${at}, ${key}.`)];
  });
  if (judges.length < 2)
    lines.push(
      warning(
        'judges',
        `${judges.length === 0 ? 'No judge is' : 'Only one judge is'} configured; a merge needs two of different families, so finished work waits for you.`,
        `Add ${judges.length === 0 ? 'two families' : 'another family'} under judges.families in policies.yaml.`,
      ),
    );
  return lines;
}

export interface RepoFacts {
  id: string;
  branch: string;
  /** Commit at the tip of its branch, or why it cannot be had. */
  source: { tip: string } | { problem: string };
  /** The bare repositories of aedev's own: forge and mirror. `unseen`: git is missing. */
  bare: {
    name: 'forge' | 'mirror';
    path: string;
    state: 'ok' | 'absent' | 'broken' | 'unseen';
    why: string;
    /** Whose it is: one of the operator's is never made anew. */
    own: boolean;
  }[];
  verify: number;
  autoMerge: boolean;
  /** The forge lies outside the home, so writes to it are gated. */
  outward: boolean;
  /** Of a forge on GitHub. */
  github?: GitHubFacts;
}

export function ofRepos(repos: readonly RepoFacts[], remoteWrites: boolean): Diagnosis[] {
  const lines = repos.flatMap((repo) => ofRepo(repo, remoteWrites));
  if (repos.length === 0)
    lines.push(missing('repos', 'advice', 'No repo is registered.', 'Run `aedev repo add PATH`.'));
  const outward = repos.filter((repo) => repo.outward).map((repo) => repo.id);
  if (remoteWrites)
    lines.push(
      warning(
        'remote writes',
        'On: what passes the gates is pushed and merged outside the home.',
        'Set `system.allow_remote_writes: false` in policies.yaml to stop that.',
      ),
    );
  else if (outward.length > 0)
    lines.push(
      warning(
        'remote writes',
        `Off: nothing is pushed, so work on ${outward.join(', ')} stops before its pull request.`,
        'Set `system.allow_remote_writes: true` in policies.yaml if you want it.',
      ),
    );
  else lines.push(ok('remote writes', 'Off: nothing leaves the home.'));
  return lines;
}

function ofRepo(repo: RepoFacts, remoteWrites: boolean): Diagnosis[] {
  const what = `repo ${repo.id}`;
  const lines: Diagnosis[] = repo.github ? ofGitHub(what, repo.github, repo.autoMerge) : [];
  if ('problem' in repo.source && !repo.github?.problem)
    lines.push(
      broken(
        what,
        'config',
        repo.source.problem,
        `Correct it in repos.yaml, or run \`aedev repo remove ${shellWord(repo.id)}\`.`,
      ),
    );
  for (const { name, path, state, why, own } of repo.bare) {
    if (state === 'broken')
      lines.push(
        broken(
          what,
          'integrity',
          `Its ${name} ${path} is not sound: ${why}`,
          `Run \`git --git-dir=${shellWord(path)} fsck\` to see what is lost, and put it back from a copy.`,
        ),
      );
    // The mirror and a forge of our own are made when they are first needed.
    else if (state === 'absent' && !own)
      lines.push(
        missing(
          what,
          'config',
          `Its forge ${path} does not exist.`,
          `Run \`git init --bare ${shellWord(path)}\`, or correct forge.path in repos.yaml.`,
        ),
      );
    else if (state === 'unseen')
      lines.push(warning(what, `Its ${name} was not looked at: git is missing.`));
  }
  if (repo.verify === 0)
    lines.push(
      warning(
        what,
        'It has no verify commands, so nothing is run to check a change.',
        'Add `verify` to it in repos.yaml, e.g. `- argv: [npm, test]`.',
      ),
    );
  if (lines.some((line) => line.state !== 'warning') || 'problem' in repo.source) return lines;
  const merges =
    repo.autoMerge && (remoteWrites || !repo.outward)
      ? 'low-risk changes merge by themselves'
      : 'nothing merges by itself';
  return [
    ok(
      what,
      `${repo.branch} is at ${repo.source.tip.slice(0, 12)}; ${count(repo.verify, 'verify command')}; ${merges}${repo.github ? `; ${gitHubWords(repo.github)}` : ''}.`,
    ),
    ...lines,
  ];
}
