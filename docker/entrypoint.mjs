// Entrypoint of the runner image. With arguments it runs them, the way to the host's proxy in place
// where a socket is mounted. Without, it is the coder contract: prompt.txt, AEDEV_CODER (claude when
// absent) and CLAUDE_* in; cli-envelope.json (raw) and then result.json (normalised) out.
import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname } from 'node:path';
import { startForwarder } from './forwarder.mjs';

const SOCKET = '/run/aedev/egress.sock';
const PORT = 18080;

/** Variables that tell npm, git, curl and the claude CLI the way out. */
function proxyVariables(port) {
  const url = `http://127.0.0.1:${port}`;
  const own = 'localhost,127.0.0.1,::1';
  return {
    HTTPS_PROXY: url,
    https_proxy: url,
    NO_PROXY: own,
    no_proxy: own,
    npm_config_https_proxy: url,
    npm_config_noproxy: own,
  };
}

/** Runs a program to its end with our own streams, passing signals on. */
function run(argv, env, stdio = 'inherit', cwd = undefined) {
  return new Promise((done) => {
    const child = spawn(argv[0], argv.slice(1), { stdio, env, cwd });
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) {
      process.on(signal, () => child.kill(signal));
    }
    child.on('error', (error) => {
      process.stderr.write(`entrypoint: cannot start ${argv[0]}: ${error.code}\n`);
      done({ code: error.code === 'ENOENT' ? 127 : 126, signal: null });
    });
    child.on('exit', (code, signal) => done({ code, signal }));
  });
}

/** Of each family: its class, its credential as aedev names it, and the address that adds it. */
const FAMILIES = {
  claude: (env) => [
    'ClaudeCoder',
    { AEDEV_CLAUDE_OAUTH_TOKEN: env.CLAUDE_CODE_OAUTH_TOKEN },
    env.ANTHROPIC_BASE_URL,
  ],
  codex: (env) => ['CodexCoder', { AEDEV_CODEX_API_KEY: env.CODEX_API_KEY }, env.OPENAI_BASE_URL],
  gemini: (env) => [
    'GeminiCoder',
    { AEDEV_GEMINI_API_KEY: env.GEMINI_API_KEY },
    env.GOOGLE_GEMINI_BASE_URL,
  ],
};

async function contract(env) {
  const family = env.AEDEV_CODER || 'claude';
  if (!Object.hasOwn(FAMILIES, family))
    throw new Error(`AEDEV_CODER is none of ${Object.keys(FAMILIES).join(', ')}`);
  const [name, hostEnv, apiBase] = FAMILIES[family](env);
  const { [name]: Coder } = await import(`./lib/execution/coders/${family}.js`);
  const { finishRun } = await import('./lib/execution/coders/contract.js');
  const workspace = '/workspace';
  const coder = new Coder();
  const command = coder.command({
    workspaceInside: workspace,
    repoInside: `${workspace}/repo`,
    role: env.CLAUDE_ROLE || 'coder',
    model: env.CLAUDE_MODEL || null,
    permissionMode: env.CLAUDE_PERMISSION_MODE || 'acceptEdits',
    allowedTools: toolsOf(env.CLAUDE_ALLOWED_TOOLS ?? ''),
    maxTurns: null,
    hostEnv,
    ...(apiBase ? { apiBase } : {}),
  });
  for (const folder of command.makeDirs) mkdirSync(`${workspace}/${folder}`, { recursive: true });
  for (const { path, content } of command.files) {
    mkdirSync(dirname(`${workspace}/${path}`), { recursive: true });
    writeFileSync(`${workspace}/${path}`, content, { flag: 'wx', mode: 0o400 });
  }
  const started = performance.now();
  // Of this process alone: two contracts in one container do not meet.
  const [stdout, stderr] = [`/tmp/cli-stdout-${process.pid}`, `/tmp/cli-stderr-${process.pid}`];
  const input = openSync(`${workspace}/prompt.txt`, 'r');
  const output = openSync(stdout, 'wx', 0o600);
  const errors = openSync(stderr, 'wx', 0o600);
  const given = { PATH: env.PATH, HOME: env.HOME, ...proxiesOf(env), ...command.env };
  const ended = await run(
    command.argv,
    given,
    [input, output, errors],
    `${workspace}/${command.cwd ?? 'repo'}`,
  );
  for (const file of [input, output, errors]) closeSync(file);
  const durationMs = Math.round(performance.now() - started);
  const exit = { ...ended, ended: 'exited', durationMs };
  const now = new Date().toISOString();
  await finishRun(coder, { workspace, stdout, stderr, exit, now });
  return ended;
}

/** The tools are separated by spaces, which a rule in brackets may hold: `Edit Bash(npm test)`. */
const toolsOf = (text) => text.match(/[^\s(]+(?:\([^)]*\))?/g) ?? [];

const proxiesOf = (env) =>
  Object.fromEntries(Object.entries(env).filter(([name]) => /proxy/i.test(name)));

const env = { ...process.env };
const socket = env.AEDEV_EGRESS_SOCKET ?? SOCKET;
if (existsSync(socket)) {
  const port = Number(env.AEDEV_EGRESS_PORT ?? PORT);
  await startForwarder(port, socket);
  Object.assign(env, proxyVariables(port));
}
const [dash, ...argv] = process.argv.slice(2);
const command = dash === '--' ? argv : process.argv.slice(2);
try {
  const { code, signal } = command.length > 0 ? await run(command, env) : await contract(env);
  process.exit(code ?? 128 + (constants.signals[signal] ?? 0));
} catch (error) {
  // One line that says what the contract lacks, where a stack would say where we noticed.
  process.stderr.write(`entrypoint: the contract cannot be kept: ${error.message}\n`);
  process.exit(64);
}
