import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { settingsKind } from '../../src/delivery/push-gate/assignments.ts';
import { scanBytes } from '../../src/delivery/push-gate/secrets.ts';

/** Sources of packages that hold no secret, only here and there an example of one. */
function* sources(name: string): Generator<{ path: string; bytes: Buffer }> {
  const root = fileURLToPath(new URL(`../../node_modules/${name}`, import.meta.url));
  for (const path of readdirSync(root, { recursive: true, encoding: 'utf8' }).sort()) {
    if (!/\.(?:js|ts|mjs|cjs|json|md|map)$/.test(path)) continue;
    yield { path, bytes: readFileSync(join(root, path)) };
  }
}

describe('clean code', () => {
  it('has hardly a finding in thousands of files of real packages', async () => {
    let files = 0;
    let bytes = 0;
    const found: string[] = [];
    for (const name of ['zod', 'hono', 'pino', 'ai', 'commander', 'fast-check', 'cli-table3']) {
      for (const file of sources(name)) {
        files += 1;
        bytes += file.bytes.length;
        for (const hit of await scanBytes(file.bytes, settingsKind(file.path))) {
          found.push(`${name}/${file.path}:${hit.line} ${hit.rule}`);
        }
      }
    }
    expect(files).toBeGreaterThan(1000);
    expect(bytes).toBeGreaterThan(5_000_000);
    // Both are examples in zod's own tests: a signed token and an address with a password.
    expect(found.map((line) => line.split(' ')[1]).sort()).toEqual(['jwt', 'url-credentials']);
  });

  it('has none in this repo, whose tests put their secrets together at run time', async () => {
    const root = fileURLToPath(new URL('../..', import.meta.url));
    const found: string[] = [];
    for (const folder of ['src/delivery', 'test/delivery', 'test/support']) {
      for (const path of readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })) {
        if (!path.endsWith('.ts')) continue;
        for (const hit of await scanBytes(readFileSync(join(root, folder, path)), null)) {
          found.push(`${folder}/${path}:${hit.line} ${hit.rule}`);
        }
      }
    }
    expect(found).toEqual([]);
  });
});
