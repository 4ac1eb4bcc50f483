/** SIGKILL at every point between intent, effect and result, over the whole loop; then a second life. */
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { homePaths } from '../../src/config/home.ts';
import { initHome } from '../../src/config/init.ts';
import { logKeyPath } from '../../src/config/keys.ts';
import { brainReply } from '../../src/demo/doubles/brain.ts';
import { startGeminiDouble } from '../../src/demo/doubles/gemini.ts';
import { startOpenAiDouble } from '../../src/demo/doubles/openai.ts';
import { projection } from '../../src/engine/dispatch.ts';
import { loadOrCreateKey } from '../../src/store/signer.ts';
import { openSqliteReader } from '../../src/store/sqlite/reader.ts';
import { compile } from '../support/compile.ts';
import { BUGGY, CLEAR_REQUEST, makeRepo, plainGit } from '../support/installation.ts';

const root = mkdtempSync(join(tmpdir(), 'aedev-crash-'));
const build = join(root, 'build');
let openai: Awaited<ReturnType<typeof startOpenAiDouble>>;
let gemini: Awaited<ReturnType<typeof startGeminiDouble>>;

beforeAll(async () => {
  mkdirSync(build);
  compile(build, ['compose.ts', 'config/home.ts']);
  const src = resolve(import.meta.dirname, '../../src');
  for (const file of assets(src)) {
    mkdirSync(dirname(join(build, file)), { recursive: true });
    cpSync(join(src, file), join(build, file));
  }
  const key = 'dummy';
  openai = await startOpenAiDouble({ key, reply: brainReply });
  gemini = await startGeminiDouble({ key, reply: brainReply });
});
afterAll(async () => {
  await openai?.close();
  await gemini?.close();
  rmSync(root, { recursive: true, force: true });
});

interface World {
  dir: string;
  home: string;
  forge: string;
}

let worlds = 0;
/** A fresh installation whose forge is outside the home, so that every outward write passes the gate. */
function world(): World {
  worlds += 1;
  const dir = join(root, `w${worlds}`);
  const home = join(dir, 'home');
  const paths = homePaths({ AEDEV_HOME: home }, dir);
  mkdirSync(dir);
  initHome(paths, { operator: 'tester' });
  const repo = makeRepo(join(dir, 'shop'), BUGGY);
  const forge = join(dir, 'forge.git');
  plainGit(dir, 'clone', '-q', '--bare', repo, forge);
  const fix = join(dir, 'fix.sh');
  writeFileSync(fix, "sed -i.old 's/a - b/a + b/' src/price.js && rm src/price.js.old\n");
  const judge = (family: string, base_url: string) => ({
    family,
    protocol: family,
    base_url,
    model: 'double',
    key_env: 'DUMMY_KEY',
  });
  writeFileSync(
    paths.policiesFile,
    stringify({
      system: { operator: 'tester', allow_remote_writes: true },
      sandbox: { tier: 'process', allow_process: true },
      coders: { default: 'scripted', scripted: { argv: ['sh', fix] } },
      rework: { backoff_seconds: 0 },
      judges: { families: [judge('openai', openai.baseUrl), judge('gemini', gemini.baseUrl)] },
    }),
  );
  const entry = {
    id: 'shop',
    source: repo,
    forge: { kind: 'local', path: forge },
    auto_merge: true,
    verify: [{ argv: ['git', '--version'] }],
  };
  writeFileSync(paths.reposFile, stringify({ repos: [entry] }));
  return { dir, home, forge };
}

function assets(src: string): string[] {
  return (readdirSync(src, { recursive: true }) as string[]).filter((file) =>
    /\.(sql|mjs)$/.test(file),
  );
}

/** Runs one life; resolves with what it printed, or null when it was killed. */
function life(at: World, killAt: number): Promise<string[] | null> {
  const argument = JSON.stringify({
    build,
    home: at.home,
    dir: at.dir,
    killAt,
    text: CLEAR_REQUEST,
    env: { PATH: process.env['PATH'], DUMMY_KEY: 'dummy' },
  });
  const child = spawn(process.execPath, [join(import.meta.dirname, 'life.mjs'), argument], {
    env: { PATH: process.env['PATH'], HOME: at.dir },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    err += chunk;
  });
  return new Promise((done, fail) => {
    child.on('close', (code, signal) => {
      if (signal === 'SIGKILL') done(null);
      else if (code === 0) done(JSON.parse(out) as string[]);
      else fail(new Error(`a life ended with ${code ?? signal}: ${err}`));
    });
  });
}

/** What must be true at the end, however often the daemon died on the way. */
async function expectMergedOnce(at: World): Promise<string[]> {
  const paths = homePaths({ AEDEV_HOME: at.home }, at.dir);
  const reader = openSqliteReader({
    path: paths.database,
    verifier: loadOrCreateKey(logKeyPath(paths)),
  });
  try {
    expect(await reader.verify(projection)).toEqual([]);
    expect(await reader.openMoves()).toEqual([]);
    const types = (await reader.read({})).map((event) => event.type);
    const once = (type: string) =>
      expect([type, types.filter((one) => one === type).length]).toEqual([type, 1]);
    for (const type of [
      'mission.submitted',
      'mission.approved',
      'mission.done',
      'task.created',
      'task.pushed',
      'task.pull-opened',
      'task.merged',
      'task.remembered',
    ])
      once(type);
    expect(plainGit(at.forge, 'rev-list', '--count', 'main')).toBe('2');
    expect(plainGit(at.forge, 'show', 'main:src/price.js')).toContain('a + b');
    expect(
      plainGit(at.forge, 'for-each-ref', '--format=%(refname)', 'refs/heads').split('\n'),
    ).toHaveLength(2);
    expect(
      plainGit(at.forge, 'for-each-ref', '--format=%(refname)', 'refs/pull').split('\n'),
    ).toHaveLength(1);
    const runs = (await reader.views('run')).map(
      ({ row }) => (row as { run: { status: string; outcome: string | null } }).run,
    );
    expect(runs.filter((run) => run.outcome === 'success')).toHaveLength(1);
    expect(runs.every((run) => run.outcome === 'success' || run.status === 'lost')).toBe(true);
    return types;
  } finally {
    await reader.close();
  }
}

test('killed at any point, the next life ends in the same state with one branch, one pull request, one merge', {
  timeout: 600_000,
}, async () => {
  const whole = world();
  const points = await life(whole, 0);
  await expectMergedOnce(whole);
  const count = points?.length ?? 0;
  for (const kind of ['queued', 'started', 'write', 'effect', 'settled'])
    expect(points?.some((point) => point.startsWith(kind))).toBe(true);
  expect(count).toBeGreaterThan(40);

  const failures: string[] = [];
  let killed = 0;
  const todo = Array.from({ length: count }, (_, index) => index + 1);
  const worker = async (): Promise<void> => {
    for (let at = todo.shift(); at !== undefined; at = todo.shift()) {
      const broken = world();
      try {
        if ((await life(broken, at)) === null) killed += 1;
        await life(broken, 0);
        await expectMergedOnce(broken);
      } catch (error) {
        failures.push(
          `killed at ${at} (${points?.[at - 1]}): ${error instanceof Error ? error.message : error}`,
        );
      }
      rmSync(broken.dir, { recursive: true, force: true });
    }
  };
  await Promise.all([worker(), worker()]);
  expect(failures).toEqual([]);
  // The order of two judges may differ from run to run, the number of points may not by much.
  expect(killed).toBeGreaterThanOrEqual(count - 4);
});
