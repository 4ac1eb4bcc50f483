// Records anew what the pinned codex and gemini CLIs do, into test/fixtures/coders, for another version:
//   node scripts/record-coder-samples.mjs [codex|gemini]
// Linux, about two minutes; the CLIs must be there (scripts/install-coder.mjs). Only loopback doubles
// are asked. Look at every difference: `EXPECTED_CODER` says what each case means.
import { execFileSync, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { call, casesOf } from './coder-cases.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const KEY = 'dummy-key-of-a-sample';
const asked = process.argv[2] ?? null;

const work = mkdtempSync(join(tmpdir(), 'aedev-record-'));
// Not below the temporary folder: codex warns of a home there, and the samples are to be without it.
const home = mkdtempSync(join(homedir(), '.aedev-record-'));
const workspace = join(home, 'workspace');
const repo = join(workspace, 'repo');

/** Doubles and coders, compiled without type checks. */
const load = compile([
  'test/support/doubles/responses.ts',
  'test/support/doubles/gemini-stream.ts',
  'src/execution/coders/codex.ts',
  'src/execution/coders/gemini.ts',
]);

function compile(files) {
  writeFileSync(
    join(work, 'tsconfig.json'),
    JSON.stringify({
      extends: join(ROOT, 'tsconfig.json'),
      compilerOptions: { rootDir: ROOT, outDir: join(work, 'js'), noCheck: true, types: [] },
      include: [],
      files: files.map((file) => join(ROOT, file)),
    }),
  );
  const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  execFileSync(process.execPath, [tsc, '-p', join(work, 'tsconfig.json')], { stdio: 'inherit' });
  writeFileSync(join(work, 'js', 'package.json'), '{"type":"module"}');
  symlinkSync(join(ROOT, 'node_modules'), join(work, 'js', 'node_modules'));
  return (file) => import(pathToFileURL(join(work, 'js', file.replace('.ts', '.js'))).href);
}

const { startResponsesDouble, errorBody } = await load('test/support/doubles/responses.ts');
const { startGeminiStreamDouble, googleError } = await load(
  'test/support/doubles/gemini-stream.ts',
);
const { CodexCoder, CODEX_VERSION } = await load('src/execution/coders/codex.ts');
const { GeminiCoder, GEMINI_VERSION } = await load('src/execution/coders/gemini.ts');

const FAMILIES = {
  codex: {
    version: CODEX_VERSION,
    start: startResponsesDouble,
    make: (url) =>
      new CodexCoder({ executable: codexProgram(), baseUrl: `${url}/v1`, maxRetries: 1 }),
    model: 'gpt-5.5',
    script: [call('exec_command', { cmd: "printf 'made\\n' > made.txt" }), { text: 'Made it.' }],
  },
  gemini: {
    version: GEMINI_VERSION,
    start: startGeminiStreamDouble,
    make: (baseUrl) =>
      new GeminiCoder({
        executable: join(ROOT, '.tools/gemini/node_modules/.bin/gemini'),
        baseUrl,
        maxAttempts: 2,
      }),
    model: 'gemini-2.5-pro',
    script: [
      call('write_file', { file_path: join(repo, 'made.txt'), content: 'made\n' }),
      { text: 'Made it.' },
    ],
  },
};

function codexProgram() {
  const scope = join(ROOT, '.tools/codex/node_modules/@openai');
  const [name] = readdirSync(scope).filter((each) => each.startsWith('codex-linux-'));
  const vendor = join(scope, name, 'vendor');
  return join(vendor, readdirSync(vendor)[0], 'bin', 'codex');
}

const CASES = casesOf({ errorBody, googleError, repo });

async function record(name, title, given) {
  const family = FAMILIES[name];
  const { script = family.script, key = KEY, fault } = given;
  const double = await family.start({ key: KEY, script, ...(fault ? { fault } : {}) });
  // The port of a double that is gone refuses.
  if (given.nobody) await double.close();
  rmSync(workspace, { recursive: true, force: true });
  mkdirSync(repo, { recursive: true });
  const command = family.make(double.url).command({
    workspaceInside: workspace,
    repoInside: repo,
    role: 'coder',
    model: given.model ?? family.model,
    permissionMode: 'acceptEdits',
    allowedTools: [],
    maxTurns: given.maxTurns ?? null,
    hostEnv: key === null ? {} : { AEDEV_CODEX_API_KEY: key, AEDEV_GEMINI_API_KEY: key },
  });
  for (const folder of command.makeDirs) mkdirSync(join(workspace, folder), { recursive: true });
  for (const { path, content } of command.files) {
    mkdirSync(dirname(join(workspace, path)), { recursive: true });
    writeFileSync(join(workspace, path), content);
  }
  const [program, ...rest] = command.argv;
  const child = spawn(program, [...rest.slice(0, -1), ...(given.argv ?? []), rest.at(-1)], {
    cwd: join(workspace, command.cwd ?? 'repo'),
    env: {
      PATH: `/usr/local/bin:/usr/bin:/bin:${dirname(process.execPath)}`,
      HOME: join(home, 'home'),
      ...command.env,
    },
  });
  let [stdout, stderr, kill] = ['', '', given.kill];
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
    if (kill && stdout.includes(kill.when)) {
      child.kill(kill.signal);
      kill = undefined;
    }
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  child.stdin.on('error', () => {});
  child.stdin.end(given.stdin ?? 'Make it.\n');
  const [code, signal] = await new Promise((done) => child.on('close', (...end) => done(end)));
  if (!given.nobody) await double.close();
  const sample = {
    case: title,
    cli: family.version,
    exit_code: code,
    signal,
    stderr: stderr.length > 2500 ? `${stderr.slice(0, 1200)}\n[…]\n${stderr.slice(-1200)}` : stderr,
    stdout: linesOf(stdout),
    ...(name === 'codex' ? sessionRecord() : {}),
  };
  const folder = join(ROOT, 'test/fixtures/coders', name);
  writeFileSync(join(folder, `${title}.json`), `${scrubbed(JSON.stringify(sample, null, 1))}\n`);
  console.error(name, title, code ?? signal);
}

function linesOf(text) {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      try {
        return JSON.parse(line);
      } catch {
        return line;
      }
    });
}

