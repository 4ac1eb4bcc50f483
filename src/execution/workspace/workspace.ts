/**
 * Workspaces after the safe recipe: the host keeps a bare git directory of its own per repo, the
 * coder gets plain files and a throw-away `.git`, and the host makes the commit from a scrubbed
 * tree. The host never runs git inside, or with metadata from, anything a coder could write.
 *
 * Bytes are kept as they are: no filter, line-ending or encoding attribute acts in either direction.
 * So LFS pointers stay pointers, and submodules stay the links of the parent commit, not laid out.
 */

export interface Mirror {
  /** Host-only bare git directory. */
  gitDir: string;
}

export interface Collected {
  /** null when the tree equals that of `parent`. */
  commit: string | null;
  tree: string;
  /** Odd things found and neutralised while scrubbing, in words. */
  notes: string[];
}

export class WorkspaceError extends Error {
  readonly tag:
    | 'not-a-repo'
    | 'empty-repo'
    | 'no-branch'
    | 'source-gone'
    | 'unreachable'
    /** The operator's branch and the forge's have parted. */
    | 'diverged'
    | 'unsupported'
    | 'refused-tree'
    /** What was laid out is gone, or something else is in its place: it can be neither read nor kept. */
    | 'no-tree'
    | 'object-check'
    | 'too-large'
    | 'disk-full'
    | 'git';
  constructor(tag: WorkspaceError['tag'], message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'WorkspaceError';
    this.tag = tag;
  }
}

export interface WorkspaceLimits {
  maxFiles: number;
  maxBytes: number;
  maxFileBytes: number;
  maxDepth: number;
}

/** What a fresh work tree is given besides the files of the commit. */
export interface Furnishing {
  /** Folders below the tree, without empty, `.` or `..` parts. */
  paths: readonly string[];
  /** Fills each; `tree` is not yet at its final place. Its parents are there, it itself is not. */
  fill(tree: string): Promise<void>;
}

export interface Workspaces {
  /**
   * Makes or updates the mirror from `source` (path or URL) and resolves `branch` to a commit.
   * Cheap when nothing changed. Objects are checked on the way in. Where a repo is followed in two
   * places, `from` keeps their branches apart: `upstream` is what the `source` itself follows.
   */
  sync(
    repo: string,
    source: string,
    branch: string,
    from?: 'source' | 'upstream',
  ): Promise<{ mirror: Mirror; base: string }>;
  mirror(repo: string): Mirror;
  /**
   * Lays out `commit` as plain files under `<dir>/repo` with a throw-away `.git` whose alternates
   * name the mirror's objects (at `objectsInside` as seen from the sandbox). `dir` must not exist; it
   * appears whole or not at all (`<dir>.new` is used meanwhile). A sandbox that remaps paths mounts
   * `<mirror.gitDir>/objects` there, read-only and nothing else of the mirror. Where `objectsInside`
   * is that very folder, collect and salvage first check what the coder may have changed in it.
   * What `furnishing` puts there is taken out again before anything is collected or salvaged.
   */
  layOut(
    mirror: Mirror,
    commit: string,
    dir: string,
    objectsInside: string,
    furnishing?: Furnishing,
  ): Promise<void>;
  /** Plain files of `commit` under `dir`, no `.git`: for verify commands. `dir` must not exist. */
  checkout(mirror: Mirror, commit: string, dir: string, furnishing?: Furnishing): Promise<void>;
  /**
   * After the sandbox is gone: scrubs `<dir>/repo` by lstat alone, then commits it onto `parent`
   * with host plumbing and passes the object check, else throws `refused-tree`/`no-tree`/`object-check`.
   * Deterministic: the same tree, parent, message and time give the same commit. The limits hold
   * for what would be committed: files that git ignores may be many and large. Depth holds for all.
   * No ref points at the commit yet: `keep` it.
   */
  collect(
    mirror: Mirror,
    dir: string,
    parent: string,
    commit: { message: string; time: string },
    limits: WorkspaceLimits,
  ): Promise<Collected>;
  /**
   * Like collect, but keeps whatever is there under `refs/aedev/salvage/<run>`, leaving out what
   * cannot be kept (and saying so). Never throws for content but `no-tree`; null when nothing differs from `parent`.
   * An earlier salvage of the same run is never replaced: other content gets `<run>.2`, `<run>.3` …
   */
  salvage(
    mirror: Mirror,
    dir: string,
    parent: string,
    run: string,
    time: string,
  ): Promise<{ ref: string; commit: string; notes: string[] } | null>;
  /** Points `refs/aedev/<name>` at a commit so that it is kept, by compare-and-swap. */
  keep(mirror: Mirror, name: string, commit: string): Promise<void>;
  /**
   * The end of a run's workspace, when nothing of its sandbox is alive. Work that was not collected
   * is salvaged first, against what was laid out (`parent` where that is not remembered), and the
   * salvage is proven to be whole; only then is the folder removed. Null when nothing was to be saved.
   * On any error nothing was removed. Missing is fine.
   */
  retire(
    mirror: Mirror,
    dir: string,
    run: string,
    parent: string | null,
    time: string,
  ): Promise<{ ref: string; commit: string; notes: string[] } | null>;
  /**
   * Joins loose objects and small packs; drops no object. Gives the bytes won, or null when the
   * mirror is in use now. Runs may read the objects meanwhile.
   */
  upkeep(mirror: Mirror): Promise<number | null>;
  /** Removes a run's folder without following links and without saving anything; missing is fine. */
  discard(dir: string): Promise<void>;
}
