/**
 * What the changed lines themselves tell of danger, by patterns over single lines. Deliberately
 * plain: a false alarm asks the operator, and someone who hides from it still meets tests and
 * judges. Every pattern is linear (bounded gaps only), because the lines are hostile.
 */
import { kindsOnce, type PathKind } from '../../control/risk-kinds.ts';
import { SIGNAL_NAMES, type Signal } from '../../control/risk-weights.ts';
import type { FilePatch, PatchLine } from './patch.ts';

export interface SignalHit {
  signal: Signal;
  path: string;
  /** Line in the new file, or in the old one for what was removed; null for a whole file. */
  line: number | null;
}

/** Places kept per signal: enough to look at, and bounded. */
const PER_SIGNAL = 3;

interface Rule {
  signal: Signal;
  sign: '+' | '-';
  pattern: RegExp;
  /** Only in files of one of these kinds; everywhere but prose and lockfiles when absent. */
  in?: PathKind[];
  /** Ordinary in tests, which run without token or network. */
  notInTests?: true;
}

const CI: PathKind[] = ['ci', 'hooks'];
const GUARDED: PathKind[] = ['auth', 'crypto', 'payment', 'security'];

const RULES: Rule[] = [
  {
    signal: 'ci-privileged-trigger',
    sign: '+',
    in: CI,
    pattern: /\b(?:pull_request_target|workflow_run|issue_comment|self-hosted)\b/,
  },
  {
    signal: 'ci-secrets',
    sign: '+',
    in: CI,
    pattern:
      /\bsecrets(?:\.|\[|:\s{0,4}inherit)|\bpermissions:\s{0,9}write-all|\b[a-z-]{2,30}:\s{1,4}write\b|GITHUB_TOKEN/,
  },
  {
    signal: 'ci-unpinned',
    sign: '+',
    in: ['ci'],
    pattern: /\buses:\s{1,9}["']?(?!\.\/)[^\s@"']{1,200}(?:["'\s]|$|@(?![0-9a-f]{40}\b))/,
  },
  {
    signal: 'install-script',
    sign: '+',
    in: ['manifest'],
    pattern: /"(?:preinstall|install|postinstall|prepare|prepublish)"\s{0,9}:/,
  },
  {
    signal: 'test-command',
    sign: '-',
    in: ['manifest'],
    pattern: /"(?:test|pretest|posttest|test:[\w:-]{1,40})"\s{0,9}:/,
  },
  {
    signal: 'test-command',
    sign: '+',
    in: ['manifest'],
    pattern: /"(?:pretest|posttest)"\s{0,9}:/,
  },
  {
    signal: 'auth-removed',
    sign: '-',
    pattern:
      /\b(?:require|ensure|check|verify|assert|validate|is|has|can|must)_?(?:be_?)?(?:Auth|Admin|Owner|Permission|Role|Scope|Token|Signature|Csrf|Session|LoggedIn|Login|Access|Allowed|Authorized|Authenticated|Password)\w{0,40}|@(?:login_required|permission_required|requires_auth|PreAuthorize|Secured)\b|\b(?:authenticate|authorize|timingSafeEqual|compare_digest|bcrypt\.compare)\s{0,4}\(/i,
  },
  {
    signal: 'always-true',
    notInTests: true,
    sign: '+',
    in: GUARDED,
    pattern:
      /\breturn\s{1,4}(?:true|True|1)\b|\|\|\s{0,4}true\b|\bor\s{1,4}True\b|\bif\s{0,4}\(?\s{0,4}(?:true|True|1)\s{0,4}[):]|=>\s{0,4}true\b/,
  },
  {
    signal: 'always-true',
    sign: '+',
    pattern:
      /["']?alg(?:orithms?)?["']?\s{0,4}[:=]\s{0,4}\[?\s{0,4}["']none["']|verify_signature["']?\s{0,4}[:=]\s{0,4}False|ignoreExpiration\s{0,4}:\s{0,4}true/,
  },
  {
    signal: 'tls-off',
    sign: '+',
    pattern:
      /rejectUnauthorized["']?\s{0,4}[:=]\s{0,4}false|NODE_TLS_REJECT_UNAUTHORIZED|InsecureSkipVerify\s{0,4}[:=]\s{0,4}true|\bverify\s{0,4}=\s{0,4}False|CERT_NONE|strict-ssl\s{0,4}=\s{0,4}false|sslVerify\s{0,4}=\s{0,4}false|GIT_SSL_NO_VERIFY|_create_unverified_context|danger_accept_invalid|\bcurl\s{1,4}[^|;]{0,80}(?:-k|--insecure)\b/,
  },
  {
    signal: 'weak-crypto',
    sign: '+',
    in: GUARDED,
    pattern:
      /\b(?:md5|sha-?1|des|rc4|ecb)\b|\bMath\.random\s{0,4}\(|\brandom\.(?:random|randint|choice)\(|createCipher\s{0,4}\(/i,
  },
  {
    signal: 'sql-drop',
    notInTests: true,
    sign: '+',
    pattern:
      /\bdrop\s{1,9}(?:table|column|database|schema|view|index|constraint|type)\b|\btruncate\s{1,9}(?:table\b|\w{1,60}\s{0,4};)|\b(?:drop_?table|drop_?column|remove_?column|drop_?database|delete_?model|remove_?field|drop_?schema|drop_?collection)\b|\.(?:DeleteModel|RemoveField)\(/i,
  },
  {
    signal: 'data-delete',
    notInTests: true,
    sign: '+',
    pattern:
      /\bdelete\s{1,9}from\s{1,9}[\w."`]{1,80}\s{0,9}(?:;|["'`]|$)|\bdeleteMany\s{0,4}\(\s{0,4}(?:\{\s{0,4}\}\s{0,4})?\)|\brm\s{1,4}-[a-z]{0,4}r[a-z]{0,4}\s|\brmtree\s{0,4}\(|\brm(?:Sync)?\([^)]{0,120}recursive|\bflushall\b|\bgit\s{1,4}push\b[^|;]{0,60}\s(?:--force|-f)\b/i,
  },
  {
    signal: 'test-skip',
    sign: '+',
    in: ['test', 'runner-config', 'manifest'],
    pattern:
      /\b(?:it|test|describe|suite|context|bench)\.(?:skip|only|todo|fails|skipIf|runIf)\b|\bx(?:it|describe|test)\s{0,4}\(|\bf(?:it|describe)\s{0,4}\(|@?pytest\.(?:mark\.)?(?:skip|skipif|xfail)\b|@(?:unittest\.)?skip|\bt\.Skip(?:f|Now)?\(|#\[ignore|@(?:Disabled|Ignore)\b|\bskip:\s{0,4}(?:true|['"])|\btodo:\s{0,4}(?:true|['"])|\bpending\(|\bSkipTest\b|--passWithNoTests|collect_ignore|testPathIgnore|--deselect|--ignore=/,
  },
  {
    signal: 'test-exit',
    sign: '+',
    in: ['test', 'runner-config', 'manifest', 'ci'],
    pattern:
      /\bprocess\.exit\(\s{0,4}0?\s{0,4}\)|\bprocess\.exitCode\s{0,4}=\s{0,4}0|\b(?:sys\.exit|os\._exit|exit|quit)\(\s{0,4}0\s{0,4}\)|\bos\.Exit\(0\)|\|\|\s{0,4}(?:true|exit 0|:)(?:\W|$)|pytest_sessionfinish|exitstatus\s{0,4}=\s{0,4}0|pytest_runtest_makereport|\.outcome\s{0,4}=\s{0,4}["']passed/,
  },
  {
    signal: 'test-aware',
    notInTests: true,
    sign: '+',
    pattern:
      /\b(?:NODE_TEST_CONTEXT|NODE_V8_COVERAGE|JEST_WORKER_ID|VITEST(?:_WORKER_ID|_POOL_ID)?|PYTEST_CURRENT_TEST|AEDEV_\w{1,40})\b|\bprocess\.env(?:\.CI\b|\[["']CI["']\])|\benviron(?:\.get\(|\[)["']CI["']|\bNODE_ENV["'\]]{0,2}\s{0,4}[!=]==?\s{0,4}["']test|["'](?:pytest|unittest)["']\s{1,4}in\s{1,4}sys\.modules|\btesting\.Testing\(|\bimport\.meta\.vitest\b|\bGetenv\("CI"\)|\bprocess\.execArgv\b|\bprocess\.env\?\.CI\b|\{[^}]{0,80}\bCI\b[^}]{0,80}\}\s{0,4}=\s{0,4}process\.env|\bimport\.meta\.env\b|__vitest_\w{1,20}__|\bnpm_lifecycle_\w{1,20}|\bos\.getenv\(["']CI["']|\bsys\.modules\.get\(|\bcfg!?\((?:not\()?test\b|\btypeof\s{1,4}(?:describe|it|test|expect|jest|vi)\b|\b(?:from|require\()\s{0,4}["'](?:node:test|vitest|@jest\/globals|jest|mocha|ava)["']|^\s{0,20}(?:import|from)\s{1,4}_?(?:pytest|unittest)\b|\basymmetricMatch\b|\bObject\.is\s{0,4}=(?!=)|\bReflect\.set\(\s{0,4}(?:assert|expect)\b|\bprocess\.argv\b.{0,60}--test/,
  },
  {
    signal: 'assert-patched',
    sign: '+',
    pattern:
      /(?<!(?:const|let|var)\s{1,4})\bassert(?:\.\w{1,40})?\s{0,4}=(?![=>])|\b(?:const|let|var|function)\s{1,4}(?:assert|expect)\b(?!\s{0,4}=\s{0,4}(?:require\(|await\b|chai\b))|\bObject\.(?:assign|defineProperty|defineProperties)\(\s{0,4}(?:assert|expect)\b|\bimport\b.{0,80}\b(?:assert|expect|test|it)\b.{0,80}\bfrom\s{0,4}["']\.|\b(?:jest|vi|mock)\.(?:mock|doMock|module)\(\s{0,4}["'](?:node:)?(?:assert|test|chai)|\bprocess\.(?:exit|reallyExit|abort)\s{0,4}=(?!=)|\bprocess\.on(?:ce)?\(\s{0,4}["'](?:exit|beforeExit)["']|\bModule\._(?:load|resolveFilename)\s{0,4}=(?!=)|\bregisterHooks\(|\bmodule\.register\(|\bpytest\.(?:fail|raises)\s{0,4}=(?!=)|\bos\.Exit\s{0,4}=|\bassertEqual\s{0,4}=(?!=)|\bpanic::set_hook\(/,
  },
  {
    signal: 'download-run',
    sign: '+',
    pattern:
      /\b(?:curl|wget|iwr|fetch)\b[^|]{0,300}\|\s{0,4}(?:sudo\s{1,4})?(?:ba|z|da)?sh\b|\b(?:curl|wget)\b[^|]{0,300}\|\s{0,4}(?:python|node|perl|ruby)|base64\s{1,4}(?:-d|--decode|-D)[^|]{0,80}\|\s{0,4}(?:ba|z)?sh|\b(?:ba|z)?sh\s{1,4}(?:-c\s{1,4})?["']?(?:<\(|\$\()\s{0,4}(?:curl|wget)|\bIEX\b|\bnc\s{1,4}-[a-z]{0,4}e\b|\/dev\/tcp\//,
  },
  {
    signal: 'dynamic-code',
    notInTests: true,
    sign: '+',
    pattern:
      /\beval\s{0,4}\(|\bnew\s{1,4}Function\s{0,4}\(|\bchild_process\b|\bexecSync\s{0,4}\(|\bos\.system\(|\bsubprocess\.|shell\s{0,4}[:=]\s{0,4}[Tt]rue|\bpickle\.loads?\(|\byaml\.load\(|\bvm\.runIn|__import__\(|\bexec\.Command\(|\bunsafe\s{0,4}\{/,
  },
  {
    signal: 'wide-open',
    sign: '+',
    pattern:
      /\bchmod\s{1,4}(?:-R\s{1,4})?0?777\b|\b0o?777\b|0\.0\.0\.0\/0|::\/0|public-read|privileged["']?\s{0,4}[:=]\s{0,4}true|docker\.sock|["']?(?:Action|Principal|Resource)["']?\s{0,4}[:=]\s{0,4}\[?\s{0,4}["']\*["']|Access-Control-Allow-Origin["']?\s{0,4}[:,=]\s{0,4}["']?\*|--privileged\b|hostNetwork:\s{0,4}true|NOPASSWD|USING\s{0,4}\(\s{0,4}true\s{0,4}\)|disable\s{1,4}row\s{1,4}level\s{1,4}security|GRANT\s{1,4}ALL\b/i,
  },
];

/** Folders in which runners keep what they found last time. */
const KEPT_RESULTS =
  /(?:^|\/)(?:\.nx\/cache|\.turbo|\.jest-cache|node_modules\/\.(?:cache|vite|vitest)|\.vitest|\.pytest_cache|__pycache__|\.mocha-cache|\.tap|\.gradle)\/|\.tsbuildinfo$/i;
/** What a test puts another module in the place of. */
const MOCKED =
  /\b(?:jest|vi)\.(?:mock|doMock|unstable_mockModule)\(\s{0,4}["'](\.[^"']{1,200})|\bmock\.module\(\s{0,4}["'](\.[^"']{1,200})|\bproxyquire\(\s{0,4}["'](\.[^"']{1,200})|\b(?:mock\.)?patch\(\s{0,4}["']([\w.]{1,200})\.\w{1,60}["']/;

/** Names of changed code without folder and ending, as tests would name them. */
function subjectsOf(files: readonly FilePatch[], kindsOf: KindsOf): Set<string> {
  return new Set(
    files.filter(({ path }) => !kindsOf(path).includes('test')).map(({ path }) => stem(path)),
  );
}
const stem = (path: string): string => (path.split(/[/.]/).at(-2) ?? '').toLowerCase();

/** Bidi controls, zero-width characters, tags, fillers and other characters that show nothing. */
const HIDDEN = /[\p{Cf}\p{Zl}\p{Zp}\p{DI}]/u;
const CONTROL = /\p{Cc}/u;
/** By splitting, not by a counted pattern, which would cost length times 400 on hostile text. */
const encoded = (text: string): boolean =>
  text.length >= 240 &&
  (text.split(/[^A-Za-z0-9+/=_-]/).some((run) => run.length >= 400) ||
    /(?:\\x[0-9a-fA-F]{2}){60}/.test(text));
const ASSERTION =
  /\bassert\w{0,30}\b|\bexpect\s{0,4}\(|\.should\b|\bt\.(?:Error|Fatal)|\brequire\.[A-Z]/;
const HOST =
  /\b(?:https?|git|ssh|ftp)(?:\+\w{1,8})?:\/\/(?:[^\s/@"']{1,200}@)?([A-Za-z0-9.-]{1,253})/g;
const LOCAL_SOURCE = /["'](?:file:|git\+|git:|github:|gitlab:|http:\/\/)|\bgit = "/;

function hostsOf(text: string): string[] {
  return Array.from(text.matchAll(HOST), (match) => (match[1] ?? '').toLowerCase());
}

/** Lines that name a package source which the file did not name before. */
function newSources(
  file: FilePatch,
  kinds: readonly PathKind[],
  known: ReadonlySet<string> | null,
): PatchLine[] {
  const before = new Set(known);
  for (const { sign, text } of file.lines)
    if (sign === '-') for (const host of hostsOf(text)) before.add(host);
  return file.lines.filter(
    ({ sign, text }) =>
      sign === '+' &&
      (LOCAL_SOURCE.test(text) ||
        // A new lockfile has nothing to compare with; a new .npmrc that names a source sets one.
        ((before.size > 0 || kinds.includes('package-config')) &&
          hostsOf(text).some((host) => !before.has(host)))),
  );
}

/** Hosts that a file named before the change, for {@link signalsOf}; null when it did not exist. */
export type KnownHosts = (path: string) => ReadonlySet<string> | null;
export const hostsIn = (text: string): Set<string> => new Set(hostsOf(text));

/** Is a list of package sources: its base text is needed for {@link KnownHosts}. */
export function namesSources(kinds: readonly PathKind[]): boolean {
  return kinds.some((kind) => kind === 'lockfile' || kind === 'package-config');
}

type KindsOf = (path: string) => readonly PathKind[];

/** Sorted by the table of signals, then by the order of the patch; at most three places each. */
export function signalsOf(
  files: readonly FilePatch[],
  known: KnownHosts,
  kindsOf: KindsOf = kindsOnce(),
): SignalHit[] {
  const hits = new Map<Signal, SignalHit[]>();
  const hit = (signal: Signal, path: string, line: number | null): void => {
    const list = hits.get(signal) ?? [];
    if (list.length < PER_SIGNAL) list.push({ signal, path: path.slice(0, 1024), line });
    hits.set(signal, list);
  };
  const subjects = subjectsOf(files, kindsOf);
  for (const file of files) {
    const kinds = kindsOf(file.path);
    const prose = kinds.includes('docs') && !kinds.includes('manifest');
    const rules = RULES.filter((rule) =>
      rule.in === undefined ? !prose && !kinds.includes('lockfile') : overlap(rule.in, kinds),
    );
    const isTest = kinds.includes('test');
    const moved = kept(file, rules);
    let assertions = 0;
    for (const { sign, line, text } of file.lines) {
      for (const rule of rules) {
        if (rule.sign !== sign || (isTest && rule.notInTests === true)) continue;
        const found = rule.pattern.exec(text);
        if (found !== null && !(sign === '-' && moved.has(found[0])))
          hit(rule.signal, file.path, line);
      }
      const mocked = isTest && sign === '+' ? MOCKED.exec(text) : null;
      if (mocked !== null) {
        const [one = '', two = '', three = '', four = ''] = mocked.slice(1);
        const name =
          one || two || three ? `${one || two || three}.x` : `${four.replaceAll('.', '/')}.x`;
        if (subjects.has(stem(/\.\w{1,5}\.x$/.test(name) ? name.slice(0, -2) : name)))
          hit('subject-mocked', file.path, line);
      }
      if (isTest && ASSERTION.test(text)) assertions += sign === '+' ? 1 : -1;
      if (sign !== '+' || file.binary) continue;
      const visible = line === 1 ? text.replace(/^\ufeff/, '') : text;
      // Emoji use U+FE0F and U+200D; prose may have them, code gains nothing by them.
      if (HIDDEN.test(prose ? visible.replace(/[\u200d\ufe0f]/g, '') : visible))
        hit('hidden-text', file.path, line);
      else if (CONTROL.test(visible.replace(/[\t\f]|\r$/g, '')))
        hit('hidden-text', file.path, line);
      if (!kinds.includes('lockfile') && encoded(text)) hit('encoded', file.path, line);
    }
    if (assertions < 0) hit('assertion-removed', file.path, null);
    if (KEPT_RESULTS.test(file.path)) hit('test-cache', file.path, null);
    if (namesSources(kinds))
      for (const { line } of newSources(file, kinds, known(file.path)))
        hit('registry-change', file.path, line);
  }
  return SIGNAL_NAMES.flatMap((signal) => hits.get(signal) ?? []);
}

/** What rules about removed lines look for, where an added line of the same file still has it. */
function kept(file: FilePatch, rules: readonly Rule[]): Set<string> {
  const found = new Set<string>();
  for (const { signal, sign, pattern } of rules) {
    if (sign !== '-' || signal !== 'auth-removed') continue;
    for (const { sign: added, text } of file.lines) {
      // A check that only lives on in a comment is gone.
      const match = added === '+' && !/^\s*(?:\/\/|#|\*|\/\*|--)/.test(text) && pattern.exec(text);
      if (match) found.add(match[0]);
    }
  }
  return found;
}

function overlap(one: readonly PathKind[], two: readonly PathKind[]): boolean {
  return one.some((kind) => two.includes(kind));
}
