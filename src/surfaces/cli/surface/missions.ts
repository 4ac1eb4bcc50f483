/** Commands on what the operator asked for. */
import type { Entry } from '../entry.ts';
import { all, coder, digest, json, plain, wait, yes } from './flags.ts';

export const MISSIONS: readonly Entry[] = [
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
    load: async () => (await import('../commands/intake.ts')).intake,
  },
  {
    use: 'mission list',
    does: 'missions, oldest first',
    flags: [all, json],
    load: async () => (await import('../commands/mission.ts')).list,
  },
  {
    use: 'mission show <id>',
    does: 'one mission: questions, spec, tasks',
    flags: [
      { flag: '--spec', does: 'print the spec, byte for byte what is approved' },
      plain,
      json,
    ],
    load: async () => (await import('../commands/mission.ts')).show,
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
    load: async () => (await import('../commands/answer.ts')).answer,
  },
  {
    use: 'mission approve <id>',
    does: 'approve the spec: a coder begins',
    flags: [digest, yes, wait, json],
    load: async () => (await import('../commands/approve.ts')).approveMission,
  },
  {
    use: 'mission reject <id> [reason...]',
    does: 'say no to the spec; the mission ends',
    flags: [json],
    load: async () => (await import('../commands/change.ts')).rejectMission,
  },
  {
    use: 'mission cancel <id> [reason...]',
    does: 'end the mission and its tasks',
    flags: [json],
    load: async () => (await import('../commands/change.ts')).cancelMission,
  },
  {
    use: 'mission resume <id>',
    does: 'go on after a hold',
    flags: [wait, json],
    load: async () => (await import('../commands/change.ts')).resumeMission,
  },
];
