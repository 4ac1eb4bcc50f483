/**
 * Looks at the packages that manifests and lockfiles name: names that imitate a well-known one, sources
 * that are no registry, and licences that the repo may not take in. Nothing is asked of any registry.
 */
import { distance } from 'fastest-levenshtein';
import { printable } from '../../lib/escape.ts';
import { isOfLines, isTooLong, MAX_PACKAGES } from './packages/bounds.ts';
import { readCargo, readUv } from './packages/cargo-uv.ts';
import { readGoMod, readGoSum } from './packages/go.ts';
import { readNpmLock } from './packages/npm-lock.ts';
import { chosen, type Package, packageOf } from './packages/package.ts';
import { readPnpm } from './packages/pnpm.ts';
import { sourceProblems } from './packages/sources.ts';
import { readYarn } from './packages/yarn.ts';
import { type Ecosystem, POPULAR } from './popular.ts';
import type { Problem } from './problem.ts';
import type { GateRules } from './push-gate.ts';

const SECTIONS = [
  'dependencies',
  'devDependencies',
  'peerDependencies',
  'optionalDependencies',
  'overrides',
  'resolutions',
];

const fileName = (path: string): string => path.slice(path.lastIndexOf('/') + 1).toLowerCase();

type Reader = (text: string) => Package[] | null;
const LOCKFILES: Readonly<Record<string, { ecosystem: Ecosystem; read: Reader }>> = {
  'package-lock.json': { ecosystem: 'npm', read: readNpmLock },
  'npm-shrinkwrap.json': { ecosystem: 'npm', read: readNpmLock },
  'pnpm-lock.yaml': { ecosystem: 'npm', read: readPnpm },
  'yarn.lock': { ecosystem: 'npm', read: readYarn },
  'cargo.lock': { ecosystem: 'cargo', read: readCargo },
  'uv.lock': { ecosystem: 'pypi', read: readUv },
  'go.mod': { ecosystem: 'go', read: readGoMod },
  'go.sum': { ecosystem: 'go', read: readGoSum },
};

export function isDependencyFile(path: string): boolean {
  const name = fileName(path);
  return (
    Object.hasOwn(LOCKFILES, name) ||
    ['package.json', 'composer.lock', 'cargo.toml', 'pyproject.toml', 'pipfile'].includes(name) ||
    /^(?:.*-)?requirements[\w.-]*\.(?:txt|in)$/.test(name)
  );
}

type Rules = Pick<GateRules, 'deniedLicences' | 'registries'>;

/** Licences as SPDX ids, or their beginning followed by `*`. `path` only tells the format. Never throws. */
export function dependencyProblems(path: string, text: string, rules: Rules): Problem[] {
  try {
    return problemsOf(path, text, rules);
  } catch {
    // Whatever a reader stumbles over (its stack, too) was made for that: nothing is known of the file.
    return [UNREAD];
  }
}

function problemsOf(
  path: string,
  text: string,
  { deniedLicences: denied, registries }: Rules,
): Problem[] {
  const name = fileName(path);
  const lockfile = Object.hasOwn(LOCKFILES, name) ? LOCKFILES[name] : undefined;
  if (isTooLong(text)) return [UNREAD];
  if (lockfile && !isJson(name) && !isOfLines(text)) return [UNREAD];
  const { ecosystem, packages, licences } = lockfile
    ? locked(lockfile.ecosystem, lockfile.read(text))
    : read(name, text);
  if (packages === null || packages.length > MAX_PACKAGES) return [UNREAD];
  const found: Problem[] = sourceProblems(packages, ecosystem, registries);
  const names = packages.flatMap((one) => (one.direct ? [one.real ?? one.name] : []));
  for (const one of new Set(names)) {
    const like = imitated(one, ecosystem);
    if (like !== null)
      found.push({
        rule: 'lookalike-package',
        what: `names the package ${show(one)}, which looks like ${like}`,
        key: one,
      });
  }
  for (const [one, licence] of licences) {
    if (!isDenied(licence, denied)) continue;
    found.push({
      rule: 'denied-licence',
      what: `takes in ${show(one)} under ${show(licence)}, a licence that the policy denies`,
      key: `${one} ${licence}`,
    });
  }
  // npm's lockfiles may say everything twice.
  return [...new Map(found.map((one) => [`${one.rule} ${one.key}`, one])).values()];
}

