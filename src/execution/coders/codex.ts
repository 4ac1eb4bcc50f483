import { join, posix } from 'node:path';
import { CODEX_FEATURES_OFF, CODEX_QUIET } from '../../lib/codex-features.ts';
import { ApiKeyCoder, type ApiKeyOptions, modelName } from './api-key.ts';
import { name } from './claude-usage.ts';
import type { ApiAccess, Coder, CoderCommand, CoderResult, CoderStart } from './coder.ts';
import { classifyCodex } from './codex-classify.ts';
import { readRollouts } from './codex-rollout.ts';
import { keepsOfCodex, usageOfCodex } from './codex-usage.ts';
import { contractEnv, ENVELOPE_FILE, PRIVATE_FOLDER, readErrors } from './contract.ts';
import { readEvents, text } from './envelope.ts';

export interface CodexCoderOptions extends ApiKeyOptions {
  /** Tries of the CLI itself per request, after the first. */
  maxRetries?: number;
}

/** The one version that is driven; `docker/codex` pins the same. */
export const CODEX_VERSION = '0.169.0';
export const CODEX_KEY_VARIABLE = 'AEDEV_CODEX_API_KEY';

const API = 'https://api.openai.com/v1';
const KEY = 'CODEX_API_KEY';
/** `CODEX_HOME`; relative to the workspace. */
export const CODEX_HOME = `${PRIVATE_FOLDER}/codex`;

/**
 * The official `codex` CLI, headless, on the Responses API with a key. A repo's `.codex` folder
 * counts only in a trusted project, and a run trusts none: its hooks, MCP servers and provider
 * addresses were seen to stay out. `AGENTS.md` and skills, which would come in all the same, are
 * switched off. Its own sandbox is off: inside a container it lets every edit fail and still ends
 * with exit code 0, and the wall is ours. Seen with 0.169.0.
 */
export class CodexCoder extends ApiKeyCoder {
  readonly keeps = keepsOfCodex;
  readonly #maxRetries: number;

  constructor({ maxRetries = 3, ...options }: CodexCoderOptions = {}) {
    const driven = { package: '@openai/codex', version: CODEX_VERSION };
    super({ family: 'codex', ...driven, keyVariable: CODEX_KEY_VARIABLE, api: API }, options);
    this.#maxRetries = maxRetries;
  }

  command(start: CoderStart): CoderCommand {
    const { model } = start;
    const argv = [this.executable, 'exec', '--json', '--strict-config', '--color', 'never'];
    argv.push('--ignore-user-config', '--ignore-rules', '--skip-git-repo-check');
    argv.push('--sandbox', 'danger-full-access');
    for (const feature of CODEX_FEATURES_OFF) argv.push('--disable', feature);
    for (const setting of this.#settings(start)) argv.push('-c', setting);
    if (model !== null) argv.push('--model', modelName(model));
    // `-`: the prompt comes by standard input.
    argv.push('-');
    return {
      argv,
      env: {
        ...contractEnv(start),
        CODEX_HOME: posix.join(start.workspaceInside, CODEX_HOME),
        ...this.keyEnv(KEY, start),
      },
      secretEnv: [KEY],
      stdin: 'prompt',
      makeDirs: [CODEX_HOME],
      files: [],
    };
  }

  /** Values are TOML; a JSON string is one, too. */
  #settings({ apiBase }: CoderStart): string[] {
    const provider = 'model_providers.aedev';
    const tries = this.#maxRetries;
    const address = apiBase ?? this.baseUrl;
    return [
      'model_provider="aedev"',
      `${provider}.name="aedev"`,
      `${provider}.base_url=${JSON.stringify(address)}`,
      `${provider}.env_key=${JSON.stringify(KEY)}`,
      `${provider}.wire_api="responses"`,
      // The built-in provider begins with a WebSocket, seven times, before it falls back.
      `${provider}.supports_websockets=false`,
      `${provider}.request_max_retries=${tries}`,
      `${provider}.stream_max_retries=${tries}`,
      // Without it every command that the model runs has the key in its environment.
      `shell_environment_policy.exclude=${JSON.stringify([KEY])}`,
      ...CODEX_QUIET,
    ];
  }

  api(hostEnv: CoderStart['hostEnv']): ApiAccess {
    const key = this.key(hostEnv) ?? '';
    return {
      baseUrl: this.baseUrl,
      authorization: `Bearer ${key}`,
      calls: {
        post: /^\/responses$/,
        // `openai-organization` and `openai-project` would choose who pays.
        headers:
          /^(?:accept|content-type|content-encoding|user-agent|originator|version|session-id|thread-id|x-client-request-id|x-codex-[a-z-]{1,60}|x-openai-internal-codex-[a-z-]{1,60}|openai-beta)$/,
      },
    };
  }

  async read(left: Parameters<Coder['read']>[0]): Promise<CoderResult> {
    const envelope = join(left.workspace, ENVELOPE_FILE);
    const events = await readEvents(left.stdout, envelope, this.keeps);
    const thread = text(
      events.find((event) => text(event, 'type') === 'thread.started'),
      'thread_id',
    );
    const rollout = await readRollouts(join(left.workspace, CODEX_HOME, 'sessions'), thread);
    return {
      outcome: classifyCodex(events, rollout, left.exit, await readErrors(left.stderr), left.now),
      usage: { ...usageOfCodex(events, rollout, left.exit.durationMs), lane: 'api' },
      windows: [],
      cliVersion: name(rollout.cliVersion),
      laneProof: `credential=${KEY}`,
      denied: [],
      sessionId: name(thread),
    };
  }
}
