/** Coders by family, from the operator's policy. */
import type { Policies } from '../../control/policy.ts';
import { ClaudeCoder } from './claude.ts';
import type { Coder } from './coder.ts';
import { CodexCoder } from './codex.ts';
import { GeminiCoder } from './gemini.ts';
import { ScriptedCoder } from './scripted.ts';

export function createCoder(family: string, settings: Policies['coders']): Coder {
  if (family === 'claude' || family === 'codex' || family === 'gemini') {
    const { executable, base_url } = settings[family];
    const options = { executable, ...(base_url ? { baseUrl: base_url } : {}) };
    if (family === 'codex') return new CodexCoder(options);
    return family === 'gemini' ? new GeminiCoder(options) : new ClaudeCoder(options);
  }
  const { script, argv } = settings.scripted;
  return new ScriptedCoder(argv ? { argv } : { scriptFile: script });
}

/** The model that policy names for a coder; null for the CLI's own choice. */
export const modelOf = (family: string, settings: Policies['coders']): string | null =>
  family === 'codex' || family === 'gemini' ? settings[family].model : settings.claude.model;
