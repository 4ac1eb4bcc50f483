// Who may import whom in src/, checked over the parsed source: value, type-only and dynamic imports
// all count. Prints one line per breach and exits 1. Usage: node scripts/check-imports.mjs [srcDir]
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync, Visitor } from 'oxc-parser';

const PLANES = ['execution', 'judgement', 'delivery', 'planning', 'operations'];

/** zone → the zones it may import. A zone is the first folder under src, or a file directly in it. */
const MAY_IMPORT = {
  control: ['control'],
  lib: ['lib'],
  config: ['config', 'control', 'lib'],
  store: ['store', 'control', 'lib'],
  engine: ['engine', 'control', 'lib', 'store/*'],
  ...Object.fromEntries(PLANES.map((plane) => [plane, [plane, 'control', 'lib']])),
  surfaces: ['surfaces', 'config', 'control', 'lib'],
  main: ['main', 'compose', 'surfaces/cli', 'demo', 'control', 'lib'],
  compose: ['*'],
  demo: ['*'],
};
/** What the runner image holds of src, and so all that this folder may need when it runs. */
const CODERS = 'execution/coders/';
const inImage = (target) => target.startsWith(CODERS) || target.startsWith('lib/');
/** Packages only these zones may import: SQL stays in the store. */
const PACKAGE_ZONES = { libsql: ['store'] };
/** The pure plane knows this one package and nothing of Node. */
const CONTROL_PACKAGES = ['zod'];

const posix = (path) => path.split(sep).join('/');
const zoneOf = (file) => file.split('/')[0].replace(/\.[a-z]+$/, '');

function matches(rule, target) {
  if (rule === '*' || zoneOf(target) === rule) return true;
  if (!rule.includes('/')) return false;
  // 'store/*' means the interface files directly in src/store, not the adapters in its folders.
  if (rule.endsWith('/*')) return dirname(target) === rule.slice(0, -2);
  return target.startsWith(`${rule}/`);
}

/** All import specifiers of one file, and what it does that pure code may not. */
function readModule(path) {
  const text = readFileSync(path, 'utf8');
  const { program, errors } = parseSync(path, text);
  const lineAt = (offset) => text.slice(0, offset).split('\n').length;
  const imports = [];
  const impure = [];
  const add = (node, source) => {
    const erased = node.importKind === 'type' || node.exportKind === 'type';
    imports.push({ line: lineAt(node.start), source: source?.value, erased });
  };
  const mark = (node, what) => impure.push({ line: lineAt(node.start), what });
  const fn = (node) => node.async && mark(node, 'an async function');
  new Visitor({
    ImportDeclaration: (node) => add(node, node.source),
    ExportAllDeclaration: (node) => add(node, node.source),
    ExportNamedDeclaration: (node) => node.source && add(node, node.source),
    ImportExpression: (node) => add(node, node.source),
    TSImportType: (node) => add({ ...node, importKind: 'type' }, node.source ?? node.argument),
    FunctionDeclaration: fn,
    FunctionExpression: fn,
    ArrowFunctionExpression: fn,
    AwaitExpression: (node) => mark(node, 'await'),
    MemberExpression: (node) => {
      const name = `${node.object.name}.${node.property.name}`;
      if (name === 'Date.now' || name === 'Math.random') mark(node, name);
      if (['process', 'console', 'performance', 'crypto'].includes(node.object.name)) {
        mark(node, node.object.name);
      }
    },
    NewExpression: (node) => {
      if (node.callee.name === 'Date' && node.arguments.length === 0) mark(node, 'new Date()');
    },
    CallExpression: (node) => {
      if (['fetch', 'setTimeout', 'setInterval', 'Date'].includes(node.callee.name)) {
        mark(node, `${node.callee.name}()`);
      }
    },
  }).visit(program);
  return { imports, impure, errors };
}

function checkPackage(zone, source) {
  const builtin = source.startsWith('node:') || builtinModules.includes(source);
  const name = source.split('/', source.startsWith('@') ? 2 : 1).join('/');
  if (zone === 'control' && (builtin || !CONTROL_PACKAGES.includes(name))) {
    return `control imports ${CONTROL_PACKAGES.join(', ')} and its own files only, not ${source}`;
  }
  const owners = PACKAGE_ZONES[name];
  if (owners && !owners.includes(zone)) return `only ${owners.join(', ')} may import ${name}`;
  return null;
}

/** Returns one string per breach, as `file:line message`, sorted by file. */
export function checkImports(srcDir) {
  const root = realpathSync(srcDir);
  const files = readdirSync(root, { recursive: true })
    .map((file) => posix(String(file)))
    .filter((file) => file.endsWith('.ts'))
    .sort();
  const breaches = [];
  const graph = new Map();
  for (const file of files) {
    const zone = zoneOf(file);
    const say = (line, message) => breaches.push(`src/${file}:${line} ${message}`);
    const allowed = MAY_IMPORT[zone];
    const { imports, impure, errors } = readModule(join(root, file));
    const targets = [];
    graph.set(file, targets);
    if (errors.length > 0) say(1, `cannot be parsed: ${errors[0].message}`);
    if (!allowed) {
      say(1, `no import rule for ${zone}: add it to MAY_IMPORT in scripts/check-imports.mjs`);
      continue;
    }
    if (zone === 'control') for (const use of impure) say(use.line, `control is pure: ${use.what}`);
    for (const { line, source, erased } of imports) {
      if (source === undefined) {
        say(line, 'import() of a computed path cannot be checked: write the path as a literal');
      } else if (!source.startsWith('.')) {
        const problem = checkPackage(zone, source);
        if (problem) say(line, problem);
      } else {
        const target = posix(relative(root, resolve(root, dirname(file), source)));
        if (target.startsWith('../')) say(line, `leaves src: ${source}`);
        else if (!existsSync(join(root, target))) say(line, `no such file: ${source}`);
        else if (!allowed.some((rule) => matches(rule, target))) {
          say(line, `${zone} may not import src/${target} (allowed: ${allowed.join(', ')})`);
        } else if (!erased && file.startsWith(CODERS) && !inImage(target)) {
          say(line, `the runner image has not src/${target}: import its types only`);
        } else targets.push(target);
      }
    }
  }
  return [...breaches, ...findCycles(graph)];
}

function findCycles(graph) {
  const done = new Set();
  const found = [];
  const visit = (file, path) => {
    const at = path.indexOf(file);
    if (at >= 0) {
      found.push(`cycle: ${[...path.slice(at), file].map((f) => `src/${f}`).join(' → ')}`);
      return;
    }
    if (done.has(file)) return;
    for (const target of graph.get(file) ?? []) visit(target, [...path, file]);
    done.add(file);
  };
  for (const file of graph.keys()) visit(file, []);
  return found;
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const breaches = checkImports(
    process.argv[2] ?? fileURLToPath(new URL('../src', import.meta.url)),
  );
  for (const breach of breaches) console.log(breach);
  process.exitCode = breaches.length > 0 ? 1 : 0;
}
