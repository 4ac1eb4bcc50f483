/**
 * Secrets from the system's keychain: `security` on macOS, `secret-tool` (libsecret) on Linux. Only
 * the name of a secret is ever an argument; its value comes over a pipe. Nothing is written there.
 */
import { execFile } from 'node:child_process';

/** Every secret of aedev's lies under this service, each by its variable's name. */
export const KEYCHAIN_SERVICE = 'aedev';
/** `off`: the keychain is not asked, e.g. on a server where it would wait for somebody to unlock it. */
const SWITCH = 'AEDEV_KEYCHAIN';

const NAME = /^[A-Z][A-Z0-9_]{0,99}$/;
const MAX_BYTES = 16_384;
const LIMIT_MS = 5000;
/** What the tools need to find the keychain of this login; nothing else of the environment. */
const PASSED = ['HOME', 'USER', 'DBUS_SESSION_BUS_ADDRESS', 'XDG_RUNTIME_DIR'] as const;

export type KeychainAnswer =
  | { value: string }
  /** Not there, or there is no keychain on this machine. */
  | { absent: true }
  /** There is one, and it could not be asked; one clause, fit to be shown. */
  | { problem: string };

export interface Keychain {
  /** @param name name of the environment variable that the secret stands for */
  get(name: string): Promise<KeychainAnswer>;
}

type Env = Readonly<Record<string, string | undefined>>;

/** Program and arguments that print the secret; null where no keychain is known. */
function lookUp(platform: NodeJS.Platform, name: string): [string, string[]] | null {
  if (platform === 'darwin')
    return ['security', ['find-generic-password', '-s', KEYCHAIN_SERVICE, '-a', name, '-w']];
  if (platform === 'linux')
    return ['secret-tool', ['lookup', 'service', KEYCHAIN_SERVICE, 'name', name]];
  return null;
}

/** The command with which the operator puts a secret there; it asks for the value. */
export function storeCommand(name: string, platform: NodeJS.Platform = process.platform): string {
  return platform === 'darwin'
    ? `security add-generic-password -U -s ${KEYCHAIN_SERVICE} -a ${name} -w`
    : `secret-tool store --label='aedev ${name}' service ${KEYCHAIN_SERVICE} name ${name}`;
}

/** Half a sentence for remedies: both places for a secret, and what each asks of a running daemon. */
export const putInto = (name: string): string =>
  `into ${name} and start the daemon anew with it, or into the keychain, where a running daemon finds it by itself: \`${storeCommand(name)}\``;

/** @param env its PATH is where the system's tool is looked for */
export function systemKeychain(
  env: Env,
  platform: NodeJS.Platform = process.platform,
  limitMs = LIMIT_MS,
): Keychain {
  return {
    async get(name) {
      const command = NAME.test(name) ? lookUp(platform, name) : null;
      if (command === null || env[SWITCH] === 'off') return { absent: true };
      return await ask(command, env, limitMs);
    },
  };
}

function ask(
  [program, args]: [string, string[]],
  env: Env,
  limitMs: number,
): Promise<KeychainAnswer> {
  const passed = PASSED.flatMap((name) => (env[name] ? [[name, env[name]]] : []));
  const options = {
    env: { PATH: env['PATH'] ?? '', LC_ALL: 'C', ...Object.fromEntries(passed) },
    timeout: limitMs,
    killSignal: 'SIGKILL',
    maxBuffer: MAX_BYTES,
  } as const;
  return new Promise((resolve) => {
    const child = execFile(program, args, options, (error, stdout) => {
      const value = stdout.replace(/\r?\n$/, '');
      if (error === null) return resolve(value === '' ? { absent: true } : { value });
      if (error.code === 'ENOENT') return resolve({ absent: true });
      if (error.killed)
        return resolve({ problem: `the keychain did not answer within ${limitMs / 1000} s` });
      if (error.code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER')
        return resolve({ problem: 'the keychain holds something too large to be a token' });
      // Both tools end so when there is no such secret: secret-tool 1, security 44.
      const absent = error.code === 44 || (program === 'secret-tool' && error.code === 1);
      resolve(absent ? { absent } : { problem: `the keychain could not be read (${error.code})` });
    });
    child.stdin?.end();
  });
}
