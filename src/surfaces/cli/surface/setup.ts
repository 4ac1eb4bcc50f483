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
    use: 'image build',
    does: 'build the image that coders run in, try it, and pin it',
    flags: [
      {
        flag: '--base <image>',
        does: 'build from exactly this: name@sha256:…; by default Node 22 on Debian as it is now',
      },
      { flag: '--name <name>', does: 'name of the image; by default the configured one' },
      {
        ...coder,
        does: 'hold the CLI of this coder too, beside claude and those that the configuration uses',
        choices: ['codex', 'gemini'],
      },
      { flag: '--no-pin', does: 'leave policies.yaml as it is' },
      json,
    ],
    patient: true,
    load: async () => (await import('../commands/image.ts')).build,
  },
  {
    use: 'image check [image]',
    does: 'look whether an image is fit for runs: here, as pinned, CLI, contract, not root',
    args: ['name or id of an image of this machine; by default the pinned one'],
    flags: [{ flag: '--record', does: 'pin it when nothing is wrong with it' }, json],
    examples: ['aedev image check', 'aedev image check claude-code-247/runner --record'],
    load: async () => (await import('../commands/image.ts')).check,
  },
  {
    use: 'repo add <source>',
    does: 'register a repo',
    args: ['a folder of this machine, a URL, or owner/name on GitHub'],
    flags: [
      { flag: '--id <id>', does: 'short name; by default the name of the folder' },
      { flag: '--branch <name>', does: 'branch that changes are merged into' },
      { flag: '--verify <command>', does: 'command that checks a change', many: true },
      coder,
      { flag: '--auto-merge', does: 'merge by itself what is provably low-risk' },
      { flag: '--no-auto-merge', does: 'never merge by itself' },
      {
        flag: '--forge <kind>',
        does: 'where pull requests are opened',
        choices: ['local', 'github'],
      },
      { flag: '--forge-path <folder>', does: 'bare repository that changes are pushed to' },
      {
        flag: '--api-url <url>',
        does: 'address of the API of GitHub, when it is not the usual one',
      },
      { flag: '--allow <glob>', does: 'paths that may change', many: true },
      { flag: '--forbid <glob>', does: 'paths that must not change', many: true },
      json,
    ],
    examples: [
      'aedev repo add .',
      'aedev repo add ~/code/shop --verify "npm ci" --verify "npm test" --forbid "migrations/**"',
      'aedev repo add acme/shop --forge github --verify "npm test"',
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
