/** Commands on tasks, and on what waits. */
import type { Entry } from '../entry.ts';
import { all, digest, json, plain, wait, yes } from './flags.ts';

export const TASKS: readonly Entry[] = [
  {
    use: 'task list',
    does: 'tasks, oldest first',
    flags: [all, json],
    load: async () => (await import('../commands/task.ts')).list,
  },
  {
    use: 'task show <id>',
    does: 'one task: runs, checks, verdicts, risk, pull request',
    flags: [json],
    load: async () => (await import('../commands/task.ts')).show,
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
    load: async () => (await import('../commands/logs.ts')).logs,
  },
  {
    use: 'task retry <id>',
    does: 'start a held change over from its base; before there is a change, go on',
    flags: [wait, json],
    load: async () => (await import('../commands/change.ts')).retryTask,
  },
  {
    use: 'task approve <id>',
    does: 'approve the merge',
    flags: [digest, yes, wait, json],
    load: async () => (await import('../commands/approve.ts')).approveTask,
  },
  {
    use: 'task cancel <id> [reason...]',
    does: 'end the task; its pull request is closed',
    flags: [json],
    load: async () => (await import('../commands/change.ts')).cancelTask,
  },
  {
    use: 'task resume <id>',
    does: 'go on after a hold',
    flags: [
      {
        flag: '--paid-usd <amount>',
        does: 'approve one run in the paid lane of its coder, costing at most this',
      },
      wait,
      json,
    ],
    load: async () => (await import('../commands/change.ts')).resumeTask,
  },
  {
    use: 'hold list',
    does: 'everything that waits, oldest first',
    flags: [plain, json],
    load: async () => (await import('../commands/holds.ts')).list,
  },
  {
    use: 'hold resume <id>',
    does: 'let a held mission, task or repo go on',
    args: ['of a mission, a task or a repo'],
    flags: [json],
    load: async () => (await import('../commands/holds.ts')).resume,
  },
  {
    use: 'approvals',
    does: 'what waits for your approval',
    flags: [plain, json],
    load: async () => (await import('../commands/holds.ts')).approvals,
  },
];