const UNREAD: Problem = {
  rule: 'lockfile-unread',
  what: 'names packages in a way that its tool does not write, so what it takes in is not known',
  key: '',
};

const locked = (ecosystem: Ecosystem, packages: Package[] | null): Named => ({
  ecosystem,
  packages,
  // Names are looked at where they are chosen: a lockfile names what packages chose themselves.
  licences: (packages ?? []).flatMap(({ name, licence }): [string, string][] =>
    licence === null ? [] : [[name, licence]],
  ),
});

const isJson = (name: string): boolean => name.endsWith('.json');
const show = (text: string): string => printable(text, 100);

interface Named {
  ecosystem: Ecosystem;
  /** Null: the file cannot be read. */
  packages: Package[] | null;
  licences: [name: string, licence: string][];
}

const directly = (names: readonly string[]): Package[] =>
  names.map((name) => packageOf(name, { direct: true }));

function read(name: string, text: string): Named {
  if (isJson(name) || name === 'composer.lock') return ofJson(name, text);
  if (name === 'cargo.toml')
    return { ecosystem: 'cargo', packages: directly(ofToml(text)), licences: [] };
  if (name === 'pyproject.toml' || name === 'pipfile')
    return {
      ecosystem: 'pypi',
      packages: directly([...ofToml(text), ...quoted(text)]),
      licences: [],
    };
  return { ecosystem: 'pypi', packages: ofRequirements(text), licences: [] };
}

