/** Cargo.lock and uv.lock: lists of `[[package]]` with where each is from. */
import { type Origin, type Package, packageOf } from './package.ts';
import { readToml, type TomlTable, type TomlValue } from './toml.ts';

const text = (value: TomlValue | undefined): string => (typeof value === 'string' ? value : '');
const tableOf = (value: TomlValue | undefined): TomlTable =>
  value instanceof Map ? value : new Map();
const listOf = (value: TomlValue | undefined): TomlValue[] => (Array.isArray(value) ? value : []);

/** What uv writes of a package into sections of their own; cargo writes none. */
const PARTS = new Set([
  'package.metadata',
  'package.metadata.requires-dev',
  'package.optional-dependencies',
  'package.dev-dependencies',
]);

function packagesIn(file: string): TomlTable[] | null {
  const sections = readToml(file);
  if (sections === null) return null;
  // A list of packages written in any other way would be read by the tool and not here.
  const odd = sections.some(
    ({ name, item, values }) =>
      (name === 'package' && !item) ||
      (name === '' && values.has('package')) ||
      // More of the package before, where its source and its files may stand.
      (name.startsWith('package.') && (item || !PARTS.has(name))),
  );
  if (odd) return null;
  const found = sections
    .filter(({ name, item }) => item && name === 'package')
    .map(({ values }) => values);
  return found.every((one) => typeof one.get('name') === 'string') ? found : null;
}

export function readCargo(file: string): Package[] | null {
  const found = packagesIn(file);
  if (found === null) return null;
  if (found.some((one) => one.has('source') && typeof one.get('source') !== 'string')) return null;
  const direct = new Set<string>();
  for (const one of found)
    if (one.get('source') === undefined)
      for (const wanted of listOf(one.get('dependencies')))
        direct.add(text(wanted).split(' ')[0] ?? '');
  const own = new Set(
    found.filter((one) => !one.has('source')).map((one) => text(one.get('name'))),
  );
  return found
    .filter((one) => one.has('source'))
    .map((one) => {
      const name = text(one.get('name'));
      const source = text(one.get('source'));
      const kind = source.startsWith('git+') ? 'git' : 'registry';
      const from: Origin = { kind, at: source, named: false };
      return packageOf(name, { from, direct: direct.has(name) && !own.has(name) });
    });
}

export function readUv(file: string): Package[] | null {
  const found = packagesIn(file);
  if (found?.every(isSoundOfUv) !== true) return null;
  const direct = new Set<string>();
  const local = ['editable', 'virtual', 'directory'];
  for (const one of found)
    if (local.some((kind) => tableOf(one.get('source')).has(kind)))
      for (const wanted of listOf(one.get('dependencies')))
        direct.add(text(tableOf(wanted).get('name')));
  return found.flatMap((one) => {
    const name = text(one.get('name'));
    const files = [one.get('sdist'), ...listOf(one.get('wheels'))].map(tableOf);
    const origins = [
      originOf(tableOf(one.get('source'))),
      ...files.map((file): Origin | null => {
        const at = text(file.get('url'));
        return at === '' ? null : { kind: 'archive', at, named: false };
      }),
    ];
    const places = origins.filter((origin) => origin !== null);
    const isDirect = direct.has(name);
    return places.length === 0
      ? [packageOf(name, { direct: isDirect })]
      : places.map((from) => packageOf(name, { from, direct: isDirect }));
  });
}

const SOURCES = ['registry', 'git', 'url', 'path', 'directory', 'editable', 'virtual'];

/** Each says in one way that is known here where it and its files are from. */
function isSoundOfUv(one: TomlTable): boolean {
  const source = one.get('source');
  if (!(source instanceof Map)) return false;
  if (SOURCES.filter((kind) => typeof source.get(kind) === 'string').length !== 1) return false;
  const wheels = one.get('wheels') ?? [];
  const sdist = one.get('sdist') ?? new Map();
  if (!Array.isArray(wheels) || !(sdist instanceof Map)) return false;
  return [sdist, ...wheels].every(
    (file) => file instanceof Map && (!file.has('url') || typeof file.get('url') === 'string'),
  );
}

function originOf(source: TomlTable): Origin | null {
  const git = text(source.get('git'));
  if (git !== '') return { kind: 'git', at: git, named: false };
  const url = text(source.get('url'));
  if (url !== '') return { kind: 'archive', at: url, named: false };
  const registry = text(source.get('registry'));
  // Everything else is a folder.
  const isRemote = /^(?:[A-Za-z][\w+.-]*:|[/\\]{2})/.test(registry);
  return isRemote ? { kind: 'registry', at: registry, named: false } : null;
}
