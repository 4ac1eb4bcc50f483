/**
 * Names that source files declare, by one simple pattern per kind of declaration. Not a parser: a
 * declaration in a string or comment counts, an exotic one is missed; the gate only needs to know
 * whether a name that a request mentions is there. Every pattern is anchored to a line start and
 * free of nested repetition, so hostile files cost linear time.
 */

export type SourceLanguage =
  | 'js'
  | 'python'
  | 'go'
  | 'rust'
  | 'java'
  | 'kotlin'
  | 'c'
  | 'csharp'
  | 'ruby'
  | 'php'
  | 'shell'
  | 'sql'
  | 'swift'
  | 'elixir';

const BY_EXTENSION: Readonly<Record<string, SourceLanguage>> = {
  ts: 'js',
  tsx: 'js',
  mts: 'js',
  cts: 'js',
  js: 'js',
  jsx: 'js',
  mjs: 'js',
  cjs: 'js',
  vue: 'js',
  svelte: 'js',
  py: 'python',
  pyi: 'python',
  go: 'go',
  rs: 'rust',
  java: 'java',
  scala: 'java',
  kt: 'kotlin',
  kts: 'kotlin',
  c: 'c',
  h: 'c',
  cc: 'c',
  cpp: 'c',
  cxx: 'c',
  hpp: 'c',
  hh: 'c',
  m: 'c',
  cs: 'csharp',
  rb: 'ruby',
  rake: 'ruby',
  php: 'php',
  sh: 'shell',
  bash: 'shell',
  zsh: 'shell',
  sql: 'sql',
  swift: 'swift',
  ex: 'elixir',
  exs: 'elixir',
};

export function languageOf(path: string): SourceLanguage | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const dot = name.lastIndexOf('.');
  return dot < 0 ? undefined : BY_EXTENSION[name.slice(dot + 1).toLowerCase()];
}

const ID = '[A-Za-z_$][\\w$]{0,120}';
type Pattern = readonly [kind: string, pattern: RegExp];
const line = (source: string, flags = 'gm'): RegExp => new RegExp(`^${source}`, flags);

