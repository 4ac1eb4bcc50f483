/**
 * What goes in and out, as schemas: they check requests and make the OpenAPI document. Documents
 * are given by their top-level fields; `test/surfaces/api` holds them against real answers.
 */
import { z } from '@hono/zod-openapi';
import { missionId, repoId, surfaceCommand, taskId } from '../../control/contract.ts';
import { PRUNE_KINDS } from '../../control/prune-report.ts';
import { NONCE } from '../../lib/identity.ts';

const seq = z.int().min(0);
const time = z.string().meta({ description: 'UTC, ISO 8601 with milliseconds' });
const object = z.looseObject({});
const nullable = object.nullable();

export const commandRequest = z.strictObject({
  /** Of the caller's choice, random: the same id again changes nothing and gets the same receipt; with another command it is refused. */
  id: z
    .string()
    .regex(/^[A-Za-z0-9._-]{8,64}$/)
    .meta({ description: 'chosen by the caller, at random; sent again, it changes nothing' }),
  command: surfaceCommand.meta({ id: 'Command' }),
});

export const receipt = z
  .strictObject({
    outcome: z.enum(['accepted', 'refused', 'failed']).meta({
      description: 'failed: nothing was written, for a reason inside the daemon',
    }),
    code: z.string().nullable(),
    sentence: z.string().nullable(),
    seqs: z.array(seq).meta({ description: 'events that this command appended' }),
    data: z.unknown(),
  })
  .openapi('Receipt');

export const problem = z
  .strictObject({
    outcome: z.enum(['refused', 'failed']),
    code: z.string().meta({ description: 'stable, for programs' }),
    sentence: z.string().meta({ description: 'what is wrong and what to do' }),
    seqs: z.array(seq),
    data: z.null(),
  })
  .openapi('Problem');

export const health = z
  .strictObject({
    ok: z.literal(true),
    version: z.string(),
    boot: z.string(),
    proof: z
      .string()
      .nullable()
      .meta({ description: 'HMAC-SHA256 over port, boot and nonce; null without a nonce' }),
  })
  .openapi('Health');

export const logEvent = z
  .strictObject({
    seq,
    stream: z.string(),
    version: z.int(),
    type: z.string(),
    schema: z.int(),
    time,
    actor: z.string(),
    causation: z.string(),
    data: z.unknown(),
    prev: z.string(),
    hash: z.string(),
  })
  .openapi('Event');

export const eventPage = z
  .strictObject({
    events: z.array(logEvent),
    next: seq.meta({ description: 'where to read on' }),
    last: seq.meta({ description: 'the newest event of the log' }),
  })
  .openapi('EventPage');

const hold = z
  .looseObject({
    code: z.string(),
    reason: z.string(),
    since: time,
    resumes: object,
    remedy: z.string(),
    meaning: z.string(),
  })
  .nullable();

export const mission = z
  .strictObject({
    id: z.string(),
    state: z.string(),
    text: z.string(),
    repos: z.array(z.string()),
    submittedAt: time,
    submittedBy: z.string(),
    clarification: object,
    specDigest: z.string().nullable(),
    spec: z.string().nullable(),
    expires: z.string().nullable(),
    approval: nullable,
    tasks: z.array(object),
    hold,
    end: z.string().nullable(),
  })
  .openapi('Mission');

export const task = z
  .strictObject({
    id: z.string(),
    mission: z.string(),
    repo: z.string(),
    title: z.string(),
    state: z.string(),
    coder: z.string(),
    branch: z.string(),
    base: z.string().nullable(),
    head: z.string().nullable(),
    rounds: z.int(),
    dependsOn: z.array(z.string()),
    risk: nullable,
    verdicts: z.array(object),
    verify: nullable,
    findings: z.array(object),
    pull: nullable,
    merged: nullable,
    approval: nullable,
    usage: object,
    runs: z.array(object),
    hold,
    waitsFor: z.string().nullable(),
    evidence: nullable,
    end: z.string().nullable(),
  })
  .openapi('Task');

