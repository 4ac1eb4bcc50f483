import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkImports } from '../../scripts/check-imports.mjs';

let src: string;
beforeEach(() => {
  src = mkdtempSync(join(tmpdir(), 'aedev-imports-'));
});
afterEach(() => rmSync(src, { recursive: true, force: true }));

function check(files: Record<string, string>): string[] {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(src, path)), { recursive: true });
    writeFileSync(join(src, path), text);
  }
  return checkImports(src);
}

const leaf = 'export type T = 1;\nexport const t = 1;\n';

describe('import rules', () => {
  it('accepts the arrows of the design', () => {
    expect(
      check({
        'control/contract.ts': "import { z } from 'zod';\nexport const t = z;\n",
        'control/task.ts': "import { t } from './contract.ts';\nexport const u = t;\n",
        'lib/git.ts': "import { spawn } from 'node:child_process';\nexport const t = spawn;\n",
        'store/event-store.ts': leaf,
        'store/sqlite/store.ts': "import D from 'libsql';\nexport const t = D;\n",
        'engine/dispatch.ts':
          "import type { T } from '../store/event-store.ts';\nexport type { T };\nexport * from '../control/task.ts';\n",
        'execution/coders/a.ts':
          "import type { t } from '../../control/task.ts';\nexport * from '../../lib/git.ts';\nexport type T = t;\n",
        'execution/a.ts': "export * from '../lib/git.ts';\nexport * from '../control/task.ts';\n",
        'config/load.ts': "export * from '../control/task.ts';\nexport * from '../lib/git.ts';\n",
        'surfaces/cli/cli.ts':
          "export * from '../../control/task.ts';\nexport * from '../../config/load.ts';\n",
        'compose.ts':
          "export * from './store/sqlite/store.ts';\nexport * from './execution/a.ts';\nexport * from './surfaces/cli/cli.ts';\n",
        'main.ts': "import './compose.ts';\nimport './surfaces/cli/cli.ts';\n",
      }),
    ).toEqual([]);
  });

  const refused: [string, string, string][] = [
    ['control/a.ts', "import fs from 'node:fs';", 'not node:fs'],
    ['control/a.ts', "import fs from 'fs';", 'not fs'],
    ['control/a.ts', "import type { Y } from 'yaml';", 'not yaml'],
    ['control/a.ts', "import type { T } from '../lib/leaf.ts';", 'src/lib/leaf.ts'],
    ['lib/a.ts', "import type { T } from '../control/leaf.ts';", 'src/control/leaf.ts'],
    ['execution/a.ts', "export { t } from '../judgement/leaf.ts';", 'src/judgement/leaf.ts'],
    ['execution/a.ts', "export type { T } from '../delivery/leaf.ts';", 'src/delivery/leaf.ts'],
    ['delivery/a.ts', "type X = import('../operations/leaf.ts').T;", 'src/operations/leaf.ts'],
    ['delivery/a.ts', "const x = await import('../store/leaf.ts');", 'src/store/leaf.ts'],
    ['execution/coders/a.ts', "import { t } from '../../control/leaf.ts';", 'has not src/control'],
    ['engine/a.ts', "import { t } from '../store/sqlite/leaf.ts';", 'src/store/sqlite/leaf.ts'],
    ['engine/a.ts', "import { t } from '../execution/leaf.ts';", 'src/execution/leaf.ts'],
    ['surfaces/a.ts', "import { t } from '../delivery/leaf.ts';", 'src/delivery/leaf.ts'],
    ['surfaces/a.ts', "import { t } from '../compose.ts';", 'src/compose.ts'],
    ['config/a.ts', "import { t } from '../store/leaf.ts';", 'src/store/leaf.ts'],
    ['config/a.ts', "import { t } from '../surfaces/leaf.ts';", 'src/surfaces/leaf.ts'],
    ['execution/a.ts', "import { t } from '../config/leaf.ts';", 'src/config/leaf.ts'],
    ['main.ts', "import { t } from './surfaces/web/leaf.ts';", 'src/surfaces/web/leaf.ts'],
    ['planning/a.ts', "import D from 'libsql';", 'only store'],
    ['planning/a.ts', "import '../../test/leaf.ts';", 'leaves src'],
    ['planning/a.ts', "import './absent.ts';", 'no such file'],
    ['planning/a.ts', 'const x = await import(name);', 'computed path'],
    ['elsewhere/a.ts', leaf, 'no import rule for elsewhere'],
    ['planning/a.ts', 'import {', 'cannot be parsed'],
  ];
  it.each(refused)('refuses in %s: %s', (file, text, message) => {
    const others = Object.fromEntries(
      [...text.matchAll(/'(\.\.?\/[^']*)'/g)]
        .map((match) => join(dirname(file), match[1] ?? ''))
        .filter((path) => !path.startsWith('..') && !path.includes('absent'))
        .map((path) => [path, leaf]),
    );
    const breaches = check({ ...others, [file]: text });
    expect(breaches).toHaveLength(1);
    expect(breaches[0]).toContain(`src/${file}:1`);
    expect(breaches[0]).toContain(message);
  });

  it('refuses a cycle, also one of types only', () => {
    expect(
      check({
        'lib/a.ts': "import type { T } from './b.ts';\nexport type A = T;\n",
        'lib/b.ts': "import type { A } from './a.ts';\nexport type T = A;\n",
      }),
    ).toEqual(['cycle: src/lib/a.ts → src/lib/b.ts → src/lib/a.ts']);
  });

  it.each([
    'Date.now()',
    'new Date()',
    'Math.random()',
    'process.env',
    'async () => 1',
    'setTimeout(f, 1)',
  ])('refuses %s in the pure plane', (use) => {
    expect(check({ 'control/a.ts': `export const x = ${use};\n` })).toHaveLength(1);
    rmSync(join(src, 'control'), { recursive: true });
    expect(check({ 'lib/a.ts': `export const x = ${use};\n` })).toEqual([]);
  });
});