/** Of the session's record what aedev reads, without the conversation and the CLI's own prompts. */
function sessionRecord() {
  const folder = join(workspace, 'private/codex/sessions');
  if (!existsSync(folder)) return {};
  const files = readdirSync(folder, { recursive: true }).filter((path) => path.endsWith('.jsonl'));
  const rollout = files.flatMap((file) => linesOf(readFileSync(join(folder, file), 'utf8')));
  const picked = (of, names) => Object.fromEntries(names.map((name) => [name, of[name]]));
  const told = rollout.flatMap((event) => {
    const { type, payload } = event;
    if (type === 'token_usage_record') return event;
    if (type === 'session_meta')
      return {
        ...event,
        payload: picked(payload, ['id', 'cli_version', 'source', 'model_provider']),
      };
    if (type === 'turn_context')
      return { ...event, payload: picked(payload, ['model', 'approval_policy', 'sandbox_policy']) };
    return ['token_count', 'task_complete'].includes(payload.type) ? event : [];
  });
  return { rollout: told };
}

/** Ids, ports, times and this machine's paths would differ each time. */
function scrubbed(text) {
  const ids = new Map();
  return text
    .replace(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, (id) => {
      if (!ids.has(id))
        ids.set(id, `00000000-0000-4000-8000-${String(ids.size + 1).padStart(12, '0')}`);
      return ids.get(id);
    })
    .replaceAll(workspace, '/workspace')
    .replaceAll(home, '/home/coder')
    .replaceAll(join(ROOT, '.tools'), '/opt')
    .replace(/127\.0\.0\.1:\d+/g, '127.0.0.1:1')
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z/g, '2026-11-22T15:00:00.000Z')
    .replace(/\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-\d+Z/g, '2026-11-22T15-00-00-000Z')
    .replace(/"(started_at|completed_at|duration_ms|time_to_first_token_ms)": \d+/g, '"$1": 0');
}

try {
  for (const name of ['codex', 'gemini'].filter((each) => asked === null || asked === each)) {
    for (const [title, given] of Object.entries(CASES[name])) await record(name, title, given);
  }
} finally {
  rmSync(work, { recursive: true, force: true });
  rmSync(home, { recursive: true, force: true });
}
