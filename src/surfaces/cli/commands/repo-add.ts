import { resolve } from 'node:path';
import { describeSource, type SourceDescription } from '../../../config/identify.ts';
import { addRepo, type RepoInput } from '../../../config/registry.ts';
import { localPath } from '../../../config/sources.ts';
import type { CoderName } from '../../../control/families.ts';
import { loadPolicy, tellDaemon } from '../config-access.ts';
import { CliError } from '../exit-codes.ts';
import type { Host } from '../host.ts';
import { inkFor, safe, say, sayJson } from '../output.ts';
import { wordsOf } from '../words-of.ts';

interface AddOptions {
  id?: string;
  branch?: string;
  verify?: string[];
  coder?: CoderName;
  autoMerge?: boolean;
  forge?: 'local' | 'github';
  forgePath?: string;
  apiUrl?: string;
  allow?: string[];
  forbid?: string[];
  json?: boolean;
}

/** A scheme or `host:path`: nothing of this machine. */
const remote = (source: string) =>
  localPath(source) === null && /^[a-z][a-z0-9+.-]*:\/\/|^[\w.@-]+:(?!\\)/i.test(source);

export async function add(host: Host, options: AddOptions, where: string): Promise<void> {
  const github = options.forge === 'github' ? githubSource(where) : null;
  const source = github?.source ?? where;
  const given = (options.verify ?? []).map((line) => ({ argv: wordsOf(line) }));
  const policy = loadPolicy(host);
  const taken = Object.keys(policy.repos);
  const path = localPath(source) ?? resolve(host.cwd, source);
  const found = remote(source) ? null : await describeSource(path, taken);
  if (found?.empty)
    throw new CliError(
      'usage',
      `The repository ${safe(found.source)} has no commit yet, so there is nothing to work on.`,
      'Commit something first.',
    );
  const suggestion = found?.suggested.verify[0];
  const verify = given.length > 0 ? given : suggestion ? [{ argv: suggestion.argv }] : [];
  const entry: RepoInput = {
    id: options.id ?? found?.suggested.id ?? idFrom(source, taken),
    source: found?.source ?? source,
    branch: options.branch ?? found?.suggested.branch ?? 'main',
    ...forgeOf(host, options, github?.repo ?? null),
    ...(options.coder ? { coder: options.coder } : {}),
    ...(verify.length > 0 ? { verify } : {}),
    ...(options.autoMerge === undefined ? {} : { auto_merge: options.autoMerge }),
    ...(options.allow ? { allowed_paths: options.allow } : {}),
    ...(options.forbid ? { forbidden_paths: options.forbid } : {}),
  };
  checkBranch(found, entry.branch ?? 'main');
  const after = await addRepo(host.paths(), entry);
  const daemon = await tellDaemon(host);
  const written = after.repos[entry.id];
  const notes = notesOf(found, verify.length > 0);
  if (options.json)
    return sayJson(host, {
      repo: written,
      verifySuggestedBy: given.length > 0 ? null : (suggestion?.because ?? null),
      notes,
      daemon,
    });
  const paint = inkFor(host);
  say(
    host,
    `${paint.green('Registered')} ${paint.bold(safe(entry.id))}: ${safe(entry.source)}, branch ${safe(entry.branch)}.`,
  );
  for (const { argv } of verify)
    say(
      host,
      `Checked by: ${argv.map((word) => safe(word)).join(' ')}${given.length === 0 ? ` (suggested: ${safe(suggestion?.because)})` : ''}`,
    );
  for (const note of notes) say(host, paint.yellow(safe(note)));
  say(
    host,
    daemon === 'told'
      ? `Next: aedev intake "…" --repo ${safe(entry.id)}`
      : 'Next: `aedev daemon start`.',
  );
}

/** `owner/name`, or the https URL of a repository. */
function githubSource(where: string): { source: string; repo: string } {
  const name = '[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+?';
  const short = new RegExp(`^${name}$`).test(where) ? `https://github.com/${where}` : where;
  const repo = new RegExp(`^https?://[^/?#@]+/(${name})(?:\\.git)?/?$`).exec(short)?.[1];
  if (repo) return { source: `${short.replace(/\/$/, '').replace(/\.git$/, '')}.git`, repo };
  throw new CliError(
    'usage',
    `${safe(where, 200)} is no repository on GitHub.`,
    'Write owner/name, or the https URL of the repository.',
  );
}

function forgeOf(host: Host, options: AddOptions, repo: string | null): Pick<RepoInput, 'forge'> {
  const { forgePath, apiUrl } = options;
  if (repo !== null)
    return { forge: { kind: 'github', repo, ...(apiUrl ? { api_url: apiUrl } : {}) } };
  if (apiUrl)
    throw new CliError('usage', '--api-url is for repositories on GitHub.', 'Add --forge github.');
  return forgePath ? { forge: { kind: 'local', path: resolve(host.cwd, forgePath) } } : {};
}

function checkBranch(found: SourceDescription | null, branch: string): void {
  if (!found || found.branches.includes(branch) || found.branches.length === 200) return;
  throw new CliError(
    'usage',
    `The repository has no branch ${safe(branch, 120)}; it has: ${found.branches
      .slice(0, 8)
      .map((name) => safe(name, 60))
      .join(', ')}.`,
    'Name one with --branch.',
  );
}

function notesOf(found: SourceDescription | null, checked: boolean): string[] {
  const notes: string[] = [];
  if (!checked)
    notes.push('No verify command is known: changes cannot be checked. Add one with --verify.');
  if (!found) return notes;
  if (found.below) notes.push('The folder lies inside this repository; all of it is registered.');
  if (found.uncommitted)
    notes.push(`${found.uncommitted} uncommitted changes there will not be seen: commit them.`);
  if (found.shallow) notes.push('It is a shallow clone; older history is missing.');
  return notes;
}

/** The last part of a URL as a name. */
function idFrom(source: string, taken: readonly string[]): string {
  const last = source.replace(/\/+$/, '').split(/[/:]/).pop() ?? '';
  const base = last
    .replace(/\.git$/, '')
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[._-]+|[._-]+$/g, '')
    .slice(0, 56);
  const id = base === '' ? 'repo' : base;
  for (let number = 2; ; number += 1) {
    const next = number === 2 ? id : `${id}-${number - 1}`;
    if (!taken.includes(next)) return next;
  }
}
