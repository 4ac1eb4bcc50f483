/** Programs that start: a command from nothing, and the daemon with a short and a long log. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { homePaths } from '../src/config/home.ts';
import { initHome } from '../src/config/init.ts';
import { logKeyPath } from '../src/config/keys.ts';
import { projection } from '../src/engine/dispatch.ts';
import { newId } from '../src/lib/new-id.ts';
import type { EventDraft, StoredEvent } from '../src/store/event-store.ts';
import { loadOrCreateKey } from '../src/store/signer.ts';
import { openSqliteStore } from '../src/store/sqlite/store.ts';
import { type Daemon, environment, freePort, MAIN, startDaemon } from './daemon.ts';
import { openWorld } from './installation.ts';
import { type Bench, inTurn, ms, timed } from './measure.ts';

const STATUS = 'aedev status --plain over node -e 0';
const READY = 'ready with 100,000 events over ready with 1,000';
const PER_TRANSACTION = 40;

/** The events of one mission from its submission to its end, through the real engine. */
async function oneMission(): Promise<{ events: StoredEvent[]; ids: string[] }> {
  const world = await openWorld(10);
  try {
    const { id, approve } = await world.submitted();
    const done = world.next('task.remembered');
    await approve();
    await done;
    await world.settled();
    const events = (await world.aedev.store.read({})).filter(
      ({ stream }) => !stream.startsWith('system/'),
    );
    const tasks = events.map(({ stream }) => stream).filter((stream) => stream.startsWith('task/'));
    return { events, ids: [id, ...new Set(tasks.map((stream) => stream.slice('task/'.length)))] };
  } finally {
    await world.end();
  }
}

/** A home whose log holds that mission again and again under new ids, `count` events or a few more. */
async function homeWith(
  dir: string,
  template: Awaited<ReturnType<typeof oneMission>>,
  count: number,
): Promise<string> {
  const home = join(dir, `home-${count}`);
  const paths = homePaths({ AEDEV_HOME: home }, dir);
  initHome(paths, { operator: 'bench' });
  const signer = loadOrCreateKey(logKeyPath(paths));
  const store = openSqliteStore({ path: paths.database, signer, report: () => undefined });
  const versions = new Map<string, number>();
  const meta = { time: new Date().toISOString(), actor: 'operator:bench', causation: 'c-bench' };
  for (let written = 0; written < count; ) {
    await store.transact(async (tx) => {
      for (let some = 0; some < PER_TRANSACTION && written < count; some += 1) {
        let text = JSON.stringify(
          template.events.map(({ stream, type, schema, data }) => ({ stream, type, schema, data })),
        );
        for (const id of template.ids) text = text.replaceAll(id, newId(id.slice(0, 1)));
        for (const draft of JSON.parse(text) as EventDraft[]) {
          const version = versions.get(draft.stream) ?? 0;
          await tx.append(version, [draft], meta);
          versions.set(draft.stream, version + 1);
          written += 1;
        }
      }
    });
  }
  await store.rebuild(projection);
  await store.close();
  return home;
}

async function withHomes<T>(counts: number[], use: (homes: string[]) => Promise<T>): Promise<T> {
  const dir = mkdtempSync(join(tmpdir(), 'aedev-bench-'));
  try {
    const template = await oneMission();
    const homes: string[] = [];
    for (const count of counts) homes.push(await homeWith(dir, template, count));
    return await use(homes);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function ended(args: string[], env: NodeJS.ProcessEnv): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'inherit'] });
    child.once('error', reject);
    child.once('close', (code) => (code === 0 ? resolve() : reject(new Error(`exit ${code}`))));
  });
}

export const status: Bench = {
  names: [STATUS],
  run: (rounds) =>
    withHomes([1000], async ([home = '']) => {
      const env = environment(home);
      const ours = () => timed(() => ended([MAIN, 'status', '--plain'], env));
      const node = () => timed(() => ended(['-e', '0'], env));
      await ours();
      await node();
      const took = await inTurn(3 * rounds, ours, node);
      const note = `${ms(took.ours)} over ${ms(took.other)}`;
      return [{ name: STATUS, value: took.ratio, goal: 2, better: 'lower', note }];
    }),
};

/** From the start of the process until it has started its life and answers. */
async function ready(home: string): Promise<number> {
  const port = await freePort();
  let daemon: Daemon | null = null;
  const took = await timed(async () => {
    daemon = await startDaemon(home, port);
  });
  await (daemon as Daemon | null)?.stop();
  return took;
}

export const boot: Bench = {
  names: [READY],
  run: (rounds) =>
    withHomes([100_000, 1000], async ([long = '', short = '']) => {
      await ready(long);
      await ready(short);
      const took = await inTurn(
        rounds,
        () => ready(long),
        () => ready(short),
      );
      const note = `${ms(took.ours)} over ${ms(took.other)}`;
      return [{ name: READY, value: took.ratio, goal: 2, better: 'lower', note }];
    }),
};
