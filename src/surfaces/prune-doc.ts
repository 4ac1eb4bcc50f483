/** What a pruning took away, or would: the document of `aedev prune --json` and of the API. */

export const PRUNE_KINDS = [
  'workspace',
  'run',
  'scratch',
  'log',
  'mirror',
  'cache',
  'container',
  'image',
] as const;
export type PruneKind = (typeof PRUNE_KINDS)[number];

export interface PruneDoc {
  removed: {
    kind: PruneKind;
    what: string;
    why: string;
    /** null: not known before. */
    bytes: number | null;
    /** Ref that unfinished work was saved to before. */
    saved: string | null;
  }[];
  /** What should have gone and is still there. */
  left: { kind: PruneKind; what: string; reason: string }[];
  bytes: number;
  more: boolean;
}
