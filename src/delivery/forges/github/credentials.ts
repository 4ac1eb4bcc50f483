/**
 * The credential for GitHub: a variable, the `gh` CLI's own login, or a GitHub App. It is handed on
 * as header values only, and never part of an argument, an address, an error or a log line.
 */
import { execFile } from 'node:child_process';
import { ForgeError } from '../forge.ts';
import { type AppSettings, appToken } from './app-token.ts';

export interface CredentialSettings {
  /** As `gh --hostname` takes it. */
  host: string;
  apiUrl: string;
  /** The only variable to look into; null: the usual ones, then `gh`. */
  tokenEnv: string | null;
  app: AppSettings | null;
  env: Readonly<Record<string, string | undefined>>;
  /** Milliseconds since the epoch. */
  now(): number;
  fetch?: typeof fetch;
}

export interface Credentials {
  /** In words, without the credential itself. */
  readonly from: string;
  /** Throws ForgeError `auth`, `limited` or `unavailable`. */
  token(): Promise<string>;
  /** It was refused: the next {@link token} asks anew. */
  forget(): void;
  /** Takes every token that was ever handed out from a text. */
  clean(text: string): string;
}

/** Anything else could split a header, or is no token. */
const TOKEN = /^[\x21-\x7e]{8,1000}$/;
const GH_KEPT_MS = 10 * 60_000;

export function credentialsFor(settings: CredentialSettings): Credentials {
  const known = new Set<string>();
  const { from, ask } = sourceOf(settings);
  let kept: { token: string; until: number } | null = null;
  let asking: Promise<{ token: string; until: number }> | null = null;
  return {
    from,
    async token() {
      if (kept && kept.until > settings.now()) return kept.token;
      asking ??= ask().finally(() => {
        asking = null;
      });
      kept = await asking;
      known.add(kept.token);
      return kept.token;
    },
    forget() {
      kept = null;
    },
    clean(text) {
      let cleaned = text;
      for (const token of known) cleaned = cleaned.replaceAll(token, '[credential]');
      return cleaned;
    },
  };
}

interface Source {
  from: string;
  /** `until`: milliseconds; asked anew from then on. */
  ask(): Promise<{ token: string; until: number }>;
}

function sourceOf(settings: CredentialSettings): Source {
  const { app, env, host, now } = settings;
  if (app) return { from: `GitHub App ${app.id}`, ask: () => appToken({ ...settings, app }) };
  for (const name of settings.tokenEnv ? [settings.tokenEnv] : usualVariables(host)) {
    const value = env[name]?.trim();
    if (value === undefined || value === '') continue;
    return {
      from: `the variable ${name}`,
      async ask() {
        if (!TOKEN.test(value)) {
          throw new ForgeError('auth', `The variable ${name} holds no token.`, false, {
            remedy: `put a token into ${name}, then restart the daemon`,
          });
        }
        return { token: value, until: Number.POSITIVE_INFINITY };
      },
    };
  }
  if (settings.tokenEnv) {
    const name = settings.tokenEnv;
    return { from: `the variable ${name}`, ask: () => Promise.reject(missing(name)) };
  }
  return {
    from: 'the gh CLI',
    ask: async () => ({ token: await ghToken(host, env), until: now() + GH_KEPT_MS }),
  };
}

/** A token meant for github.com is not sent to another server unless somebody says so. */
const usualVariables = (host: string): string[] =>
  host === 'github.com'
    ? ['AEDEV_GITHUB_TOKEN', 'GITHUB_TOKEN', 'GH_TOKEN']
    : ['AEDEV_GITHUB_TOKEN', 'GH_ENTERPRISE_TOKEN'];

const missing = (name: string) =>
  new ForgeError('auth', `The variable ${name} is not set.`, false, {
    remedy: `set ${name} where the daemon starts, then restart it`,
  });

/** What gh needs to find its own login; nothing else of the environment reaches it. */
const GH_ENV = [
  'PATH',
  'HOME',
  'XDG_CONFIG_HOME',
  'GH_CONFIG_DIR',
  'DBUS_SESSION_BUS_ADDRESS',
  'XDG_RUNTIME_DIR',
  'APPDATA',
  'LOCALAPPDATA',
  'USERPROFILE',
  'SystemRoot',
];

function ghToken(host: string, env: Readonly<Record<string, string | undefined>>): Promise<string> {
  const closed: Record<string, string> = { GH_PROMPT_DISABLED: '1', NO_COLOR: '1' };
  for (const name of GH_ENV) {
    const value = env[name];
    if (value !== undefined) closed[name] = value;
  }
  return new Promise((resolve, reject) => {
    const options = { env: closed, cwd: '/', timeout: 15_000, maxBuffer: 64 * 1024 };
    execFile('gh', ['auth', 'token', '--hostname', host], options, (error, stdout) => {
      const token = stdout.trim();
      if (!error && TOKEN.test(token)) return resolve(token);
      // What gh printed is not passed on: it may be a part of a token.
      const sentence = `There is no credential for ${host}: no variable is set, and gh has no login.`;
      reject(
        new ForgeError('auth', sentence, false, {
          remedy: `run \`gh auth login --hostname ${host}\`, or set AEDEV_GITHUB_TOKEN where the daemon starts`,
        }),
      );
    });
  });
}
