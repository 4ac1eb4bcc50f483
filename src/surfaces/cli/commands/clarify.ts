import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { invalidConfig } from '../../../config/errors.ts';
import { loadConfig } from '../../../config/load.ts';
import { type CompiledIndex, compileIndex } from '../../../control/clarify/index.ts';
import { scoreFile } from '../clarify-file.ts';
import type { ExitName } from '../exit-codes.ts';
import type { Host } from '../host.ts';
import { inkFor, jsonText, safe, say } from '../output.ts';
import { readNamed } from '../read-file.ts';

const MAX_FILE = 256 * 1024 * 1024;

/** Folder names only: a request never chooses which file is read. */
const FOLDER = /^[A-Za-z0-9_][\w.-]{0,99}$/;

export async function clarify(
  host: Host,
  options: { index?: string; json?: boolean },
  file: string,
): Promise<ExitName> {
  const lines = readNamed(host, file, MAX_FILE).toString('utf8').split(/\r?\n/);
  const loaded = loadConfig(host.paths());
  if (!loaded.ok) throw invalidConfig(loaded.problems);
  const policy = loaded.policy.policies.clarification;
  const folder = options.index === undefined ? null : resolve(host.cwd, options.index);
  const known = new Map<string, CompiledIndex[] | undefined>();
  const indexOf = async (repo: string) => {
    if (!known.has(repo)) known.set(repo, await load(host, folder, repo));
    return known.get(repo);
  };
  const paint = inkFor(host);
  let bad = 0;
  for await (const scored of scoreFile(lines, indexOf, policy)) {
    if ('error' in scored) bad += 1;
    if (options.json) {
      host.out(`${jsonText(scored, 0)}\n`);
      continue;
    }
    if ('error' in scored) {
      say(host, paint.red(safe(scored.error)));
      continue;
    }
    const score = `${String(scored.score).padStart(3)} of 100`;
    const signals = Object.entries(scored.signals).map(([name, value]) => `${name} ${value}`);
    say(
      host,
      `${scored.ask ? paint.yellow(score) : paint.green(score)}  ${safe(scored.id, 80)}  ${signals.join(', ')}`,
    );
    for (const question of scored.questions)
      say(
        host,
        `     ${safe(question.text)}${question.options.length > 0 ? ` (${question.options.map((one) => safe(one)).join(' | ')})` : ''}`,
      );
  }
  return bad > 0 ? 'usage' : 'ok';
}

async function load(
  host: Host,
  folder: string | null,
  repo: string,
): Promise<CompiledIndex[] | undefined> {
  if (folder === null || !FOLDER.test(repo) || repo.includes('..')) return undefined;
  const dir = join(folder, repo);
  return existsSync(dir) ? [compileIndex(await host.loadIndexDir(dir, repo))] : undefined;
}
