import { Buffer } from 'node:buffer';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { pathsUnder } from '../../src/config/home.ts';
import { loadConfig } from '../../src/config/load.ts';
import { formatProblem } from '../../src/config/problem.ts';
import { errors, temporaryFolders } from './support.ts';

describe('text that is no plain YAML', () => {
  const cases: [string, string, string][] = [
    ['a tab', 'system:\n\tport: 1\n', '2:1 the line is indented with a tab; use spaces'],
    [
      'a duplicate key',
      'system:\n  port: 1\n  port: 2\n',
      '3:3 system.port: is set twice, first on line 2; keep one of them',
    ],
    [
      'an anchor',
      'system: &x {}\n',
      '1:12 system: anchors (&name) are not supported; write the value where it is needed',
    ],
    [
      'an alias',
      'merge: {}\nsystem: *x\n',
      '2:9 system: aliases (*name) are not supported; write the value itself',
    ],
    ['a tag', 'system: !foo {}\n', '1:14 system: tags (!name) are not supported; remove the tag'],
    [
      'a binary tag',
      'system: !!binary aGk=\n',
      '1:18 system: tags (!name) are not supported; remove the tag',
    ],
    [
      'a directive that changes what yes means',
      '%YAML 1.1\n---\nsystem: {}\n',
      '1:1 a % directive is not supported; remove that line',
    ],
    [
      'a second document',
      '---\nsystem: {}\n---\nmerge: {}\n',
      '3:1 a second document begins here; keep one per file and remove this --- line',
    ],
    [
      'an open bracket',
      'system: {port: 1\nmerge: {}\n',
      '2:1 the indentation does not fit the lines above, or a bracket there is not closed; align it or close it',
    ],
    [
      'an open quote',
      'system:\n  operator: "me\n',
      '3:1 a closing quote, bracket, comma or colon is missing here or above',
    ],
    [
      'a reserved character',
      'system:\n  operator: @me\n',
      '2:13 a value cannot start with this character; put it between quotes',
    ],
    [
      'two values on a line',
      'system: port: 1\n',
      '1:9 a second `: ` follows on one line, or the next line is indented too far; quote the value or align the lines',
    ],
    ['a list', '- a\n', '1:1 the file must be made of `key: value` lines'],
    [
      'a missing space',
      'system:{}\n',
      '1:1 the file must be made of `key: value` lines; did you mean system: {}?',
    ],
    ['a number as key', 'system:\n  1: 2\n', '2:3 system: a key must be a plain word'],
    ['a list as key', '[a]: 1\n', '1:1 a key must be a plain word'],
    ['a prototype', '__proto__: {}\n', '1:1 __proto__ cannot be a key; remove it'],
    [
      'a limit left empty, which must not mean no limit',
      'budgets:\n  global:\n    runs_per_day:\n',
      '3:5 budgets.global.runs_per_day: has no value; write one, or remove the line',
    ],
  ];
  it.each(cases)('refuses %s', (_, text, expected) => {
    expect(errors(text)).toEqual([`policies.yaml:${expected}`]);
  });

  it.each(['[', '{a: ', '- ', '? '])('refuses endless nesting of %j without dying', (piece) => {
    expect(errors(piece.repeat(50_000))).toEqual([
      'policies.yaml:1:1 the file nests deeper than 40 levels; write it flat',
    ]);
  });

  it('refuses an alias bomb without expanding it', () => {
    const lines = ['a0: &a0 [x, x]'];
    for (let level = 1; level < 40; level += 1)
      lines.push(`a${level}: &a${level} [*a${level - 1}, *a${level - 1}]`);
    const found = errors(lines.join('\n'));
    expect(found.length).toBeLessThanOrEqual(50);
    expect(found[0]).toBe(
      'policies.yaml:1:9 a0: anchors (&name) are not supported; write the value where it is needed',
    );
  });

  it('tells at most fifty problems of a file', () => {
    const keys = Array.from({ length: 5000 }, (_, index) => `k${index}: 1`);
    expect(errors(keys.join('\n'))).toHaveLength(50);
    expect(errors(keys.map(() => 'a: 1').join('\n'))).toHaveLength(50);
    expect(errors(`a: [${', '.repeat(100_000)}`)).toHaveLength(1);
  });

  it('accepts what means the same: comments only, a BOM, CRLF, an explicit null', () => {
    for (const text of ['', '# nothing\n', '\ufeffsystem: {port: 1}\n', 'system:\r\n  port: 1\r\n'])
      expect(errors(text)).toEqual([]);
    expect(errors('budgets:\n  global:\n    runs_per_day: null\n')).toEqual([]);
  });

  it('makes control characters of a key visible', () => {
    expect(errors('"sys\\e[2Jtem": 1\n')[0]).toMatch(
      /^policies\.yaml:1:1 sys\\x1b\[2Jtem: unknown/,
    );
  });
});

/** A system tool of every Unix, named apart so that it is not taken for a package's. */
const MAKE_PIPE = 'mkfifo';

describe('files that are no text', () => {
  const folder = temporaryFolders();
  const home = () => {
    const paths = pathsUnder(folder());
    mkdirSync(paths.config);
    return paths;
  };
  const shown = (paths: ReturnType<typeof home>) => {
    const loaded = loadConfig(paths);
    return loaded.ok ? [] : loaded.problems.map(formatProblem);
  };

  it.each([
    [
      'latin-1',
      Buffer.from('a: 1\n# caf\xe9\n', 'latin1'),
      ':2:1 the file is not UTF-8 text; save it as UTF-8',
    ],
    [
      'UTF-16',
      Buffer.from('\ufeffa: 1\n', 'utf16le'),
      ':1:1 the file holds NUL bytes; save it as UTF-8 text',
    ],
    [
      'a huge file',
      Buffer.alloc(256 * 1024 + 1, 0x23),
      ':1:1 the file is larger than 256 KiB; it cannot be meant',
    ],
  ])('refuses %s', (_, bytes, expected) => {
    const paths = home();
    writeFileSync(paths.policiesFile, bytes);
    expect(shown(paths)).toEqual([`policies.yaml${expected}`]);
  });

  it('refuses a folder and a pipe in place of a file without waiting', () => {
    const paths = home();
    mkdirSync(paths.policiesFile);
    execFileSync(MAKE_PIPE, ['--', paths.reposFile]);
    const reason = '1:1 this is not a plain file; put one in its place';
    expect(shown(paths)).toEqual([`policies.yaml:${reason}`, `repos.yaml:${reason}`]);
  });

  it('refuses a file that every account may change', () => {
    const paths = home();
    writeFileSync(paths.policiesFile, '');
    chmodSync(paths.policiesFile, 0o666);
    expect(shown(paths)).toEqual([
      'policies.yaml:1:1 every account on this machine may change this file; run chmod o-w on it',
    ]);
  });

  it('follows a link to a real file, and takes missing files for defaults', () => {
    const paths = home();
    expect(loadConfig(paths).ok).toBe(true);
    const elsewhere = join(folder(), 'mine.yaml');
    writeFileSync(elsewhere, 'systm: {}\n');
    symlinkSync(elsewhere, paths.policiesFile);
    expect(shown(paths)).toEqual(['policies.yaml:1:1 systm: unknown key; did you mean system?']);
  });
});
