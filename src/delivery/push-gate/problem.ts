/** What a look at one kind of file finds, before it is known whether the change brought it. */
export interface Problem {
  rule: string;
  /** Completes "<path> …", e.g. `uses foo/bar@v1, which is not pinned to a commit`. Escaped, bounded. */
  what: string;
  /** The same problem elsewhere in the file is the same: what the base has is not the change's doing. */
  key: string;
}
