/** Files that declare dependencies and commands. */
export type Manifest = 'npm' | 'python' | 'requirements' | 'go' | 'cargo' | 'gem' | 'composer';

export function manifestKind(path: string): Manifest | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase();
  if (name === 'package.json') return 'npm';
  if (name === 'pyproject.toml') return 'python';
  if (/^requirements[\w.-]{0,40}\.txt$/.test(name)) return 'requirements';
  if (name === 'go.mod') return 'go';
  if (name === 'cargo.toml') return 'cargo';
  if (name === 'gemfile') return 'gem';
  if (name === 'composer.json') return 'composer';
  return undefined;
}

const NAME = /^[@A-Za-z0-9][\w.@/-]{0,213}$/;

function keysOf(value: unknown, allowed = NAME): string[] {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
    ? Object.keys(value).filter((k) => allowed.test(k))
    : [];
}

function fromJson(
  text: string,
  fields: readonly string[],
): { packages: string[]; commands: string[] } {
  let json: Record<string, unknown>;
  try {
    const parsed: unknown = JSON.parse(text);
    if (parsed === null || typeof parsed !== 'object') return { packages: [], commands: [] };
    json = parsed as Record<string, unknown>;
  } catch {
    // A manifest that does not parse (a fixture, a template) declares nothing.
    return { packages: [], commands: [] };
  }
  const { name, bin } = json;
  const commands = keysOf(json['scripts'], /^[\w:.@/-]{1,100}$/);
  if (typeof bin === 'string' && typeof name === 'string')
    commands.push(name.replace(/^@[^/]*\//, ''));
  commands.push(...keysOf(bin));
  return { packages: fields.flatMap((f) => keysOf(json[f])), commands };
}

/** Keys of the TOML tables whose header matches; enough of TOML for dependency tables. */
function fromToml(text: string, header: RegExp): string[] {
  const out: string[] = [];
  let inside = false;
  for (const raw of text.split('\n')) {
    const line = raw.trim();
    if (line.startsWith('[')) {
      const table = /^\[{1,2}([^\]]{1,120})\]/.exec(line)?.[1] ?? '';
      inside = header.test(table);
      const own = /^(?:[\w.-]{1,60}\.)?dependencies\.([\w-]{1,80})$/.exec(table)?.[1];
      if (own !== undefined) out.push(own);
    } else if (inside) {
      const key = /^"?([A-Za-z0-9][\w.-]{0,80})"?\s?=/.exec(line)?.[1];
      if (key !== undefined) out.push(key);
    }
  }
  return out;
}

/** Requirement strings ("httpx>=0.27") in lists under dependency keys of a pyproject. */
function fromPython(text: string): string[] {
  const out = fromToml(text, /^tool\.poetry\.(?:[\w.-]{1,60}\.)?(?:dev-)?dependencies$/).filter(
    (n) => n !== 'python',
  );
  for (const m of text.matchAll(
    /^\s{0,8}["']([A-Za-z0-9][\w.-]{0,80})\s?(?:\[[\w, -]{0,80}\])?\s?(?:[<>=!~;@][^"'\n]{0,120})?["'],?/gm,
  )) {
    if (m[1] !== undefined) out.push(m[1]);
  }
  for (const m of text.matchAll(
    /^\s{0,8}(?:dependencies|dev|test|requires)\s?=\s?\[([^\]\n]{1,2000})\]/gm,
  )) {
    for (const n of (m[1] ?? '').matchAll(/["']([A-Za-z0-9][\w.-]{0,80})/g))
      if (n[1] !== undefined) out.push(n[1]);
  }
  return out;
}

/** Names of declared dependencies and of commands that can be run. Versions are not looked at. */
export function declaredPackages(
  kind: Manifest,
  text: string,
): { packages: string[]; commands: string[] } {
  const only = (packages: string[]) => ({ packages, commands: [] });
  const lines = (pattern: RegExp) =>
    [...text.matchAll(pattern)].flatMap((m) => (m[1] === undefined ? [] : [m[1]]));
  switch (kind) {
    case 'npm':
      return fromJson(text, [
        'dependencies',
        'devDependencies',
        'peerDependencies',
        'optionalDependencies',
      ]);
    case 'composer':
      return fromJson(text, ['require', 'require-dev']);
    case 'python':
      return only(fromPython(text));
    case 'requirements':
      return only(lines(/^([A-Za-z0-9][\w.-]{0,80})/gm));
    case 'go':
      return only(
        lines(/^\s{0,8}(?:require )?([a-z0-9][\w.-]{0,60}\.[a-z]{2,12}\/[\w./-]{1,120}) v\d/gm),
      );
    case 'cargo':
      return only(
        fromToml(text, /^(?:workspace\.)?(?:target\.[^\]]{1,80}\.)?(?:dev-|build-)?dependencies$/),
      );
    case 'gem':
      return only(lines(/^\s{0,8}gem ["']([\w-]{1,80})["']/gm));
  }
}
