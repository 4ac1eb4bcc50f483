/** The pinned codex and gemini CLIs that the scenarios drive; `scripts/install-coder.mjs` installs them. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '..', '..');

export type OtherCoder = 'codex' | 'gemini';
const PACKAGES = { codex: '@openai/codex', gemini: '@google/gemini-cli' } as const;

/** Folder that holds the CLI, when it does. */
export const cliFolder = (family: OtherCoder): string =>
  process.env[`AEDEV_${family.toUpperCase()}_BIN`] ?? join(ROOT, '.tools', family);

export function pinnedVersion(family: OtherCoder): string {
  const pins = JSON.parse(readFileSync(join(ROOT, 'docker', family, 'package.json'), 'utf8'));
  return (pins as { dependencies: Record<string, string> }).dependencies[PACKAGES[family]] ?? '';
}

/** Path of the program when it runs here and is the pinned version, else null. */
export function findCli(family: OtherCoder): string | null {
  const modules = join(cliFolder(family), 'node_modules');
  for (const program of programs(family, modules)) {
    try {
      const env = { PATH: process.env['PATH'] ?? '', HOME: cliFolder(family) };
      const said = execFileSync(program, ['--version'], { env, encoding: 'utf8', timeout: 30_000 });
      if (said.trim().split(' ').at(-1) === pinnedVersion(family)) return program;
    } catch {
      // Not for this machine.
    }
  }
  return null;
}

function programs(family: OtherCoder, modules: string): string[] {
  if (family === 'gemini') return [join(modules, '.bin', 'gemini')];
  const list = (folder: string) => {
    try {
      return readdirSync(folder);
    } catch {
      return [];
    }
  };
  const scope = join(modules, '@openai');
  return list(scope)
    .filter((name) => name.startsWith('codex-'))
    .flatMap((name) => {
      const vendor = join(scope, name, 'vendor');
      return list(vendor).map((triple) => join(vendor, triple, 'bin', 'codex'));
    });
}

export const missingCli = (family: OtherCoder): string =>
  `no ${family} CLI ${pinnedVersion(family)}: run node scripts/install-coder.mjs ${family} .tools/${family}`;
