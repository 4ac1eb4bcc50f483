/** What every object of GraphQL needs: who asks, pages of lists, people, refusals. */
import { authorize } from './auth.ts';
import type { Hub } from './hub.ts';
import { ApiError, type Needs } from './reply.ts';
import { nodeId, type Repo, type Token, type User, userOf, type World } from './world.ts';

export interface Graph {
  hub: Hub;
  world: World;
  token: Token;
  viewer: User;
  web: string;
}

/** An error with GitHub's `type`. */
export class GraphProblem extends Error {
  readonly type: string;
  constructor(type: string, message: string) {
    super(message);
    this.type = type;
  }
}

/** REST's refusals in GraphQL's words. */
export function permit(graph: Graph, repo: Repo, needs: Needs, missing: string): void {
  try {
    authorize(graph.token, repo, needs);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.reply.status === 404) throw new GraphProblem('NOT_FOUND', missing);
    throw new GraphProblem('FORBIDDEN', error.message);
  }
}

export interface Slice {
  first?: number | null;
  last?: number | null;
  after?: string | null;
  before?: string | null;
}

export function connection<T>(name: string, args: Slice, items: T[], node: (item: T) => unknown) {
  const { first, last } = args;
  if (first == null && last == null) {
    const message = `You must provide a \`first\` or \`last\` value to properly paginate the \`${name}\` connection.`;
    throw new GraphProblem('MISSING_PAGINATION_BOUNDARIES', message);
  }
  const size = first ?? last ?? 0;
  if (size < 1 || size > 100) {
    const message = `Requesting ${size} records on the \`${name}\` connection exceeds the limit of 100 records.`;
    throw new GraphProblem('EXCESSIVE_PAGINATION', message);
  }
  const at = (cursor: string | null | undefined, fallback: number) =>
    cursor == null
      ? fallback
      : Number(Buffer.from(cursor, 'base64').toString('utf8').split(':')[1]);
  const cursor = (index: number) => Buffer.from(`cursor:${index}`).toString('base64');
  const from = at(args.after, -1) + 1;
  const to = at(args.before, items.length);
  const start = first == null ? Math.max(from, to - size) : from;
  const end = first == null ? to : Math.min(to, from + size);
  const shown = items.slice(start, end);
  return {
    totalCount: items.length,
    nodes: () => shown.map(node),
    edges: () => shown.map((item, index) => ({ cursor: cursor(start + index), node: node(item) })),
    pageInfo: {
      hasNextPage: end < items.length,
      hasPreviousPage: start > 0,
      startCursor: shown.length > 0 ? cursor(start) : null,
      endCursor: shown.length > 0 ? cursor(end - 1) : null,
    },
  };
}

export function actor(graph: Graph, login: string) {
  const user = userOf(graph.world, login);
  return {
    __typename: user.type,
    id: nodeId('U', user.id),
    databaseId: user.id,
    // GraphQL leaves out the suffix that REST gives apps.
    login: user.login.replace(/\[bot\]$/, ''),
    url: `${graph.web}/${user.login}`,
    resourcePath: `/${user.login}`,
    avatarUrl: `${graph.web}/avatars/${user.id}`,
  };
}
