/**
 * `aedev image build` and `check --record`: writes which image runs start from into policies.yaml, as
 * its owner would, keeping comments and order. The result is checked whole before it replaces the
 * file; a file that is invalid, locked, or changed by someone else in the meantime stays as it is.
 */
import { isDeepStrictEqual } from 'node:util';
import { isMap, isNode, isScalar, isSeq, type YAMLMap } from 'yaml';
import { ConfigError, invalidConfig } from './errors.ts';
import { type LockOptions, withLock } from './file-lock.ts';
import { replaceFile } from './files.ts';
import type { HomePaths } from './home.ts';
import { checkConfig, readConfigFile } from './load.ts';
import { realPath } from './registry.ts';
import { parseYaml } from './yaml-tree.ts';

export interface ImagePin {
  name: string;
  /** `sha256:…` */
  digest: string;
}

const WHAT = 'The image cannot be pinned';
const BY_HAND = 'Set `sandbox.image.name` and `sandbox.image.digest` by hand.';

/** @throws ConfigError `invalid-config`, `changed-meanwhile`, `locked`, … */
export async function pinImage(
  paths: HomePaths,
  pin: ImagePin,
  options: LockOptions & { beforeWrite?: () => void } = {},
): Promise<void> {
  const path = realPath(paths.policiesFile);
  const repos = textOf(paths.reposFile, 'repos.yaml');
  await withLock(
    path,
    () => {
      const before = textOf(path, 'policies.yaml');
      const old = checkConfig({ policies: before, repos }, paths);
      if (!old.ok) throw invalidConfig(old.problems, 'The configuration has a problem already');
      const after = edited(before ?? '', pin);
      const next = checkConfig({ policies: after, repos }, paths);
      if (!next.ok) throw invalidConfig(next.problems, WHAT);
      // What was written must read back as what was meant, and as nothing else.
      const meant = structuredClone(old.policy.policies);
      meant.sandbox.image = { ...meant.sandbox.image, ...pin };
      if (!isDeepStrictEqual(next.policy.policies, meant))
        throw new ConfigError(
          'invalid-config',
          `${WHAT}: policies.yaml is laid out in a way that cannot be edited safely.`,
          BY_HAND,
        );
      replaceFile(path, after, 0o600, () => {
        options.beforeWrite?.();
        if (textOf(path, 'policies.yaml') === before) return;
        throw new ConfigError(
          'changed-meanwhile',
          'policies.yaml was changed by someone else in the meantime; nothing was written.',
          'Try again.',
        );
      });
    },
    options,
  );
}

function textOf(path: string, name: 'policies.yaml' | 'repos.yaml'): string | null {
  const text = readConfigFile(path, name);
  if (text === null || typeof text === 'string') return text;
  throw invalidConfig([text], `${name} cannot be used`);
}

/**
 * Changes only the lines concerned: written anew as a whole, the file would lose what its owner laid
 * out by hand. What comes out is compared with what was meant, so a form not thought of here is refused.
 */
function edited(text: string, pin: ImagePin): string {
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  let result = text;
  for (const [key, value] of Object.entries(pin)) result = set(result, key, value, newline);
  return result;
}

function set(text: string, key: string, value: string, newline: string): string {
  const document = parseYaml(text);
  if (document === null) throw new Error('checked before: the file does not nest too deeply');
  const old = document.getIn(['sandbox', 'image', key], true);
  if (isScalar(old) && old.range) {
    return text.slice(0, old.range[0]) + JSON.stringify(value) + text.slice(old.range[1]);
  }
  const image = document.getIn(['sandbox', 'image'], true);
  if (isMap(image)) return after(text, image, [`${key}: ${JSON.stringify(value)}`], newline);
  const lines = ['image:', `  ${key}: ${JSON.stringify(value)}`];
  const sandbox = document.get('sandbox', true);
  if (isMap(sandbox)) return after(text, sandbox, lines, newline);
  const end = text === '' || /\n$/.test(text) ? '' : newline;
  return text + end + ['', 'sandbox:', ...lines.map((line) => `  ${line}`), ''].join(newline);
}

/** Below the last entry of a map that is written one entry a line, indented as its first. */
function after(text: string, map: YAMLMap, lines: string[], newline: string): string {
  const first = map.items[0]?.key;
  const start = isScalar(first) && first.range ? first.range[0] : 0;
  const indent = text.slice(text.lastIndexOf('\n', start - 1) + 1, start);
  const last = lastEnd(map);
  const eol = text.indexOf('\n', last);
  const at = eol < 0 ? text.length : eol + 1;
  const before = text.slice(0, at);
  const block = lines.map((line) => `${indent}${line}${newline}`).join('');
  return `${before}${before.endsWith('\n') ? '' : newline}${block}${text.slice(at)}`;
}

/** Where the last thing that stands in a node ends; a collection's own end lies behind its comments. */
function lastEnd(node: unknown): number {
  if (isMap(node)) {
    const pair = node.items.at(-1);
    return Math.max(lastEnd(pair?.key), lastEnd(pair?.value));
  }
  if (isSeq(node) && node.items.length > 0) return lastEnd(node.items.at(-1));
  return (isNode(node) && node.range?.[1]) || 0;
}