/** Each line a package, with its address behind `@` or instead of a name; or where to look for them. */
function ofRequirements(text: string): Package[] {
  return text.split('\n').flatMap((line) => {
    const code = line.slice(0, 2000).replace(/(?:^|\s)#.*$/, '');
    const name = /^\s{0,20}([A-Za-z0-9][\w.-]{0,99})/.exec(code)?.[1];
    const at = /(?:^|[\s=@])((?:(?:git|hg|svn|bzr)\+)?(?:https?|ssh|git|ftp):\/\/\S+)/i.exec(
      code,
    )?.[1];
    if (at === undefined) return name === undefined ? [] : [packageOf(name, { direct: true })];
    const kind = /^(?:git|hg|svn|bzr|ssh)/i.test(at) ? 'git' : 'archive';
    const asked = name === undefined || /^\s*(?:https?|git|ssh)/i.test(code) ? at : name;
    const shown = asked.replace(/\/\/[^@/]*@/, '//');
    return [packageOf(shown, { from: { kind, at, named: false } })];
  });
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function ofJson(file: string, text: string): Named {
  const named = {
    ecosystem: 'npm' as const,
    packages: [] as Package[],
    licences: [] as Named['licences'],
  };
  let parsed: unknown;
  try {
    // npm takes off the mark of byte order.
    parsed = JSON.parse(text.replace(/^\ufeff/, ''));
  } catch {
    return named;
  }
  if (!isRecord(parsed)) return named;
  if (file === 'package.json') {
    for (const section of SECTIONS) named.packages.push(...choices(parsed[section]));
    return named;
  }
  const { packages } = parsed;
  if (Array.isArray(packages))
    for (const entry of packages) {
      if (!isRecord(entry) || typeof entry['name'] !== 'string') continue;
      const licences = Array.isArray(entry['license']) ? entry['license'] : [];
      for (const licence of licences)
        if (typeof licence === 'string') named.licences.push([entry['name'], licence]);
    }
  return named;
}

/** Of a section of package.json; overrides may be nested. */
function choices(section: unknown, depth = 0): Package[] {
  if (!isRecord(section) || depth > 10) return [];
  return Object.entries(section).flatMap(([name, range]) =>
    typeof range === 'string'
      ? [chosen(name, range)]
      : [packageOf(name, { direct: true }), ...choices(range, depth + 1)],
  );
}

/** Keys of the tables of dependencies; no more of TOML is needed for names. */
function ofToml(text: string): string[] {
  const names: string[] = [];
  let inside = false;
  for (const line of text.split('\n')) {
    const table = /^\s{0,20}\[{1,2}([^\]]{1,200})\]/.exec(line)?.[1];
    if (table !== undefined) {
      inside = /dependencies|packages/i.test(table);
      const own = /dependencies\.["']?([\w.-]{1,100})/.exec(table)?.[1];
      if (own !== undefined) names.push(own);
      continue;
    }
    const key = inside
      ? /^\s{0,20}["']?([A-Za-z0-9][\w.-]{0,99})["']?\s{0,20}=/.exec(line)?.[1]
      : undefined;
    if (key !== undefined) names.push(key);
  }
  return names;
}

/** `"requests>=2"` in the lists of pyproject.toml. */
const quoted = (text: string): string[] =>
  Array.from(
    text.matchAll(
      /["']([A-Za-z0-9][\w.-]{1,99})(?:\[[^\]]{0,100}\])?\s{0,4}(?:[<>=!~;][^"']{0,200})["']/g,
    ),
    (match) => match[1] ?? '',
  );

/** The well-known package that a name imitates; null when it is one, or like none. */
function imitated(name: string, ecosystem: Ecosystem): string | null {
  const popular = POPULAR[ecosystem];
  // Letters of other scripts look like ours, and no registry of these allows them.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the whole of ASCII is meant
  if (/[^\u0000-\u007f]/.test(name)) return 'an ordinary name with letters of another script';
  const bare = name
    .toLowerCase()
    .replace(/^@[^/]{0,100}\//, '')
    // Of a Go module the major version is the end of its path.
    .replace(/\/v\d{1,3}$/, '');
  // A scope is somebody's own name: `@acme/lodash` is not taken for `lodash` by anyone's hand.
  if (name.startsWith('@') || popular.includes(bare)) return null;
  const folded = fold(bare);
  for (const known of popular) {
    if (known.length < 4) continue;
    // The same letters but for separators, a doubled or swapped letter, a digit for a letter.
    if (FOLDED.get(known) === folded) return known;
    if (known.length >= 5 && bare.length >= 5 && isNear(bare, known)) return known;
  }
  return null;
}

const fold = (name: string): string =>
  name
    .replace(/[-_.]/g, '')
    .replace(/0/g, 'o')
    .replace(/1/g, 'l')
    .replace(/rn/g, 'm')
    .replace(/vv/g, 'w')
    .replace(/(.)\1/g, '$1');

/** Of all known names, which are asked for with every name. */
const FOLDED = new Map(
  Object.values(POPULAR)
    .flat()
    .map((known) => [known, fold(known)]),
);

/** One letter added, lost, changed or two swapped; not a plural or a version at the end. */
function isNear(name: string, known: string): boolean {
  if (Math.abs(name.length - known.length) > 1) return false;
  if (name === `${known}s` || known === `${name}s`) return name.length > 6;
  if (/\d$/.test(name) && name.slice(0, -1) === known) return false;
  if (distance(name, known) === 1) return true;
  if (name.length !== known.length) return false;
  const at = [...name].findIndex((letter, index) => letter !== known[index]);
  const swapped = `${name.slice(0, at)}${name[at + 1] ?? ''}${name[at] ?? ''}${name.slice(at + 2)}`;
  return swapped === known;
}

/** `(MIT OR GPL-3.0)` may be taken under MIT; `MIT AND GPL-3.0` may not. */
function isDenied(expression: string, denied: readonly string[]): boolean {
  // Bounded first: a licence of blanks would cost its length twice over.
  return expression
    .slice(0, 200)
    .split(/\s+OR\s+/i)
    .every((choice) =>
      choice
        .split(/\s+(?:AND|WITH)\s+/i)
        .map((id) => id.replace(/[()\s]/g, '').toLowerCase())
        .some((id) =>
          denied.some((rule) =>
            rule.endsWith('*')
              ? id.startsWith(rule.slice(0, -1).toLowerCase())
              : id === rule.toLowerCase(),
          ),
        ),
    );
}
