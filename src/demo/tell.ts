/** Turns what the log says into lines on the screen. Everything from the log is escaped on its way. */
import type { StoredEvent } from '../control/contract.ts';
import { streamOf } from '../control/streams.ts';
import { safe } from '../surfaces/cli/output.ts';
import type { MissionDoc } from '../surfaces/documents.ts';
import { inWords } from '../surfaces/words.ts';
import type { Screen } from './screen.ts';

/** Who says it; events that are not listed are bookkeeping and are not shown. */
const SHOWN: Record<string, string> = {
  'mission.submitted': 'you',
  'mission.assessed': 'gate',
  'mission.answered': 'you',
  'mission.spec-sealed': 'gate',
  'mission.approved': 'you',
  'mission.planned': 'mission',
  'mission.done': 'mission',
  'mission.failed': 'mission',
  'mission.cancelled': 'mission',
  'mission.move-failed': 'mission',
  'task.prepared': 'task',
  'task.refreshed': 'task',
  'task.run-started': 'coder',
  'task.run-ended': 'coder',
  'task.run-lost': 'coder',
  'model.usage.recorded': 'coder',
  'task.work-collected': 'task',
  'task.evidence-sealed': 'proof',
  'task.verdict-recorded': 'judge',
  'task.risk-scored': 'risk',
  'task.rework-requested': 'task',
  'task.base-moved': 'task',
  'task.pushed': 'forge',
  'task.pull-opened': 'forge',
  'task.merge-requested': 'task',
  'task.merge-started': 'forge',
  'task.merged': 'forge',
  'task.merge-alarm': 'forge',
  'task.held': 'HOLD',
  'task.move-failed': 'task',
  'task.failed': 'task',
  'budget.denied': 'task',
};

/** The streams of the mission that is on. */
export function missionTeller(screen: Screen) {
  let mission = '';
  const tasks = new Set<string>();
  return {
    follow(id: string) {
      mission = id;
      tasks.clear();
    },
    tell(event: StoredEvent): void {
      const data = event.data as Record<string, unknown>;
      if (event.type === 'task.created' && data['mission'] === mission) tasks.add(event.stream);
      const who = SHOWN[event.type];
      if (!who || !(event.stream === streamOf.mission(mission) || tasks.has(event.stream))) return;
      screen.step(who, inWords(event));
      if (event.type === 'task.evidence-sealed') tests(screen, data);
      if (event.type === 'task.risk-scored') reasons(screen, data);
    },
  };
}

type Counts = { total: number; passed: number } | null;
interface Verify {
  base: { argv: string[]; code: number | null; tests: Counts }[];
  head: { argv: string[]; code: number | null; tests: Counts }[];
}

/** Red before, green after: from the runs on the base and on the head, each a fresh checkout. */
function tests(screen: Screen, data: Record<string, unknown>): void {
  const { verify } = data['summary'] as { verify: Verify };
  verify.head.forEach((head, at) => {
    const said = (run: Verify['head'][number] | undefined, name: string) => {
      if (!run) return screen.paint.dim(`${name}: not run`);
      const counts = run.tests
        ? `${run.tests.passed} of ${run.tests.total} tests pass`
        : 'no counts';
      const text = `${name}: ${counts}, exit ${run.code ?? 'none'}`;
      return run.code === 0 ? screen.paint.green(text) : screen.paint.red(text);
    };
    const base = verify.base[at];
    screen.more(
      `${safe(head.argv.join(' '), 100)}   ${said(base, 'before')}   ${said(head, 'after')}`,
    );
  });
}

function reasons(screen: Screen, data: Record<string, unknown>): void {
  const list = data['reasons'] as { points: number; why: string }[];
  if (list.length === 0) screen.more('nothing in the change raises it');
  for (const { points, why } of list)
    screen.more(`${points > 0 ? '+' : ''}${points}  ${safe(why, 300)}`);
  for (const why of data['neverAutoMerge'] as string[])
    screen.more(screen.paint.yellow(`never merged by itself: ${safe(why, 300)}`));
}

/** What the gate found, and what it asks. */
export function tellQuestions(screen: Screen, doc: MissionDoc): void {
  const signals = Object.entries(doc.clarification.signals ?? {});
  for (const [name, { score, because }] of signals.sort(([, a], [, b]) => b.score - a.score)) {
    const cause = because[0];
    const words = cause ? `  "${safe(cause.words, 80)}": ${safe(cause.why, 200)}` : '';
    screen.more(`${name.padEnd(10)} ${String(score).padStart(3)}${words}`);
  }
  doc.clarification.questions.forEach(({ text, options }, at) => {
    screen.more(`${screen.paint.bold(`question ${at + 1}:`)} ${safe(text, 300)}`);
    for (const option of options.slice(0, 2)) screen.more(`   e.g. ${safe(option, 200)}`);
  });
}

/** The spec in short: what counts as done, and what binds it. */
export function tellSpec(screen: Screen, doc: MissionDoc): void {
  const criteria = /## Acceptance criteria\n\n([\s\S]*?)\n\n## /.exec(doc.spec ?? '')?.[1] ?? '';
  const lines = criteria.split('\n').filter((line) => line.startsWith('- '));
  for (const line of lines.slice(0, 5)) screen.more(`done when ${safe(line.slice(2), 200)}`);
  screen.more(`sha256 ${doc.specDigest ?? 'none'}: the approval binds to exactly this text`);
}

/** One row of the table at the end: what became of it, and why. */
export function outcome(doc: MissionDoc): [word: string, why: string] {
  const [task] = doc.tasks;
  if (task?.merged) {
    const { risk, verdicts } = task;
    const judges = verdicts.map(({ family, verdict }) => `${family} ${verdict}`).join(', ');
    const why = `risk ${risk?.score ?? '?'} ${risk?.band ?? ''}, judges: ${judges}`;
    return ['merged', `as ${task.merged.commit.slice(0, 12)} by ${task.merged.by}; ${why}`];
  }
  const hold = task?.hold ?? doc.hold;
  if (!hold) return [task?.state ?? doc.state, doc.end ?? 'did not get further in good time'];
  const reasons = task?.risk?.neverAutoMerge.map((why) => `; ${why}`).join('') ?? '';
  if (hold.code === 'awaiting-merge-approval') return ['waits for you', `${hold.reason}${reasons}`];
  return ['held', `${hold.code}: ${hold.reason}`];
}
