/** Reads what the operator wrote and turns it into a policy, or into everything that is wrong. */
import { homedir } from 'node:os';
import { z } from 'zod';
import { type Policies, type Policy, policiesFile } from '../control/policy.ts';
import { type RepoEntry, reposFile } from '../control/policy-repo.ts';
import { canonicalJson } from '../lib/canonical.ts';
import { sha256Hex } from '../lib/hash.ts';
import { MAX_CONFIG_BYTES, readSmall } from './files.ts';
import type { Finding } from './finding.ts';
import type { HomePaths } from './home.ts';
import { issueProblems } from './issue-words.ts';
import { type ConfigFile, SCHEMAS } from './json-schema.ts';
import { type ConfigProblem, pathText } from './problem.ts';
import { policiesFindings } from './rules-policies.ts';
import { reposFindings } from './rules-repos.ts';
import { MAX_PROBLEMS, type YamlTree, yamlTree } from './yaml-tree.ts';

/** What each file itself says and where; null for a file that does not exist. */
export interface ConfigSources {
  policies: YamlTree | null;
  repos: YamlTree | null;
}

export type LoadedConfig =
  | { ok: true; policy: Policy; sources: ConfigSources; warnings: ConfigProblem[] }
  | { ok: false; problems: ConfigProblem[] };

/** The text of the two files; null for one that does not exist: it means the defaults. */
export interface ConfigTexts {
  policies: string | null;
  repos: string | null;
}

/**
 * Loads both files. Nothing is taken from a file that has any error. Throws ConfigError only when
 * a file is there and the system does not let it be read.
 */
export function loadConfig(paths: HomePaths): LoadedConfig {
  const policies = readConfigFile(paths.policiesFile, 'policies.yaml');
  const repos = readConfigFile(paths.reposFile, 'repos.yaml');
  const unread = [policies, repos].filter((one) => isProblem(one));
  if (isProblem(policies) || isProblem(repos)) return { ok: false, problems: unread };
  return checkConfig({ policies, repos }, paths);
}

const isProblem = (value: unknown): value is ConfigProblem =>
  typeof value === 'object' && value !== null;

/** The text of a file, null when there is none, or why it cannot be a configuration. */
export function readConfigFile(path: string, file: ConfigFile): string | ConfigProblem | null {
  const whole = (reason: string, line = 1): ConfigProblem => ({
    severity: 'error',
    file,
    line,
    column: 1,
    path: '',
    reason,
    nearest: null,
  });
  const read = readSmall(path, MAX_CONFIG_BYTES, { followLinks: true });
  if (read === null) return null;
  if (read === 'too-large')
    return whole(`the file is larger than ${MAX_CONFIG_BYTES / 1024} KiB; it cannot be meant`);
  if (read === 'not-a-file') return whole('this is not a plain file; put one in its place');
  if (process.platform !== 'win32' && (read.stats.mode & 0o002) !== 0)
    return whole('every account on this machine may change this file; run chmod o-w on it');
  const text = read.bytes.toString('utf8');
  if (text.includes('\u0000'))
    return whole('the file holds NUL bytes; save it as UTF-8 text', lineOf(text, '\u0000'));
  if (!Buffer.from(text, 'utf8').equals(read.bytes))
    return whole('the file is not UTF-8 text; save it as UTF-8', lineOf(text, '\uFFFD'));
  return text;
}

const lineOf = (text: string, mark: string) => text.slice(0, text.indexOf(mark)).split('\n').length;

/** Checks the text of both files together. `paths` is only compared with, never looked at. */
export function checkConfig(texts: ConfigTexts, paths: Pick<HomePaths, 'home'>): LoadedConfig {
  const policies = parseFile(texts.policies, 'policies.yaml', policiesFile);
  const repos = parseFile(texts.repos, 'repos.yaml', reposFile);
  const problems: ConfigProblem[] = [...policies.problems, ...repos.problems];
  if (policies.data !== null)
    problems.push(...placed(policiesFindings(policies.data), policies.tree));
  if (repos.data !== null && policies.data !== null) {
    const place = policies.tree.placeOf(['merge', 'auto_merge']);
    const findings = reposFindings(repos.data.repos, {
      home: paths.home,
      homedir: homedir(),
      policies: policies.data,
      autoMergeFrom: `policies.yaml:${place.line}`,
    });
    problems.push(...placed(findings, repos.tree));
  }
  problems.sort(byPlace);
  const errors = problems.filter((problem) => problem.severity === 'error');
  if (errors.length > 0 || policies.data === null || repos.data === null)
    return { ok: false, problems: errors };
  return {
    ok: true,
    policy: policyOf(policies.data, repos.data.repos),
    sources: {
      policies: texts.policies === null ? null : policies.tree,
      repos: texts.repos === null ? null : repos.tree,
    },
    warnings: problems,
  };
}

interface Parsed<T> {
  tree: YamlTree;
  data: T | null;
  problems: ConfigProblem[];
}

function parseFile<S extends z.ZodType>(
  text: string | null,
  file: ConfigFile,
  schema: S,
): Parsed<z.output<S>> {
  const tree = yamlTree(file, text ?? '');
  if (tree.problems.length > 0) return { tree, data: null, problems: tree.problems };
  const result = z.safeParse(schema, tree.value ?? {});
  if (result.success) return { tree, data: result.data, problems: [] };
  const problems = result.error.issues
    .slice(0, MAX_PROBLEMS)
    .flatMap((issue) => issueProblems(issue, tree, SCHEMAS[file]));
  return { tree, data: null, problems: withoutEchoes(problems).slice(0, MAX_PROBLEMS) };
}

/** A misspelled key also makes the right one missing: only the misspelling is told. */
function withoutEchoes(problems: ConfigProblem[]): ConfigProblem[] {
  const meant = new Set(
    problems
      .filter(({ nearest }) => nearest !== null)
      .map(({ path, nearest }) => path.replace(/[^.]*$/, nearest ?? '')),
  );
  return problems.filter(
    ({ path, reason }) => !(reason.startsWith('is missing') && meant.has(path)),
  );
}

const placed = (findings: readonly Finding[], tree: YamlTree): ConfigProblem[] =>
  findings.map(({ severity, path, reason, nearest }) => ({
    severity,
    file: tree.file,
    ...tree.placeOf(path),
    path: pathText(path),
    reason,
    nearest: nearest ?? null,
  }));

const byPlace = (a: ConfigProblem, b: ConfigProblem) =>
  a.file.localeCompare(b.file) || a.line - b.line || a.column - b.column;

/** The policy with the digest of what it means: comments, order and spelling do not change it. */
function policyOf(written: Policies, list: readonly RepoEntry[]): Policy {
  const { $schema: _, ...policies } = written;
  // Without a prototype: no id, not even `constructor`, finds anything that is not registered.
  const repos: Record<string, RepoEntry> = Object.create(null);
  for (const repo of list) repos[repo.id] = repo;
  return { hash: sha256Hex(canonicalJson({ policies, repos })), policies, repos };
}
