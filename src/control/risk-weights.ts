/**
 * The one table of what raises the risk score, by how much, and in which words. Frozen under
 * {@link RISK_RULES}: any change of a number, a kind of path or a signal is a new version, so that
 * a stored score can always be explained by the rules that made it.
 *
 * How the numbers were chosen: no weight is negative, so nothing a coder adds can lower a score.
 * 30 alone asks for the operator (medium); 70 alone is never merged by aedev (high). The score
 * bounds blast radius and irreversibility. It does not predict bugs: on history such static
 * features barely tell reverted commits from others, so merging rests on tests and judges.
 */
import type { PathKind } from './risk-kinds.ts';

export const RISK_RULES = 'risk-4';

/** Where the bands begin when no policy tightens them. */
export const MEDIUM_FROM = 30;
export const HIGH_FROM = 70;

/** A limit and the points once the value is at or above it; the highest reached step counts. */
export type Steps = readonly (readonly [from: number, points: number])[];

export const STEPS = {
  /** Lines added plus removed in program text. */
  codeLines: [
    [21, 4],
    [101, 9],
    [301, 16],
    [801, 30],
    [2_001, 40],
  ],
  /** Lines added plus removed in everything else. */
  otherLines: [
    [301, 3],
    [2_001, 8],
  ],
  files: [
    [4, 3],
    [11, 9],
    [31, 18],
    [101, 32],
  ],
  /** Distinct folders, two levels deep. */
  folders: [
    [4, 3],
    [8, 7],
    [16, 12],
  ],
  deletedFiles: [
    [1, 5],
    [4, 12],
    [11, 30],
    [51, 45],
    [101, 70],
  ],
  /** Per cent of the base's files that are gone, counted from 5 deleted files on. */
  deletedShare: [
    [10, 30],
    [25, 70],
  ],
  deletedLines: [
    [201, 6],
    [1_001, 16],
    [5_001, 40],
  ],
  /** Lines taken out of tests beyond those put in. */
  testLinesLost: [
    [1, 6],
    [21, 18],
    [101, 30],
  ],
  /** Commits of the recent history that touched one of the files. */
  churn: [[20, 4]],
  /** Recent reverts of commits that touched one of the files. */
  revertedBefore: [
    [1, 8],
    [3, 14],
  ],
} as const satisfies Record<string, Steps>;

interface KindRule {
  points: number;
  words: string;
  /** Set when aedev may never merge such a change by itself, whatever the score. */
  never: string | null;
}

export const KINDS: Readonly<Partial<Record<PathKind, KindRule>>> = {
  ci: { points: 40, words: 'changes CI or the forge’s configuration', never: 'CI' },
  'agent-config': {
    points: 40,
    words: 'changes the configuration or memory of agents or editors',
    never: 'agent configuration',
  },
  hooks: { points: 40, words: 'changes git hooks', never: 'hooks' },
  'code-owners': { points: 40, words: 'changes CODEOWNERS', never: 'CODEOWNERS' },
  'aedev-policy': { points: 45, words: 'changes aedev’s own policy', never: 'aedev’s own policy' },
  'git-config': {
    points: 35,
    words: 'changes how git reads the repo (.gitattributes, .gitmodules)',
    never: 'git configuration',
  },
  'package-config': {
    points: 35,
    words: 'changes where tools and packages come from (.npmrc and the like)',
    never: 'package manager configuration',
  },
  'runner-config': { points: 32, words: 'changes how tests are run', never: null },
  manifest: { points: 18, words: 'changes a dependency manifest', never: null },
  lockfile: { points: 14, words: 'changes a lockfile', never: null },
  migration: { points: 32, words: 'changes a database schema or migration', never: null },
  auth: { points: 30, words: 'touches authentication or authorization', never: null },
  crypto: { points: 30, words: 'touches cryptography or certificates', never: null },
  payment: { points: 30, words: 'touches payments', never: null },
  security: { points: 30, words: 'touches security controls', never: null },
  infra: { points: 30, words: 'touches infrastructure or deployment', never: null },
  'secrets-file': { points: 40, words: 'touches a file that usually holds secrets', never: null },
  vendored: { points: 18, words: 'edits vendored code', never: null },
  generated: { points: 5, words: 'changes generated files', never: null },
};

/** What the diff's own lines tell; found by the evidence plane, named here. */
export const SIGNALS = {
  'ci-privileged-trigger': [45, 'CI runs with the repo’s secrets on foreign code'],
  'ci-secrets': [30, 'CI reads secrets, or gets wider permissions, in new lines'],
  'ci-unpinned': [10, 'CI uses an action that is not pinned to a commit'],
  'registry-change': [60, 'a lockfile or package configuration names a new package source'],
  'install-script': [45, 'a package script runs at install time'],
  'test-command': [32, 'the test command of a manifest changes'],
  'auth-removed': [40, 'a check of identity or permission is removed'],
  'always-true': [40, 'a check is made to succeed always'],
  'tls-off': [45, 'verification of certificates is turned off'],
  'weak-crypto': [30, 'weak cryptography or predictable randomness is added'],
  'sql-drop': [45, 'a table, column or database is dropped or emptied'],
  'data-delete': [40, 'data or files are deleted wholesale'],
  'test-skip': [32, 'tests are skipped or narrowed to a few'],
  'test-exit': [45, 'a test run is made to end as passed'],
  'assertion-removed': [14, 'more assertions are removed than added'],
  'download-run': [50, 'a program is downloaded and run'],
  'dynamic-code': [16, 'text is run as code or as a shell command'],
  'wide-open': [40, 'access is opened to everyone or a container gets host rights'],
  'hidden-text': [40, 'invisible or direction-changing characters are added'],
  encoded: [24, 'a long encoded text is added'],
  'silent-tests': [70, 'failing tests put into the change are not reported'],
  'unproven-tests': [32, 'nothing proves that the tests of this code can fail'],
  'old-tests-fail': [32, 'the tests as they were before fail on the change'],
  'test-aware': [34, 'code behaves differently when it is tested'],
  'assert-patched': [45, 'assertions, the test runner or the end of the process are replaced'],
  'subject-mocked': [34, 'a test replaces the very code that changes'],
  'test-cache': [45, 'kept results of tests or builds are part of the change'],
} as const satisfies Record<string, readonly [points: number, words: string]>;
export type Signal = keyof typeof SIGNALS;
export const SIGNAL_NAMES = Object.keys(SIGNALS) as [Signal, ...Signal[]];

export const POINTS = {
  policyPath: 30,
  secret: 80,
  finding: 30,
  executable: 12,
  symlink: 34,
  submodule: 45,
  binary: 14,
  lockfileAlone: 18,
  testFileDeleted: 32,
  testsFewer: 40,
  testsSkippedMore: 32,
  testsNone: 32,
  testCountsLost: 40,
  testCountsUnknown: 6,
  noTestShowsIt: 6,
  verifyFailed: 60,
  verifyMissing: 32,
  listCut: 45,
  truncated: 45,
  verdictMissing: 15,
  verdictInconclusive: 20,
  verdictFail: 45,
  worstBlocker: 45,
  worstMajor: 25,
  worstMinor: 3,
} as const;
