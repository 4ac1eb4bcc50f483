/** What is the same for every coder that pays by a key of its provider's API. */
import type { CoderName } from '../../control/families.ts';
import { printable } from '../../lib/escape.ts';
import { putInto } from '../../lib/keychain.ts';
import { CoderConfigError } from './claude.ts';
import type {
  ApiAccess,
  Coder,
  CoderCommand,
  CoderProbe,
  CoderProblem,
  CoderResult,
  CoderStart,
} from './coder.ts';
import type { Keeps } from './envelope.ts';

/** Stands where a CLI wants a key and the host adds the real one. Worth nothing to anybody. */
const DUMMY_KEY = 'aedev-adds-the-real-key-outside';

const MODEL = /^[A-Za-z0-9][\w.:@[\]/-]{0,99}$/;

/** @throws CoderConfigError for a name that could be read as an option */
export function modelName(model: string): string {
  if (MODEL.test(model)) return model;
  throw new CoderConfigError('The model name has characters that no model name has.');
}

/** Static: whether a key is valid only a run shows. */
function keyProblem(name: string, value: string | undefined): CoderProblem | null {
  const key = value?.trim() ?? '';
  const remedy = `Put a key of the provider's API ${putInto(name)}.`;
  const code = 'coder-auth';
  if (key === '')
    return { code, sentence: `${name} is not set, and the keychain holds none.`, remedy };
  if (/^[\x21-\x7e]{8,4096}$/.test(key)) return null;
  return { code, sentence: `${name} does not look like a key.`, remedy };
}

/** The key goes to this address: it must be encrypted, or stay on this machine. */
function addressProblem(family: string, baseUrl: string | undefined): CoderProblem | null {
  if (baseUrl === undefined) return null;
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : null;
  const loopback = ['127.0.0.1', '[::1]', 'localhost'].includes(url?.hostname ?? '');
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && loopback)) return null;
  return {
    code: 'coder-auth',
    sentence: `The configured base URL of ${family} would send the key unencrypted to another machine.`,
    remedy: 'Use an https address, or a proxy on 127.0.0.1.',
  };
}

/**
 * What the program printed for `--version`, against the one that it was tried with. No other is
 * driven: what keeps a repo's own settings out has names and effects of this version.
 */
function otherVersion(
  stdout: string,
  of: { family: string; package: string; version: string },
): CoderProblem | null {
  const said = /(?:^|\s)(\d{1,6}\.\d{1,6}\.\d{1,6}\S{0,40})\s*$/.exec(stdout.trim())?.[1] ?? null;
  if (said === of.version) return null;
  return {
    code: 'coder-missing',
    sentence:
      said === null
        ? `The program of the ${of.family} coder does not start where the run would, or is not the ${of.family} CLI.`
        : `The ${of.family} CLI is ${printable(said, 50)}, and aedev drives ${of.version} alone.`,
    remedy: `Install ${of.package} ${of.version} for the account that aedev runs under, or set coders.${of.family}.executable; for containers build the runner image with it.`,
  };
}

export interface ApiKeyOptions {
  /** Program, looked up on the sandbox's PATH. */
  executable?: string;
  /** In place of the provider's own address, in the same form; from aedev's own configuration only. */
  baseUrl?: string;
}

/** The official CLI of a provider, paid by a key of its API; by family only what it is told and says. */
export abstract class ApiKeyCoder implements Coder {
  readonly family: CoderName;
  readonly executable: string;
  readonly probes: readonly CoderProbe[];
  abstract readonly keeps: Keeps;
  /** Where its API is. */
  protected readonly baseUrl: string;
  readonly #keyVariable: string;
  readonly #configured: string | undefined;

  /** `keyVariable`: where the operator puts the key. `version`: the one version that is driven. */
  constructor(
    of: { family: CoderName; package: string; version: string; keyVariable: string; api: string },
    { executable = of.family, baseUrl }: ApiKeyOptions,
  ) {
    this.family = of.family;
    this.executable = executable;
    this.baseUrl = baseUrl ?? of.api;
    this.#keyVariable = of.keyVariable;
    this.#configured = baseUrl;
    this.probes = [
      {
        command: (start) => ({
          ...this.command(start),
          argv: [executable, '--version'],
          stdin: null,
        }),
        read: (stdout) => otherVersion(stdout, of),
      },
    ];
  }

  credential(): string {
    return this.#keyVariable;
  }

  async check(hostEnv: CoderStart['hostEnv']): Promise<CoderProblem[]> {
    const key = keyProblem(this.#keyVariable, hostEnv[this.#keyVariable]);
    const problem = key ?? addressProblem(this.family, this.#configured);
    return problem === null ? [] : [problem];
  }

  protected key(hostEnv: CoderStart['hostEnv']): string | undefined {
    return hostEnv[this.#keyVariable]?.trim();
  }

  /** What the program gets in `variable`: nothing to steal where the host adds the key. */
  protected keyEnv(variable: string, { apiBase, hostEnv }: CoderStart): Record<string, string> {
    const key = apiBase === undefined ? this.key(hostEnv) : DUMMY_KEY;
    return key === undefined ? {} : { [variable]: key };
  }

  /** @throws CoderConfigError for a model that could be read as an option */
  abstract command(start: CoderStart): CoderCommand;
  abstract api(hostEnv: CoderStart['hostEnv']): ApiAccess;
  abstract read(left: Parameters<Coder['read']>[0]): Promise<CoderResult>;
}
