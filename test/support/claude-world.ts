/**
 * A whole aedev whose coder is the real `claude` CLI against the Messages double, with hands on
 * everything that may go wrong: the server, the program, the credential, the clock.
 */
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Account } from '../../src/control/account.ts';
import type { Task } from '../../src/control/task.ts';
import { type MessagesDouble, startMessagesDouble } from '../../src/demo/doubles/messages.ts';
import type {
  MessagesFault,
  ScriptTurn,
  WindowState,
} from '../../src/demo/doubles/messages-script.ts';
import { CLAUDE } from './claude-cli.ts';
import { type FakeClock, fakeClock } from './clock.ts';
import { type Installation, install, plainGit } from './installation.ts';
import { deliver } from './mission.ts';
import { until } from './until.ts';

export const TOKEN = 'sk-ant-oat01-dummy-of-a-test';
export const PAID_KEY = 'sk-ant-api03-dummy-of-a-test';

const tool = (name: string, input: Record<string, unknown>): ScriptTurn => ({
  blocks: [{ type: 'tool_use', name, input }],
});
export const bash = (command: string): ScriptTurn =>
  tool('Bash', { command, description: 'as the script says' });
const EDIT: ScriptTurn[] = [
  tool('Read', { file_path: '{{cwd}}/src/price.js' }),
  tool('Edit', { file_path: '{{cwd}}/src/price.js', old_string: 'a - b', new_string: 'a + b' }),
];
const DONE: ScriptTurn = { blocks: [{ type: 'text', text: 'Done.' }] };
/** The first request after the edit is there. */
export const AFTER_EDIT = 2;

export interface ClaudeWorld {
  installation: Installation;
  double: MessagesDouble;
  clock: FakeClock;
  /** What the server does from now on; null: it answers. */
  fault: (at: { turn: number }) => MessagesFault | null;
  window: WindowState | null;
  /** Between the edit and the end. */
  extra: ScriptTurn[];
  /** Other settings of the coder than those of the double and the program here. */
  setCoder(more: Record<string, unknown>): Promise<void>;
  /** Shell lines in place of the program; `$REAL` is the CLI. Questions of the preflight pass by it. */
  program(lines: string): void;
  /** A file beside the program, for what its lines write. */
  file(name: string): string;
  /** Submits, approves and waits until nothing moves. */
  task(): Promise<Task>;
  now(task: Task): Promise<Task>;
  resume(task: Task): Promise<Task>;
  /** Moves the clock and waits until what was due has run its course. */
  later(ms: number, task: Task): Promise<Task>;
  cancel(task: Task): Promise<void>;
  account(): Promise<Account | undefined>;
  /** Types of the account's events. */
  told(): Promise<string[]>;
  /** The file as the newest run's salvaged work has it; null when nothing was salvaged. */
  salvaged(task: Task, path?: string): string | null;
  /** Ids of processes of any run of this installation. */
  alive(): number[];
  end(): Promise<void>;
}

const TOOLS = ['Read', 'Edit', 'Write', 'Bash'];
const REAL = 'exec "$REAL" "$@"';

/** @param image id of the image to run in; a plain process of this account without */
export async function claudeWorld(
  policies: Record<string, unknown> = {},
  image?: string,
): Promise<ClaudeWorld> {
  const clock = fakeClock(Date.now());
  let missions = 0;
  const double = await startMessagesDouble({
    script: () => [...EDIT, ...world.extra, DONE],
    token: [TOKEN, PAID_KEY],
    fault: (at) => world.fault(at),
    window: () => world.window,
  });
  const dir = mkdtempSync(join(tmpdir(), 'aedev-program-'));
  const bin = join(dir, 'claude');
  const mode = join(dir, 'mode.sh');
  writeFileSync(
    bin,
    `#!/bin/sh\nREAL='${CLAUDE}'\ncase "$1" in --version|auth) ${REAL};; esac\n. '${mode}'\n`,
  );
  chmodSync(bin, 0o755);
  const coders = (more: Record<string, unknown> = {}) => ({
    default: 'claude',
    claude: {
      base_url: double.url,
      model: 'claude-sonnet-5',
      executable: image ? 'claude' : bin,
      allowed_tools: TOOLS,
      ...more,
    },
  });
  const installation = await install({
    clock,
    env: {
      AEDEV_CLAUDE_OAUTH_TOKEN: TOKEN,
      // Whoever is billed for these would show as an x-api-key at the double.
      ANTHROPIC_API_KEY: PAID_KEY,
      ANTHROPIC_AUTH_TOKEN: PAID_KEY,
      AEDEV_CLAUDE_API_KEY: PAID_KEY,
    },
    policies: {
      coders: coders(),
      rework: { backoff_seconds: 30, max_attempts: 2 },
      ...(image
        ? { sandbox: { tier: 'docker', image: { name: 'aedev-test-image-claude', digest: image } } }
        : {}),
      ...policies,
    },
    repo: { auto_merge: false, verify: [{ argv: ['true'] }] },
  });
  const aedev = () => installation.aedev;
  const state = async (stream: string) => (await aedev().store.state(stream))?.state;
  const now = async (task: Task) => (await state(`task/${task.id}`)) as Task;
  const world = {
    installation,
    double,
    clock,
    setCoder: (more: Record<string, unknown>) => installation.setPolicies({ coders: coders(more) }),
    fault: (_at: { turn: number }): MessagesFault | null => null,
    window: null as WindowState | null,
    extra: [] as ScriptTurn[],
    program: (lines: string) => writeFileSync(mode, `${lines}\n`),
    file: (name: string) => join(dir, name),
    async task() {
      missions += 1;
      return deliver(installation, { mission: `m-test${missions}` });
    },
    now,
    async resume(task: Task) {
      await installation.send({ type: 'task.resume', task: task.id });
      await aedev().runner.idle();
      return now(task);
    },
    async later(ms: number, task: Task) {
      const before = await now(task);
      clock.advance(ms);
      await until('the timer rang', async () => {
        const after = await now(task);
        return after.hold?.since !== before.hold?.since || after.status !== before.status;
      });
      await aedev().runner.idle();
      return now(task);
    },
    async cancel(task: Task) {
      await installation.send({ type: 'task.cancel', task: task.id, reason: 'next case' });
      await aedev().runner.idle();
    },
    account: async () => (await state('account/claude')) as Account | undefined,
    told: async () =>
      (await aedev().store.read({ stream: 'account/claude' })).map(({ type }) => type),
    salvaged(task: Task, path = 'src/price.js') {
      const kept = task.runs.findLast((run) => run.salvaged !== null);
      if (!kept) return null;
      const mirror = join(installation.home, 'repos', 'shop.git');
      return plainGit(mirror, 'show', `refs/aedev/salvage/${kept.id}:${path}`);
    },
    alive: () => marked(installation.home),
    async end() {
      await installation.end();
      await double.close();
      rmSync(dir, { recursive: true, force: true });
    },
  } satisfies ClaudeWorld;
  world.program(REAL);
  return world;
}

/** Processes whose working folder or environment lies in the home: what a run leaves alive. */
function marked(home: string): number[] {
  if (!existsSync('/proc/self/environ')) return [];
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) return [];
    try {
      const of = readFileSync(`/proc/${name}/environ`, 'latin1');
      return of.includes('AEDEV_RUN=') && of.includes(home) ? [Number(name)] : [];
    } catch {
      return [];
    }
  });
}
