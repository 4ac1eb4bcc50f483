/**
 * The `gemini` CLI as a judge, on the operator's login with Google. Seen with 0.61.0: with the
 * settings below it declares no tool to the model and sends the instructions and the evidence as
 * they are, after a note of its own about the date and its empty folder.
 */
import { join } from 'node:path';
import {
  type CliEnd,
  type CliFamily,
  type CliSaid,
  count,
  error,
  type Fields,
  object,
  odd,
} from './cli.ts';
import { INSTRUCTIONS } from './prompt.ts';

const SETTINGS = {
  general: {
    enableAutoUpdate: false,
    enableAutoUpdateNotification: false,
    maxAttempts: 1,
    checkpointing: { enabled: false },
    plan: { enabled: false },
    topicUpdateNarration: false,
  },
  // One answer: a call of a tool that is not there gets no second turn.
  model: { maxSessionTurns: 1 },
  privacy: { usageStatisticsEnabled: false },
  telemetry: { enabled: false },
  security: { auth: { selectedType: 'oauth-personal' }, folderTrust: { enabled: false } },
  advanced: { ignoreLocalEnv: true },
  hooksConfig: { enabled: false },
  skills: { enabled: false },
  mcp: { allowed: [] },
  experimental: { enableAgents: false, extensionManagement: false },
  // An empty list is no tool at all.
  tools: { core: [], useRipgrep: false, shell: { enableInteractiveShell: false } },
  ui: { showCompatibilityWarnings: false },
};

export const geminiCli: CliFamily = {
  program: 'gemini',
  version: '0.61.0',
  package: '@google/gemini-cli',
  loginRemedy:
    'Run `gemini` and log in with Google; the login must be in ~/.gemini/oauth_creds.json.',

  loginProblem(content) {
    try {
      const refresh = object(JSON.parse(content))?.['refresh_token'];
      return typeof refresh === 'string' && refresh !== ''
        ? null
        : 'nobody is logged in with its CLI';
    } catch {
      return 'the login of its CLI cannot be read';
    }
  },

  command({ program, folder, model, login }) {
    return {
      argv: [program, '--output-format', 'stream-json', '--extensions', 'none', '--model', model],
      env: {
        GEMINI_CLI_HOME: folder,
        // A file that is not there: a machine's own would win over the settings.
        GEMINI_CLI_SYSTEM_SETTINGS_PATH: join(folder, 'none', 'settings.json'),
        GEMINI_CLI_TRUST_WORKSPACE: 'true',
        // Else it starts itself again as a child, and passes no signal on to it.
        GEMINI_CLI_NO_RELAUNCH: 'true',
        GEMINI_SANDBOX: 'false',
        GEMINI_TELEMETRY_ENABLED: 'false',
        GEMINI_FORCE_FILE_STORAGE: 'true',
        GEMINI_SYSTEM_MD: join(folder, 'instructions.md'),
        NO_COLOR: '1',
      },
      cwd: 'cwd',
      dirs: ['.gemini', 'cwd/.gemini'],
      files: [
        { path: 'instructions.md', content: INSTRUCTIONS },
        { path: '.gemini/settings.json', content: JSON.stringify(SETTINGS) },
        // A copy: Google's refresh token stays as it is, so what the CLI writes here can be lost.
        { path: '.gemini/oauth_creds.json', content: login.content },
        // Found first, it ends the search for one in the folders above.
        { path: 'cwd/.gemini/.env', content: '' },
      ],
      links: [],
      records: null,
    };
  },

  read(end, events, model) {
    const stats = object(events.findLast((event) => event['type'] === 'result')?.['stats']);
    const total = count(stats?.['total_tokens']);
    const input = count(stats?.['input_tokens']);
    const known = total !== null && input !== null && total >= input;
    return {
      said: saidOf(end, events, model),
      inputTokens: known ? input : null,
      // The reasoning stands only in the total.
      outputTokens: known ? total - input : null,
    };
  },
};

/** The exit code is the HTTP status modulo 256; no event has it. */
const STATUS: Readonly<Record<number, number>> = Object.fromEntries(
  [400, 401, 402, 403, 404, 408, 413, 429, 500, 502, 503, 504].map((status) => [
    status % 256,
    status,
  ]),
);
/** Its own: no way to log in. */
const FATAL_AUTH = 41;
const FATAL_TURNS = 53;

function saidOf(end: CliEnd, events: readonly Fields[], model: string): CliSaid {
  const types = events.map((event) => event['type']);
  if (types.some((type) => type === 'tool_use' || type === 'tool_result')) return odd('tool-call');
  if (end.code === FATAL_TURNS) return odd('tool-call');
  if (end.code !== 0) return failed(end.code);
  const last = events.at(-1);
  const known = ['init', 'message', 'result'];
  if (last?.['type'] !== 'result' || types.some((type) => !known.includes(String(type))))
    return odd('unexpected-finish');
  if (last['status'] !== 'success') return odd('blocked');
  // At a limit it may take a smaller model by itself: that one was not asked for.
  const models = Object.keys(object(object(last['stats'])?.['models']) ?? {});
  if (models.some((name) => name !== model)) return odd('unexpected-finish');
  const text = events
    .filter((event) => event['type'] === 'message' && event['role'] === 'assistant')
    .map((event) => String(event['content'] ?? ''))
    .join('');
  return { kind: 'answer', text };
}

function failed(code: number | null): CliSaid {
  const status = code === null ? undefined : STATUS[code];
  if (code === FATAL_AUTH || status === 401 || status === 403)
    return error('auth', 'its login was refused; log in again with `gemini`');
  if (status === 402) return error('auth', 'its account has no credit left (status 402)');
  if (status === 404) return error('config', 'its login does not know the model; set another one');
  if (status === 429) return error('rate-limit', 'its subscription is at a limit');
  if (status === 413) return odd('too-long');
  if (status !== undefined && (status === 408 || status >= 500))
    return error('unavailable', `its server is in trouble (status ${status})`);
  return odd('unexpected-finish');
}
