/** Reviews and their comments, whoever writes them. */
import { type Site, touch } from './pulls.ts';
import { nextId, type Pull, type Review, type ReviewComment, type World } from './world.ts';

export function addReview(
  world: World,
  site: Site,
  pull: Pull,
  input: { by: string; state: Review['state']; body: string; commit?: string },
): Review {
  const review: Review = {
    id: nextId(world),
    pull: pull.number,
    author: input.by,
    state: input.state,
    body: input.body,
    commit: input.commit ?? pull.head,
    submittedAt: site.now,
  };
  site.repo.reviews.push(review);
  touch(site, pull.number);
  return review;
}

export function addReviewComment(
  world: World,
  site: Site,
  pull: Pull,
  input: {
    by: string;
    body: string;
    path: string;
    line: number;
    commit?: string;
    review?: number;
    replyTo?: number;
  },
): ReviewComment {
  const { repo, now } = site;
  const to = repo.reviewComments.find((one) => one.id === input.replyTo);
  const review =
    input.review ?? addReview(world, site, pull, { by: input.by, state: 'COMMENTED', body: '' }).id;
  const id = nextId(world);
  const comment: ReviewComment = {
    id,
    pull: pull.number,
    review,
    root: to?.root ?? id,
    author: input.by,
    body: input.body,
    path: to?.path ?? input.path,
    line: to?.line ?? input.line,
    commit: to?.commit ?? input.commit ?? pull.head,
    createdAt: now,
    updatedAt: now,
  };
  repo.reviewComments.push(comment);
  if (to === undefined) repo.threads.push({ root: id, pull: pull.number, resolvedBy: null });
  touch(site, pull.number);
  return comment;
}
