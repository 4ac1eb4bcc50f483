/**
 * An executor performs one kind of move. It knows nothing of missions or tasks beyond the
 * move's input, and no executor calls another.
 */
import type { MoveRow } from '../store/event-store.ts';

/** What a move brought; becomes the data of a `settle` command. */
export type MoveOutcome =
  | { ok: true; result: unknown }
  | {
      ok: false;
      /** Machine-readable, never text to be parsed. */
      code: string;
      /** One sentence, escaped, without secrets. */
      reason: string;
      remedy: string;
      retryable: boolean;
      /** UTC ISO: not before. */
      retryAt: string | null;
    }
  /** The process behind the move is gone; `salvaged` names the ref that keeps its work. */
  | { ok: false; code: 'lost'; reason: string; remedy: string; salvaged: string | null; retryable: true; retryAt: null };

export interface MoveExecutor {
  readonly kind: string;
  /** Rejections are turned into a retryable `unexpected` outcome by the runner. */
  perform(move: MoveRow, signal: AbortSignal): Promise<MoveOutcome>;
  /**
   * Looks at the world for this move's effect by its deterministic marker. Called before
   * perform whenever an earlier life or attempt may have done it.
   */
  adopt(move: MoveRow, signal: AbortSignal): Promise<MoveOutcome | 'absent'>;
  /** For recovery `lost` only: ends what is left, salvages the work, says what became of it. */
  lost?(move: MoveRow): Promise<MoveOutcome>;
}
