/** What is the same for every coder that pays by a key of its provider's API. */
import { CoderConfigError } from './claude.ts';
import type { CoderProblem } from './coder.ts';

/** Stands where a CLI wants a key and the host adds the real one. Worth nothing to anybody. */
export const DUMMY_KEY = 'aedev-adds-the-real-key-outside';

const MODEL = /^[A-Za-z0-9][\w.:@[\]/-]{0,99}$/;

/** @throws CoderConfigError for a name that could be read as an option */
export function modelName(model: string): string {
  if (MODEL.test(model)) return model;
  throw new CoderConfigError('The model name has characters that no model name has.');
}

/** Static: whether a key is valid only a run shows. */
export function keyProblem(name: string, value: string | undefined): CoderProblem | null {
  const key = value?.trim() ?? '';
  const remedy = `Put a key of the provider's API into ${name}.`;
  const code = 'coder-auth';
  if (key === '') return { code, sentence: `${name} is not set.`, remedy };
  if (/^[\x21-\x7e]{8,4096}$/.test(key)) return null;
  return { code, sentence: `${name} does not look like a key.`, remedy };
}

/** The key goes to this address: it must be encrypted, or stay on this machine. */
export function addressProblem(family: string, baseUrl: string | undefined): CoderProblem | null {
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
