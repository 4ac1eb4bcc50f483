/**
 * Looks at the packages that manifests and lockfiles name: names that imitate a well-known one, and
 * licences that the repo may not take in. Names alone: nothing is asked of any registry.
 */
import { distance } from 'fastest-levenshtein';
import { printable } from '../../lib/escape.ts';
import { type Ecosystem, POPULAR } from './popular.ts';
import type { Problem } from './problem.ts';

const MAX_BYTES = 32 * 1024 * 1024;
const SECTIONS = [
  'dependencies',
  'devDependencies',
  'peerDependencies',
  'optionalDependencies',
  'overrides',
];

const fileName = (path: string): string => path.slice(path.lastIndexOf('/') + 1).toLowerCase();

export function isDependencyFile(path: string): boolean {
  const name = fileName(path);
  return (
    [
      'package.json',
      'package-lock.json',
      'npm-shrinkwrap.json',
      'composer.lock',
      'cargo.toml',
      'pyproject.toml',
      'pipfile',
    ].includes(name) || /^(?:.*-)?requirements[\w.-]*\.(?:txt|in)$/.test(name)
  );
}

/** `denied`: SPDX ids, or their beginning followed by `*`. `path` only tells the format. Never throws. */
export function dependencyProblems(
  path: string,
  text: string,
  denied: readonly string[],
): Problem[] {
  if (text.length > MAX_BYTES) return [];
  const name = fileName(path);
  const { ecosystem, names, licences } = read(name, text);
  const found: Problem[] = [];
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
  return found;
}

const show = (text: string): string => printable(text, 100);

interface Named {
  ecosystem: Ecosystem;
  names: string[];
  licences: [name: string, licence: string][];
}

function read(name: string, text: string): Named {
  if (name.endsWith('.json') || name === 'composer.lock') return ofJson(name, text);
  if (name === 'cargo.toml') return { ecosystem: 'cargo', names: ofToml(text), licences: [] };
  if (name === 'pyproject.toml' || name === 'pipfile')
    return { ecosystem: 'pypi', names: [...ofToml(text), ...quoted(text)], licences: [] };
  const names = text
    .split('\n')
    .flatMap((line) => /^\s{0,20}([A-Za-z0-9][\w.-]{0,99})/.exec(line)?.[1] ?? []);
  return { ecosystem: 'pypi', names, licences: [] };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function ofJson(file: string, text: string): Named {
  const named: Named = { ecosystem: 'npm', names: [], licences: [] };
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return named;
  }
  if (!isRecord(parsed)) return named;
  if (file === 'package.json') {
    for (const section of SECTIONS)
      if (isRecord(parsed[section])) named.names.push(...Object.keys(parsed[section]));
    return named;
  }
  const packages = parsed['packages'];
  if (isRecord(packages))
    for (const [path, entry] of Object.entries(packages)) {
      const at = path.lastIndexOf('node_modules/');
      if (at < 0 || !isRecord(entry)) continue;
      // Names are looked at where they are chosen: a lockfile names what packages chose themselves.
      const name = path.slice(at + 'node_modules/'.length);
      if (typeof entry['license'] === 'string') named.licences.push([name, entry['license']]);
    }
  if (Array.isArray(packages))
    for (const entry of packages) {
      if (!isRecord(entry) || typeof entry['name'] !== 'string') continue;
      const licences = Array.isArray(entry['license']) ? entry['license'] : [];
      for (const licence of licences)
        if (typeof licence === 'string') named.licences.push([entry['name'], licence]);
    }
  return named;
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
  const bare = name.toLowerCase().replace(/^@[^/]{0,100}\//, '');
  // A scope is somebody's own name: `@acme/lodash` is not taken for `lodash` by anyone's hand.
  if (name.startsWith('@') || popular.includes(bare)) return null;
  const folded = fold(bare);
  for (const known of popular) {
    if (known.length < 4) continue;
    // The same letters but for separators, a doubled or swapped letter, a digit for a letter.
    if (fold(known) === folded) return known;
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
