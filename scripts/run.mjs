// The one door for npm scripts: node scripts/run.mjs aedev|demo|test|bench|build|lint|typecheck [-- args]
// Set-up speaks on stderr only; stdout is the program's own.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, SetupError, say, seconds, setUp } from './setup.mjs';

const tool = (...path) => join(ROOT, 'node_modules', ...path);
const CHECKS = {
  biome: [tool('@biomejs', 'biome', 'bin', 'biome'), 'check', '--error-on-warnings', '.'],
  typecheck: [tool('typescript', 'bin', 'tsc'), '-p', 'tsconfig.test.json'],
  'import rules': [join(ROOT, 'scripts', 'check-imports.mjs')],
  knip: [tool('knip', 'bin', 'knip.js')],
};

/** Runs the checks in order; one line each; the first failure shows its output and ends it. */
function check(names) {
  for (const name of names) {
    const start = performance.now();
    const done = spawnSync(process.execPath, CHECKS[name], { cwd: ROOT, encoding: 'utf8' });
    const took = `${name.padEnd(13)} ${seconds(start)}`;
    if (done.status !== 0) {
      process.stdout.write(`${done.stdout ?? ''}${done.stderr ?? ''}\nFAILED  ${took}\n`);
      return 1;
    }
    process.stdout.write(`ok      ${took}\n`);
  }
  return 0;
}

/** Becomes the program: same streams, its exit code, signals passed on. */
function become(args, options = {}) {
  const child = spawn(process.execPath, args, { stdio: 'inherit', ...options });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => child.kill(signal));
  }
  child.on('error', (error) => {
    say(`cannot start ${args[0]}: ${error.code}`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => {
    if (signal) {
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
    } else process.exitCode = code ?? 1;
  });
}

const COMMANDS = {
  build: () => setUp(),
  aedev(args) {
    setUp();
    become([join(ROOT, 'dist', 'main.js'), ...args]);
  },
  demo: (args) => COMMANDS.aedev(['demo', ...args]),
  bench(args) {
    if (!existsSync(join(ROOT, 'bench', 'main.ts'))) {
      throw new SetupError('there is no bench/main.ts to run.');
    }
    setUp({ bench: true });
    become([join(ROOT, 'build', 'bench', 'main.js'), ...args]);
  },
  lint() {
    setUp({ build: false });
    process.exitCode = check(['biome', 'import rules', 'knip']);
  },
  typecheck() {
    setUp({ build: false });
    process.exitCode = check(['typecheck']);
  },
  test(args) {
    setUp();
    process.exitCode = check(Object.keys(CHECKS));
    if (process.exitCode === 0)
      become([tool('vitest', 'vitest.mjs'), 'run', ...args], { cwd: ROOT });
  },
};

const [command = '', ...rest] = process.argv.slice(2);
try {
  if (!Object.hasOwn(COMMANDS, command)) {
    throw new SetupError(
      `say what to run: node scripts/run.mjs ${Object.keys(COMMANDS).join('|')} [-- arguments]`,
    );
  }
  COMMANDS[command](rest[0] === '--' ? rest.slice(1) : rest);
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  say(error.message);
  process.exitCode = 1;
}
