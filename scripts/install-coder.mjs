// Installs the pinned CLI of a coder that the scenarios drive, by the lock that the runner image uses:
//   node scripts/install-coder.mjs codex|gemini FOLDER
// What is there already stays. Install scripts are not run, and of gemini none of the native modules
// that it can do without.
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const [name, folder] = process.argv.slice(2);
if (!['codex', 'gemini'].includes(name) || folder === undefined) {
  console.error('usage: node scripts/install-coder.mjs codex|gemini FOLDER');
  process.exit(2);
}
const pins = new URL(`../docker/${name}/`, import.meta.url);
const lock = 'package-lock.json';
const same =
  existsSync(join(folder, 'node_modules', `.${lock}`)) &&
  existsSync(join(folder, lock)) &&
  readFileSync(join(folder, lock), 'utf8') === readFileSync(new URL(lock, pins), 'utf8');
if (!same) {
  mkdirSync(folder, { recursive: true });
  for (const file of ['package.json', lock]) copyFileSync(new URL(file, pins), join(folder, file));
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  if (name === 'gemini') args.push('--omit=optional');
  execFileSync('npm', args, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
}
