import type { RepoEntry } from '../../../control/policy-repo.ts';
import { type RepoDoc, reposDoc } from '../../lists.ts';
import { loadPolicy, tellDaemon } from '../config-access.ts';
import { CliError } from '../exit-codes.ts';
import type { Host } from '../host.ts';
import { withReader } from '../open.ts';
import { inkFor, safe, say, sayJson, table } from '../output.ts';

type Options = { json?: boolean };

/** Rows of the log for the repos of the registry; a repo the daemon has not seen yet has none. */
async function knownRepos(host: Host): Promise<{ docs: RepoDoc[]; entries: RepoEntry[] }> {
  const entries = Object.values(loadPolicy(host).repos);
  const docs = await withReader(host, reposDoc).then(
    ({ repos }) => repos,
    (error: unknown) => {
      if (error instanceof CliError && error.exit === 'config') return [];
      throw error;
    },
  );
  return { docs, entries };
}

const emptyDoc = (entry: RepoEntry): RepoDoc => ({
  id: entry.id,
  source: entry.source,
  branch: entry.branch,
  slots: [],
  queue: [],
  parallel: entry.parallel,
  paused: null,
  missions: [],
});

export async function list(host: Host, options: Options): Promise<void> {
  const { docs, entries } = await knownRepos(host);
  const repos = entries.map((entry) => ({
    ...(docs.find((doc) => doc.id === entry.id) ?? emptyDoc(entry)),
    source: entry.source,
    branch: entry.branch,
  }));
  if (options.json) return sayJson(host, { repos });
  if (repos.length === 0) return say(host, 'No repo is registered: `aedev repo add PATH`.');
  const paint = inkFor(host);
  const rows = repos.map((repo) => [
    safe(repo.id),
    safe(repo.branch),
    repo.paused ? paint.red(`paused: ${safe(repo.paused, 60)}`) : workOf(repo),
    String(repo.missions.length),
    safe(repo.source),
  ]);
  say(host, await table(['repo', 'branch', 'tasks', 'missions', 'source'], rows, host.columns));
}

const workOf = (repo: RepoDoc) =>
  `${repo.slots.length} of ${repo.parallel}${repo.queue.length > 0 ? `, ${repo.queue.length} queued` : ''}`;

export async function show(host: Host, options: Options, id: string): Promise<void> {
  const { docs, entries } = await knownRepos(host);
  const entry = entries.find((one) => one.id === id);
  if (!entry)
    throw new CliError(
      'not-found',
      `No repo ${safe(id, 80)} is registered.`,
      'See `aedev repo list`.',
    );
  const doc = docs.find((one) => one.id === id) ?? emptyDoc(entry);
  if (options.json) return sayJson(host, { ...doc, entry });
  const paint = inkFor(host);
  const line = (name: string, value: string) => say(host, `${paint.dim(name.padEnd(14))}${value}`);
  say(host, paint.bold(safe(id)));
  line('source', safe(entry.source));
  line('branch', safe(entry.branch));
  line('pushed to', safe(pushedTo(entry)));
  line('coder', entry.coder ?? 'as policies.yaml says');
  line('merges itself', String(entry.auto_merge ?? 'as policies.yaml says'));
  const verify = entry.verify.map(({ argv }) => argv.map((word) => safe(word)).join(' '));
  line('verify', verify.join(' ; ') || paint.yellow('nothing: no change can be checked'));
  line('may change', entry.allowed_paths.map((glob) => safe(glob)).join(' '));
  if (entry.forbidden_paths.length > 0)
    line('must not', entry.forbidden_paths.map((glob) => safe(glob)).join(' '));
  line('tasks', workOf(doc));
  for (const task of [...doc.slots, ...doc.queue]) line('', safe(task));
  if (doc.missions.length > 0) line('missions', doc.missions.map((one) => safe(one)).join(' '));
  if (doc.paused) line('paused', paint.red(safe(doc.paused)));
}

const pushedTo = ({
  forge,
}: {
  forge: { kind: string; path: string | null; repo: string | null };
}) =>
  forge.kind === 'github'
    ? `${forge.repo ?? ''} on GitHub`
    : (forge.path ?? 'a bare repository inside the aedev home');

export async function remove(host: Host, options: Options, id: string): Promise<void> {
  const { removeRepo } = await import('../../../config/registry.ts');
  const { docs } = await knownRepos(host);
  await removeRepo(host.paths(), id);
  const daemon = await tellDaemon(host);
  if (options.json) return sayJson(host, { removed: id, daemon });
  say(host, `The repo ${safe(id)} is no longer registered; nothing of it was deleted.`);
  const missions = docs.find((doc) => doc.id === id)?.missions ?? [];
  if (missions.length > 0)
    say(host, `Missions in it that have not ended: ${missions.map((one) => safe(one)).join(' ')}`);
}
