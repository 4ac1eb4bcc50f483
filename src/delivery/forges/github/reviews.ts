/**
 * Reviews, inline threads and comments as the core takes them. Only people who may write to the
 * repository can ask for changes or take that back; what others say is kept as a comment.
 */
import type { PullRequest } from '../forge.ts';
import { named, said } from './hostile.ts';
import type { IssueComment, Review, Thread } from './queries.ts';

type Item = PullRequest['reviews'][number];
type Author = { __typename: string; login: string } | null;
interface Dated {
  at: string;
  item: Item;
}

/** The newest are kept: an event of the log has to hold them. */
const MAX_ITEMS = 50;

/** `@aedev …`, `/aedev …` or `aedev: …` at the beginning of a line. */
const ADDRESSED = /^\s*(?:[@/]aedev\b|aedev:)/im;

export interface Said {
  reviews: readonly Review[];
  threads: readonly Thread[];
  comments: readonly IssueComment[];
}

/** Those whose right to write has to be known before {@link readReviews}. */
export function speakers({ reviews, threads, comments }: Said): Set<string> {
  const names = new Set<string>();
  const add = (author: Author) => {
    // A program's account is no person, whatever it may write to.
    if (author?.__typename === 'User') names.add(author.login);
  };
  for (const review of reviews) if (VERDICTS.has(review.state)) add(review.author);
  for (const thread of threads) if (isOpen(thread)) add(opening(thread)?.author ?? null);
  for (const comment of comments) if (isAddressed(comment)) add(comment.author);
  return names;
}

export function readReviews(all: Said, mayWrite: (login: string) => boolean): Item[] {
  const trusted = (author: Author) => author?.__typename === 'User' && mayWrite(author.login);
  const dated: Dated[] = [
    ...all.reviews.flatMap((review) => fromReview(review, trusted(review.author))),
    ...all.threads.flatMap((thread) => {
      const first = opening(thread);
      return first && isOpen(thread) ? [fromThread(thread, trusted(first.author), trusted)] : [];
    }),
    ...all.comments.flatMap((comment) =>
      isAddressed(comment) && trusted(comment.author) ? [fromComment(comment)] : [],
    ),
  ];
  dated.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  return dated.slice(-MAX_ITEMS).map(({ item }) => item);
}

const VERDICTS = new Set(['APPROVED', 'CHANGES_REQUESTED']);
const nameOf = (author: Author) => named(author?.login ?? 'ghost');

/** PENDING is not sent yet; DISMISSED was taken back by somebody who may do so. */
function fromReview(review: Review, trusted: boolean): Dated[] {
  if (review.state === 'PENDING' || review.state === 'DISMISSED') return [];
  const state = !trusted
    ? 'comment'
    : review.state === 'APPROVED'
      ? 'approved'
      : review.state === 'CHANGES_REQUESTED'
        ? 'changes-requested'
        : 'comment';
  const body = said(review.body);
  // The envelope of inline comments, which come as threads.
  if (state === 'comment' && body === '') return [];
  const author = nameOf(review.author);
  return [
    {
      at: review.submittedAt ?? '',
      item: { author, state, body, id: `review:${review.fullDatabaseId}` },
    },
  ];
}

/** Outdated ones too: the lines changed, but nobody has said that this settles it. */
const isOpen = (thread: Thread) => !thread.isResolved;
const spoken = (thread: Thread) =>
  (thread.comments.nodes ?? []).filter((comment) => comment !== null);
const opening = (thread: Thread) => {
  const first = spoken(thread)[0];
  return first && !first.viewerDidAuthor ? first : undefined;
};

/** A later word of somebody trusted makes it new: what was sent back before did not settle it. */
function fromThread(thread: Thread, counts: boolean, trusted: (author: Author) => boolean): Dated {
  const heard = spoken(thread).filter(
    (comment, at) => at === 0 || (!comment.viewerDidAuthor && trusted(comment.author)),
  );
  const last = heard.at(-1);
  const item: Item = {
    author: nameOf(heard[0]?.author ?? null),
    state: counts ? 'changes-requested' : 'comment',
    body: said(heard.map(({ body }) => body).join(' / ')),
    id: `thread:${thread.id}:${last?.fullDatabaseId ?? ''}`,
    file: named(thread.path),
    line: thread.line,
  };
  return { at: last?.createdAt ?? '', item };
}

const isAddressed = (comment: IssueComment) =>
  !comment.viewerDidAuthor && ADDRESSED.test(comment.body);

function fromComment(comment: IssueComment): Dated {
  const item: Item = {
    author: nameOf(comment.author),
    state: 'changes-requested',
    body: said(comment.body),
    id: `comment:${comment.fullDatabaseId}`,
    once: true,
  };
  return { at: comment.createdAt, item };
}
