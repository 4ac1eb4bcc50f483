/** The whole command surface as a table. Each command loads its code when it is run, and only that. */
import type { Entry } from './entry.ts';
import { DAEMON } from './surface/daemon.ts';
import { coder, json } from './surface/flags.ts';
import { INSIGHT } from './surface/insight.ts';
import { MISSIONS } from './surface/missions.ts';
import { SETUP } from './surface/setup.ts';
import { TASKS } from './surface/tasks.ts';

/** What the words in front of others stand for. */
export const GROUPS: Readonly<Record<string, string>> = {
  config: 'the configuration files',
  image: 'the container image that coders run in',
  repo: 'the repos aedev works on',
  mission: 'what you asked for',
  task: 'one change in one repo',
  hold: 'what waits, for whom and until when',
  evidence: 'sealed proof of what changed and how it was checked',
  judge: 'the models that read evidence',
  risk: 'how risk is scored',
  spec: 'clarified specs',
  daemon: 'the process that does the work',
};

export const COMMANDS: readonly Entry[] = [
  ...SETUP,
  ...MISSIONS,
  ...TASKS,
  ...INSIGHT,
  ...DAEMON,
  {
    use: 'demo',
    does: 'the whole loop on a made-up repo, without accounts or tokens',
    flags: [
      {
        flag: '--sandbox <tier>',
        does: 'where the coder runs',
        choices: ['docker', 'srt', 'process'],
      },
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
