/** Every route there is: the app serves them, the OpenAPI document lists them. */
import { createRoute, type z } from '@hono/zod-openapi';
import * as s from './schemas.ts';

const json = <T extends z.ZodType>(schema: T, description: string) => ({
  content: { 'application/json': { schema } },
  description,
});
const body = <T extends z.ZodType>(schema: T) => ({
  body: { content: { 'application/json': { schema } }, required: true },
});
const sse = {
  'text/event-stream': {
    schema: { type: 'string' as const, description: 'one message per event; its id is the seq' },
  },
};

const refused = {
  '4XX': json(s.problem, 'refused, with the reason'),
  '5XX': json(s.problem, 'failed'),
};
const token = [{ token: [] }];

const get = <P extends string, T extends z.ZodType>(path: P, summary: string, schema: T) =>
  createRoute({
    method: 'get',
    path,
    summary,
    security: token,
    responses: { 200: json(schema, summary), ...refused },
  });

export const routes = {
  health: createRoute({
    method: 'get',
    path: '/healthz',
    summary: 'Is the daemon there, and is it the one of this installation? Needs no token',
    request: { query: s.queries.health },
    responses: { 200: json(s.health, 'it is there'), ...refused },
  }),
  command: createRoute({
    method: 'post',
    path: '/v1/commands',
    summary: 'Send a command. Who sends it follows from the token',
    security: token,
    request: body(s.commandRequest),
    responses: {
      200: json(s.receipt, 'accepted'),
      403: json(s.receipt, 'only the operator may; recorded'),
      404: json(s.receipt, 'it names what does not exist; recorded'),
      409: json(s.receipt, 'the state does not allow it; recorded'),
      '4XX': json(s.problem, 'not a command; not recorded'),
      '5XX': json(s.problem, 'nothing was written'),
    },
  }),
  status: get('/v1/status', 'What it does and what it waits for', s.status),
  missions: get('/v1/missions', 'Missions, oldest first', s.missions),
  mission: createRoute({
    ...get('/v1/missions/{id}', 'One mission with its tasks', s.mission),
    request: { params: s.params.mission },
  }),
  tasks: get('/v1/tasks', 'Tasks, oldest first', s.tasks),
  task: createRoute({
    ...get('/v1/tasks/{id}', 'One task', s.task),
    request: { params: s.params.task },
  }),
  history: createRoute({
    method: 'get',
    path: '/v1/tasks/{id}/history',
    summary: "A task's events, as JSON or (Accept: text/event-stream) as a stream",
    security: token,
    request: { params: s.params.task, query: s.queries.events },
    responses: {
      200: {
        content: { 'application/json': { schema: s.eventPage }, ...sse },
        description: 'events in order',
      },
      ...refused,
    },
  }),
  repos: get('/v1/repos', 'Registered repos', s.repos),
  holds: get('/v1/holds', 'Everything that waits, oldest first', s.holds),
  approvals: get('/v1/approvals', 'What waits for approval', s.approvals),
  usage: get('/v1/usage', 'Usage and budgets', s.usage),
  events: createRoute({
    method: 'get',
    path: '/v1/events',
    summary: 'The log, as JSON or (Accept: text/event-stream) as a stream',
    security: token,
    request: { query: s.queries.events },
    responses: {
      200: {
        content: { 'application/json': { schema: s.eventPage }, ...sse },
        description: 'events in order',
      },
      ...refused,
    },
  }),
  stream: createRoute({
    method: 'get',
    path: '/v1/stream',
    summary: 'The log as a stream of server-sent events: backlog first, then live',
    security: token,
    request: { query: s.queries.events },
    responses: { 200: { content: sse, description: 'events in order' }, ...refused },
  }),
  evidence: createRoute({
    method: 'get',
    path: '/v1/evidence/{digest}',
    summary: 'A sealed evidence bundle, byte for byte',
    security: token,
    request: { params: s.params.digest },
    responses: {
      200: {
        content: {
          'application/octet-stream': { schema: { type: 'string' as const, format: 'binary' } },
        },
        description: 'the bundle; its sha256 is the digest',
      },
      ...refused,
    },
  }),
  logs: createRoute({
    ...get('/v1/runs/{run}/logs', "The end of a run's output", s.logs),
    request: { params: s.params.run, query: s.queries.logs },
  }),
  refresh: createRoute({
    method: 'post',
    path: '/v1/refresh',
    summary: 'Read policy and registry again now; for the operator',
    security: token,
    request: body(s.refreshRequest),
    responses: { 200: json(s.refreshed, 'what is wrong with the files'), ...refused },
  }),
  prune: createRoute({
    method: 'post',
    path: '/v1/prune',
    summary: 'Take away what is no longer needed, or say what would go; for the operator',
    security: token,
    request: body(s.pruneRequest),
    responses: { 200: json(s.pruneReport, 'what went, and what could not go'), ...refused },
  }),
  stop: createRoute({
    method: 'post',
    path: '/v1/stop',
    summary: 'Stop the daemon; for the operator',
    security: token,
    request: body(s.stopRequest),
    responses: { 202: json(s.stopping, 'it stops'), ...refused },
  }),
} as const;
