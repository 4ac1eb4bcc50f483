/** What GitHub does by itself once its conditions hold: the merge queue. */
import { land, landingOf } from './landing.ts';
import { isBehind, type Site, syncRefs } from './pulls.ts';
import { blockers, missingChecks, rulesOf } from './rules.ts';
import type { Pull, QueueEntry, Repo } from './world.ts';

export async function readyToLand(site: Site, pull: Pull): Promise<string | null> {
  if (pull.draft) return 'Pull request is in draft status';
  if (pull.mergeable !== true) return 'Pull request is in dirty status';
  const [first] = blockers(site.repo, pull, await isBehind(site, pull));
  return first?.message ?? null;
}

export async function enqueue(
  site: Site,
  pull: Pull,
  by: string,
  id: number,
): Promise<QueueEntry | null> {
  const { repo } = site;
  const method = rulesOf(repo, pull.baseBranch)?.mergeQueue ?? 'merge';
  const before = repo.queue.filter((entry) => branchOf(repo, entry) === pull.baseBranch).at(-1);
  const base = before?.sha ?? pull.base;
  const sha = await landingOf(site, pull, base, method, by, {});
  if (sha === null) return null;
  const branch = `gh-readonly-queue/${pull.baseBranch}/pr-${pull.number}-${base}`;
  await site.git.setRef(`refs/heads/${branch}`, sha);
  const entry: QueueEntry = { id, pull: pull.number, by, base, sha, branch, at: site.now };
  repo.queue.push(entry);
  repo.refs = await site.git.refs();
  return entry;
}

function branchOf(repo: Repo, entry: QueueEntry): string | undefined {
  return repo.pulls.get(entry.pull)?.baseBranch;
}

async function drop(site: Site, entries: QueueEntry[]): Promise<void> {
  for (const entry of entries) {
    if (site.repo.refs.has(`refs/heads/${entry.branch}`)) {
      await site.git.setRef(`refs/heads/${entry.branch}`, null);
    }
  }
  site.repo.queue = site.repo.queue.filter((entry) => !entries.includes(entry));
  site.repo.refs = await site.git.refs();
}

/** Lands what the queue has proven and throws out what failed, oldest first. */
async function advance(site: Site): Promise<boolean> {
  const { repo } = site;
  for (const branch of new Set(repo.queue.map((entry) => branchOf(repo, entry)))) {
    const line = repo.queue.filter((entry) => branchOf(repo, entry) === branch);
    const [entry] = line;
    const pull = repo.pulls.get(entry?.pull ?? 0);
    const rules = branch === undefined ? null : rulesOf(repo, branch);
    if (entry === undefined || pull === undefined || rules === null) continue;
    // Everything behind a group was built on it.
    if (entry.base !== repo.refs.get(`refs/heads/${branch}`)) {
      await drop(site, line);
      return true;
    }
    const missing = missingChecks(rules, repo, entry.sha);
    if (missing === null) {
      await drop(site, [entry]);
      await land(site, pull, entry.sha, entry.by);
      return true;
    }
    if (missing.includes('failing')) {
      await drop(site, line);
      return true;
    }
  }
  return false;
}

/** Branches of groups whose entry is gone (its pull request was closed or pushed to). */
async function sweep(site: Site): Promise<void> {
  const live = new Set(site.repo.queue.map((entry) => `refs/heads/${entry.branch}`));
  for (const ref of site.repo.refs.keys()) {
    if (ref.startsWith('refs/heads/gh-readonly-queue/') && !live.has(ref)) {
      await site.git.setRef(ref, null);
    }
  }
  site.repo.refs = await site.git.refs();
}

/** Does everything that waits only for what is now there. */
export async function settle(site: Site): Promise<void> {
  const { repo } = site;
  const isWaiting =
    repo.queue.length > 0 ||
    [...repo.refs.keys()].some((ref) => ref.startsWith('refs/heads/gh-readonly-queue/'));
  if (!isWaiting) return;
  let more = true;
  while (more) more = await advance(site);
  await sweep(site);
  await syncRefs(site, 'GitHub');
}
