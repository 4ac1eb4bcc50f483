/** The whole command surface as a table. Each command loads its code when it is run, and only that. */
import type { Entry, Flag } from './entry.ts';

/** What the words in front of others stand for. */
export const GROUPS: Readonly<Record<string, string>> = {
  config: 'the configuration files',
  repo: 'the repos aedev works on',
  mission: 'what you asked for',
  task: 'one change in one repo',
  hold: 'what waits, for whom and until when',
  evidence: 'sealed proof of what changed and how it was checked',
  spec: 'clarified specs',
  daemon: 'the process that does the work',
};

const json: Flag = { flag: '--json', does: 'print one stable JSON document' };
const plain: Flag = { flag: '--plain', does: 'print SMS-sized text' };
const wait: Flag = { flag: '--wait', does: 'follow it until it ends or waits for somebody' };
const yes: Flag = { flag: '--yes', does: 'approve what is shown without asking' };
const digest: Flag = { flag: '--digest <sha256>', does: 'approve exactly this, seen before' };
const all: Flag = { flag: '--all', does: 'also those that ended' };
const coder: Flag = {
  flag: '--coder <family>',
  does: 'who writes code',
  choices: ['claude', 'scripted'],
};

export const COMMANDS: readonly Entry[] = [
  {
    use: 'init',
    does: 'make the home folder, or what is missing in it',
    flags: [{ flag: '--operator <name>', does: 'your name in approvals: operator:<name>' }, json],
    load: async () => (await import('./commands/init.ts')).init,
  },
  {
    use: 'doctor',
    does: 'look whether this machine and this home are in order',
    flags: [json],
    load: async () => (await import('./commands/doctor.ts')).doctor,
  },
  {
    use: 'config check',
    does: 'list every problem in policies.yaml and repos.yaml',
    flags: [json],
    load: async () => (await import('./commands/config.ts')).check,
  },
  {
    use: 'config show',
    does: 'every effective value and where it comes from',
    flags: [{ flag: '--changed', does: 'only what the files say' }, json],
    load: async () => (await import('./commands/config.ts')).show,
  },
  {
    use: 'repo add <source>',
    does: 'register a repo',
    args: ['a folder of this machine, or a URL'],
    flags: [
      { flag: '--id <id>', does: 'short name; by default the name of the folder' },
      { flag: '--branch <name>', does: 'branch that changes are merged into' },
      { flag: '--verify <command>', does: 'command that checks a change', many: true },
      coder,
      { flag: '--auto-merge', does: 'merge by itself what is provably low-risk' },
      { flag: '--no-auto-merge', does: 'never merge by itself' },
      { flag: '--forge-path <folder>', does: 'bare repository that changes are pushed to' },
      { flag: '--allow <glob>', does: 'paths that may change', many: true },
      { flag: '--forbid <glob>', does: 'paths that must not change', many: true },
      json,
    ],
    examples: [
      'aedev repo add .',
      'aedev repo add ~/code/shop --verify "npm ci" --verify "npm test" --forbid "migrations/**"',
    ],
    load: async () => (await import('./commands/repo-add.ts')).add,
  },
  {
    use: 'repo list',
    does: 'registered repos',
    flags: [json],
    load: async () => (await import('./commands/repo.ts')).list,
  },
  {
    use: 'repo show <id>',
    does: 'one repo, its settings and what happens in it',
    flags: [json],
    load: async () => (await import('./commands/repo.ts')).show,
  },
  {
    use: 'repo remove <id>',
    does: 'take a repo out of the registry; nothing of it is deleted',
    flags: [json],
    load: async () => (await import('./commands/repo.ts')).remove,
  },
  {
    use: 'intake [text...]',
    does: 'say what should change',
    args: ['the request in words; - reads standard input'],
    flags: [
      { flag: '--file <file>', does: 'read the request from a file' },
      { flag: '--repo <id>', does: 'repo it is about', many: true },
      coder,
      { flag: '--plan <file>', does: 'YAML list of tasks, instead of one task per repo' },
      wait,
      json,
    ],
    examples: [
      'aedev intake "Make GET /health answer 200 with {ok: true}" --repo shop',
      'aedev intake --file request.md --repo shop --repo web',
      'git log -1 --format=%B | aedev intake - --repo shop',
    ],
    load: async () => (await import('./commands/intake.ts')).intake,
  },
  {
    use: 'mission list',
    does: 'missions, oldest first',
    flags: [all, json],
    load: async () => (await import('./commands/mission.ts')).list,
  },
  {
    use: 'mission show <id>',
    does: 'one mission: questions, spec, tasks',
    flags: [
      { flag: '--spec', does: 'print the spec, byte for byte what is approved' },
      plain,
      json,
    ],
    load: async () => (await import('./commands/mission.ts')).show,
  },
  {
    use: 'mission answer <id> [answers...]',
    does: 'answer its questions',
    args: ['', 'QUESTION=TEXT; the question by its id or number'],
    flags: [
      { flag: '--interactive', does: 'be asked one by one' },
      { flag: '--waive', does: 'go on with what is known; open questions become assumptions' },
      { flag: '--renew', does: 'after the time to approve ran out: seal the spec anew' },
      wait,
      json,
    ],
    examples: ['aedev mission answer m-x7k2m9 1="round half to even"'],
    load: async () => (await import('./commands/answer.ts')).answer,
  },
  {
    use: 'mission approve <id>',
    does: 'approve the spec: a coder begins',
    flags: [digest, yes, wait, json],
    load: async () => (await import('./commands/approve.ts')).approveMission,
  },
  {
    use: 'mission reject <id> [reason...]',
    does: 'say no to the spec; the mission ends',
    flags: [json],
    load: async () => (await import('./commands/change.ts')).rejectMission,
  },
  {
    use: 'mission cancel <id> [reason...]',
    does: 'end the mission and its tasks',
    flags: [json],
    load: async () => (await import('./commands/change.ts')).cancelMission,
  },
  {
    use: 'mission resume <id>',
    does: 'go on after a hold',
    flags: [wait, json],
    load: async () => (await import('./commands/change.ts')).resumeMission,
  },
  {
    use: 'task list',
    does: 'tasks, oldest first',
    flags: [all, json],
    load: async () => (await import('./commands/task.ts')).list,
  },
  {
    use: 'task show <id>',
    does: 'one task: runs, checks, verdicts, risk, pull request',
    flags: [json],
    load: async () => (await import('./commands/task.ts')).show,
  },
  {
    use: 'task logs <id>',
    does: 'what the coder said',
    flags: [
      { flag: '--run <run>', does: 'one run; by default the latest' },
      { flag: '--stderr', does: 'its error output' },
      { flag: '--follow', does: 'go on until the run ends' },
      json,
    ],
    load: async () => (await import('./commands/logs.ts')).logs,
  },
  {
    use: 'task retry <id>',
    does: 'start the held change over from its base',
    flags: [wait, json],
    load: async () => (await import('./commands/change.ts')).retryTask,
  },
  {
    use: 'task approve <id>',
    does: 'approve the merge',
    flags: [digest, yes, wait, json],
    load: async () => (await import('./commands/approve.ts')).approveTask,
  },
  {
    use: 'task cancel <id> [reason...]',
    does: 'end the task; its pull request is closed',
    flags: [json],
    load: async () => (await import('./commands/change.ts')).cancelTask,
  },
  {
    use: 'task resume <id>',
    does: 'go on after a hold',
    flags: [wait, json],
    load: async () => (await import('./commands/change.ts')).resumeTask,
  },
  {
    use: 'hold list',
    does: 'everything that waits, oldest first',
    flags: [plain, json],
    load: async () => (await import('./commands/holds.ts')).list,
  },
  {
    use: 'hold resume <id>',
    does: 'let a held mission, task or repo go on',
    args: ['of a mission, a task or a repo'],
    flags: [json],
    load: async () => (await import('./commands/holds.ts')).resume,
  },
  {
    use: 'approvals',
    does: 'what waits for your approval',
    flags: [plain, json],
    load: async () => (await import('./commands/holds.ts')).approvals,
  },
  {
    use: 'evidence show <which>',
    does: 'what a bundle states',
    args: ['id of a task, or the digest of a bundle'],
    flags: [{ flag: '--diff', does: 'print the change instead' }, json],
    load: async () => (await import('./commands/evidence.ts')).show,
  },
  {
    use: 'evidence verify <which>',
    does: 'check a bundle: signature, digests, and that it agrees with itself',
    args: ['id of a task, the digest of a bundle, or a file'],
    flags: [
      { flag: '--key <pem>', does: 'file with the public key that must have signed it' },
      json,
    ],
    load: async () => (await import('./commands/evidence.ts')).verify,
  },
  {
    use: 'usage',
    does: 'tokens, cost and time; what is left of the budget of today',
    flags: [json],
    load: async () => (await import('./commands/usage.ts')).usage,
  },
  {
    use: 'status',
    does: 'what it does now, what waits for whom and until when',
    flags: [plain, json],
    load: async () => (await import('./commands/status.ts')).status,
  },
  {
    use: 'watch [id]',
    does: 'events in plain words as they happen; ends when the mission or task ends',
    args: ['of a mission or task; else everything'],
    load: async () => (await import('./commands/watch.ts')).watch,
  },
  {
    use: 'states [machine]',
    does: 'the states there are and what leads from one to the next',
    args: ['mission or task'],
    flags: [{ flag: '--mermaid', does: 'as a diagram for documents' }, json],
    load: async () => (await import('./commands/states.ts')).states,
  },
  {
    use: 'spec verify <which>',
    does: 'recompute the digest of a clarified spec',
    args: ['a clarified-spec.md, or the id of a mission'],
    flags: [json],
    load: async () => (await import('./commands/spec.ts')).verify,
  },
  {
    use: 'clarify <file>',
    does: 'score a JSON Lines file of requests {id, repo, text}; no model, no tokens',
    flags: [
      { flag: '--index <dir>', does: 'folder with one index folder per repo' },
      { flag: '--json', does: 'print one JSON document per line' },
    ],
    load: async () => (await import('./commands/clarify.ts')).clarify,
  },
  {
    use: 'daemon start',
    does: 'start it in the background',
    flags: [
      { flag: '--foreground', does: 'stay in this terminal' },
      { flag: '--port <number>', does: 'instead of system.port; 0 is any free one', port: true },
      json,
    ],
    patient: true,
    load: async () => (await import('./commands/daemon.ts')).start,
  },
  {
    use: 'daemon stop',
    does: 'stop it; work goes on where it was when it starts again',
    flags: [json],
    load: async () => (await import('./commands/daemon.ts')).stop,
  },
  {
    use: 'daemon status',
    does: 'does it live, and does it answer?',
    flags: [json],
    load: async () => (await import('./commands/daemon.ts')).status,
  },
  {
    use: 'daemon run',
    does: 'be the daemon',
    flags: [{ flag: '--port <number>', does: 'as for start', port: true }, json],
    patient: true,
    hidden: true,
    load: async () => (await import('./commands/daemon.ts')).run,
  },
  {
    use: 'halt [reason...]',
    does: 'kill switch: no new effect from now on, also after a restart',
    flags: [{ flag: '--end', does: 'end the halt' }, json],
    load: async () => (await import('./commands/halt.ts')).halt,
  },
  {
    use: 'demo',
    does: 'the whole loop on a made-up repo, without accounts or tokens',
    flags: [
      { flag: '--sandbox <tier>', does: 'where the coder runs', choices: ['docker', 'process'] },
      { ...coder, choices: ['scripted', 'claude'] },
      { flag: '--keep', does: 'keep the demo home' },
      json,
    ],
    patient: true,
    load: async () => (await import('./commands/demo.ts')).demo,
  },
  {
    use: 'completion <shell>',
    does: 'completion for bash, zsh or fish, to be sourced',
    examples: ['aedev completion bash > ~/.local/share/bash-completion/completions/aedev'],
    load: async () => {
      const { completion } = await import('./commands/completion.ts');
      return (host, _, shell) => completion(host, shell, { commands: COMMANDS, groups: GROUPS });
    },
  },
];
