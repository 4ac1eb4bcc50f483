/**
 * `aedev repo add|remove` and updates: edits repos.yaml as its owner would, keeping comments and
 * order. The result is checked whole before it replaces the file; a file that is invalid, locked,
 * or changed by someone else in the meantime stays as it is.
 */

import { realpathSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { type Document, isMap, isSeq, type YAMLSeq } from 'yaml';
import type { z } from 'zod';
import type { Policy } from '../control/policy.ts';
import type { repoEntry } from '../control/policy-repo.ts';
import { printable } from '../lib/escape.ts';
import { codeOf } from '../lib/small-file.ts';
import { defaultRepos } from './defaults.ts';
import { ConfigError, fileError, invalidConfig } from './errors.ts';
import { type LockOptions, withLock } from './file-lock.ts';
import { replaceFile } from './files.ts';
import type { HomePaths } from './home.ts';
import { checkConfig, readConfigFile } from './load.ts';
import { parseYaml, yamlTree } from './yaml-tree.ts';

/** What the operator may say of a repo; defaults stay unwritten. */
export type RepoInput = z.input<typeof repoEntry>;

export interface RegistryOptions extends LockOptions {
  /** Runs just before the file is replaced. For tests of what happens in between. */
  beforeWrite?: () => void;
}

type Edit = (list: YAMLSeq, document: Document, plain: Record<string, unknown>[]) => void;

/** Registers a repo at the end of the list. Throws ConfigError `known-repo`, `invalid-config`, … */
export function addRepo(
  paths: HomePaths,
  entry: RepoInput,
  options: RegistryOptions = {},
): Promise<Policy> {
  return edit(
    paths,
    options,
    `The repo ${name(entry.id)} cannot be added`,
    (list, document, plain) => {
      if (plain.some((one) => one['id'] === entry.id))
        throw new ConfigError(
          'known-repo',
          `A repo ${name(entry.id)} is registered already.`,
          'Choose another id, or remove that one first.',
        );
      const written = compact(entry);
      plain.push(written);
      list.add(document.createNode(written));
      // An empty list is written [], and stays on its line unless told otherwise.
      if (list.items.length === 1) list.flow = false;
    },
  );
}

/** Takes a repo out of the list, with the comments that belong to it. Throws `unknown-repo`. */
export function removeRepo(
  paths: HomePaths,
  id: string,
  options: RegistryOptions = {},
): Promise<Policy> {
  return edit(
    paths,
    options,
    `The repo ${name(id)} cannot be removed`,
    (list, _document, plain) => {
      const index = indexOf(plain, id);
      plain.splice(index, 1);
      list.delete(index);
      if (list.items.length === 0) list.flow = true;
    },
  );
}

const name = (id: unknown) => printable(String(id), 80);

const unknownRepo = (id: string) =>
  new ConfigError(
    'unknown-repo',
    `No repo ${name(id)} is registered.`,
    'See `aedev repo list` for those that are.',
  );

function indexOf(plain: readonly Record<string, unknown>[], id: string): number {
  const index = plain.findIndex((entry) => entry['id'] === id);
  if (index < 0) throw unknownRepo(id);
  return index;
}

/** Without undefined members, which YAML would write as null. */
const compact = (entry: object) =>
  Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== undefined));

function currentText(path: string): string | null {
  const text = readConfigFile(path, 'repos.yaml');
  if (text === null || typeof text === 'string') return text;
  throw invalidConfig([text], 'repos.yaml cannot be used');
}

async function edit(
  paths: HomePaths,
  options: RegistryOptions,
  what: string,
  change: Edit,
): Promise<Policy> {
  // Where the file really is: a link, e.g. into a folder of dotfiles, must stay a link.
  const path = realPath(paths.reposFile);
  const policies = readConfigFile(paths.policiesFile, 'policies.yaml');
  if (policies !== null && typeof policies !== 'string')
    throw invalidConfig([policies], 'policies.yaml cannot be used');
  return withLock(
    path,
    () => {
      const before = currentText(path);
      const text = before ?? defaultRepos();
      const old = checkConfig({ policies, repos: text }, paths);
      if (!old.ok) throw invalidConfig(old.problems, 'The configuration has a problem already');
      const edited = editText(text, change);
      const next = checkConfig({ policies, repos: edited.text }, paths);
      if (!next.ok) throw invalidConfig(next.problems, what);
      // What was written must read back as what was meant, and as nothing else.
      const readBack = plainList(edited.text);
      if (!isDeepStrictEqual(readBack, edited.meant))
        throw new ConfigError(
          'invalid-config',
          `${what}: repos.yaml is laid out in a way that cannot be edited safely.`,
          'Make the change by hand.',
        );
      replaceFile(path, edited.text, 0o600, () => {
        options.beforeWrite?.();
        if (currentText(path) === before) return;
        throw new ConfigError(
          'changed-meanwhile',
          'repos.yaml was changed by someone else in the meantime; nothing was written.',
          'Try again.',
        );
      });
      return next.policy;
    },
    options,
  );
}

/** Of a link, where it leads: it must stay a link. */
export function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return path;
    throw fileError(error, 'use', path);
  }
}

/** The list as plain data with ordinary prototypes. */
function plainList(text: string): Record<string, unknown>[] {
  const { value } = yamlTree('repos.yaml', text);
  const { repos } = (value ?? {}) as { repos?: unknown };
  return JSON.parse(JSON.stringify(repos ?? [])) as Record<string, unknown>[];
}

function editText(text: string, change: Edit): { text: string; meant: unknown } {
  const document = parseYaml(text);
  if (document === null) throw new Error('checked before: the file does not nest too deeply');
  if (!isMap(document.contents)) document.contents = document.createNode({}) as never;
  let list = document.get('repos', true);
  if (!isSeq(list)) {
    list = document.createNode([]);
    document.set('repos', list);
  }
  const plain = plainList(text);
  change(list as YAMLSeq, document, plain);
  const written = document.toString({
    lineWidth: 0,
    flowCollectionPadding: false,
    ...layout(text),
  });
  // Git and editors on Windows may keep CRLF; the writer knows only LF.
  const crlf = text.includes('\r\n') && !/[^\r]\n/.test(text);
  return {
    text: crlf ? written.replaceAll('\n', '\r\n') : written,
    meant: JSON.parse(JSON.stringify(plain)),
  };
}

/** The writer's options that come nearest to how the file is indented already. */
function layout(text: string): { indent: number; indentSeq: boolean } {
  const lines = text.split(/\r?\n/).filter((line) => !/^\s*(#|$)/.test(line));
  const first = lines.findIndex((line) => /^\s*- /.test(line));
  const dash = /^ */.exec(lines[first] ?? '')?.[0].length ?? 2;
  if (first < 0) return { indent: 2, indentSeq: true };
  return { indent: Math.min(8, Math.max(2, dash)), indentSeq: dash > 0 };
}
