import { execFileSync } from 'node:child_process';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '..', '..');

/**
 * Compiles sources (relative to src/) and what they import into `folder`, without type checks,
 * for tests that need a real second process of aedev. Independent of dist/, which may be older.
 */
export function compile(folder: string, files: readonly string[]): void {
  const config = join(folder, 'tsconfig.json');
  writeFileSync(
    config,
    JSON.stringify({
      extends: join(ROOT, 'tsconfig.json'),
      compilerOptions: { rootDir: join(ROOT, 'src'), outDir: folder, noCheck: true, types: [] },
      include: [],
      files: files.map((file) => join(ROOT, 'src', file)),
    }),
  );
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  execFileSync(process.execPath, [tsc, '-p', config], { stdio: 'inherit' });
}
