import { join, posix } from 'node:path';
import { classify, deniedTools } from './claude-classify.ts';
import { credentialOf, credentialProblem, loginProblem, versionProblem } from './claude-login.ts';
import { laneOf, name, usageOf, windowsOf } from './claude-usage.ts';
import type {
  ApiAccess,
  Coder,
  CoderCommand,
  CoderProbe,
  CoderProblem,
  CoderResult,
  CoderStart,
  Lane,
} from './coder.ts';
import { contractEnv, ENVELOPE_FILE, PRIVATE_FOLDER, readErrors } from './contract.ts';
import { readEnvelope, text } from './envelope.ts';

export interface ClaudeCoderOptions {
  /** Program, looked up on the sandbox's PATH. */
  executable?: string;
  /** Another endpoint of the Messages API, from aedev's own configuration only. */
  baseUrl?: string;
  /** Tries of the CLI itself per request; its default of 10 is three silent minutes. */
  maxRetries?: number;
}

const API = 'https://api.anthropic.com';
/** Makes the CLI send the header of its lane, whose value the host replaces. Worth nothing to anybody. */
const DUMMY_TOKEN = 'aedev-adds-the-real-token-outside';

/** Choices of `--permission-mode`, by the CLI's own refusal of another one (2.1.197). */
const PERMISSION_MODES = ['acceptEdits', 'auto', 'bypassPermissions', 'default', 'dontAsk', 'plan'];
const MODEL = /^[A-Za-z0-9][\w.:@[\]/-]{0,99}$/;
/** A tool name with an optional rule, e.g. `Edit` or `Bash(npm test)`; never an option. */
const TOOL = /^[A-Za-z_][\w-]{0,99}(\([^()\p{Cc}]{1,500}\))?$/u;

/** A value of the configuration that must not reach the command line. */
export class CoderConfigError extends Error {
  readonly tag = 'coder-config';
}

/**
 * The official `claude` CLI, headless. The repo's own settings, hooks and MCP servers are shut out
 * by `--setting-sources user --strict-mcp-config` with a fresh configuration folder: without them a
 * repo can have the token sent to its own address.
 */
export class ClaudeCoder implements Coder {
  readonly family = 'claude';
  readonly executable: string;
  readonly #options: ClaudeCoderOptions;

  constructor(options: ClaudeCoderOptions = {}) {
    this.#options = options;
    this.executable = options.executable ?? 'claude';
  }

  readonly credential = credentialOf;

