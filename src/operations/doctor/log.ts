/** The log and the evidence it names. Sentences name the event, so that one knows where to look. */
import type { Diagnosis } from '../../control/diagnosis.ts';
import { broken, count, few, missing, ok, warning } from './words.ts';

export type LogFacts =
  /** Nothing has happened in this home yet. */
  | { state: 'none' }
  /** The signed head is there and the log is not. */
  | { state: 'gone'; path: string }
  | { state: 'unreadable'; tag: string; sentence: string }
  | {
      state: 'read';
      events: number;
      seconds: number;
      /** False when the key that signs the head cannot be used. */
      headProvable: boolean;
      problems: { kind: string; sentence: string }[];
    };

const SHOWN = 10;
const RESTORE =
  'Run `aedev daemon stop`, set this home aside unchanged, and put your newest copy of it in its place.';

/** Derived rows also differ after an aedev of another version wrote them. */
const KEEP =
  'Run `aedev daemon stop` and keep a copy of this home: rows are derived from the events and can be made anew.';

export function ofLog(log: LogFacts): Diagnosis[] {
  const what = 'log';
  switch (log.state) {
    case 'none':
      return [ok(what, 'There is no log yet: it begins with the first start of the daemon.')];
    case 'gone':
      return [
        broken(
          what,
          'integrity',
          `The log ${log.path} is gone, but its signed head is there: all events are missing.`,
          RESTORE,
        ),
      ];
    case 'unreadable':
      if (log.tag === 'older-schema')
        return [
          warning(
            what,
            'The log was written by an older aedev.',
            'Run `aedev daemon start`: it brings the log up to date.',
          ),
        ];
      if (log.tag === 'newer-schema')
        return [broken(what, 'config', log.sentence, 'Install the newer aedev that wrote it.')];
      if (log.tag === 'busy' || log.tag === 'read-only')
        return [broken(what, 'machine', log.sentence, 'Run `aedev doctor` again.')];
      return [broken(what, 'integrity', log.sentence, RESTORE)];
    case 'read':
      return readLog(log);
  }
}

function readLog(log: Extract<LogFacts, { state: 'read' }>): Diagnosis[] {
  const what = 'log';
  const took = `${count(log.events, 'event')} in ${log.seconds.toFixed(1)} s`;
  if (log.problems.length === 0) {
    const end = log.headProvable
      ? 'every hash, the chain, the signed head and all derived rows are right'
      : 'every hash, the chain and all derived rows are right, but without the key nothing proves where it ends';
    return [ok(what, `Checked ${took}: ${end}.`)];
  }
  return few(
    log.problems,
    SHOWN,
    ({ kind, sentence }) =>
      kind === 'view-differs'
        ? broken(what, 'integrity', `${sentence} No event is lost.`, KEEP)
        : broken(what, 'integrity', sentence, RESTORE),
    (left) =>
      broken(
        what,
        'integrity',
        `${count(left, 'more problem')} of the log (${took} were checked).`,
        RESTORE,
      ),
  );
}

export interface EvidenceFacts {
  /** Bundles that the log names. */
  bundles: number;
  /** False: there is no key to check signatures with. */
  key: boolean;
  /** Where a damaged log could not be read on; null when all of it was read. */
  stoppedAt: number | null;
  problems: {
    seq: number;
    task: string;
    digest: string;
    what: 'missing' | 'damaged' | 'unreadable';
    why: string;
  }[];
}

export function ofEvidence(evidence: EvidenceFacts): Diagnosis[] {
  const what = 'evidence';
  const lines = few(
    evidence.problems,
    SHOWN,
    ({ seq, task, digest, what: how, why }) => {
      const name = `The evidence ${digest.slice(0, 12)} of ${task}, sealed in event ${seq},`;
      if (how === 'missing')
        return missing(what, 'integrity', `${name} is missing from blobs.`, RESTORE);
      const sentence =
        how === 'damaged' ? `${name} cannot be believed: ${why}` : `${name} cannot be read: ${why}`;
      return broken(what, how === 'damaged' ? 'integrity' : 'machine', sentence, RESTORE);
    },
    (left) =>
      broken(
        what,
        'integrity',
        `${count(left, 'more bundle')} of evidence with problems.`,
        RESTORE,
      ),
  );
  if (evidence.stoppedAt !== null)
    lines.push(
      warning(
        what,
        `Evidence was looked at up to event ${evidence.stoppedAt} only: the log is damaged there.`,
        RESTORE,
      ),
    );
  if (lines.length > 0) return lines;
  if (evidence.bundles === 0) return [];
  return [
    evidence.key
      ? ok(
          what,
          `${count(evidence.bundles, 'bundle')} that the log names: there, unchanged, and signed by this installation.`,
        )
      : warning(
          what,
          `${count(evidence.bundles, 'bundle')} are there and unchanged, but without the key no signature was checked.`,
        ),
  ];
}
