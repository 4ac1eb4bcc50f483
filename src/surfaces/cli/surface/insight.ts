/** Commands that tell what is, was and may be. */
import type { Entry } from '../entry.ts';
import { json, plain } from './flags.ts';

export const INSIGHT: readonly Entry[] = [
  {
    use: 'evidence show <which>',
    does: 'what a bundle states',
    args: ['id of a task, the digest of a bundle or its first 8 digits, or a file'],
    flags: [{ flag: '--diff', does: 'print the change instead' }, json],
    load: async () => (await import('../commands/evidence.ts')).show,
  },
  {
    use: 'evidence verify <which>',
    does: 'check a bundle: signature, digests, that it agrees with itself, and that the log here holds its head',
    args: ['id of a task, the digest of a bundle, or a file'],
    flags: [
      { flag: '--key <pem>', does: 'file with the public key that must have signed it' },
      json,
    ],
    load: async () => (await import('../commands/evidence.ts')).verify,
  },
  {
    use: 'judge try <which>',
    does: 'ask the configured judges about a bundle now; records nothing and changes no task',
    args: ['id of a task, the digest of a bundle, or a file'],
    flags: [
      { flag: '--family <family>', does: 'only this one' },
      { flag: '--key <pem>', does: 'file with the public key that must have signed it' },
      json,
    ],
    patient: true,
    load: async () => (await import('../commands/judge.ts')).tryOut,
  },
  {
    use: 'judge calibrate',
    does: 'ask the judges about changes that are known to be right or wrong, and count their errors',
    flags: [
      { flag: '--family <family>', does: 'only this one', many: true },
      {
        flag: '--limit <count>',
        does: 'changes to ask about, faults and clean ones in turns; by default all',
      },
      { flag: '--yes', does: 'do not ask before the questions are put' },
      json,
    ],
    examples: [
      'aedev judge calibrate --limit 8',
      'aedev judge calibrate --yes --json > judges.json',
    ],
    patient: true,
    load: async () => (await import('../commands/calibrate.ts')).calibrate,
  },
  {
    use: 'risk explain [range]',
    does: 'what a change would score, with every reason; runs nothing',
    args: ['A..B, A...B or one commit; by default HEAD'],
    flags: [
      { flag: '--repo <repo>', does: 'a folder or a registered id; by default this folder' },
      json,
    ],
    examples: ['aedev risk explain main...topic --repo ~/code/shop'],
    load: async () => (await import('../commands/risk.ts')).explain,
  },
  {
    use: 'risk backtest [repo]',
    does: 'score past commits and hold them against those that were reverted',
    args: ['a folder or a registered id; by default this folder'],
    flags: [{ flag: '--max <count>', does: 'newest commits to look at; by default 1000' }, json],
    load: async () => (await import('../commands/risk.ts')).backtest,
  },
  {
    use: 'usage',
    does: 'tokens, cost and time; what is left of the budget of today',
    flags: [json],
    load: async () => (await import('../commands/usage.ts')).usage,
  },
  {
    use: 'status',
    does: 'what it does now, what waits for whom and until when',
    flags: [plain, json],
    load: async () => (await import('../commands/status.ts')).status,
  },
  {
    use: 'watch [id]',
    does: 'events in plain words as they happen; ends when the mission or task ends or waits for you',
    args: ['of a mission or task; else everything'],
    load: async () => (await import('../commands/watch.ts')).watch,
  },
  {
    use: 'states [machine]',
    does: 'the states there are and what leads from one to the next',
    args: ['mission or task'],
    flags: [{ flag: '--mermaid', does: 'as a diagram for documents' }, json],
    load: async () => (await import('../commands/states.ts')).states,
  },
  {
    use: 'spec verify <which>',
    does: 'recompute the digest of a clarified spec',
    args: ['a clarified-spec.md, or the id of a mission'],
    flags: [json],
    load: async () => (await import('../commands/spec.ts')).verify,
  },
  {
    use: 'clarify <file>',
    does: 'score a JSON Lines file of requests {id, repo, text}; no model, no tokens',
    flags: [
      { flag: '--index <dir>', does: 'folder with one index folder per repo' },
      { flag: '--json', does: 'print one JSON document per line' },
    ],
    load: async () => (await import('../commands/clarify.ts')).clarify,
  },
];
