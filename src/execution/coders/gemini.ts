import { join, posix } from 'node:path';
import { ApiKeyCoder, type ApiKeyOptions, modelName } from './api-key.ts';
import { name } from './claude-usage.ts';
import type { ApiAccess, Coder, CoderCommand, CoderResult, CoderStart } from './coder.ts';
import { contractEnv, ENVELOPE_FILE, PRIVATE_FOLDER, readErrors } from './contract.ts';
import { readEvents, text } from './envelope.ts';
import { classifyGemini, deniedTools } from './gemini-classify.ts';
import { geminiContext, geminiSettings } from './gemini-settings.ts';
import { keepsOfGemini, usageOfGemini } from './gemini-usage.ts';

export interface GeminiCoderOptions extends ApiKeyOptions {
  /** Tries of the CLI itself per request, the first included; the second comes after 5 s. */
  maxAttempts?: number;
}

/** The one version that is driven; `docker/gemini` pins the same. */
export const GEMINI_VERSION = '0.61.0';
export const GEMINI_KEY_VARIABLE = 'AEDEV_GEMINI_API_KEY';

const API = 'https://generativelanguage.googleapis.com';
const KEY = 'GEMINI_API_KEY';
/** What the CLI calls its home; relative to the workspace. */
const HOME = `${PRIVATE_FOLDER}/gemini`;
const CWD = `${HOME}/cwd`;
const TMP = `${HOME}/tmp`;

/**
 * The official `gemini` CLI, headless, on the Gemini API with a key.
 *
 * It starts in an empty folder of its own and gets the tree as a further one. Headless, it works only
 * in a trusted folder, and of a trusted folder that it starts in it takes settings, hooks, MCP
 * servers, policies, agents, skills and `.env` files, before any setting of ours can forbid it. Of a
 * further folder it was seen to read `GEMINI.md`, and nothing else. Seen with 0.61.0.
 */
export class GeminiCoder extends ApiKeyCoder {
  readonly keeps = keepsOfGemini;
  readonly #maxAttempts: number;

  constructor({ maxAttempts = 3, ...options }: GeminiCoderOptions = {}) {
    const driven = { package: '@google/gemini-cli', version: GEMINI_VERSION };
    super({ family: 'gemini', ...driven, keyVariable: GEMINI_KEY_VARIABLE, api: API }, options);
    this.#maxAttempts = maxAttempts;
  }

  command(start: CoderStart): CoderCommand {
    const { model, apiBase, repoInside, maxTurns } = start;
    const inside = (folder: string) => posix.join(start.workspaceInside, folder);
    const argv = [this.executable, '--output-format', 'stream-json', '--approval-mode', 'yolo'];
    argv.push('--extensions', 'none', '--include-directories', repoInside);
    if (model !== null) argv.push('--model', modelName(model));
    const settings = geminiSettings({
      key: KEY,
      maxTurns,
      maxAttempts: this.#maxAttempts,
    });
    return {
      argv,
      env: {
        ...contractEnv(start),
        GEMINI_CLI_HOME: inside(HOME),
        // A file that is not there: a machine's own would win over the settings below.
        GEMINI_CLI_SYSTEM_SETTINGS_PATH: inside(`${HOME}/none/settings.json`),
        GEMINI_CLI_TRUST_WORKSPACE: 'true',
        // Else it starts itself again as a child, and passes no signal on to it.
        GEMINI_CLI_NO_RELAUNCH: 'true',
        GEMINI_SANDBOX: 'false',
        GEMINI_TELEMETRY_ENABLED: 'false',
        // It writes the whole conversation there after an error.
        TMPDIR: inside(TMP),
        NO_COLOR: '1',
        GOOGLE_GEMINI_BASE_URL: apiBase ?? this.baseUrl,
        ...this.keyEnv(KEY, start),
      },
      secretEnv: [KEY],
      lends: [KEY, 'GOOGLE_GEMINI_BASE_URL'],
      stdin: 'prompt',
      makeDirs: [HOME, CWD, TMP],
      files: [
        { path: `${HOME}/.gemini/settings.json`, content: JSON.stringify(settings, null, 1) },
        { path: `${HOME}/.gemini/GEMINI.md`, content: geminiContext(repoInside) },
        // Found first, it ends the search for one in every folder above, up to the operator's home.
        { path: `${CWD}/.gemini/.env`, content: '' },
      ],
      cwd: CWD,
    };
  }

  api(hostEnv: CoderStart['hostEnv']): ApiAccess {
    const key = this.key(hostEnv) ?? '';
    return {
      baseUrl: this.baseUrl,
      authorization: key,
      header: 'x-goog-api-key',
      calls: {
        post: /^\/v1beta\/models\/[\w.-]{1,100}:(?:streamGenerateContent\?alt=sse|generateContent|countTokens)$/,
        // `x-goog-user-project` would choose who pays.
        headers: /^(?:accept|accept-language|content-type|user-agent|x-goog-api-client)$/,
      },
    };
  }

  async read(left: Parameters<Coder['read']>[0]): Promise<CoderResult> {
    const envelope = join(left.workspace, ENVELOPE_FILE);
    const events = await readEvents(left.stdout, envelope, this.keeps);
    const init = events.find((event) => text(event, 'type') === 'init');
    return {
      outcome: classifyGemini(events, left.exit, await readErrors(left.stderr), left.now),
      usage: { ...usageOfGemini(events, left.exit.durationMs), lane: 'api' },
      windows: [],
      // It says its version in no event.
      cliVersion: null,
      laneProof: `credential=${KEY}`,
      denied: deniedTools(events),
      sessionId: name(text(init, 'session_id')),
    };
  }
}
