/**
 * `aedev demo`: three missions through the production path, on a machine with only Node, npm and
 * git. The coder follows a script and the judges are loopback doubles; everything between them is
 * the real thing: daemon, log, API, git, sandbox, evidence, push gate, forge.
 */
import { rmSync } from 'node:fs';
import type { SandboxTier } from '../execution/sandboxes/sandbox.ts';
import type { Client } from '../surfaces/api/client.ts';
import { EXIT } from '../surfaces/cli/exit-codes.ts';
import { jsonText, safe } from '../surfaces/cli/output.ts';
import type { UsageReport } from '../surfaces/usage-report.ts';
import { type Cast, checks } from './checks.ts';
import { startDaemon } from './daemon-child.ts';
import { type Check, type DemoDoc, type DemoMissionDoc, demoMission } from './document.ts';
import { finale, nextCommands, opening } from './frame.ts';
import { findTools } from './machine.ts';
import { type Played, play, type Scene } from './play.ts';
import { testClone, verifyEvidence } from './prove.ts';
import { createScreen, type Screen } from './screen.ts';
import { type DemoMission, LEAK, VAGUE, WORKFLOW } from './shop.ts';
import { demoFolder, type Stage, setStage } from './stage.ts';
import { missionTeller } from './tell.ts';
import { watchLog } from './watch.ts';

export interface RunDemoOptions {
  /** One document on `out`; what happens meanwhile goes to `err`. */
  json: boolean;
  sandbox: SandboxTier;
  /** Who does the first mission; the others are scripted always. */
  coder: 'scripted' | 'claude';
  /** Keep the folder even when the demo is interrupted; what came to an end is always kept. */
  keep: boolean;
  version: string;
  /** Path of dist/main.js. */
  mainJs: string;
  out(text: string): void;
  err(text: string): void;
  /** Of the terminal; null when there is none. */
  columns: number | null;
  signal: AbortSignal;
}

/**
 * Resolves 0 when all three outcomes are as promised, 1 when something differed, 130 when it was
 * interrupted. Throws CliError `machine` or `usage` when it cannot begin. Leaves nothing running.
 */
export async function runDemo(options: RunDemoOptions): Promise<number> {
  const colour =
    options.columns !== null && !process.env['NO_COLOR'] && process.env['TERM'] !== 'dumb';
  const screen = createScreen(options.json ? options.err : options.out, colour);
  const release = holdSignals();
  let folder: string | null = null;
  let over = false;
  try {
    const tools = await findTools(options);
    if (options.signal.aborted) return EXIT.interrupted.code;
    folder = demoFolder();
    const stage = await setStage(folder, tools);
    try {
      const doc = await perform(options, stage, screen);
      over = true;
      if (options.json) options.out(`${jsonText(doc)}\n`);
      return doc.demo.ok ? EXIT.ok.code : EXIT.bug.code;
    } finally {
      await stage.close();
    }
  } catch (error) {
    if (!options.signal.aborted) {
      // What went wrong can be looked into.
      over = folder !== null;
      if (folder !== null) options.err(`The demo's folder is kept: ${safe(folder)}\n`);
      throw error;
    }
    options.err('Interrupted.\n');
    return EXIT.interrupted.code;
  } finally {
    if (folder !== null && !over && !options.keep) rmSync(folder, { recursive: true, force: true });
    else if (folder !== null && !over) options.err(`Kept: ${safe(folder)}\n`);
    release();
  }
}

/**
 * The first signal ends the demo in order, by `options.signal`. A second one, such as npm and the
 * set-up script pass on besides the terminal's, must not cut that short: it is bounded anyway.
 */
function holdSignals(): () => void {
  const hold = () => {};
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const name of signals) process.on(name, hold);
  return () => {
    for (const name of signals) process.off(name, hold);
  };
}

async function perform(options: RunDemoOptions, stage: Stage, screen: Screen): Promise<DemoDoc> {
  const { signal, version, sandbox, coder } = options;
  const parts: Record<string, number> = { 'set-up': screen.seconds() };
  let before = screen.seconds();
  const timed = async <T>(part: string, work: Promise<T>): Promise<T> => {
    const result = await work;
    const now = screen.seconds();
    parts[part] = Math.round((now - before) * 10) / 10;
    before = now;
    return result;
  };
  opening(screen, options, stage);
  const daemon = await timed('daemon', startDaemon(stage, version, signal));
  const { client } = daemon;
  const teller = missionTeller(screen);
  const watch = watchLog(client, signal, teller.tell);
  try {
    const scene: Scene = { client, watch, screen, teller };
    const on = (number: number, mission: DemoMission, who: 'scripted' | 'claude') => {
      screen.title(`${number} of 3  ${mission.title}`);
      return timed(`mission ${number}`, play(scene, mission, who));
    };
    const cast: Cast = {
      vague: await on(1, VAGUE, coder),
      workflow: await on(2, WORKFLOW, 'scripted'),
      leak: await on(3, LEAK, 'scripted'),
    };
    screen.title('Looking at it with other eyes');
    const played = [cast.vague, cast.workflow, cast.leak];
    const missions = await verifiedMissions(stage, played, screen, signal);
    const clone = cast.vague.doc.tasks[0]?.merged ? await testClone(stage, signal) : null;
    if (stage.messages) await tellUsage(client, screen);
    const found = await timed('checks', checks(client, stage, watch, cast, missions, clone));
    const ok = found.every((check) => check.ok);
    tellChecks(screen, found);
    const next = nextCommands(options, stage, missions);
    await watch.close();
    await timed('stopping', daemon.stop());
    finale(screen, missions, { ok, next, parts });
    return {
      demo: { version, sandbox, coder, judges: 'doubles', ok, seconds: screen.seconds(), parts },
      missions,
      repository: stage.forge,
      home: stage.paths.home,
      checks: found,
      next,
    };
  } finally {
    await watch.close();
    await daemon.stop();
  }
}

async function verifiedMissions(
  stage: Stage,
  played: readonly Played[],
  screen: Screen,
  signal: AbortSignal,
): Promise<DemoMissionDoc[]> {
  const verified = new Map<string, boolean>();
  const digests = played.flatMap(({ doc }) =>
    doc.tasks.flatMap((task) => (task.evidence ? [task.evidence.digest] : [])),
  );
  for (const digest of digests) {
    const { verified: ok, said } = await verifyEvidence(stage, digest, signal);
    verified.set(digest, ok);
    screen.step('verify', said);
  }
  return played.map((one) => demoMission(one, verified));
}

/** What `aedev usage` shows. */
async function tellUsage(client: Client, screen: Screen): Promise<void> {
  const { total } = await client.get<UsageReport>('/v1/usage');
  screen.step(
    'usage',
    `${total.inputTokens} tokens in, ${total.outputTokens} out, ${total.cacheReadTokens} cache read, ${total.cacheWriteTokens} cache write; model ${total.models.join(', ')}; lane ${total.lanes.join(', ')}; ${total.runs} runs, ${total.unknownRuns} of unknown usage`,
  );
}

function tellChecks(screen: Screen, found: readonly Check[]): void {
  for (const { what, ok, detail } of found) {
    const mark = ok ? screen.paint.green('ok    ') : screen.paint.red('DIFFERS');
    screen.line(`  ${mark}  ${safe(what)} ${screen.paint.dim(`(${safe(detail, 300)})`)}`);
  }
}
