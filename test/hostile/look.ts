/** Looking at the host for what must not have happened. */
import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

export const git = (gitDir: string, ...args: string[]): string =>
  execFileSync('git', ['--git-dir', gitDir, ...args], { encoding: 'utf8' }).trim();

/** Names, kinds, modes, links and bytes of everything below a folder. */
export function snapshot(dir: string): string {
  const lines: string[] = [];
  for (const name of readdirSync(dir).sort()) {
    const path = join(dir, name);
    const stat = lstatSync(path);
    if (stat.isDirectory()) lines.push(`${path} ${stat.mode}`, snapshot(path));
    else if (stat.isSymbolicLink()) lines.push(`${path} -> ${readlinkSync(path)}`);
    else lines.push(`${path} ${stat.mode} ${stat.nlink} ${readFileSync(path, 'base64')}`);
  }
  return lines.join('\n');
}

export function* filesOf(dir: string): Generator<string> {
  if (!existsSync(dir)) return;
  let names: string[];
  try {
    names = readdirSync(dir);
  } catch {
    return;
  }
  for (const name of names) {
    const path = join(dir, name);
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat?.isDirectory()) yield* filesOf(path);
    else if (stat?.isFile() && stat.size < 128 << 20) yield path;
  }
}

export function containersOf(runs: readonly string[]): string[] {
  const format = '{{.ID}} {{.Label "aedev.run"}}';
  const all = execFileSync('docker', ['ps', '-a', `--format=${format}`], { encoding: 'utf8' });
  return all.split('\n').filter((line) => runs.some((run) => line.includes(run)));
}

/** Processes of any run of this home. */
export function alive(home: string): number[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) return [];
    try {
      if (/^State:\s+Z/m.test(readFileSync(`/proc/${name}/status`, 'latin1'))) return [];
      const of = readFileSync(`/proc/${name}/environ`, 'latin1');
      return of.includes('AEDEV_RUN=r-') && of.includes(home) ? [Number(name)] : [];
    } catch {
      return [];
    }
  });
}
