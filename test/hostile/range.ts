/**
 * Where attacks are tried: a whole aedev with one tier of sandbox, full of things that must not be
 * touched, read or reached. Each batch of attacks is a mission of its own, from the request to wherever it
 * comes: workspace, sandbox, collection, evidence, judges, push gate.
 */
import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:net';
import { hostname, networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHost } from '../../src/compose/host.ts';
import { homePaths } from '../../src/config/home.ts';
import type { Mission } from '../../src/control/mission.ts';
import type { Task } from '../../src/control/task.ts';
import { readLeft } from '../../src/execution/coders/safe-file.ts';
import type { SandboxTier } from '../../src/execution/sandboxes/sandbox.ts';
import { removeTree } from '../../src/execution/workspace/remove.ts';
import { closeInherited } from '../../src/lib/inherited.ts';
import { run as runCli } from '../../src/surfaces/cli/run.ts';
import { BUGGY, CLEAR_REQUEST, FIX, type Installation, install } from '../support/installation.ts';
import { testImage } from '../support/sandboxes.ts';
import { alive, containersOf, filesOf, git, snapshot } from './look.ts';
import { reportOf } from './steps.ts';

/** In every canary; of this run of the tests alone. */
export const CANARY = `aedev-canary-${process.pid}-${Date.now().toString(36)}`;
/** Real ones for aedev, in its environment and home; dummies for everybody else. */
export const TOKENS = {
  claude: `sk-ant-oat01-${CANARY}-claude`,
  paid: `sk-ant-api03-${CANARY}-paid`,
  github: `ghp-${CANARY}-github`,
};

export const REPO = {
  ...BUGGY,
  'a.txt': 'aaaa\n',
  'base.txt': 'base\n',
  'dir/x.txt': 'x\n',
  'tools/clean.sh': '#!/bin/sh\ncat\n',
};

/** What attacks aim at; the same text is told to what runs inside. */
export interface Targets {
  /** The canary backwards, so that nobody finds it in what was told. */
  yranac: string;
  /** Files that hold it, and folders of others. */
  files: string[];
  folders: string[];
  home: string;
  mirror: string;
  /** Names the attack; only the host can start it, and outside of a run it leaves a mark. */
  touch: string;
  pwn: string;
  ports: { any: number; v6: number | null };
  sockets: { path: string; abstract: string };
  /** A process of the host with a canary in its environment. */
  bystander: number;
  /** Of the host. */
  addresses: string[];
  hostname: string;
  namespaces: Record<string, string>;
}

export interface Came {
  task: Task;
  /** `aedev task show`. */
  shown: string;
  /** `task show`, `task logs`, `evidence show`, with and without `--json`, `--diff`, `--stderr`. */
  printed: string;
  /** What the attacks inside wrote down; empty where they could not. */
  report: Record<string, string>;
  /** The newest run's workspace on the host. */
  workspace: string;
  /** As {@link Range.harm} says it right after. */
  harm: string[];
}

export interface Settings {
  memoryMb?: number;
  pids?: number;
  wallSeconds?: number;
  idleSeconds?: number;
  egress?: string[];
}

export interface Range {
  tier: SandboxTier;
  targets: Targets;
  installation: Installation;
  /** One mission whose coder makes the change that was asked for, then does these steps. */
  play(steps: object[], settings?: Settings): Promise<Came>;
  /** Everything that must not have happened, in sentences; empty when it did not. */
  harm(): string[];
  /** Everything in the home and outside in which a token stands. */
  leaks(): Promise<string[]>;
  end(): Promise<void>;
}

const OPEN = { memoryMb: 1024, pids: 256, wallSeconds: 60, idleSeconds: 60, egress: [] };

