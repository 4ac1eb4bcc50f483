/** Commands that set this home up: configuration and repos. */
import type { Entry } from '../entry.ts';
import { coder, json } from './flags.ts';

export const SETUP: readonly Entry[] = [
  {
    use: 'init',
    does: 'make the home folder, or what is missing in it',
    flags: [{ flag: '--operator <name>', does: 'your name in approvals: operator:<name>' }, json],
    load: async () => (await import('../commands/init.ts')).init,
  },
  {
    use: 'doctor',
    does: 'look whether this machine and this home are in order',
    flags: [json],
    load: async () => (await import('../commands/doctor.ts')).doctor,
  },
  {
    use: 'config check',
    does: 'list every problem in policies.yaml and repos.yaml',
    flags: [json],
    load: async () => (await import('../commands/config.ts')).check,
  },
  {
    use: 'config show',
    does: 'every effective value and where it comes from',
    flags: [{ flag: '--changed', does: 'only what the files say' }, json],
    load: async () => (await import('../commands/config.ts')).show,
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
    load: async () => (await import('../commands/repo-add.ts')).add,
  },
  {
    use: 'repo list',
    does: 'registered repos',
    flags: [json],
    load: async () => (await import('../commands/repo.ts')).list,
  },
  {
    use: 'repo show <id>',
    does: 'one repo, its settings and what happens in it',
    flags: [json],
    load: async () => (await import('../commands/repo.ts')).show,
  },
  {
    use: 'repo remove <id>',
    does: 'take a repo out of the registry; nothing of it is deleted',
    flags: [json],
    load: async () => (await import('../commands/repo.ts')).remove,
  },
];
