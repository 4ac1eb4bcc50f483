import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Assessment,
  assess,
  type CompiledIndex,
  compileIndex,
  DEFAULT_POLICY,
} from '../../../src/control/clarify/index.ts';
import type { Answer } from '../../../src/control/clarify/types.ts';
import { loadIndexDir } from '../../../src/planning/index-files.ts';

export const FIXTURES = join(import.meta.dirname, '../../fixtures/clarify');

export interface Labelled {
  id: string;
  repo: string;
  lang: string;
  text: string;
  label: 'ask' | 'go';
}

export function load(name: string): Labelled[] {
  return readFileSync(join(FIXTURES, name), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Labelled);
}

const REPOS = ['fastify', 'graphile-worker', 'hono', 'kysely', 'pg-boss', 'sandcastle'];
const compiled = new Map<string, CompiledIndex[]>();
for (const repo of REPOS)
  compiled.set(repo, [compileIndex(await loadIndexDir(join(FIXTURES, 'repos', repo), repo))]);

/** The indexes of a repo; none for "none". */
export const indexesOf = (repo: string): CompiledIndex[] => compiled.get(repo) ?? [];

export const judge = (text: string, repo: string, answers: Answer[] = []): Assessment =>
  assess({ text, indexes: indexesOf(repo), answers }, DEFAULT_POLICY);

export interface Errors {
  falseAsk: number;
  miss: number;
  wrong: string[];
}

/** Shares of wrongly asked and of missed requests. */
export function errorsOn(requests: readonly Labelled[]): Errors {
  const wrong = requests.filter((r) => judge(r.text, r.repo).ask !== (r.label === 'ask'));
  const share = (label: string) =>
    wrong.filter((r) => r.label === label).length /
    Math.max(1, requests.filter((r) => r.label === label).length);
  return { falseAsk: share('go'), miss: share('ask'), wrong: wrong.map((r) => r.id) };
}
