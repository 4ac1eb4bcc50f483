/**
 * What a bundle says: an in-toto Statement v1 whose predicate is ours. Built from objects and host
 * observations only; the schema is strict, so that nothing else can ride along.
 */
import { z } from 'zod';
import { riskFeatures } from '../../control/risk.ts';

export const FORMAT = 'aedev-evidence/1';
export const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1';
export const PREDICATE_TYPE = 'urn:aedev:evidence:1';
export const PAYLOAD_TYPE = 'application/vnd.in-toto+json';

/** Changed files and findings that a bundle lists; more are cut and the bundle is truncated. */
export const MAX_FILES = 5_000;
export const MAX_FINDINGS = 500;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const objectId = z.string().regex(/^[0-9a-f]{40}$/);
const mode = z.string().regex(/^[0-7]{6}$/);
const count = z.int().min(0);
const snapshot = z.strictObject({ commit: objectId, tree: objectId });

const run = z.strictObject({
  run: z.string(),
  role: z.string(),
  coder: z.string(),
  model: z.string().nullable(),
  cliVersion: z.string().nullable(),
  tier: z.string(),
  image: z.string().nullable(),
  engine: z.string().nullable(),
  egress: z.union([
    z.string(),
    z
      .array(
        z.strictObject({
          host: z.string(),
          port: count.nullable(),
          allowed: z.boolean(),
          bytes: count,
        }),
      )
      .max(200),
  ]),
  lane: z.string(),
  laneProof: z.string().nullable(),
  usage: z.unknown(),
  /** Absent in bundles of older versions. */
  notes: z.array(z.string().max(2_000)).max(100).optional(),
});

const report = z.strictObject({
  argv: z.array(z.string()).min(1),
  on: z.enum(['base', 'head']),
  code: z.int().nullable(),
  ended: z.string(),
  durationMs: count,
  tests: z
    .strictObject({
      runner: z.string(),
      total: count,
      passed: count,
      failed: count,
      skipped: count,
    })
    .nullable(),
  failing: z.array(z.string()).max(50),
  /** Digests of the logs' kept ends, which are blobs of the bundle. */
  stdout: sha256,
  stderr: sha256,
  truncated: z.boolean(),
  provenance: z
    .strictObject({ tier: z.string(), image: z.string().nullable(), engine: z.string().nullable() })
    .nullable(),
  reused: z.boolean(),
});

const finding = z.strictObject({
  rule: z.string(),
  kind: z.string(),
  commit: z.string(),
  path: z.string(),
  line: z.int().nullable(),
  sentence: z.string(),
});

const file = z.strictObject({
  path: z.string().min(1),
  status: z.enum(['A', 'M', 'D', 'T']),
  oldMode: mode,
  newMode: mode,
  oldId: objectId,
  newId: objectId,
  added: count,
  deleted: count,
  binary: z.boolean(),
});

export const predicate = z.strictObject({
  task: z.strictObject({
    id: z.string(),
    repo: z.string(),
    request: z.string(),
    acceptance: z.array(z.string()),
    allowedPaths: z.array(z.string()),
    specDigest: z.string(),
  }),
  base: snapshot,
  head: snapshot,
  policyHash: z.string(),
  runs: z.array(run),
  verify: z.array(report),
  scan: z.strictObject({
    rulesVersion: z.string(),
    commits: z.array(objectId),
    findings: z.array(finding).max(MAX_FINDINGS),
    cut: z.boolean(),
  }),
  files: z.array(file).max(MAX_FILES),
  filesCut: z.boolean(),
  features: riskFeatures,
  /** Rules that the features were measured for. */
  riskRules: z.string(),
  diff: z.strictObject({ sha256, bytes: count, truncated: z.boolean() }),
  /** Something of the change or of the findings is not in the bundle. */
  truncated: z.boolean(),
  log: z.strictObject({ seq: count, hash: sha256 }),
  time: z.iso.datetime(),
  keyId: sha256,
});
export type Predicate = z.output<typeof predicate>;

export const statement = z.strictObject({
  _type: z.literal(STATEMENT_TYPE),
  subject: z.tuple([
    z.strictObject({
      name: z.literal('head-commit'),
      digest: z.strictObject({ gitCommit: objectId }),
    }),
    z.strictObject({ name: z.literal('head-tree'), digest: z.strictObject({ gitTree: objectId }) }),
    z.strictObject({ name: z.literal('diff'), digest: z.strictObject({ sha256 }) }),
  ]),
  predicateType: z.literal(PREDICATE_TYPE),
  predicate,
});
export type Statement = z.output<typeof statement>;

/** The file: one line of canonical JSON. `blobs` maps hex sha256 to base64 of the bytes. */
export const bundleFile = z.strictObject({
  format: z.literal(FORMAT),
  envelope: z.strictObject({
    payloadType: z.literal(PAYLOAD_TYPE),
    payload: z.base64(),
    signatures: z.tuple([z.strictObject({ keyid: sha256, sig: z.base64() })]),
  }),
  publicKey: z.string().max(1_000),
  blobs: z.record(sha256, z.base64()),
});

export function statementOf(about: Predicate): Statement {
  return {
    _type: STATEMENT_TYPE,
    subject: [
      { name: 'head-commit', digest: { gitCommit: about.head.commit } },
      { name: 'head-tree', digest: { gitTree: about.head.tree } },
      { name: 'diff', digest: { sha256: about.diff.sha256 } },
    ],
    predicateType: PREDICATE_TYPE,
    predicate: about,
  };
}

const MAX_USAGE_VALUES = 400;

/**
 * Usage as numbers, flags and short identifiers. A CLI's usage object may carry words of the coder
 * (a result, an error): they are dropped here, so that they cannot enter evidence by the side door.
 */
export function plainUsage(value: unknown): unknown {
  let left = MAX_USAGE_VALUES;
  const keep = (item: unknown, depth: number): unknown => {
    left -= 1;
    if (left < 0 || depth > 6) return undefined;
    if (item === null || typeof item === 'boolean') return item;
    if (typeof item === 'number') return Number.isFinite(item) ? item : undefined;
    if (typeof item === 'string') return /^[\w.:@/+-]{1,100}$/.test(item) ? item : undefined;
    if (Array.isArray(item))
      return item.map((one) => keep(one, depth + 1)).filter((one) => one !== undefined);
    if (typeof item !== 'object') return undefined;
    const kept: [string, unknown][] = [];
    for (const [key, member] of Object.entries(item)) {
      const plain = /^[\w.:@/+-]{1,100}$/.test(key) ? keep(member, depth + 1) : undefined;
      if (plain !== undefined) kept.push([key, plain]);
    }
    return Object.fromEntries(kept);
  };
  return keep(value, 0) ?? null;
}