  async check(
    hostEnv: CoderStart['hostEnv'],
    lane: Lane = 'subscription',
  ): Promise<CoderProblem[]> {
    const given = hostEnv[credentialOf(lane)];
    const problem = credentialProblem(given, lane) ?? urlProblem(this.#options.baseUrl);
    return problem === null ? [] : [problem];
  }

  readonly probes: readonly CoderProbe[] = [
    // Of an image the sandbox itself knows, to the last digit, what it holds.
    {
      tiers: ['process', 'srt'],
      command: (start) => this.#asked(start, ['--version']),
      read: (stdout) => versionProblem(stdout),
    },
    { command: (start) => this.#asked(start, ['auth', 'status']), read: loginProblem },
  ];

  #asked(start: CoderStart, args: string[]): CoderCommand {
    return { ...this.command(start), argv: [this.executable, ...args], stdin: null };
  }

  /** @throws CoderConfigError for a model, mode or tool that could be read as an option */
  command(start: CoderStart): CoderCommand {
    const { model, permissionMode, allowedTools, maxTurns, maxCostUsd } = start;
    if (!PERMISSION_MODES.includes(permissionMode)) {
      throw new CoderConfigError(
        `The permission mode must be one of ${PERMISSION_MODES.join(', ')}.`,
      );
    }
    if (model !== null && !MODEL.test(model)) {
      throw new CoderConfigError('The model name has characters that no model name has.');
    }
    if (!allowedTools.every((tool) => TOOL.test(tool))) {
      throw new CoderConfigError('An allowed tool must look like `Edit` or `Bash(npm test)`.');
    }
    const argv = [this.executable, '-p', '--output-format', 'stream-json', '--verbose'];
    argv.push('--setting-sources', 'user', '--strict-mcp-config');
    argv.push('--permission-mode', permissionMode);
    if (allowedTools.length > 0) argv.push('--allowedTools', allowedTools.join(' '));
    if (model !== null) argv.push('--model', model);
    if (maxTurns !== null) argv.push('--max-turns', String(maxTurns));
    if (maxCostUsd) argv.push('--max-budget-usd', String(maxCostUsd));
    return {
      argv,
      env: this.#environment(start),
      secretEnv: [secretOf(start.lane)],
      lends: [secretOf(start.lane), 'ANTHROPIC_BASE_URL'],
      stdin: 'prompt',
      makeDirs: [`${PRIVATE_FOLDER}/claude`, `${PRIVATE_FOLDER}/tmp`],
      files: [],
    };
  }

  api(hostEnv: CoderStart['hostEnv'], lane: Lane = 'subscription'): ApiAccess {
    const value = hostEnv[credentialOf(lane)]?.trim() ?? '';
    const baseUrl = this.#options.baseUrl ?? API;
    return lane === 'api'
      ? { baseUrl, authorization: value, header: 'x-api-key' }
      : { baseUrl, authorization: `Bearer ${value}` };
  }

  /** An allow-list: no variable of the host gets in but the lane's credential, so nothing else can pay. */
  #environment(start: CoderStart): Record<string, string> {
    const inside = (folder: string) => posix.join(start.workspaceInside, PRIVATE_FOLDER, folder);
    const { apiBase, hostEnv, lane = 'subscription' } = start;
    const token = apiBase === undefined ? hostEnv[credentialOf(lane)] : DUMMY_TOKEN;
    const baseUrl = apiBase ?? this.#options.baseUrl;
    return {
      ...contractEnv(start),
      CLAUDE_CONFIG_DIR: inside('claude'),
      // Its Bash tool needs a writable folder here, or every command fails while the run "succeeds".
      CLAUDE_CODE_TMPDIR: inside('tmp'),
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      CLAUDE_CODE_MAX_RETRIES: String(this.#options.maxRetries ?? 2),
      ...(token === undefined ? {} : { [secretOf(lane)]: token.trim() }),
      ...(baseUrl === undefined ? {} : { ANTHROPIC_BASE_URL: baseUrl }),
    };
  }

  async read(left: Parameters<Coder['read']>[0]): Promise<CoderResult> {
    const envelope = await readEnvelope(left.stdout, join(left.workspace, ENVELOPE_FILE));
    const windows = windowsOf(envelope, left.now);
    const { lane, proof } = laneOf(envelope);
    return {
      outcome: classify(envelope, windows, left.exit, await readErrors(left.stderr)),
      usage: { ...usageOf(envelope, left.exit.durationMs), lane },
      windows,
      cliVersion: name(text(envelope.init, 'claude_code_version')),
      laneProof: proof,
      denied: deniedTools(envelope.result),
      sessionId: name(text(envelope.result ?? envelope.init, 'session_id')),
    };
  }
}

const secretOf = (lane?: Lane): string =>
  lane === 'api' ? 'ANTHROPIC_API_KEY' : 'CLAUDE_CODE_OAUTH_TOKEN';

/** The token goes to this address: it must be encrypted, or stay on this machine. */
function urlProblem(baseUrl: string | undefined): CoderProblem | null {
  if (baseUrl === undefined) return null;
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : null;
  const loopback = ['127.0.0.1', '[::1]', 'localhost'].includes(url?.hostname ?? '');
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && loopback)) return null;
  return {
    code: 'HOLD-CLAUDE-AUTH-IN-DOCKER',
    sentence:
      'The configured base URL of claude would send the token unencrypted to another machine.',
    remedy: 'Use an https address, or a proxy on 127.0.0.1.',
  };
}
