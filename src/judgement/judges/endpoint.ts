/** Where a judge is reached and with which key; says beforehand what is wrong with that. */
import type { JudgeProblem } from './judge.ts';

export type HttpProtocol = 'openai' | 'gemini';
/** An installed CLI of the family, on the operator's own login. */
export type CliProtocol = 'codex-cli' | 'gemini-cli';
export type JudgeProtocol = HttpProtocol | CliProtocol;

export const isCliProtocol = (protocol: JudgeProtocol): protocol is CliProtocol =>
  protocol === 'codex-cli' || protocol === 'gemini-cli';

export interface JudgeConfig {
  /** Distinct per model maker; two verdicts of one family never count as two. */
  family: string;
  protocol: JudgeProtocol;
  /** Up to and including the version part, e.g. `http://127.0.0.1:11434/v1`. Default: the maker's. */
  baseUrl?: string | undefined;
  model: string;
  /** For CLIs: the program, looked up on the PATH; default `codex` or `gemini`. */
  executable?: string | undefined;
  /** Name, in capitals, of the environment variable with the key. Absent: no key is sent (local servers). */
  keyEnv?: string | undefined;
  /** For one judgement, tries included. */
  timeoutMs: number;
  maxOutputTokens: number;
}

/** Whose wire it speaks: for judges over HTTP only. */
export const protocolOf = ({ protocol }: JudgeConfig): HttpProtocol =>
  protocol === 'gemini' ? 'gemini' : 'openai';

const DEFAULT_BASE_URL: Record<HttpProtocol, string> = {
  openai: 'https://api.openai.com/v1',
  gemini: 'https://generativelanguage.googleapis.com/v1beta',
};

export interface Endpoint {
  /** Without a slash at the end. */
  baseUrl: string;
  key: string | null;
}

/** No problem in the list means that the endpoint is usable; no network is touched. */
export function endpointOf(
  config: JudgeConfig,
  env: (name: string) => string | undefined,
): { endpoint: Endpoint | null; problems: JudgeProblem[] } {
  const problems: JudgeProblem[] = [];
  const bad = (code: JudgeProblem['code'], what: string, remedy: string) =>
    problems.push({ code, sentence: `Judge ${config.family}: ${what}.`, remedy });
  const { keyEnv, model } = config;

  if (!isModelName(model)) {
    bad('judge-config', 'its model name is empty or has odd characters', 'Set a model name.');
  }
  if (!(config.timeoutMs > 0 && config.maxOutputTokens > 0)) {
    bad('judge-config', 'its limits are not above zero', 'Set timeoutMs and maxOutputTokens.');
  }

  const url = parseUrl(config.baseUrl ?? DEFAULT_BASE_URL[protocolOf(config)]);
  if (url === null) {
    bad(
      'judge-config',
      'its base URL is not a plain http or https address',
      'Set baseUrl without user name, password, query or fragment.',
    );
  } else if (url.protocol === 'http:' && keyEnv !== undefined && !isLoopback(url.hostname)) {
    bad(
      'judge-config',
      `its key and your code would go to ${url.host} unencrypted`,
      'Use https, or a server on this machine.',
    );
  }

  // A key pasted where its variable's name belongs must not be shown.
  if (keyEnv !== undefined && !/^[A-Z_][A-Z0-9_]*$/.test(keyEnv)) {
    const remedy = 'Name a variable in capitals, like OPENAI_API_KEY, and put the key into it.';
    bad('judge-config', 'its keyEnv is not the name of a variable', remedy);
    return { endpoint: null, problems };
  }
  const key = keyEnv === undefined ? null : (env(keyEnv)?.trim() ?? '');
  if (keyEnv === undefined && config.baseUrl === undefined) {
    bad(
      'judge-config',
      'it names no key variable, but its default server wants a key',
      'Set keyEnv, or baseUrl for a server that needs no key.',
    );
  } else if (key === '') {
    bad('judge-auth', `${keyEnv} is not set`, `Set ${keyEnv} where the daemon is started.`);
  } else if (key !== null && !/^[\x21-\x7e]+$/.test(key)) {
    // Such a value would fail inside the HTTP client, with an error that quotes it.
    bad('judge-auth', `${keyEnv} holds no key`, `Set ${keyEnv} to the bare key.`);
  }

  if (problems.length > 0 || url === null) return { endpoint: null, problems };
  return { endpoint: { baseUrl: url.href.replace(/\/+$/, ''), key }, problems };
}

/** Never an option of a program, nor a way out of a URL's path. */
export const isModelName = (model: string): boolean =>
  /^[A-Za-z0-9][\w.:@/+-]*$/.test(model) && !model.includes('..');

function parseUrl(text: string): URL | null {
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  const plain = url.username + url.password + url.search + url.hash === '';
  return plain && /^https?:$/.test(url.protocol) ? url : null;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127(\.\d+){3}$/.test(host);
}
