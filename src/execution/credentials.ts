/** The one credential that a run's lane needs: from the environment, else from the system's keychain. */
import type { Lane } from '../control/lane.ts';
import type { Keychain } from '../lib/keychain.ts';
import type { Coder, CoderStart } from './coders/coder.ts';
import { withoutPaid } from './paid-variables.ts';

export interface Credential {
  /** Variable that it stands for; null when the coder needs none. */
  name: string | null;
  from: 'environment' | 'keychain' | 'nowhere';
  /** Why the keychain could not be asked. */
  problem: string | null;
}

export interface Resolved {
  /** What the coder may see of the host: no paid variable, the credential under its name. */
  env: CoderStart['hostEnv'];
  credential: Credential;
}

/**
 * Asked anew for every run, so that a token that was replaced counts at once. The keychain is asked
 * only for what the environment has not.
 */
export async function resolveCredential(
  coder: Coder,
  lane: Lane,
  hostEnv: CoderStart['hostEnv'],
  keychain: Keychain,
): Promise<Resolved> {
  const env = withoutPaid(hostEnv);
  const name = coder.credential?.(lane) ?? null;
  const nowhere: Credential = { name, from: 'nowhere', problem: null };
  if (name === null) return { env, credential: nowhere };
  if ((env[name] ?? '').trim() !== '')
    return { env, credential: { ...nowhere, from: 'environment' } };
  const answer = await keychain.get(name);
  if ('value' in answer)
    return {
      env: { ...env, [name]: answer.value },
      credential: { ...nowhere, from: 'keychain' },
    };
  return { env, credential: 'problem' in answer ? { ...nowhere, ...answer } : nowhere };
}
