/**
 * Pull requests and what is written on them. Each write looks first whether an earlier life did it,
 * and looks again when its answer was lost; GitHub itself takes only one open pull request per
 * branch and base.
 */
import { bounded, ForgeError } from '../forge.ts';
import type { Api } from './api.ts';
import { isAmbiguous } from './classify.ts';
import { tipOf } from './git-remote.ts';
import { named } from './hostile.ts';
import { readAll } from './pages.ts';
import { READY } from './queries.ts';
import { who } from './read.ts';

interface ListedPull {
  id: number;
  number: number;
  state: string;
  body: string | null;
  head: { ref: string; repo: { full_name: string } | null };
  base: { ref: string };
}

const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();

/** Number of the pull request with this marker, or null. An open one before one that ended. */
export async function findNumber(
  api: Api,
  marker: string,
  headBranch: string | null,
): Promise<number | null> {
  if (marker === '') return null;
  const { owner, name } = api.address;
  const head = headBranch === null ? {} : { head: `${owner}:${headBranch}` };
  const pulls = await readAll<ListedPull>(
    api,
    'list pull requests',
    'GET /repos/{owner}/{repo}/pulls',
    { state: 'all', sort: 'created', direction: 'desc', ...head },
  );
  const ours = pulls.filter(
    (pull) =>
      (pull.body ?? '').includes(marker) &&
      // A fork's branch of the same name, with a copied marker, is somebody else's.
      same(pull.head?.repo?.full_name ?? '', `${owner}/${name}`) &&
      (headBranch === null || pull.head.ref === headBranch),
  );
  const open = ours.filter((pull) => pull.state === 'open');
  return newest(open.length > 0 ? open : ours);
}

/** An open one of this branch whose body somebody has edited is still the branch's only one. */
async function findOpen(api: Api, headBranch: string, baseBranch: string): Promise<number | null> {
  const { owner } = api.address;
  const pulls = await readAll<ListedPull>(
    api,
    'list pull requests',
    'GET /repos/{owner}/{repo}/pulls',
    { state: 'open', head: `${owner}:${headBranch}`, base: baseBranch },
  );
  return newest(pulls.filter((pull) => pull.head.ref === headBranch));
}

const newest = (pulls: ListedPull[]): number | null =>
  pulls.reduce<number | null>(
    (found, { number }) => (found === null || number > found ? number : found),
    null,
  );

export interface Opening {
  marker: string;
  title: string;
  body: string;
  headBranch: string;
  baseBranch: string;
}

/** Opens a draft, or finds the one that is there. */
export async function openDraft(api: Api, input: Opening): Promise<number> {
  const { marker, headBranch, baseBranch } = input;
  const find = async () =>
    (await findNumber(api, marker, headBranch)) ?? (await findOpen(api, headBranch, baseBranch));
  const known = await find();
  if (known !== null) return known;
  try {
    const { data } = await api.rest<{ number?: unknown } | null>(
      'open a pull request',
      'POST /repos/{owner}/{repo}/pulls',
      {
        title: bounded(input.title),
        body: bounded(input.body),
        head: headBranch,
        base: baseBranch,
        draft: true,
      },
    );
    if (typeof data?.number === 'number' && data.number > 0) return data.number;
    throw new ForgeError('unavailable', 'GitHub opened a pull request without a number.', true);
  } catch (error) {
    // 422 says, among other things, that there is one already.
    const there =
      isAmbiguous(error) || (error instanceof ForgeError && error.tag === 'refused')
        ? await find()
        : null;
    if (there !== null) return there;
    if (error instanceof ForgeError && error.tag === 'refused')
      for (const branch of [headBranch, baseBranch])
        if ((await tipOf(api, branch)) === null)
          throw new ForgeError('not-found', `The branch ${named(branch)} is not on GitHub.`);
    throw error;
  }
}

/** Labels that are not there yet; GitHub makes those that the repository does not have. */
export async function label(api: Api, number: number, labels: readonly string[]): Promise<void> {
  if (labels.length === 0) return;
  const route = 'POST /repos/{owner}/{repo}/issues/{issue_number}/labels';
  await api.rest('label a pull request', route, { issue_number: number, labels: [...labels] });
}

/** Already ready is no error. */
export async function markReady(api: Api, nodeId: string): Promise<void> {
  await api.graphql('mark a pull request ready', READY, { id: nodeId });
}

/** GitHub keeps no key of ours on a comment, so it stands in it, where only its author can put it. */
const keyOf = (marker: string): string =>
  `<!-- aedev:comment=${Buffer.from(marker).toString('base64url')} -->`;

const COMMENTS_QUERY = `query ($owner: String!, $name: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
      comments(first: 100, after: $after) {
        pageInfo { hasNextPage endCursor }
        nodes { fullDatabaseId body viewerDidAuthor }
      }
    }
  }
}`;

interface CommentsAnswer {
  repository: {
    pullRequest: {
      comments: {
        pageInfo: { hasNextPage: boolean; endCursor: string | null };
        nodes: ({ fullDatabaseId: string; body: string; viewerDidAuthor: boolean } | null)[];
      };
    } | null;
  } | null;
}

/** A copy of our key in a stranger's comment must not silence ours: only our own count. */
async function findComment(api: Api, number: number, key: string) {
  let after: string | null = null;
  for (let pages = 0; pages < 50; pages += 1) {
    const variables = { ...who(api), number, after };
    const data: CommentsAnswer = await api.graphql('list comments', COMMENTS_QUERY, variables);
    const comments = data.repository?.pullRequest?.comments;
    if (!comments) throw notFound(number);
    const found = comments.nodes.find((one) => one?.viewerDidAuthor && one.body.includes(key));
    if (found) return { id: Number(found.fullDatabaseId), body: found.body };
    after = comments.pageInfo.endCursor;
    if (!comments.pageInfo.hasNextPage || after === null) return null;
  }
  return null;
}

export const notFound = (number: number) =>
  new ForgeError('not-found', `There is no pull request ${number} in this repository.`);

/** One comment per marker; written again, it says the newer thing. */
export async function comment(
  api: Api,
  number: number,
  marker: string,
  text: string,
): Promise<void> {
  const key = keyOf(marker);
  const body = bounded(`${text}\n\n${key}`);
  const known = await findComment(api, number, key);
  if (known?.body === body) return;
  try {
    if (known) {
      const route = 'PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}';
      await api.rest('change a comment', route, { comment_id: known.id, body });
    } else {
      const route = 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments';
      await api.rest('write a comment', route, { issue_number: number, body });
    }
  } catch (error) {
    if (!isAmbiguous(error)) throw error;
    if ((await findComment(api, number, key))?.body !== body) throw error;
  }
}

/** Closing twice, or with a lost answer, ends the same way. */
export async function closePull(api: Api, number: number): Promise<void> {
  await api.rest('close a pull request', 'PATCH /repos/{owner}/{repo}/pulls/{pull_number}', {
    pull_number: number,
    state: 'closed',
  });
}

/** A commit status: a plain token may set it, while check runs need a GitHub App. */
export async function setStatus(
  api: Api,
  check: { name: string; state: string; summary: string; head: string },
): Promise<void> {
  await api.rest('set a status', 'POST /repos/{owner}/{repo}/statuses/{sha}', {
    sha: check.head,
    state: check.state,
    context: check.name,
    // GitHub takes at most 140 characters.
    description: Array.from(check.summary).slice(0, 140).join(''),
  });
}
