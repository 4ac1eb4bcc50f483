import { findEngine } from './docker-engine.ts';
import type { SandboxTier } from './sandbox.ts';

/**
 * The tier that the next run gets. `auto` is docker when an engine answers, else srt, asked anew each
 * time; never process. A tier that was named is that tier, also where it does not work: then work
 * waits, and says what is missing.
 */
export async function chooseTier(
  wanted: SandboxTier | 'auto',
  engine: typeof findEngine = findEngine,
): Promise<SandboxTier> {
  if (wanted !== 'auto') return wanted;
  return 'problem' in (await engine()) ? 'srt' : 'docker';
}
