/** What it means for a move that its sandbox could not do its part: which hold, and what ends it. */
import { CONDITIONS, type Condition, type Outcome } from '../../control/contract.ts';
import { failure } from '../../control/failure.ts';
import type { CoderProblem } from '../coders/coder.ts';
import { type Sandbox, SandboxError } from '../sandboxes/sandbox.ts';

type Failed = Outcome & { ok: false };

/** Codes of {@link Sandbox.check} that pass as soon as it finds nothing any more. */
const PASSING: readonly string[] = ['sandbox-engine', 'HOLD-CLAUDE-DOCKER-IMAGE', 'disk-full'];

/**
 * Nothing was started.
 * @param otherwise what ends the hold where the sandbox is not the reason; null: the operator
 */
export const blocked = (
  { code, sentence, remedy }: CoderProblem,
  otherwise: Condition | null = null,
): Failed =>
  failure({
    code,
    reason: sentence,
    remedy,
    resumesWhen: PASSING.includes(code) ? CONDITIONS.sandboxReady : otherwise,
  });

/**
 * The sandbox failed. What it finds wrong with itself now is told rather than what it said then,
 * because that is what has to be mended; with nothing wrong any more, somebody has to look.
 */
export async function sandboxFailure(sandbox: Sandbox, error: SandboxError): Promise<Failed> {
  const [problem] = error.tag === 'spec' ? [] : await sandbox.check();
  if (problem) return blocked(problem);
  return failure({ code: holdOf(error), reason: error.message, remedy: error.remedy });
}

function holdOf(error: SandboxError): string {
  switch (error.tag) {
    case 'engine':
    case 'cut':
      return 'sandbox-engine';
    case 'image':
      return 'HOLD-CLAUDE-DOCKER-IMAGE';
    case 'not-opted-in':
      return 'sandbox-not-opted-in';
    case 'not-found':
      return 'coder-missing';
    case 'no-space':
      return 'disk-full';
    default:
      return 'move-failed';
  }
}

/** For moves whose sandbox leaves nothing behind that could be lost. Other errors go on. */
export async function heldBySandbox(
  sandbox: Sandbox,
  work: () => Promise<Outcome>,
): Promise<Outcome> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof SandboxError) return sandboxFailure(sandbox, error);
    throw error;
  }
}
