/** What a scripted coder is told to do: the attacks of the tables, as steps of its script. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Targets } from './range.ts';

const HERE = import.meta.dirname;

/** Steps that run the probes; those named, or all. */
export function probes(targets: Targets): object[] {
  const argv = ['node', '../probes/main.mjs', '../probes/targets.json', '../report.jsonl'];
  return [...probeFiles(targets, '../probes'), { run: { argv } }];
}

/** Steps that have the checks of the change run them, and print what came of it. */
export function checkedProbes(targets: Targets, only: readonly string[]): object[] {
  const command = `node probes/main.mjs probes/targets.json /tmp/report ${only.join()} && cat /tmp/report\n`;
  return [...probeFiles(targets, 'probes'), { write: { path: 'checked.sh', content: command } }];
}

function probeFiles(targets: Targets, at: string): object[] {
  const files = readdirSync(join(HERE, 'probes')).map((name) => ({
    write: { path: `${at}/${name}`, content: readFileSync(join(HERE, 'probes', name), 'utf8') },
  }));
  return [...files, { write: { path: `${at}/targets.json`, content: JSON.stringify(targets) } }];
}

/** Their HOME is what they point at; the others only need one. */
const AT_HOME = ['20-symlinks', '49-swap-the-folder'];

/**
 * Steps that run shell scripts of `attacks/` one after the other in the tree, each with a mark of its
 * own that only the host can make.
 */
export function scripts(targets: Targets, names: readonly string[]): object[] {
  const one = (name: string) => {
    const text = readFileSync(join(HERE, 'attacks', `${name}.sh`), 'utf8');
    const env = { PWN: join(targets.pwn, name), MIRROR: targets.mirror };
    const given = Object.entries({ ...env, GIT_CONFIG_NOSYSTEM: '1' });
    const exports = given.map(([key, value]) => `export ${key}='${value}'`).join('\n');
    const home = AT_HOME.includes(name) ? `'${targets.home}'` : '"$(mktemp -d)"';
    return `(\nexport HOME=${home}\n${exports}\n${text.replaceAll('/usr/bin/touch', targets.touch)}\n) >&2\n`;
  };
  return [{ run: { argv: ['sh', '-c', `${names.map(one).join('')}true`] } }];
}

/** A line each: `{"name": "…", "came": "…"}`, written by whoever attacks. */
export function reportOf(bytes: Buffer | undefined): Record<string, string> {
  const lines = (bytes?.toString('utf8') ?? '').split('\n').filter((line) => line !== '');
  return Object.fromEntries(
    lines.map((line) => {
      const { name, came } = JSON.parse(line) as { name: string; came: string };
      return [name, came];
    }),
  );
}
