/** Where packages come from: the registries that everybody uses, those of the repo, and anything else. */
import { printable } from '../../../lib/escape.ts';
import type { Ecosystem } from '../popular.ts';
import type { Problem } from '../problem.ts';
import type { Origin, Package } from './package.ts';

const REGISTRIES: Readonly<Record<Ecosystem, readonly string[]>> = {
  npm: ['registry.npmjs.org', 'registry.yarnpkg.com'],
  pypi: ['pypi.org', 'files.pythonhosted.org'],
  cargo: ['index.crates.io', 'static.crates.io'],
  go: [],
};
/** cargo's first index lies in a repository of GitHub's. */
const CRATES = 'github.com/rust-lang/crates.io-index';
const SHORTHANDS: Readonly<Record<string, string>> = {
  github: 'github.com',
  gitlab: 'gitlab.com',
  bitbucket: 'bitbucket.org',
  gist: 'gist.github.com',
};
/** On these everybody may put something: what one repository has says nothing of another. */
const SHARED =
  /(?:^|\.)(?:github\.com|githubusercontent\.com|gitlab\.com|bitbucket\.org|codeberg\.org|sr\.ht|github\.io|huggingface\.co|amazonaws\.com|googleapis\.com)$/;

interface Site {
  /** Lower case, with the port where one is named. */
  host: string;
  path: string;
  plain: boolean;
}

function siteOf(at: string): Site | null {
  const bare = at.replace(/^(?:git|registry|sparse|hg|svn|bzr)\+/i, '');
  const [, short = '', rest = ''] = /^([a-z]{3,9}):(?!\/\/)(.+)$/i.exec(bare) ?? [];
  const host = SHORTHANDS[short.toLowerCase()];
  if (host !== undefined) return { host, path: `/${rest}`, plain: false };
  if (!/^[\w+.-]+:\/\//.test(bare)) {
    const scp = /^(?:[^@/\s]{1,100}@)?([\w.-]{1,253}):(.+)$/.exec(bare);
    return scp === null
      ? null
      : { host: (scp[1] ?? '').toLowerCase(), path: `/${scp[2]}`, plain: false };
  }
  try {
    // Of other protocols the host would be kept as it is written.
    const url = new URL(bare.replace(/^[\w+.-]+:/, 'https:'));
    const plain = /^(?:http|git|ftp):/i.test(bare);
    return { host: url.host, path: url.pathname, plain };
  } catch {
    return null;
  }
}

/** `registries`: hosts, with a port where it is not 443. */
export function sourceProblems(
  packages: readonly Package[],
  ecosystem: Ecosystem,
  registries: readonly string[],
): Problem[] {
  return packages.flatMap((one) => {
    if (ecosystem === 'go') return one.real === null ? [] : [replaced(one.name, one.real)];
    const swapped = one.instead === null ? [] : [inPlace(one.name, one.instead)];
    if (one.from === null) return swapped;
    const site = siteOf(one.from.at);
    if (site !== null && isTrusted(site, one.from, ecosystem, registries))
      return [...swapped, ...misnamed(one, site, ecosystem)];
    return [...swapped, foreign(one.name, one.from, site)];
  });
}

const show = (text: string): string => printable(text, 100);

const replaced = (name: string, real: string): Problem => ({
  rule: 'foreign-source',
  what: `takes ${show(real)} in the place of the module ${show(name)}`,
  key: `${name} ${real}`,
});

const inPlace = (name: string, instead: string): Problem => ({
  rule: 'foreign-source',
  what: `takes ${show(instead)} in the place of the package ${show(name)}, which nothing in the file asks for`,
  key: `${name} ${instead}`,
});

function isTrusted(
  site: Site,
  { kind, at }: Origin,
  ecosystem: Ecosystem,
  registries: readonly string[],
): boolean {
  if (registries.some((entry) => entry.toLowerCase().replace(/:443$/, '') === site.host))
    return true;
  if (site.plain || kind === 'git') return false;
  if (ecosystem === 'cargo' && kind === 'registry' && at.startsWith('registry+https:'))
    if (`${site.host}${site.path}` === CRATES) return true;
  return REGISTRIES[ecosystem].includes(site.host);
}

function foreign(name: string, from: Origin, site: Site | null): Problem {
  const what = from.kind === 'git' ? 'git' : from.kind === 'archive' ? 'an archive' : 'a registry';
  // Credentials in an address are the scan's affair, and must not be told here.
  const place = site === null ? 'an address that cannot be read' : `${site.host}${site.path}`;
  const how = site?.plain ? ', and nothing protects it on the way' : '';
  const sentence = `takes the package ${show(name)} from ${what} at ${show(place)}${how}, not from a registry that this repo uses`;
  return { rule: 'foreign-source', what: sentence, key: keyOf(from, site) };
}

/** What the base takes from the same place excuses: of shared hosts, the same repository there. */
function keyOf(from: Origin, site: Site | null): string {
  if (site === null) return from.at.slice(0, 500);
  const parts = site.path.toLowerCase().split('/').filter(Boolean);
  // Behind `@`, `#` or `?` stands which commit.
  const repository = parts
    .slice(0, 2)
    .map((part) => {
      const at = part.slice(1).search(/[@#?]/);
      return at < 0 ? part : part.slice(0, at + 1);
    })
    .join('/')
    .replace(/\.git$/, '');
  const place = SHARED.test(site.host) ? `${site.host}/${repository}` : site.host;
  return `${from.kind} ${site.plain ? 'open ' : ''}${place}`;
}

/** On npm's registry the path names the package: an archive of another one under this name is a trick. */
function misnamed(one: Package, site: Site, ecosystem: Ecosystem): Problem[] {
  if (ecosystem !== 'npm' || one.from?.named !== true) return [];
  if (!REGISTRIES.npm.includes(site.host)) return [];
  const path = site.path.replace(/%2f/gi, '/');
  const there = /^\/((?:@[^/]+\/)?[^/]+)\/-\//.exec(path)?.[1];
  const wanted = one.real ?? one.name;
  if (there === undefined || there === wanted) return [];
  return [
    {
      rule: 'foreign-source',
      what: `takes the package ${show(wanted)} from the archive of another one, ${show(there)}`,
      key: `${wanted} ${there}`,
    },
  ];
}
