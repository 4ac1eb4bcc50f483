/** Coders by family, from the operator's policy. */
import type { Policies } from '../../control/policy.ts';
import { ClaudeCoder } from './claude.ts';
import type { Coder } from './coder.ts';
import { ScriptedCoder } from './scripted.ts';

export function createCoder(family: string, settings: Policies['coders']): Coder {
  if (family === 'claude') {
    const { executable, base_url } = settings.claude;
    return new ClaudeCoder({ executable, ...(base_url ? { baseUrl: base_url } : {}) });
  }
  const { script, argv } = settings.scripted;
  return new ScriptedCoder(argv ? { argv } : { scriptFile: script });
}
