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

export interface PruneReport {
  removed: {
    kind: PruneKind;
    /** A name for people: a run, a repo, a path below the home. */
    what: string;
    /** Why it is no longer needed, in words. */
    why: string;
    /** null: not known. */
    bytes: number | null;
    /** Where unfinished work was saved to before, e.g. `refs/aedev/salvage/<run>`. */
    saved: string | null;
  }[];
  /** What should have gone and did not, with the reason: it is where it was. */
  left: { kind: PruneKind; what: string; reason: string }[];
  /** Of `removed`, as far as known. */
  bytes: number;
  /** The bound was reached: there may be more. */
  more: boolean;
}