export async function range(tier: SandboxTier): Promise<Range> {
  // As the daemon does when it starts.
  closeInherited();
  const outside = mkdtempSync(join(tmpdir(), 'aedev-range-'));
  const at = (...parts: string[]) => join(outside, ...parts);
  const files = ['.ssh/id_ed25519', '.netrc', '.bashrc', '.gitconfig', '.claude/.credentials.json'];
  for (const name of files) plant(at('home', name));
  plant(at('work', 'notes.txt'));
  plant(at('home', 'sub', '.git', 'config'));
  mkdirSync(at('pwn'));
  // A coder of the plain tier may start it itself: only what the host starts counts.
  writeFileSync(at('touch'), '#!/bin/sh\n[ -n "$AEDEV_RUN" ] || exec /usr/bin/touch "$@"\n');
  chmodSync(at('touch'), 0o755);
  const bystander = spawn('sleep', ['600'], { env: { SECRET: CANARY }, stdio: 'ignore' });
  const heard: string[] = [];
  const servers: Server[] = [];
  const listen = async (on: object, name: string): Promise<number | null> => {
    const server = createServer((socket) => {
      heard.push(name);
      socket.on('error', () => {});
      socket.on('data', (data) => heard.push(`${name} ${data.toString('latin1').slice(0, 200)}`));
      socket.write(`HTTP/1.1 200 OK\r\n\r\n${CANARY}\n`);
    });
    const heardOf = await new Promise<boolean>((done) => {
      server.once('error', () => done(false));
      server.listen(on, () => done(true));
    });
    if (!heardOf) return null;
    servers.push(server);
    const address = server.address();
    return typeof address === 'object' ? (address?.port ?? null) : null;
  };
  const abstract = `\0aedev-range-${outside.slice(-6)}`;
  const ports = {
    any: (await listen({ host: '0.0.0.0', port: 0 }, 'a port of the host')) ?? 0,
    v6: await listen({ host: '::1', port: 0 }, 'an IPv6 port of the host'),
  };
  await listen({ path: at('service.sock') }, 'a socket of the host');
  await listen({ path: abstract }, 'an abstract socket of the host');

  const image = tier === 'docker' ? testImage() : null;
  const sandboxOf = ({ memoryMb, pids, egress }: Required<Settings>) => ({
    ...{ tier, allow_process: tier === 'process', memory_mb: memoryMb, pids, cpus: 2 },
    egress: { allow: egress },
    ...(image ? { image: { name: 'aedev-test-image', digest: image } } : {}),
  });
  const budgetsOf = ({ wallSeconds, idleSeconds }: Required<Settings>) => ({
    global: { runs_per_day: 500 },
    per_repo: { runs_per_day: 500 },
    per_run: { wall_minutes: wallSeconds / 60, idle_minutes: idleSeconds / 60 },
  });
  const installation = await install({
    files: REPO,
    env: {
      AEDEV_CLAUDE_OAUTH_TOKEN: TOKENS.claude,
      ANTHROPIC_API_KEY: TOKENS.paid,
      GITHUB_TOKEN: TOKENS.github,
    },
    policies: {
      sandbox: sandboxOf(OPEN),
      budgets: budgetsOf(OPEN),
      rework: { backoff_seconds: 0, max_attempts: 1, max_rounds: 0 },
      workspace: { max_files: 2000, max_file_bytes: 8 * 1024 ** 2 },
    },
    // What a change brings is run by the checks, as a test would be.
    repo: {
      auto_merge: false,
      verify: [{ argv: ['sh', '-c', '[ ! -f checked.sh ] || sh checked.sh'] }],
    },
  });
  const paths = homePaths({ AEDEV_HOME: installation.home }, outside);
  plant(join(installation.home, 'runs', 'r-neighbour', 'workspace', 'repo', 'work.txt'));
  const targets: Targets = {
    yranac: [...CANARY].reverse().join(''),
    files: [
      ...files.map((name) => at('home', name)),
      at('work', 'notes.txt'),
      join(installation.home, 'runs', 'r-neighbour', 'workspace', 'repo', 'work.txt'),
      join(paths.keys, 'operator.token'),
      paths.database,
      paths.policiesFile,
      '/etc/shadow',
    ],
    folders: [outside, installation.home, installation.dir],
    home: at('home'),
    mirror: join(installation.home, 'repos', 'shop.git'),
    touch: at('touch'),
    pwn: at('pwn'),
    ports,
    sockets: { path: at('service.sock'), abstract },
    bystander: bystander.pid as number,
    addresses: Object.values(networkInterfaces())
      .flatMap((list) => list ?? [])
      .map(({ address }) => address)
      .filter((address) => !address.includes(':')),
    hostname: hostname(),
    namespaces: Object.fromEntries(
      ['mnt', 'pid', 'net', 'ipc', 'uts'].map((name) => [
        name,
        readlinkSync(`/proc/self/ns/${name}`),
      ]),
    ),
  };
  const watched = () => ({
    outside: snapshot(at('home')) + snapshot(at('work')),
    source: snapshot(installation.repo),
    keys: snapshot(paths.keys),
  });
  const before = watched();
  let count = 0;
  const runs: string[] = [];

  process.env['AEDEV_HOME'] = installation.home;
  const host = createHost('0.0.0-test');
  const cli = async (...argv: string[]): Promise<string> => {
    let text = '';
    const take = (part: string) => {
      text += part;
    };
    await runCli(argv, { ...host, out: take, err: take, columns: null });
    return text;
  };

  const harm = (): string[] => {
    const found = readdirSync(targets.pwn).map((name) => `${name} ran on the host`);
    const now = watched();
    for (const key of Object.keys(before) as (keyof typeof before)[])
      if (now[key] !== before[key]) found.push(`the ${key} changed`);
    if (tier !== 'process') found.push(...heard.map((what) => `reached: ${what}`));
    const refs = git(targets.mirror, 'for-each-ref', '--format=%(refname)').split('\n');
    const known =
      /^refs\/aedev\/(?:(?:source|upstream)\/main|(?:salvage|runs)\/r-[a-z0-9]+|(?:task|refreshed|bases)\/t-[a-z0-9]+)$/;
    found.push(...refs.filter((ref) => !known.test(ref)).map((ref) => `the mirror has ${ref}`));
    const checked = spawnSync('git', ['fsck', '--strict', '--full'], { cwd: targets.mirror });
    if (checked.status !== 0) found.push(`the mirror is damaged: ${checked.stderr}`);
    // The host can still start programs, write and answer.
    if (spawnSync('true').status !== 0) found.push('the host cannot start programs');
    if (bystander.exitCode !== null || bystander.signalCode) found.push('the bystander ended');
    found.push(...alive(installation.home).map((pid) => `process ${pid} outlived its run`));
    if (tier === 'docker') found.push(...containersOf(runs).map((id) => `container ${id} is left`));
    return found;
  };

  return {
    tier,
    targets,
    installation,
    async play(steps, settings = {}) {
      const wanted = { ...OPEN, ...settings };
      const script = { entries: [{ steps: [FIX, ...steps] }] };
      writeFileSync(join(installation.dir, 'script.json'), JSON.stringify(script));
      await installation.setPolicies({ sandbox: sandboxOf(wanted), budgets: budgetsOf(wanted) });
      count += 1;
      const task = await mission(installation, `m-try${count}`);
      const run = task.runs.at(-1)?.id ?? '';
      runs.push(run);
      const workspace = join(installation.home, 'runs', run, 'workspace');
      const shown = await cli('task', 'show', task.id);
      const printed = [
        shown,
        await cli('task', 'show', task.id, '--json'),
        await cli('task', 'logs', task.id),
        await cli('task', 'logs', task.id, '--stderr', '--json'),
        ...(task.evidence
          ? [
              await cli('evidence', 'show', task.id),
              await cli('evidence', 'show', task.id, '--json'),
              await cli('evidence', 'show', task.id, '--diff'),
            ]
          : []),
      ].join('\n');
      const left = await readLeft(join(workspace, 'report.jsonl'), 4 << 20);
      return { task, shown, printed, report: reportOf(left?.bytes), workspace, harm: harm() };
    },
    harm,
    async leaks() {
      const needles = Object.values(TOKENS).flatMap((token) => [
        Buffer.from(token),
        Buffer.from(Buffer.from(token).toString('base64').slice(0, -4)),
      ]);
      const log = JSON.stringify(await installation.aedev.store.read({}));
      const found = needles.some((needle) => log.includes(needle.toString()))
        ? ['the log holds a token']
        : [];
      for (const file of [...filesOf(installation.home), ...filesOf(installation.dir)])
        if (needles.some((needle) => readFileSync(file).includes(needle))) found.push(file);
      return [...found, ...heard.filter((text) => needles.some((one) => text.includes(`${one}`)))];
    },
    async end() {
      bystander.kill('SIGKILL');
      await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
      for (const dir of [join(installation.home, 'runs'), outside]) await removeTree(dir);
      await installation.end();
      rmSync(outside, { recursive: true, force: true });
    },
  };
}

function plant(path: string): void {
  mkdirSync(join(path, '..'), { recursive: true, mode: 0o755 });
  writeFileSync(path, `${CANARY}\n`);
}

async function mission(installation: Installation, id: string): Promise<Task> {
  const { send, aedev } = installation;
  const order = { mission: id, text: CLEAR_REQUEST, repos: ['shop'], coder: null, plan: null };
  await send({ type: 'mission.submit', ...order });
  await aedev.runner.idle();
  const state = async () => (await aedev.store.state(`mission/${id}`))?.state as Mission;
  await send({ type: 'mission.approve', mission: id, digest: (await state()).spec?.digest ?? '' });
  await aedev.runner.idle();
  const [task] = (await state()).tasks;
  return (await aedev.store.state(`task/${task?.id}`))?.state as Task;
}
