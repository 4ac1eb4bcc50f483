/** What is asked of GitHub's GraphQL API, and the shape its answers must have. */
import { z } from 'zod';
import { ForgeError } from '../forge.ts';

const CONTEXTS = (number: number) => `
  pageInfo { hasNextPage endCursor }
  nodes {
    __typename
    ... on CheckRun {
      databaseId name status conclusion startedAt completedAt title summary
      isRequired(pullRequestNumber: ${number}) checkSuite { app { slug } }
    }
    ... on StatusContext {
      context state description createdAt isRequired(pullRequestNumber: ${number})
    }
  }`;
const REVIEWS = `
  pageInfo { hasNextPage endCursor }
  nodes { fullDatabaseId state body submittedAt author { __typename login } }`;
const THREADS = `
  pageInfo { hasNextPage endCursor }
  nodes {
    id isResolved path line
    comments(first: 50) {
      nodes { fullDatabaseId body createdAt viewerDidAuthor author { __typename login } }
    }
  }`;

const PULL = (number: number) => `
  id number url state isDraft body headRefOid headRefName baseRefName
  headRepository { nameWithOwner }
  baseRef { target { oid } }
  headRef { target { oid } }
  mergeable mergeStateStatus reviewDecision
  isMergeQueueEnabled isInMergeQueue mergeQueueEntry { position }
  mergeQueue { entries(first: 1) { totalCount } }
  mergeCommit { oid tree { oid } }
  commits(last: 1) {
    nodes { commit { oid statusCheckRollup { contexts(first: 100) { ${CONTEXTS(number)} } } } }
  }
  reviews(first: 100) { ${REVIEWS} }
  reviewThreads(first: 100) { ${THREADS} }
  comments(last: 100) {
    nodes { fullDatabaseId body createdAt viewerDidAuthor author { __typename login } }
  }`;

const inRepository = (parameters: string, fields: string) =>
  `query (${['$owner: String!', '$name: String!', parameters].filter((one) => one).join(', ')}) {
  repository(owner: $owner, name: $name) { ${fields} }
}`;

/** Several pull requests at once, as `p<number>`. Numbers only: nothing of it is anybody's text. */
export const pullsQuery = (numbers: readonly number[]): string =>
  inRepository(
    '',
    numbers
      .map((number) => `p${number}: pullRequest(number: ${number}) { ${PULL(number)} }`)
      .join('\n'),
  );

export type Connection = 'contexts' | 'reviews' | 'threads';

/** The next page of one list of one pull request, as `p<number>` in the same shape. */
export function pageQuery(number: number, connection: Connection): string {
  const field = {
    contexts: `commits(last: 1) { nodes { commit { oid statusCheckRollup {
      contexts(first: 100, after: $after) { ${CONTEXTS(number)} } } } } }`,
    reviews: `reviews(first: 100, after: $after) { ${REVIEWS} }`,
    threads: `reviewThreads(first: 100, after: $after) { ${THREADS} }`,
  }[connection];
  return inRepository('$after: String!', `p${number}: pullRequest(number: ${number}) { ${field} }`);
}

export const REF_QUERY = inRepository(
  '$ref: String!',
  'ref(qualifiedName: $ref) { target { oid } }',
);
export const READY = `mutation ($id: ID!) {
  markPullRequestReadyForReview(input: { pullRequestId: $id }) { pullRequest { isDraft } }
}`;
export const ENQUEUE = `mutation ($id: ID!, $head: GitObjectID!) {
  enqueuePullRequest(input: { pullRequestId: $id, expectedHeadOid: $head }) {
    mergeQueueEntry { position }
  }
}`;

const oid = z.string().regex(/^[0-9a-f]{40}$/);
const text = z
  .string()
  .nullish()
  .transform((value) => value ?? '');
/** Null for an account that was removed. */
const author = z.object({ __typename: z.string(), login: z.string() }).nullable();
const target = z.object({ target: z.object({ oid }).nullable() }).nullable();
const id = z.union([z.string(), z.number()]).nullish().transform(String);
const page = z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() });
const list = <T extends z.ZodType>(node: T) =>
  z.object({ pageInfo: page, nodes: z.array(node.nullable()).nullable() });

const context = z.discriminatedUnion('__typename', [
  z.object({
    __typename: z.literal('CheckRun'),
    databaseId: z.number().nullable(),
    name: z.string(),
    status: z.string(),
    conclusion: z.string().nullable(),
    startedAt: z.string().nullable(),
    completedAt: z.string().nullable(),
    title: text,
    summary: text,
    isRequired: z.boolean(),
    checkSuite: z.object({ app: z.object({ slug: z.string() }).nullable() }).nullable(),
  }),
  z.object({
    __typename: z.literal('StatusContext'),
    context: z.string(),
    state: z.string(),
    description: text,
    createdAt: z.string(),
    isRequired: z.boolean(),
  }),
]);
export type CheckContext = z.output<typeof context>;

const review = z.object({
  fullDatabaseId: id,
  state: z.string(),
  body: text,
  submittedAt: z.string().nullable(),
  author,
});
export type Review = z.output<typeof review>;

const comment = z.object({
  fullDatabaseId: id,
  body: text,
  createdAt: z.string(),
  viewerDidAuthor: z.boolean(),
  author,
});
export type IssueComment = z.output<typeof comment>;
const thread = z.object({
  id: z.string(),
  isResolved: z.boolean(),
  path: z.string(),
  line: z.number().nullable(),
  comments: z.object({ nodes: z.array(comment.nullable()).nullable() }),
});
export type Thread = z.output<typeof thread>;

const commits = z.object({
  nodes: z
    .array(
      z
        .object({
          commit: z.object({
            oid,
            statusCheckRollup: z.object({ contexts: list(context) }).nullable(),
          }),
        })
        .nullable(),
    )
    .nullable(),
});

export const pullNode = z.object({
  id: z.string(),
  number: z.number(),
  url: z.string(),
  state: z.enum(['OPEN', 'CLOSED', 'MERGED']),
  isDraft: z.boolean(),
  body: text,
  headRefOid: oid,
  headRefName: z.string(),
  baseRefName: z.string(),
  headRepository: z.object({ nameWithOwner: z.string() }).nullable(),
  baseRef: target,
  headRef: target,
  mergeable: z.string(),
  mergeStateStatus: z.string(),
  reviewDecision: z.string().nullable(),
  isMergeQueueEnabled: z.boolean(),
  isInMergeQueue: z.boolean(),
  mergeQueueEntry: z.object({ position: z.number() }).nullable(),
  mergeQueue: z.object({ entries: z.object({ totalCount: z.number() }).nullable() }).nullable(),
  mergeCommit: z.object({ oid, tree: z.object({ oid }) }).nullable(),
  commits,
  reviews: list(review),
  reviewThreads: list(thread),
  comments: z.object({ nodes: z.array(comment.nullable()).nullable() }),
});
export type PullNode = z.output<typeof pullNode>;

export const refNode = z.object({ ref: target });
export const contextsPage = z.object({ commits });
export const reviewsPage = z.object({ reviews: list(review) });
export const threadsPage = z.object({ reviewThreads: list(thread) });

/** What GitHub sent, if it has the documented shape. Throws ForgeError `unavailable`. */
export function shaped<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues[0]?.path.map(String).join('.').slice(0, 100) ?? '';
  const sentence = `GitHub's answer has not the documented form (at "${where}"); could not ${what}.`;
  throw new ForgeError('unavailable', sentence, true);
}
