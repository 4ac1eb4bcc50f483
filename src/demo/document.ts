/** The one JSON document that `aedev demo --json` ends with. Fields are added, never renamed. */
import type { SandboxTier } from '../execution/sandboxes/sandbox.ts';
import type { MissionDoc, TaskDoc } from '../surfaces/documents.ts';
import { type UsageDoc, usageDoc } from '../surfaces/usage-doc.ts';
import type { Played } from './play.ts';

/** One thing that the demo promised, and what it found. */
export interface Check {
  what: string;
  ok: boolean;
  /** What was found. */
  detail: string;
}

type Question = MissionDoc['clarification']['questions'][number];

/** A mission's document, with what its one task came to beside it. */
export interface DemoMissionDoc extends MissionDoc {
  clarification: MissionDoc['clarification'] & {
    /** Of the bare request, as the gate first saw it. */
    score: number | null;
    /** With the answers; equal to `score` when nothing was asked. */
    after: number | null;
    /** That the gate asked first, though they are answered by now. */
    questions: Question[];
  };
  risk: TaskDoc['risk'];
  verdicts: TaskDoc['verdicts'];
  pull: TaskDoc['pull'];
  usage: UsageDoc;
  /** `verified` by the standalone verifier with this installation's public key. */
  evidence: TaskDoc['evidence'];
}

export interface DemoDoc {
  demo: {
    version: string;
    sandbox: SandboxTier;
    coder: 'scripted' | 'claude';
    /** No model judged anything. */
    judges: 'doubles';
    ok: boolean;
    seconds: number;
    /** Where the time went, seconds. */
    parts: Record<string, number>;
  };
  missions: DemoMissionDoc[];
  /** Path of the bare repo that the changes were merged into. */
  repository: string;
  /** AEDEV_HOME of this demo. */
  home: string;
  checks: Check[];
  /** What to type to look around. */
  next: string[];
}

/** `verified` by digest of the bundle. */
export function demoMission(
  { doc, first }: Played,
  verified: ReadonlyMap<string, boolean>,
): DemoMissionDoc {
  const tasks = doc.tasks.map((task) => ({
    ...task,
    evidence: task.evidence && {
      ...task.evidence,
      verified: verified.get(task.evidence.digest) ?? false,
    },
  }));
  const [task] = tasks;
  return {
    ...doc,
    clarification: {
      ...doc.clarification,
      score: first.score,
      after: doc.clarification.score,
      questions: first.questions,
      signals: first.signals,
    },
    tasks,
    risk: task?.risk ?? null,
    verdicts: task?.verdicts ?? [],
    pull: task?.pull ?? null,
    usage: usageDoc(tasks.flatMap(({ runs }) => runs)),
    hold: doc.hold ?? task?.hold ?? null,
    evidence: task?.evidence ?? null,
  };
}
