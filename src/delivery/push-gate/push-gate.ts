/** The push gate: scans every commit that would be pushed, from objects, and says what it found. */

export interface GateFinding {
  rule: string;
  kind:
    | 'secret'
    | 'forbidden-path'
    | 'outside-allowed-paths'
    | 'oversized'
    | 'binary'
    | 'symlink'
    | 'submodule'
    | 'mode'
    | 'odd-path'
    /** A workflow that the change makes dangerous. */
    | 'workflow'
    /** A package that the change brings in and should not. */
    | 'dependency'
    /** Could not be looked at (too large, too many, missing): as good as a find. */
    | 'not-scanned';
  commit: string;
  /** Fit to be shown: escaped, bounded, without secrets. Empty: the commit itself. */
  path: string;
  line: number | null;
  /** In words; never contains the secret itself. */
  sentence: string;
  /**
   * Stable name of this finding: the same secret at the same path by the same rule has the same
   * fingerprint in every commit. Hex sha256; a short secret could be guessed from it, so it is
   * kept as private as the log.
   */
  fingerprint: string;
}

export interface GateRules {
  /** Empty: every path that is not forbidden. */
  allowedPaths: string[];
  forbiddenPaths: string[];
  maxFileBytes: number;
  allowBinary: boolean;
  /** Globs of `owner/name` of actions whose tags are trusted; all others are pinned to a commit. */
  trustedActions: string[];
  /** SPDX ids, or their beginning followed by `*`. */
  deniedLicences: string[];
  /** Hosts that packages may come from beside the registries that everybody uses; `host:port` unless 443. */
  registries: string[];
}

export interface PushGate {
  /**
   * Scans each commit in `base..head` (all blobs new against its parent). Fails closed: what
   * could not be scanned is a finding. The list is sorted and deterministic. Throws when git
   * itself fails (no such commit, missing objects): then nothing may be pushed either.
   */
  scan(
    from: { gitDir: string },
    base: string,
    head: string,
    rules: GateRules,
  ): Promise<{ findings: GateFinding[]; commits: string[]; rulesVersion: string }>;
}
