/** Every effective value with where it comes from, for `aedev config show`. */
import { type Policy, repoBudget, taskPolicy } from '../control/policy.ts';
import { printable } from '../lib/escape.ts';
import { SCHEMAS, schemaAt } from './json-schema.ts';
import type { ConfigSources } from './load.ts';
import { pathText } from './problem.ts';
import type { Path, YamlTree } from './yaml-tree.ts';

export interface EffectiveValue {
  /** E.g. `budgets.global.runs_per_day` or `repos[shop].branch`. */
  path: string;
  value: unknown;
  /** `default`, or the file and line that say it. */
  from: string;
  /** What the setting means; null where the schema does not say. */
  description: string | null;
}

/** `policies.yaml:12` when the file says something at `path`, else null. */
function said(tree: YamlTree | null, path: Path): string | null {
  if (!tree?.has(path)) return null;
  return `${tree.file}:${tree.placeOf(path, 'key').line}`;
}

/** The plain values below `value`; an empty list or section counts as a value itself. */
function leaves(value: unknown, path: PropertyKey[]): { path: PropertyKey[]; value: unknown }[] {
  if (typeof value !== 'object' || value === null) return [{ path, value }];
  const entries: [PropertyKey, unknown][] = Array.isArray(value)
    ? value.map((item, index) => [index, item])
    : Object.entries(value);
  const scalars = entries.every(([, item]) => typeof item !== 'object' || item === null);
  // A list of words is read as one value; a list of sections is not.
  if (entries.length === 0 || (Array.isArray(value) && scalars)) return [{ path, value }];
  return entries.flatMap(([key, item]) => leaves(item, [...path, key]));
}

const describe = (file: 'policies.yaml' | 'repos.yaml', path: Path): string | null =>
  schemaAt(SCHEMAS[file], path)?.description ?? null;

/** Policies first, then each repo in the order of its id, with what it inherits filled in. */
export function explain(policy: Policy, sources: ConfigSources): EffectiveValue[] {
  const rows: EffectiveValue[] = leaves(policy.policies, []).map(({ path, value }) => ({
    path: pathText(path),
    value,
    from: said(sources.policies, path) ?? 'default',
    description: describe('policies.yaml', path),
  }));
  const listed = (sources.repos?.value as { repos?: { id?: unknown }[] } | undefined)?.repos ?? [];
  for (const id of Object.keys(policy.repos).sort())
    rows.push(
      ...repoRows(
        policy,
        sources,
        id,
        listed.findIndex((entry) => entry.id === id),
      ),
    );
  return rows;
}

/** Settings of a repo that fall back to one in policies.yaml. */
const INHERITED: Record<string, PropertyKey[]> = {
  coder: ['coders', 'default'],
  auto_merge: ['merge', 'auto_merge'],
  method: ['merge', 'method'],
};

function repoRows(
  policy: Policy,
  sources: ConfigSources,
  id: string,
  index: number,
): EffectiveValue[] {
  const entry = policy.repos[id];
  const effective = taskPolicy(policy, id);
  if (entry === undefined || effective === undefined) return [];
  const values = {
    ...entry,
    coder: entry.coder ?? policy.policies.coders.default,
    auto_merge: effective.autoMerge,
    method: effective.method,
    budget: repoBudget(policy, id),
    risk: effective.risk,
  };
  return leaves(values, []).map(({ path, value }) => {
    const own = said(sources.repos, ['repos', index, ...path]);
    const [head, ...rest] = path;
    const above =
      head === 'budget'
        ? ['budgets', 'per_repo', ...rest]
        : head === 'risk'
          ? path
          : INHERITED[String(head)];
    const inherited = above === undefined ? null : said(sources.policies, above);
    // The stricter of two limits counts, so one line alone does not always explain the value.
    const both = head === 'risk' && own !== null && inherited !== null;
    return {
      path: `repos[${printable(id, 80)}].${pathText(path)}`,
      value,
      from: both ? `${own} and ${inherited}` : (own ?? inherited ?? 'default'),
      description: describe('repos.yaml', ['repos', 0, ...path]),
    };
  });
}
