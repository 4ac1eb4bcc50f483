import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathsUnder } from '../../../src/config/home.ts';
import { initHome } from '../../../src/config/init.ts';
import { identityKeyPath } from '../../../src/config/keys.ts';
import { readToken } from '../../../src/config/tokens.ts';
import { loadOrCreateIdentity, prove } from '../../../src/lib/identity.ts';
import { type Serving, serve } from '../../../src/surfaces/api/serve.ts';
import { CliError } from '../../../src/surfaces/cli/exit-codes.ts';
import type { Host, Prompts } from '../../../src/surfaces/cli/host.ts';
import { run } from '../../../src/surfaces/cli/run.ts';
import { startTimeOf, writeDaemonFile } from '../../../src/surfaces/daemon-file.ts';
import { BOOT, OPERATOR, type World, world } from '../api/world.ts';

export interface Told {
  code: number;
  out: string;
  err: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look at all kinds of documents
  json: any;
}

export interface Cli {
  home: string;
  dir: string;
  world: World;
  host: Host;
  /** Runs a command line against this home. */
  (...argv: string[]): Promise<Told>;
  stopDaemon(): Promise<void>;
  answers: { confirm: boolean[]; select: string[]; text: string[] };
  asked: string[];
  interrupt: AbortController;
  end(): Promise<void>;
}

/** A home on disk, the real control plane over a memory store, and its API on a loopback port. */
export async function cli(over: Partial<Host> = {}): Promise<Cli> {
  const dir = mkdtempSync(join(tmpdir(), 'aedev-cli-'));
  const paths = pathsUnder(join(dir, 'home'));
  initHome(paths, { operator: 'owner' });
  const key = loadOrCreateIdentity(identityKeyPath(paths));
  const operator = readToken(paths, 'operator');
  let port = 0;
  let serving: Serving | null = null;
  const made = world({
    actorOf: (token) => ([operator, OPERATOR].includes(token) ? 'operator:owner' : null),
    identity: {
      boot: BOOT,
      version: '0.0.0-test',
      pid: process.pid,
      prove: (nonce) => prove(key, nonce, BOOT, port),
    },
    stop: () => void stopDaemon(),
  });
  async function stopDaemon(): Promise<void> {
    rmSync(paths.daemonFile, { force: true });
    await serving?.close(0);
    serving = null;
  }
  serving = await serve(made.api, { port: 0 });
  port = serving.port;
  writeDaemonFile(paths.daemonFile, {
    pid: process.pid,
    startTime: startTimeOf(process.pid) ?? '',
    port,
    boot: BOOT,
    version: '0.0.0-test',
    startedAt: '2026-01-01T00:00:00.000Z',
  });
  const interrupt = new AbortController();
  const answers: Cli['answers'] = { confirm: [], select: [], text: [] };
  const asked: string[] = [];
  const next = <T>(list: T[], question: string): T => {
    asked.push(question);
    const answer = list.shift();
    if (answer === undefined) throw new Error(`nobody answers: ${question}`);
    return answer;
  };
  const prompts: Prompts = {
    confirm: async (question) => next(answers.confirm, question),
    select: async (question) => next(answers.select, question),
    text: async (question) => next(answers.text, question),
  };
  const spoken = { out: '', err: '' };
  const host: Host = {
    env: {},
    version: '9.9.9',
    homedir: dir,
    cwd: dir,
    out(text) {
      spoken.out += text;
    },
    err(text) {
      spoken.err += text;
    },
    interactive: false,
    columns: null,
    readStdin: async () => '',
    paths: () => paths,
    openReader: async () => ({
      state: (stream) => made.store.state(stream),
      views: (kind) => made.store.views(kind),
      view: (kind, name) => made.store.view(kind, name),
      read: (options) => made.store.read(options),
      lastSeq: () => made.store.lastSeq(),
      close: async () => undefined,
    }),
    checkEvidence: async () => true,
    readBlob: async () => null,
    serve: async () => 0,
    diagnose: async () => [],
    images: async () => {
      throw new Error('these commands ask for no image');
    },
    prune: async () => ({ removed: [], left: [], bytes: 0, more: false }),
    program: [process.execPath, '-e', ''],
    prompts: async () => prompts,
    readRunLog: async () => null,
    openEvidence: async () => {
      throw new Error('no bundle in this test');
    },
    checkLog: async () => ({ state: 'absent', sentence: 'no log in this test' }),
    evidenceKey: async () => null,
    loadIndexDir: async (_dir, repo) => ({
      repo,
      paths: [],
      symbols: [],
      idents: [],
      packages: [],
    }),
    riskOfRange: async () => {
      throw new CliError('not-found', 'No repository here.');
    },
    riskBacktest: async () => {
      throw new CliError('not-found', 'No repository here.');
    },
    judges: async () => {
      throw new CliError('config', 'No judge here.');
    },
    demo: async () => 0,
    interrupted: interrupt.signal,
    ...over,
  };
  const call = async (...argv: string[]): Promise<Told> => {
    spoken.out = '';
    spoken.err = '';
    const code = await run(argv, host);
    const { out, err } = spoken;
    return { code, out, err, json: argv.includes('--json') && out !== '' ? JSON.parse(out) : null };
  };
  const end = async () => {
    await stopDaemon();
    rmSync(dir, { recursive: true, force: true });
  };
  return Object.assign(call, {
    home: paths.home,
    dir,
    world: made,
    host,
    stopDaemon,
    answers,
    asked,
    interrupt,
    end,
  });
}

/** Registers the world's repo in the files, too. */
export function withRepo(one: Cli): void {
  mkdirSync(join(one.dir, 'app.git'), { recursive: true });
  const path = join(one.home, 'config', 'repos.yaml');
  const text = readFileSync(path, 'utf8').replace(
    'repos: []',
    `repos:\n  - id: app\n    source: ${join(one.dir, 'app.git')}`,
  );

  writeFileSync(path, text);
}

/** Plays the planning plane: every request scores `score`; with questions until they are answered. */
export function assessing(one: Cli, score: number, questions: object[] = []): void {
  const { store, dispatch } = one.world;
  const signal = { score: 0, because: [] };
  store.onCommit(({ enqueued }) => {
    for (const { key, kind, stream } of enqueued) {
      if (kind !== 'assess' && kind !== 'write-spec') continue;
      void settle(key, kind, stream.split('/')[1] ?? '');
    }
  });
  let asked = 0;
  async function settle(key: string, kind: string, mission: string) {
    const ask = questions.length > 0 && kind === 'assess' && asked++ === 0;
    const assessment = {
      rules: 'test',
      language: 'en',
      score: ask ? score : 10,
      ask,
      signals: { target: signal, acceptance: signal, vagueness: signal, hazard: signal },
      questions: ask ? questions : [],
      assumptions: [],
      acceptance: ['npm test passes'],
      outOfScope: [],
    };
    const result = kind === 'assess' ? { assessment, base: { app: 'a'.repeat(40) } } : null;
    await dispatch({
      id: `settle:${key}`,
      actor: 'system:runner',
      command: { type: 'mission.settle', mission, key, kind, outcome: { ok: true, result } },
    } as never);
  }
}
