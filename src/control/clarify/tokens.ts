import { PROPER_NAMES } from './names.ts';

/** One private-use character stands for each thing below in `masked`; the input's own are dropped. */
export const PATH = '\uE000';
export const NAME = '\uE001';
export const CODE = '\uE002';
export const QUOTE = '\uE003';
export const FLAG = '\uE004';
export const PACKAGE = '\uE005';
export const VERSION = '\uE006';

export type ItemKind = 'path' | 'name' | 'code' | 'quote' | 'flag' | 'package' | 'version';

const EXTENSIONS = new Set(
  (
    'ts tsx mts cts js jsx mjs cjs json jsonc json5 jsonl md mdx txt yml yaml toml ini cfg conf env sql py pyi go rs ' +
    'java kt kts scala c h cc cpp hpp cs rb php sh bash zsh ps1 bat html htm css scss sass less vue svelte lock xml ' +
    'svg csv tsv proto graphql gql prisma gradle tf lua ex exs erl swift dart r jl pl snap mk diff patch log example'
  ).split(' '),
);
const SPECIAL_FILES =
  /^(?:license|licence|readme|changelog|makefile|dockerfile|codeowners|procfile|\.(?:git|npm|docker|prettier|eslint)ignore|\.gitattributes|\.editorconfig|\.npmrc|\.nvmrc|\.mailmap|\.prettierrc|\.env)$/i;

export const PLACEHOLDER: Record<ItemKind, string> = {
  path: PATH,
  name: NAME,
  code: CODE,
  quote: QUOTE,
  flag: FLAG,
  package: PACKAGE,
  version: VERSION,
};

/** What a bare run of ASCII characters is, or undefined for plain words and numbers. */
export function classify(chunk: string, called: boolean): ItemKind | undefined {
  if (chunk.length > 200 || !/[A-Za-z]/.test(chunk)) {
    return /^[v^~<>=]*\d+(?:\.\d+){2,3}/.test(chunk) || /^[v^~]\d/.test(chunk)
      ? 'version'
      : undefined;
  }
  if (/^--?[a-z][\w-]*$/i.test(chunk)) return 'flag';
  if (/^[v^~<>=]*\d+\.\d+(?:\.[\dx]+)?(?:-[\w.]+)?$/.test(chunk) && !/^\d+\.\d+$/.test(chunk)) {
    return 'version';
  }
  if (/^@[a-z0-9][\w.-]*\/[\w.-]+/.test(chunk)) return 'package';
  if (/^https?:\/\/\S/.test(chunk)) return 'code';
  if (/^[\w.+-]{1,64}@[\w-]{1,64}\.[\w.]{2,64}$/.test(chunk)) return 'code';
  if (/^\.[a-z][a-z0-9]{0,5}$/.test(chunk) && EXTENSIONS.has(chunk.slice(1))) return 'flag';
  const last = chunk.slice(chunk.lastIndexOf('/') + 1);
  if (SPECIAL_FILES.test(last) && (chunk.includes('/') || /^[A-Z.]/.test(last))) return 'path';
  const dot = last.lastIndexOf('.');
  const extension = dot >= 0 ? last.slice(dot + 1).toLowerCase() : '';
  if (!called && EXTENSIONS.has(extension) && (dot > 0 || chunk.includes('/'))) {
    const bare = !chunk.includes('/');
    // `reply.log`, `c.env` and `Node.js` look like files: a bare name counts only when it is no member access.
    if (
      !bare ||
      (!/^(?:log|env|example|r|c|h|lock|conf|snap|diff|patch)$/.test(extension) &&
        !/^(?:node|next|vue|express|three|d3)\.js$/i.test(last))
    ) {
      return 'path';
    }
  }
  if (chunk.includes('/')) {
    // Without an extension `and/or`, `application/json` and branch names look the same as folders.
    const folder =
      /^(?:\.{1,2}\/)?(?:src|libs?|docs?|tests?|packages?|examples?|scripts?|apps?|site|website|sql|types|__tests__|bin|tools|build|\.[a-z]\w+)\//i.test(
        chunk,
      );
    return folder && /^[\w.@*$[\]/-]+$/.test(chunk) ? 'path' : undefined;
  }
  if (PROPER_NAMES.has(chunk.toLowerCase())) return undefined;
  if (/^\$?[a-z]\w*[A-Z]\w*$/.test(chunk)) return 'name';
  if (/^[A-Z]+[a-z0-9]+[A-Z]\w*$/.test(chunk)) return 'name';
  if (/^\w*[A-Za-z0-9]_[A-Za-z0-9]\w*$/.test(chunk) || /^_[a-z]\w+$/.test(chunk)) return 'name';
  if (
    /^[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)+$/.test(chunk) &&
    !/^(?:e\.g|i\.e|etc|a\.m|p\.m|vs)$/i.test(chunk)
  ) {
    return 'name';
  }
  if (called && /^[A-Za-z_$][\w$]*$/.test(chunk)) return 'name';
  return undefined;
}

/** Runs of ASCII that may be one thing. */
export const CHUNK = /[A-Za-z0-9_$@.~^/\-[\]#:+*<>=]+/g;

/** Cuts sentence punctuation and `:line` from a run; runs too long to be a name are left alone. */
export function trimChunk(chunk: string, before: string): [lead: number, core: string] {
  if (chunk.length > 300) return [0, ''];
  // After a bracket a dot is member access, else it may begin `./x` or `.gitignore`.
  const lead =
    !/[)\]}]/.test(before) && /^\.{1,2}[/\w]/.test(chunk)
      ? 0
      : (/^[.:#*=+<>[\]]*/.exec(chunk)?.[0].length ?? 0);
  const core = chunk
    .slice(lead)
    .replace(/(?::\d+){1,2}$/, '')
    // `Type#member` is how documentation often writes `Type.member`.
    .replace(/^(\w{1,80})#(\w{1,80})$/, '$1.$2')
    .replace(/[.:#*=+<>\]\-~]+$/, '');
  return [lead, core];
}

/** How much is said, in letters of English: a Chinese character says about as much as three. */
export const lettersIn = (text: string): number =>
  text.length + 2 * (text.match(/[\u3400-\u9FFF]/g)?.length ?? 0);

/** What a commit message may begin with, as alternatives of a pattern: `docs(guide): …`. */
export const COMMIT_TYPES = 'feat|fix|docs|chore|refactor|test|perf|build|ci|style|revert';
