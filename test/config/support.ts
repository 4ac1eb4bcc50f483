import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { type HomePaths, pathsUnder } from '../../src/config/home.ts';
import { checkConfig, type LoadedConfig } from '../../src/config/load.ts';
import { formatProblem } from '../../src/config/problem.ts';

/** A new folder per call, removed after the test. */
export function temporaryFolders(): () => string {
  const made: string[] = [];
  afterEach(() => {
    for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
  });
  return () => {
    const folder = mkdtempSync(join(tmpdir(), 'aedev-config-'));
    made.push(folder);
    return folder;
  };
}

export const somewhere: HomePaths = pathsUnder('/nowhere/.aedev');

export const check = (policies: string | null, repos: string | null = null): LoadedConfig =>
  checkConfig({ policies, repos }, somewhere);

/** Every error as it is shown; none for a good configuration. */
export function errors(policies: string | null, repos: string | null = null): string[] {
  const loaded = check(policies, repos);
  return loaded.ok ? [] : loaded.problems.map(formatProblem);
}

/** Every warning as it is shown, of a configuration that must be good. */
export function warnings(policies: string | null, repos: string | null = null): string[] {
  const loaded = check(policies, repos);
  if (!loaded.ok) throw new Error(loaded.problems.map(formatProblem).join('\n'));
  return loaded.warnings.map(formatProblem);
}
