/** The first and the last lines of the demo: what is real in it, what came of it, what to type next. */
import type { SandboxTier } from '../execution/sandboxes/sandbox.ts';
import { safe } from '../surfaces/cli/output.ts';
import type { DemoMissionDoc } from './document.ts';
import type { Screen } from './screen.ts';
import type { Stage } from './stage.ts';
import { outcome } from './tell.ts';

interface Shown {
  version: string;
  sandbox: SandboxTier;
  coder: 'scripted' | 'claude';
}

const SANDBOX: Record<SandboxTier, string> = {
  process: 'process — NOT ISOLATED: the coder runs as a plain process of yours',
  docker: 'docker: a container without a network for the coder and for every test run',
  srt: 'srt: the system’s own sandbox, without a network, for the coder and for every test run',
};

export function opening(screen: Screen, { version, sandbox, coder }: Shown, stage: Stage): void {
  const { paint } = screen;
  const say = (name: string, text: string) =>
    screen.line(`  ${paint.bold(name.padEnd(8))} ${text}`);
  screen.line(paint.bold(`aedev ${safe(version)} demo: three missions through the real daemon`));
  say(
    'coder',
    coder === 'claude'
      ? 'mission 1: the real claude CLI, told what to do by a loopback double of the Messages API, not by a model; then scripted'
      : 'scripted: a program that follows a script file; no model writes code here',
  );
  say('judges', 'two loopback doubles speaking the OpenAI and Gemini protocols — not models');
  say('sandbox', sandbox === 'process' ? paint.red(SANDBOX.process) : SANDBOX[sandbox]);
  say('home', safe(stage.paths.home));
}

const quoted = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;

/** Commands as they can be typed into a shell, in an order that makes sense. */
export function nextCommands(
  { mainJs }: { mainJs: string },
  stage: Stage,
  missions: readonly DemoMissionDoc[],
): string[] {
  const [merged, waiting, held] = missions;
  const evidence = merged?.evidence?.digest;
  const task = waiting?.tasks[0]?.id;
  return [
    `export AEDEV_HOME=${quoted(stage.paths.home)}`,
    `alias aedev=${quoted(`${quoted(process.execPath)} ${quoted(mainJs)}`)}`,
    'aedev status',
    ...(merged ? [`aedev mission show ${merged.id}`] : []),
    ...(evidence ? [`aedev evidence verify ${evidence}`] : []),
    ...(held ? [`aedev mission show ${held.id}`] : []),
    'aedev usage',
    ...(task ? ['aedev daemon start', `aedev task approve ${task}`, 'aedev daemon stop'] : []),
    `git -C ${quoted(stage.forge)} log -p main`,
    `rm -rf ${quoted(stage.folder)}`,
  ];
}

const NOTES: [start: string, note: string][] = [
  ['alias', 'this aedev, on the demo’s home'],
  ['aedev status', 'works without a daemon'],
  ['aedev evidence', 'recomputes the sealed bundle'],
  ['aedev task approve', 'merges the workflow change, as you'],
  ['git ', 'what landed'],
  ['rm ', 'removes all of the demo'],
];

interface Ending {
  ok: boolean;
  next: readonly string[];
  parts: Readonly<Record<string, number>>;
}

export function finale(
  screen: Screen,
  missions: readonly DemoMissionDoc[],
  { ok, next, parts }: Ending,
): void {
  const { paint } = screen;
  screen.title('What came of it');
  for (const doc of missions) {
    const [word, why] = outcome(doc);
    const colour = word === 'merged' ? paint.green : paint.yellow;
    screen.line(`  ${colour(word.padEnd(13))}  ${doc.id}  ${safe(doc.text, 90)}`);
    screen.line(`  ${' '.repeat(13)}  ${safe(why, 300)}`);
  }
  const times = Object.entries(parts).map(([name, seconds]) => `${name} ${seconds}`);
  screen.line();
  screen.line(
    `  ${ok ? paint.green('All as promised') : paint.red('NOT as promised: see DIFFERS above')} in ${screen.seconds()} s (${times.join(', ')}). Nothing is left running.`,
  );
  screen.title('What to type next');
  for (const command of next) {
    const note = NOTES.find(([start]) => command.startsWith(start))?.[1];
    screen.line(`  ${command}${note ? paint.dim(`   # ${note}`) : ''}`);
  }
}
