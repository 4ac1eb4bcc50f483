/** The push gate: scans every commit that would be pushed, from objects, and says what it found. */

export interface GateFinding {
  rule: string;
  kind: 'secret' | 'forbidden-path' | 'outside-allowed-paths' | 'oversized' | 'binary' | 'symlink' | 'submodule' | 'mode';
  commit: string;
  path: string;
  line: number | null;
  /** In words; never contains the secret itself. */
  sentence: string;
}

export interface PushGate {
  /**
   * Scans each commit in `base..head` (all blobs new against its parent). Fails closed: what
   * could not be scanned is a finding. The list is sorted and deterministic.
   */
  scan(
    from: { gitDir: string },
    base: string,
    head: string,
    rules: { allowedPaths: string[]; forbiddenPaths: string[]; maxFileBytes: number; allowBinary: boolean },
  ): Promise<{ findings: GateFinding[]; commits: string[]; rulesVersion: string }>;
}
