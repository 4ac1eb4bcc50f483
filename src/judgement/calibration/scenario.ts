/** One small task with a right change and one with a seeded fault whose tests pass all the same. */

/** Content by path; null deletes. */
export type Files = Readonly<Record<string, string | null>>;

export type Language = 'javascript' | 'typescript' | 'python' | 'go' | 'sql' | 'workflow';

export interface Scenario {
  id: string;
  /** What is wrong with the faulty change, in a few words. */
  fault: string;
  language: Language;
  /** What the operator asked for. */
  request: string;
  acceptance: readonly string[];
  /** Paths that may change; by default `src/**` and `test/**`. */
  allowed?: readonly string[];
  base: Files;
  /** Changed by both, mostly tests. */
  shared?: Files;
  good: Files;
  bad: Files;
  /** How many tests pass: before, with the right change and with the faulty one. */
  tests: readonly [base: number, good: number, bad: number];
}

/** What makes Node read `.js` files as modules. */
export const MODULE: Files = { 'package.json': '{ "type": "module" }\n' };

/** A test file of `node:test` around the given tests. */
export const nodeTests = (imports: string, tests: string): string =>
  `import assert from 'node:assert/strict';\nimport { test } from 'node:test';\n${imports}\n\n${tests}`;
