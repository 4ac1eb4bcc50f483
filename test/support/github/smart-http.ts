/** Git over HTTP: the real upload-pack and receive-pack behind GitHub's rules about refs. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type GitOptions, git } from '../../../src/lib/git.ts';
import { missingChecks, rulesOf, sourcesOf } from './rules.ts';
import type { Repo } from './world.ts';

export interface RefCommand {
  old: string;
  next: string;
  ref: string;
}

const ZERO = '0'.repeat(40);

/** One line of git's wire format. */
export function pktLine(text: string): string {
  return (text.length + 4).toString(16).padStart(4, '0') + text;
}

/** The ref updates at the start of a push, which come before its pack. */
export function refCommands(body: Buffer): RefCommand[] {
  const commands: RefCommand[] = [];
  for (let at = 0; at + 4 <= body.length; ) {
    const size = Number.parseInt(body.toString('latin1', at, at + 4), 16);
    if (!(size > 4)) break;
    const line = body.toString('utf8', at + 4, at + size).split('\0')[0] ?? '';
    const match = /^([0-9a-f]{40}) ([0-9a-f]{40}) (\S+)/.exec(line);
    if (match !== null) {
      const [, old = '', next = '', ref = ''] = match;
      commands.push({ old, next, ref });
    }
    at += size;
  }
  return commands;
}

/**
 * Runs for every ref of a push, after its objects have arrived; only here git knows whether a move
 * is a fast-forward. What it refuses reaches the client as `[remote rejected]`.
 */
const UPDATE_HOOK = `#!/bin/sh
refuse() { printf 'error: %s: %s\\nerror: %s\\n' "$1" "$2" "$3" >&2; exit 1; }
zero=${ZERO}
tab=$(printf '\\t')
while IFS="$tab" read -r ref code words direct force delete; do
  [ "$ref" = "$1" ] || continue
  if [ "$3" = "$zero" ]; then
    [ "$delete" = yes ] || refuse "$code" "$words" 'Cannot delete this branch'
  elif [ "$direct" != - ]; then
    refuse "$code" "$words" "$direct"
  elif [ "$2" != "$zero" ] && [ "$force" != yes ]; then
    git merge-base --is-ancestor "$2" "$3" || refuse "$code" "$words" 'Cannot force-push to this branch'
  fi
done <<END
$DOUBLE_RULES
END
exit 0
`;

export function writeHooks(root: string): string {
  const folder = join(root, 'hooks');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'update');
  writeFileSync(file, UPDATE_HOOK);
  chmodSync(file, 0o755);
  return folder;
}

/** What the hook must know of the refs of one push. */
function hookRules(repo: Repo, commands: RefCommand[]): string {
  const lines: string[] = [];
  for (const { ref, old, next } of commands) {
    const branch = /^refs\/heads\/(.*)$/.exec(ref)?.[1];
    if (branch === undefined) continue;
    const line = (code: string, words: string, ...rest: string[]) =>
      lines.push([ref, code, `${words} ${ref}.`, ...rest].join('\t'));
    if (branch.startsWith('gh-readonly-queue/')) {
      line('GH006', 'Protected branch update failed for', 'Owned by the merge queue.', 'no', 'no');
      continue;
    }
    const rules = rulesOf(repo, branch);
    if (rules === null) continue;
    const isRuleset = sourcesOf(repo, branch).some(({ kind }) => kind === 'ruleset');
    const code = isRuleset ? 'GH013' : 'GH006';
    const words = isRuleset
      ? 'Repository rule violations found for'
      : 'Protected branch update failed for';
    const needsPull = (rules.reviews !== null || rules.mergeQueue !== null) && old !== ZERO;
    const direct = needsPull
      ? 'Changes must be made through a pull request.'
      : (old !== ZERO && missingChecks(rules, repo, next)) || '-';
    line(code, words, direct, rules.forcePushes ? 'yes' : 'no', rules.deletions ? 'yes' : 'no');
  }
  return lines.join('\n');
}

const CONFIG: [string, string][] = [
  ['core.fsync', 'none'],
  ['receive.hideRefs', 'refs/pull'],
  ['receive.hideRefs', 'refs/forks'],
  ['uploadpack.hideRefs', 'refs/forks'],
  // GitHub serves any object that it has.
  ['uploadpack.allowAnySHA1InWant', 'true'],
  ['uploadpack.allowFilter', 'true'],
];

function options(protocol: string | undefined, more: GitOptions = {}): GitOptions {
  return {
    ...more,
    config: [...CONFIG, ...(more.config ?? [])],
    env: { ...(protocol === undefined ? {} : { GIT_PROTOCOL: protocol }), ...more.env },
    maxBytes: 2 ** 30,
    // git ends so when the client asked for too much or went away; what it said is sent on.
    okCodes: [0, 1, 128],
  };
}

export type Service = 'upload-pack' | 'receive-pack';

export async function advertise(
  repo: Repo,
  service: Service,
  protocol: string | undefined,
): Promise<Buffer> {
  const args = [service, '--stateless-rpc', '--http-backend-info-refs', repo.gitDir];
  // Pushes speak the first protocol only.
  const { stdout } = await git(args, options(service === 'upload-pack' ? protocol : undefined));
  const banner = `${pktLine(`# service=git-${service}\n`)}0000`;
  const isV2 = service === 'upload-pack' && protocol?.includes('version=2');
  return isV2 ? stdout : Buffer.concat([Buffer.from(banner), stdout]);
}

export async function uploadPack(
  repo: Repo,
  body: Buffer,
  protocol: string | undefined,
): Promise<Buffer> {
  const args = ['upload-pack', '--stateless-rpc', repo.gitDir];
  const { stdout } = await git(args, options(protocol, { input: body }));
  return stdout;
}

export async function receivePack(
  repo: Repo,
  body: Buffer,
  commands: RefCommand[],
  hooks: string,
): Promise<Buffer> {
  const { stdout } = await git(
    ['receive-pack', '--stateless-rpc', repo.gitDir],
    options(undefined, {
      input: body,
      config: [['core.hooksPath', hooks]],
      env: { DOUBLE_RULES: hookRules(repo, commands) },
    }),
  );
  return stdout;
}
