/** Caches over a real mirror and sandbox, in a temporary folder. */
import { chmodSync, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { CacheRule } from '../../../src/control/policy-caches.ts';
import { createCaches } from '../../../src/execution/caches/caches.ts';
import { createWorkspaces } from '../../../src/execution/workspace/workspaces.ts';
import { type SandboxBed, sandboxBed } from '../../support/sandboxes.ts';
import { sourceRepo, tempDir } from '../workspace/helpers.ts';

/** Installs one package of the version that the lockfile names, as a package manager would. */
export const SETUP = `
const { mkdirSync, readFileSync, writeFileSync, symlinkSync, linkSync } = require('node:fs');
const version = readFileSync('lock', 'utf8').trim();
mkdirSync('node_modules/dep/bin', { recursive: true });
writeFileSync('node_modules/dep/index.js', 'module.exports = ' + JSON.stringify(version) + ';');
writeFileSync('node_modules/dep/bin/run', '#!/bin/sh\\necho ran', { mode: 0o755 });
mkdirSync('node_modules/.bin');
symlinkSync('../dep/bin/run', 'node_modules/.bin/run');
linkSync('node_modules/dep/index.js', 'node_modules/dep/same.js');
console.log(Object.keys(process.env).join());
`;
export const FILES = { lock: '1\n', 'setup.cjs': SETUP, 'a.txt': 'a\n', '.gitignore': 'nothing\n' };
export const RULE: CacheRule = {
  path: 'node_modules',
  key: ['lock'],
  setup: ['node', 'setup.cjs'],
  wall_minutes: 1,
};

export async function cacheBed(
  tier: 'process' | 'docker' | 'srt' = 'process',
  files: Record<string, string> = FILES,
) {
  const sandboxes: SandboxBed = sandboxBed(tier);
  const home = tempDir();
  const source = sourceRepo(files);
  const workspaces = createWorkspaces({ root: join(home, 'repos') });
  const { mirror, base } = await workspaces.sync('shop', source, 'main');
  const policy = { rules: [RULE], environment: `${tier} of this test`, registries: [] as string[] };
  const setups: string[] = [];
  const sandbox = new Proxy(sandboxes.sandbox, {
    get(target, name) {
      if (name === 'run') {
        return (spec: Parameters<typeof target.run>[0], signal: AbortSignal) => {
          setups.push(spec.run);
          return target.run(spec, signal);
        };
      }
      const value = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  const root = join(home, 'caches');
  let now = Date.UTC(2026, 0, 1);
  const make = () =>
    createCaches({
      root,
      workspaces,
      now: () => {
        now += 1000;
        return now;
      },
      settings: () => ({ ...policy, limits: { memoryMb: 512, cpus: 1, pids: 64 } }),
    });
  const caches = make();
  let laid = 0;
  const signal = () => new AbortController().signal;
  return {
    ...{ home, source, workspaces, mirror, base, policy, setups, sandbox, root, make, caches },
    bed: sandboxes,
    furnishing: (at = base, task = 't-1', by = caches) =>
      by.furnishing({ repo: 'shop', base: at, task }, sandbox, signal()),
    /** A workspace with what the caches give it. */
    async layOut(at = base) {
      laid += 1;
      const dir = join(home, 'runs', `r${laid}`, 'workspace');
      const furnishing = await caches.furnishing(
        { repo: 'shop', base: at, task: 't-1' },
        sandbox,
        signal(),
      );
      await workspaces.layOut(mirror, at, dir, '/objects', furnishing);
      return { dir, repo: join(dir, 'repo') };
    },
    end: () => sandboxes.remove(),
  };
}

/** Opens what is read-only, as the same account could. */
export function unlock(path: string): void {
  const stat = lstatSync(path);
  if (stat.isSymbolicLink()) return;
  chmodSync(path, 0o700);
  if (stat.isDirectory()) for (const name of readdirSync(path)) unlock(join(path, name));
}
