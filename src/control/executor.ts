/**
 * An executor performs one kind of move. It knows nothing of missions or tasks beyond the move's
 * input, and no executor calls another.
 */
import type { Outcome } from './contract.ts';

/** What an executor is told of a move. */
export interface MoveOrder {
  key: string;
  kind: string;
  /** The repo whose work this is. */
  partition: string;
  input: unknown;
}

export interface MoveExecutor {
  readonly kind: string;
  /** A rejection becomes a retryable outcome `unexpected`. On abort it ends what it started and settles. */
  perform(move: MoveOrder, signal: AbortSignal): Promise<Outcome>;
  /**
   * Looks at the world for this move's effect by its deterministic marker. Called before perform
   * whenever an earlier life or attempt may have done it.
   */
  adopt(move: MoveOrder, signal: AbortSignal): Promise<Outcome | 'absent'>;
  /** For recovery `lost`: ends what is left of the move's process, salvages its work, says what became of it. */
  lost?(move: MoveOrder): Promise<Outcome>;
}
