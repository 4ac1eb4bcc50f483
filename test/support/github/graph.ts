/**
 * GraphQL, executed against GitHub's own schema (npm `@octokit/graphql-schema`): a query that GitHub
 * would not accept is refused, and an answer that the schema does not allow becomes an error.
 */
import { readFileSync } from 'node:fs';
import {
  buildSchema,
  execute,
  type GraphQLError,
  type GraphQLFieldResolver,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  parse,
  validate,
} from 'graphql';
import { authenticate } from './auth.ts';
import { type Graph, GraphProblem } from './graph-base.ts';
import { mutationRoot } from './graph-mutations.ts';
import { queryRoot } from './graph-repo.ts';
import type { Hub, RestRequest } from './hub.ts';
import type { Entry } from './journal.ts';
import { ApiError, type Reply } from './reply.ts';
import { type Token, userOf, type World } from './world.ts';

let built: GraphQLSchema | null = null;

function schema(): GraphQLSchema {
  if (built !== null) return built;
  // The package exports no way to this file alone, and importing it whole takes three times as long.
  const file = '../../../node_modules/@octokit/graphql-schema/schema.graphql';
  const text = readFileSync(new URL(file, import.meta.url), 'utf8');
  built = buildSchema(text, { noLocation: true, assumeValid: true, assumeValidSDL: true });
  return built;
}

interface Asked {
  query: string;
  variables: Record<string, unknown>;
  operationName: string | undefined;
}

function read(body: Buffer): Asked | null {
  try {
    const said = JSON.parse(body.toString('utf8')) as Partial<Asked>;
    if (typeof said.query !== 'string') return null;
    const { query, variables, operationName } = said;
    return { query, variables: variables ?? {}, operationName: operationName ?? undefined };
  } catch {
    return null;
  }
}

/** Whether a body is a mutation, and the names of its fields. */
export function readOperation(body: Buffer): Pick<Entry, 'kind' | 'operation'> {
  const asked = read(body);
  try {
    const nodes = parse(asked?.query ?? '').definitions.filter(
      (node): node is OperationDefinitionNode => node.kind === Kind.OPERATION_DEFINITION,
    );
    const named = nodes.filter((node) => node.name?.value === asked?.operationName);
    const [node] = nodes.length === 1 ? nodes : named;
    const fields = (node?.selectionSet.selections ?? []).map((field) =>
      field.kind === Kind.FIELD ? field.name.value : '…',
    );
    return { kind: node?.operation === 'mutation' ? 'write' : 'read', operation: fields };
  } catch {
    return { kind: 'read', operation: [] };
  }
}

/** A field that the double has not is an error: null would be a lie. */
const fieldResolver: GraphQLFieldResolver<unknown, Graph> = (source, args, context, info) => {
  const at = source as Record<string, unknown> | null;
  if (at === null || typeof at !== 'object' || !(info.fieldName in at)) {
    const what = `${info.parentType.name}.${info.fieldName}`;
    throw new GraphProblem('INTERNAL', `The double does not cover ${what}.`);
  }
  const value = at[info.fieldName];
  return typeof value === 'function' ? value(args, context) : value;
};

function shown(error: GraphQLError) {
  const { message, locations, path, originalError } = error;
  const type = originalError instanceof GraphProblem ? { type: originalError.type } : {};
  return {
    ...type,
    ...(path === undefined ? {} : { path }),
    ...(locations === undefined ? {} : { locations }),
    message,
  };
}

export async function answerGraph(hub: Hub, request: RestRequest, world: World): Promise<Reply> {
  const now = hub.now();
  let token: Token | null = null;
  try {
    token = authenticate(world, request.headers['authorization'], now).token;
    if (token === null) {
      throw new ApiError(401, 'This endpoint requires you to be authenticated.');
    }
    if (request.method !== 'POST') throw new ApiError(404, 'Not Found');
  } catch (error) {
    if (error instanceof ApiError) return error.reply;
    throw error;
  }
  const answer = (body: unknown): Reply => ({
    status: 200,
    body,
    headers: {
      'x-github-media-type': 'github.v4; format=json',
      ...hub.limits.headers(token, 'graphql', now),
    },
  });
  if (hub.limits.left(token, 'graphql', now) === 0) {
    const message = `API rate limit exceeded for user ID ${token.login}.`;
    return answer({ errors: [{ type: 'RATE_LIMITED', message }] });
  }
  hub.limits.count(token, 'graphql', now);
  const asked = read(request.body);
  if (asked === null) {
    return { status: 400, body: { message: 'Problems parsing JSON', status: '400' } };
  }
  let document: ReturnType<typeof parse>;
  try {
    document = parse(asked.query);
  } catch (error) {
    return answer({ errors: [{ message: String((error as Error).message) }] });
  }
  const errors = validate(schema(), document);
  if (errors.length > 0) return answer({ errors: errors.map(shown) });
  const graph: Graph = {
    hub,
    world,
    token,
    viewer: userOf(world, token.login),
    web: request.web,
  };
  const result = await execute({
    schema: schema(),
    document,
    rootValue: { ...queryRoot(graph), ...mutationRoot(graph) },
    contextValue: graph,
    variableValues: asked.variables,
    operationName: asked.operationName ?? null,
    fieldResolver,
  });
  for (const { originalError } of result.errors ?? []) {
    // Neither GitHub's own refusals nor bad variables: the double itself broke.
    if (originalError !== undefined && !(originalError instanceof GraphProblem)) {
      hub.problems.push(`graphql: ${originalError.stack ?? originalError.message}`);
    }
  }
  const body = {
    data: result.data ?? null,
    ...(result.errors ? { errors: result.errors.map(shown) } : {}),
  };
  return answer(body);
}
