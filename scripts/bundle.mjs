// Makes the program's few files of its many compiled modules, because loading a module costs time
// and memory, each and every start (docs/adr/0022-few-files.md). Called by setup.mjs:
// node scripts/bundle.mjs COMPILED OUT
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, posix, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

/**
 * Packages that go into the files: pure JavaScript, and loaded by every daemon. Whole, most of
 * what they hold would be loaded for nothing (50 languages of zod). All others stay packages.
 */
const TAKEN = new Set([
  '@asteasolutions/zod-to-openapi',
  '@hono/node-server',
  '@hono/zod-openapi',
  '@hono/zod-validator',
  'commander',
  'fastest-levenshtein',
  'hono',
  'openapi3-ts',
  'picocolors',
  'yaml',
  'zod',
]);
/** Compiled modules that are needed as they are: the runner image runs them (docker/Dockerfile.runner). */
const KEPT = ['execution/coders', 'lib'];
const MODULE_URL = /__moduleUrl\("([^"]+)"\)/g;
const STAND_IN = fileURLToPath(new URL('./libsql-target.cjs', import.meta.url));

const slashed = (path) => path.split(sep).join('/');
const packageOf = (id) => id.split('/', id.startsWith('@') ? 2 : 1).join('/');

/**
 * A module that asks where it is (import.meta.url) is answered as if it were still in its own place
 * under the folder of the program: the files beside it lie there.
 */
function places(compiled) {
  return {
    name: 'places',
    transform(code, id) {
      if (!code.includes('import.meta.url') || !id.startsWith(`${compiled}${sep}`)) return null;
      const place = slashed(relative(compiled, id));
      return { code: code.replaceAll('import.meta.url', `__moduleUrl("${place}")`), map: null };
    },
    renderChunk(code, { fileName }) {
      if (!code.includes('__moduleUrl(')) return null;
      const url = (_, place) =>
        `new URL("${posix.relative(posix.dirname(fileName), place)}", import.meta.url).href`;
      return { code: code.replaceAll(MODULE_URL, url), map: null };
    },
  };
}

/**
 * Sentences about bad input in zod's 50 languages, of which only the English ones are ever said. They
 * would all be kept, because zod-to-openapi takes zod as one object.
 */
const english = {
  name: 'english',
  load(id) {
    const locales = slashed(id).endsWith('/node_modules/zod/v4/locales/index.js');
    return locales ? { code: "export { default as en } from './en.js';", map: null } : null;
  },
};

/**
 * V8 keeps a source with a single character beyond Latin-1 at two bytes for each of its characters.
 * Escapes mean the same in every place where such a character may stand, except after a backslash.
 */
export function narrow(code, file) {
  return code.replace(/(\\*)([\u0100-\uffff])/g, (_, slashes, wide) => {
    if (slashes.length % 2 === 1) throw new Error(`${file}: write ${wide} without its backslash`);
    return `${slashes}\\u${wide.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

/** What main.ts imports when it needs more than itself. */
const theProgram = {
  name: 'the program',
  resolveId(id, _importer, { kind }) {
    if (kind !== 'dynamic-import') return null;
    if (id !== './compose/cli.js') throw new Error(`main.ts may not come to import ${id}`);
    return { id: './cli.js', external: true };
  },
};

const LIBSQL = ['libsql', '@neon-rs/load', 'detect-libc'];
const libsqlAtOnce = {
  name: 'libsql at once',
  resolveId: (id) => (id === '@neon-rs/load' || id === 'detect-libc' ? STAND_IN : null),
};

/** Writes the files of the program that begins with `input`; returns the modules that are in them. */
async function write(out, { input, plugins, taken, codeSplitting, treeshake = true }) {
  const build = await rolldown({
    input,
    platform: 'node',
    external: (id) => !/^[./\0]|^[A-Za-z]:/.test(id) && !taken.has(packageOf(id)),
    treeshake,
    checks: { ineffectiveDynamicImport: false },
    plugins,
  });
  const { output } = await build.generate({
    format: 'esm',
    entryFileNames: '[name].js',
    // The digest keeps a daemon from loading a later build's file into an older program; setup.mjs
    // keeps it the earlier file.
    chunkFileNames: 'chunks/[name]-[hash].js',
    comments: { legal: true, annotation: false, jsdoc: false },
    codeSplitting,
  });
  await build.close();
  for (const { fileName, code } of output) {
    mkdirSync(dirname(join(out, fileName)), { recursive: true });
    writeFileSync(join(out, fileName), narrow(code, fileName));
  }
  return output.flatMap(({ modules }) => Object.keys(modules));
}

/** Whose code is in the files, with the terms it is given under. */
function notices(modules) {
  const folders = modules.flatMap((id) => {
    const found = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(slashed(id));
    return found ? [found[0]] : [];
  });
  const texts = [...new Set(folders)].sort().map((folder) => {
    const { name, version, license } = JSON.parse(
      readFileSync(join(folder, 'package.json'), 'utf8'),
    );
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    const terms = file ? readFileSync(join(folder, file), 'utf8').trim() : `License: ${license}`;
    return `${name} ${version}\n\n${terms}\n`;
  });
  const head = 'Parts of these packages are in the files of this folder.\n';
  return [head, ...texts].join(`\n${'-'.repeat(72)}\n\n`);
}

/** `compiled`: what tsc and the build made of src. `out` gets the program. */
export async function bundle(compiled, out) {
  const at = (path) => join(compiled, ...path.split('/'));
  const program = await write(out, {
    input: { cli: at('compose/cli.js'), 'demo/daemon': at('demo/daemon.js') },
    plugins: [places(compiled), english],
    taken: TAKEN,
    codeSplitting: true,
  });
  const line = await write(out, {
    input: { main: at('main.js') },
    plugins: [places(compiled), theProgram, libsqlAtOnce],
    taken: new Set([...TAKEN, ...LIBSQL]),
    codeSplitting: false,
    // What is imported and not used does nothing either, whatever its package fails to say.
    treeshake: { moduleSideEffects: (id) => id === at('main.js') },
  });
  const beside = readdirSync(compiled, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => slashed(relative(compiled, join(entry.parentPath, entry.name))))
    .filter((path) => path.includes('/') && !path.startsWith('node_modules/'))
    .filter(
      (path) => !path.endsWith('.js') || KEPT.some((folder) => path.startsWith(`${folder}/`)),
    );
  for (const path of beside) {
    mkdirSync(dirname(join(out, path)), { recursive: true });
    cpSync(join(compiled, path), join(out, path));
  }
  writeFileSync(join(out, 'LICENSES.txt'), notices([...program, ...line]));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [compiled = '', out = ''] = process.argv.slice(2).map((path) => resolve(path));
  if (!existsSync(join(compiled, 'main.js'))) throw new Error(`no compiled program in ${compiled}`);
  await bundle(compiled, out);
}
