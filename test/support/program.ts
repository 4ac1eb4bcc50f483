import { cpSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { bundle } from '../../scripts/bundle.mjs';
import { compile } from './compile.ts';

const ROOT = resolve(import.meta.dirname, '..', '..');

/**
 * Makes the package in `root` as `npm run build` does, without type checks: `dist`, the manifest of
 * version 1.2.3, and the folders beside it. Independent of the repository's dist/, which may be older.
 */
export async function buildProgram(root: string): Promise<void> {
  const compiled = join(root, 'modules');
  mkdirSync(compiled);
  compile(compiled, ['main.ts', 'demo/daemon.ts']);
  const src = join(ROOT, 'src');
  for (const file of readdirSync(src, { recursive: true }) as string[]) {
    if (!/\.(sql|mjs)$/.test(file)) continue;
    mkdirSync(dirname(join(compiled, file)), { recursive: true });
    cpSync(join(src, file), join(compiled, file));
  }
  await bundle(compiled, join(root, 'dist'));
  writeFileSync(join(root, 'package.json'), '{"type":"module","version":"1.2.3"}');
  for (const name of ['scripts', 'docker', 'node_modules'])
    symlinkSync(join(ROOT, name), join(root, name));
}
