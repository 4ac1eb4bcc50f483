/** An aedev in a temp folder with its engine in this process: instant judges, a coder of one line. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { type Aedev, openAedev } from '../src/compose.ts';
import { homePaths } from '../src/config/home.ts';
import { initHome } from '../src/config/init.ts';
import type { Mission } from '../src/control/mission.ts';
import type { TaskRow } from '../src/control/views.ts';
import { startGeminiDouble } from '../src/demo/doubles/gemini.ts';
import { startOpenAiDouble } from '../src/demo/doubles/openai.ts';
import type { CrashPoint } from '../src/engine/runner.ts';
import { newId } from '../src/lib/new-id.ts';
import { makeRepo } from './repo.ts';

/** Appends one line to one file: both sides run exactly this. Prose, so that its risk is low. */
const CODER = 'echo "One more line." >> NOTES.md\n';
export const VERIFY = ['sh', 'check.sh'];
/** Clear enough for the gate to ask nothing. */
const REQUEST =
  'NOTES.md lacks its closing remark, so readers do not know that the list is complete. Append one line with the words "One more line." at the end of NOTES.md; it is done when this is the last line of NOTES.md and `sh check.sh` still passes.';
const OPERATOR = 'operator:bench';

export interface World {
  /** Everything lies below; removed at the end. */
  dir: string;
  source: string;
  coder: string;
  openai: string;
  gemini: string;
  aedev: Aedev;
  /** A mission that waits for its approval; `approve` resolves when the command is durable. */
  submitted(): Promise<{ id: string; approve(): Promise<void> }>;
  /** When (`performance.now()`) the next event of this type is durable; rejects when a task is held. */
  next(event: string): Promise<number>;
  /** Waits until nothing is to do; rejects when a task did not end well. */
  settled(): Promise<void>;
  end(): Promise<void>;
}

export async function openWorld(files: number, point?: CrashPoint): Promise<World> {
  const dir = mkdtempSync(join(tmpdir(), 'aedev-bench-'));
  const source = await makeRepo(dir, files);
  const coder = join(dir, 'coder.sh');
  writeFileSync(coder, CODER);
  const reply = () => ({ kind: 'answer' as const, text: '{"verdict":"pass","findings":[]}' });
  const openai = await startOpenAiDouble({ key: null, reply });
  const gemini = await startGeminiDouble({ key: null, reply });
  const home = join(dir, 'home');
  const paths = homePaths({ AEDEV_HOME: home }, dir);
  initHome(paths, { operator: 'bench' });
  mkdirSync(join(dir, 'out'));
  const family = (name: 'openai' | 'gemini', base_url: string) => ({
    ...{ family: name, protocol: name, base_url, model: 'double', key_env: 'BENCH_KEY' },
  });
  const policies = {
    system: { operator: 'bench' },
    sandbox: { tier: 'process', allow_process: true },
    coders: { default: 'scripted', scripted: { argv: ['sh', coder] } },
    judges: { families: [family('openai', openai.baseUrl), family('gemini', gemini.baseUrl)] },
  };
  writeFileSync(paths.policiesFile, stringify(policies), { mode: 0o600 });
  const entry = { id: 'bench', source, branch: 'main', auto_merge: true };
  writeFileSync(paths.reposFile, stringify({ repos: [{ ...entry, verify: [{ argv: VERIFY }] }] }), {
    mode: 0o600,
  });
  const aedev = await openAedev({
    paths,
    env: { PATH: process.env['PATH'], BENCH_KEY: 'dummy' },
    version: 'bench',
    log: (level, message, data) => {
      if (level === 'error') process.stderr.write(`${message} ${JSON.stringify(data)}\n`);
    },
    ...(point ? { point } : {}),
  });
  await aedev.life.start();
  const send = async (command: Parameters<Aedev['dispatcher']['dispatch']>[0]['command']) => {
    const id = newId('c');
    const { outcome, sentence } = await aedev.dispatcher.dispatch({ id, actor: OPERATOR, command });
    if (outcome !== 'accepted') throw new Error(`${command.type} was refused: ${sentence}`);
  };
  const waiting = new Map<string, { met(at: number): void; fail(error: Error): void }>();
  aedev.store.onCommit(({ events }) => {
    const now = performance.now();
    for (const { type, data } of events) {
      waiting.get(type)?.met(now);
      waiting.delete(type);
      if (!type.endsWith('.held')) continue;
      const error = new Error(`the bench's task is held: ${JSON.stringify(data)}`);
      for (const { fail } of waiting.values()) fail(error);
    }
  });
  return {
    dir,
    source,
    coder,
    openai: openai.baseUrl,
    gemini: gemini.baseUrl,
    aedev,
    async submitted() {
      const id = newId('m');
      await send({
        ...{ type: 'mission.submit', mission: id, text: REQUEST, repos: ['bench'] },
        ...{ coder: null, plan: null },
      });
      await aedev.runner.idle();
      const state = (await aedev.store.state(`mission/${id}`))?.state as Mission | undefined;
      if (state?.status !== 'awaiting-approval')
        throw new Error(`the bench's request is ${state?.status}, not awaiting approval`);
      const digest = state.spec?.digest ?? '';
      return { id, approve: () => send({ type: 'mission.approve', mission: id, digest }) };
    },
    next: (event) =>
      new Promise((met, fail) => {
        waiting.set(event, { met, fail });
      }),
    async settled() {
      await aedev.runner.idle();
      const open = (await aedev.store.views('task')).filter(
        ({ row }) => (row as TaskRow).status !== 'remembered',
      );
      if (open.length > 0) throw new Error(`a task did not end: ${JSON.stringify(open)}`);
    },
    async end() {
      await aedev.close('end of bench');
      await openai.close();
      await gemini.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
