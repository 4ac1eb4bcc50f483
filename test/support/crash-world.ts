/** Installations that real processes open, die in, and open again: see ../crash/life.mjs. */
import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { stringify } from 'yaml';
import { homePaths } from '../../src/config/home.ts';
import { initHome } from '../../src/config/init.ts';
import { logKeyPath } from '../../src/config/keys.ts';
import { brainReply } from '../../src/demo/doubles/brain.ts';
import { startGeminiDouble } from '../../src/demo/doubles/gemini.ts';
import { startOpenAiDouble } from '../../src/demo/doubles/openai.ts';
import type { EventReader } from '../../src/store/event-store.ts';
import { loadOrCreateKey } from '../../src/store/signer.ts';
import { openSqliteReader } from '../../src/store/sqlite/reader.ts';
import { compile } from './compile.ts';
import { BUGGY, CLEAR_REQUEST, makeRepo, plainGit } from './installation.ts';

export interface CrashWorld {
  dir: string;
  home: string;
  /** A bare repo outside the home: every outward write passes the gate. */
  forge: string;
}

export interface Life {
  child: ChildProcess;
  /** The points it passed, or null when it was killed; rejects when it failed. */
  ended: Promise<string[] | null>;
}

export async function crashWorlds() {
  const root = mkdtempSync(join(tmpdir(), 'aedev-crash-'));
  const build = join(root, 'build');
  mkdirSync(build);
  compile(build, ['compose.ts', 'config/home.ts']);
  const src = resolve(import.meta.dirname, '../../src');
  for (const file of readdirSync(src, { recursive: true }) as string[]) {
    if (!/\.(sql|mjs)$/.test(file)) continue;
    mkdirSync(dirname(join(build, file)), { recursive: true });
    cpSync(join(src, file), join(build, file));
  }
  const openai = await startOpenAiDouble({ key: 'dummy', reply: brainReply });
  const gemini = await startGeminiDouble({ key: 'dummy', reply: brainReply });
  let made = 0;
  return {
    /**
     * `coder` is a shell script that edits the tree it is started in.
     * @param image id of an image: coder and checks run in containers of it
     */
    make(
      coder = "sed -i.old 's/a - b/a + b/' src/price.js && rm src/price.js.old",
      image: string | null = null,
      verify = ['git', '--version'],
    ): CrashWorld {
      made += 1;
      const dir = join(root, `w${made}`);
      const home = join(dir, 'home');
      mkdirSync(dir);
      const paths = homePaths({ AEDEV_HOME: home }, dir);
      initHome(paths, { operator: 'tester' });
      const repo = makeRepo(join(dir, 'shop'), BUGGY);
      const forge = join(dir, 'forge.git');
      plainGit(dir, 'clone', '-q', '--bare', repo, forge);
      const script = join(dir, 'coder.sh');
      writeFileSync(script, `${coder}\n`);
      const judge = (family: string, base_url: string) => ({
        family,
        protocol: family,
        base_url,
        model: 'double',
        key_env: 'DUMMY_KEY',
      });
      const policies = {
        system: { operator: 'tester', allow_remote_writes: true },
        sandbox: image
          ? { tier: 'docker', image: { name: 'aedev-test-image', digest: image } }
          : { tier: 'process', allow_process: true },
        coders: {
          default: 'scripted',
          // A container does not see the host's files.
          scripted: { argv: image ? ['sh', '-c', coder] : ['sh', script] },
        },
        rework: { backoff_seconds: 0 },
        judges: { families: [judge('openai', openai.baseUrl), judge('gemini', gemini.baseUrl)] },
      };
      writeFileSync(paths.policiesFile, stringify(policies));
      const entry = {
        id: 'shop',
        source: repo,
        forge: { kind: 'local', path: forge },
        auto_merge: true,
        verify: [{ argv: verify }],
      };
      writeFileSync(paths.reposFile, stringify({ repos: [entry] }));
      return { dir, home, forge };
    },
    /**
     * One life as a process of its own; kills itself at the given point, 0 for never.
     * @param dockerHost another engine than this machine's
     */
    live(at: CrashWorld, killAt: number, dockerHost: string | null = null): Life {
      const env = { PATH: process.env['PATH'], DUMMY_KEY: 'dummy' };
      const argument = JSON.stringify({
        build,
        home: at.home,
        dir: at.dir,
        killAt,
        text: CLEAR_REQUEST,
        env,
      });
      const script = resolve(import.meta.dirname, '../crash/life.mjs');
      const child = spawn(process.execPath, [script, argument], {
        env: {
          PATH: process.env['PATH'],
          HOME: at.dir,
          ...(dockerHost ? { DOCKER_HOST: dockerHost } : {}),
        },
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
      const ended = new Promise<string[] | null>((done, fail) => {
        child.on('close', (code, signal) => {
          if (signal === 'SIGKILL') done(null);
          else if (code === 0) done(JSON.parse(out) as string[]);
          else fail(new Error(`a life ended with ${code ?? signal}: ${err}`));
        });
      });
      return { child, ended };
    },
    async read<T>(at: CrashWorld, use: (reader: EventReader) => Promise<T>): Promise<T> {
      const paths = homePaths({ AEDEV_HOME: at.home }, at.dir);
      const reader = openSqliteReader({
        path: paths.database,
        verifier: loadOrCreateKey(logKeyPath(paths)),
      });
      try {
        return await use(reader);
      } finally {
        await reader.close();
      }
    },
    async close() {
      await openai.close();
      await gemini.close();
      rmSync(root, { recursive: true, force: true });
    },
  };
}
