/** package-lock.json of every version: what it takes from where. */
import { MAX_PACKAGES } from './bounds.ts';
import { chosen, type Origin, type Package, packageOf } from './package.ts';

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const SECTIONS = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'];
/** Of a path or an address: longer ones are looked at by nobody, but cost time. */
const MAX_TEXT = 4096;

/** An address is a text; older npm says `false` where there is none. */
const isSound = (name: string, { resolved, version }: Record<string, unknown>): boolean =>
  name.length <= MAX_TEXT &&
  [resolved, version].every(
    (one) =>
      one === undefined ||
      typeof one === 'boolean' ||
      (typeof one === 'string' && one.length <= MAX_TEXT),
  );

export function readNpmLock(text: string): Package[] | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isRecord(parsed)) return null;
  const { packages, dependencies } = parsed;
  for (const part of [packages, dependencies])
    if (part !== undefined && !isRecord(part)) return null;
  // Both, for which of them npm goes by depends on its version, and on what the other one lacks.
  const flat = isRecord(packages) ? ofPackages(packages) : [];
  const tree = isRecord(dependencies) ? ofTree(dependencies) : [];
  if (flat === null || tree === null) return null;
  // Only the flat list says for sure what the repo itself chose: a tree has others at its top, too.
  return flat.length === 0 ? tree : [...flat, ...tree.map((one) => ({ ...one, direct: false }))];
}

function ofPackages(entries: Record<string, unknown>): Package[] | null {
  const found: Package[] = [];
  const direct = new Set<string>();
  /** As some package of the file says them. */
  const aliases = new Set<string>();
  for (const [path, entry] of Object.entries(entries)) {
    if (!isRecord(entry) || !isSound(path, entry)) return null;
    const at = path.lastIndexOf('node_modules/');
    for (const section of SECTIONS)
      if (isRecord(entry[section]))
        for (const [name, range] of Object.entries(entry[section])) {
          if (at < 0) direct.add(name);
          const { real } = chosen(name, typeof range === 'string' ? range : '');
          if (real !== null) aliases.add(`${name} ${real}`);
        }
    if (at < 0) continue;
    const name = path.slice(at + 'node_modules/'.length);
    const { resolved, license, name: own } = entry;
    const real = typeof own === 'string' && own !== name ? own : null;
    const from = entry['link'] === true ? null : originOf(resolved);
    const licence = typeof license === 'string' ? license : null;
    found.push(packageOf(name, { real, from, licence }));
  }
  for (const one of found) {
    one.direct = direct.has(one.name);
    if (one.real !== null && !aliases.has(`${one.name} ${one.real}`)) one.instead = one.real;
  }
  return found;
}

/** Versions before 2: a tree by name. */
function ofTree(top: Record<string, unknown>): Package[] | null {
  const found: Package[] = [];
  const left = [top];
  for (let entries = left.pop(); entries !== undefined; entries = left.pop()) {
    for (const [name, entry] of Object.entries(entries)) {
      if (!isRecord(entry) || !isSound(name, entry) || found.length > MAX_PACKAGES) return null;
      const { version, resolved, dependencies } = entry;
      const choice = chosen(name, typeof version === 'string' ? version : '');
      const from = choice.from ?? originOf(resolved);
      found.push({ ...choice, from, direct: entries === top });
      if (isRecord(dependencies)) left.push(dependencies);
    }
  }
  return found;
}

/** Of a resolved address; the registry where none stands. */
export function originOf(resolved: unknown): Origin | null {
  if (typeof resolved !== 'string' || /^(?:file|link|workspace):|^\.{0,2}\/(?!\/)/.test(resolved))
    return null;
  const kind = /^git|\.git(?:#|$)/i.test(resolved) ? 'git' : 'archive';
  return { kind, at: resolved, named: kind === 'archive' };
}