export const status = z
  .strictObject({
    daemon: object,
    halted: nullable,
    switch: z
      .boolean()
      .meta({ description: 'the kill switch is thrown, the log may not say so yet' }),
    policyProblems: z.array(z.string()),
    missions: z.array(object),
    tasks: z.array(object),
    holds: z.array(object),
    approvals: z.int(),
    repos: z.array(object),
    events: seq,
    ended: z.record(z.string(), z.int()),
    windows: z.array(object).meta({ description: 'rate-limit windows, as runs reported them' }),
  })
  .openapi('Status');

export const usage = z
  .strictObject({
    day: z.string().nullable(),
    spentToday: object,
    reserved: z.int(),
    total: object,
    byRepo: z.record(z.string(), object),
    judges: z.array(object).meta({ description: 'what judging used, per family' }),
    runs: z.array(object),
    windows: z.array(object).meta({ description: 'rate-limit windows, as runs reported them' }),
  })
  .openapi('Usage');

export const missions = z.strictObject({ missions: z.array(object) }).openapi('Missions');
export const tasks = z.strictObject({ tasks: z.array(object) }).openapi('Tasks');
export const repos = z
  .strictObject({ repos: z.array(z.looseObject({ id: repoId })) })
  .openapi('Repos');
export const holds = z
  .strictObject({ holds: z.array(z.strictObject({ id: z.string(), title: z.string(), hold })) })
  .openapi('Holds');
export const approvals = z
  .strictObject({ approvals: z.array(z.looseObject({ kind: z.enum(['mission', 'task']) })) })
  .openapi('Approvals');
export const logs = z
  .strictObject({
    run: z.string(),
    which: z.enum(['stdout', 'stderr']),
    text: z.string().meta({ description: 'as the coder wrote it: escape it before printing' }),
    truncated: z.boolean(),
  })
  .openapi('Logs');
export const refreshed = z.strictObject({ problems: z.array(z.string()) }).openapi('Refreshed');
export const stopping = z.strictObject({ stopping: z.literal(true) }).openapi('Stopping');

/** A number in a query: decimal digits, nothing else. */
const digits = z
  .string()
  .regex(/^\d{1,15}$/)
  .transform(Number);

export const params = {
  mission: z.strictObject({ id: missionId }),
  task: z.strictObject({ id: taskId }),
  run: z.strictObject({ run: z.string().regex(/^r-[a-z0-9]{4,32}$/) }),
  digest: z.strictObject({ digest: z.string().regex(/^[0-9a-f]{64}$/) }),
};
export const queries = {
  health: z.strictObject({ nonce: z.string().regex(NONCE).optional() }),
  events: z.strictObject({
    from: digits.optional().openapi({
      type: 'integer',
      description: 'first event wanted; in its place a stream takes the header Last-Event-ID + 1',
    }),
    limit: digits
      .pipe(z.int().min(1).max(500))
      .optional()
      .openapi({ type: 'integer', description: '1 to 500, default 200; streams have none' }),
  }),
  logs: z.strictObject({ which: z.enum(['stdout', 'stderr']).default('stdout') }),
};
const pruneKind = z.enum(PRUNE_KINDS);
export const pruneReport = z
  .strictObject({
    removed: z.array(
      z.strictObject({
        kind: pruneKind,
        what: z.string(),
        why: z.string(),
        bytes: z.number().nullable(),
        saved: z.string().nullable(),
      }),
    ),
    left: z.array(z.strictObject({ kind: pruneKind, what: z.string(), reason: z.string() })),
    bytes: z.number(),
    more: z.boolean(),
  })
  .openapi('PruneReport');
export const pruneRequest = z.strictObject({ dryRun: z.boolean() });
export const stopRequest = z.strictObject({ reason: z.string().min(1).max(500) });
export const refreshRequest = z.strictObject({});
