/** What it means for a move that the dependencies for its work tree could not be had. */
import type { Outcome } from '../../control/contract.ts';
import { failure } from '../../control/failure.ts';
import { CacheError } from '../caches/error.ts';
import { type Sandbox, SandboxError } from '../sandboxes/sandbox.ts';
import { sandboxFailure } from './sandbox-failure.ts';

/** Null for an error of another kind. */
export async function cacheFailure(
  sandbox: Sandbox,
  error: unknown,
): Promise<(Outcome & { ok: false }) | null> {
  if (error instanceof SandboxError) return sandboxFailure(sandbox, error);
  if (!(error instanceof CacheError)) return null;
  return failure({
    code: 'cache-setup',
    reason: error.message,
    remedy: 'correct `caches` and `registries` of the repo in repos.yaml, or its base',
    // A registry may be out of reach for a while; a wrong place is wrong until somebody mends it.
    retryable: error.tag !== 'place',
  });
}