const PATTERNS: Readonly<Record<SourceLanguage, readonly Pattern[]>> = {
  js: [
    [
      'export',
      line(
        `[ \\t]{0,8}export (?:default )?(?:declare )?(?:abstract )?(?:async )?(?:function\\*?|class|const|let|var|interface|type|enum|namespace) (${ID})`,
      ),
    ],
    [
      'local',
      line(
        `[ \\t]{0,8}(?:declare )?(?:abstract )?(?:async )?(?:function\\*?|class|interface|enum) (${ID})`,
      ),
    ],
    ['local', line(`[ \\t]{0,2}(?:const|let|var) (${ID})`)],
    ['cjs', line(`[ \\t]{0,4}(?:module\\.)?exports\\.(${ID})`)],
    [
      'member',
      line(
        `[ \\t]{1,8}(?:public |private |protected |static |readonly |override |abstract |async |get |set |#|\\*){0,4}(${ID})[?!]?(?:<[^\\n()]{0,80}>)?\\(`,
      ),
    ],
    [
      'member',
      line(
        `[ \\t]{1,8}(?:public |private |protected |static |readonly |override |declare ){0,4}(${ID})[?!]?:`,
      ),
    ],
  ],
  python: [
    ['function', line(`[ \\t]{0,16}(?:async )?def (${ID})`)],
    ['class', line(`[ \\t]{0,16}class (${ID})`)],
    ['constant', line(`([A-Z][A-Z0-9_]{2,80})\\s?(?::[^=\\n]{0,60})?=`)],
  ],
  go: [
    ['function', line(`func (?:\\([^)\\n]{0,80}\\) )?(${ID})`)],
    ['type', line(`type (${ID})`)],
    ['constant', line(`\\s?(?:const|var) (${ID})`)],
  ],
  rust: [
    [
      'item',
      line(
        `[ \\t]{0,8}(?:pub(?:\\([a-z: ]{1,20}\\))? )?(?:unsafe |async |const |extern "C" ){0,3}(?:fn|struct|enum|trait|type|mod|const|static|macro_rules!) (${ID})`,
      ),
    ],
  ],
  java: [
    [
      'type',
      line(
        `[ \\t]{0,8}(?:(?:public|private|protected|static|final|abstract|sealed|case|implicit) ){0,4}(?:class|interface|enum|record|trait|object|@interface) (${ID})`,
      ),
    ],
    [
      'method',
      line(
        `[ \\t]{1,8}(?:(?:public|private|protected|static|final|abstract|synchronized|default|override) ){1,4}(?:[\\w<>\\[\\],.?]{1,60} )?(?:def )?(${ID})\\(`,
      ),
    ],
  ],
  kotlin: [
    [
      'item',
      line(
        `[ \\t]{0,8}(?:(?:public|private|internal|protected|open|abstract|sealed|data|override|suspend|inline|const|enum) ){0,4}(?:fun|class|interface|object|val|var) (?:<[^>\\n]{0,40}> )?(?:\\w{1,40}\\.)?(${ID})`,
      ),
    ],
  ],
  c: [
    ['macro', line(`#[ \\t]{0,4}define (${ID})`)],
    ['type', line(`(?:typedef )?(?:struct|class|enum|union|namespace) (${ID})`)],
    ['function', line(`(?:[A-Za-z_][\\w:<>,]{0,60}[ *&]{1,3}){1,3}(${ID})\\(`)],
  ],
  csharp: [
    [
      'type',
      line(
        `[ \\t]{0,8}(?:(?:public|private|protected|internal|static|sealed|abstract|partial|readonly) ){0,4}(?:class|interface|enum|record|struct|namespace) (${ID})`,
      ),
    ],
    [
      'method',
      line(
        `[ \\t]{1,12}(?:(?:public|private|protected|internal|static|override|virtual|async|abstract) ){1,4}[\\w<>\\[\\],.?]{1,60} (${ID})\\s?[({]`,
      ),
    ],
  ],
  ruby: [
    ['item', line(`[ \\t]{0,16}(?:def (?:self\\.)?|class |module )(${ID})`)],
    ['constant', line(`[ \\t]{0,8}([A-Z][A-Z0-9_]{2,80}) ?=`)],
  ],
  php: [
    [
      'item',
      line(
        `[ \\t]{0,8}(?:(?:public|private|protected|static|final|abstract|readonly) ){0,4}(?:function &?|class |interface |trait |enum |const )(${ID})`,
      ),
    ],
  ],
  shell: [
    ['function', line(`(?:function )?(${ID}) ?\\(\\)`)],
    ['constant', line(`(?:export |readonly )?([A-Z][A-Z0-9_]{2,80})=`)],
  ],
  sql: [
    [
      'sqlfn',
      line(
        `[ \\t]{0,8}create (?:or replace )?(?:function|procedure|view|table|type|index|trigger)(?: if not exists)? (?:[\\w":]{1,60}\\.)?"?(${ID})`,
        'gim',
      ),
    ],
  ],
  swift: [
    [
      'item',
      line(
        `[ \\t]{0,8}(?:(?:public|private|internal|open|fileprivate|static|final|override|mutating|class) ){0,4}(?:func|class|struct|enum|protocol|extension|let|var) (${ID})`,
      ),
    ],
  ],
  elixir: [
    ['item', line(`[ \\t]{0,8}(?:defmodule|defp?|defmacrop?|defstruct) ([A-Za-z_][\\w.]{0,120})`)],
  ],
};

const KEYWORDS = new Set(
  'if for while switch catch return function constructor await else do try with new typeof super import export default case from as in of let const var true false null this class def end then fi done type'.split(
    ' ',
  ),
);

/** Declared names in order of appearance; a name may come twice with different kinds. */
export function symbolsOf(
  language: SourceLanguage,
  text: string,
): { name: string; kind: string }[] {
  const out: { name: string; kind: string }[] = [];
  const seen = new Set<string>();
  for (const [kind, pattern] of PATTERNS[language]) {
    for (const m of text.matchAll(pattern)) {
      const name = m[1];
      if (name === undefined || name.length < 2 || KEYWORDS.has(name) || seen.has(name)) continue;
      seen.add(name);
      out.push({ name, kind });
    }
  }
  return out;
}

/**
 * Distinct compound identifiers (camelCase, snake_case, CONST_CASE, `$name`): plain words are left
 * out, since nearly every English word is in some code and would ground any text.
 */
export function identifiersOf(text: string): Set<string> {
  const out = new Set<string>();
  for (const [word] of text.matchAll(/[A-Za-z_$][\w$]*/g)) {
    if (word.length < 4 || word.length > 80) continue;
    if (/[a-z0-9][A-Z]|[A-Za-z0-9]_[A-Za-z0-9]|^\$\w/.test(word)) out.add(word);
  }
  return out;
}
