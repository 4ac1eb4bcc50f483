/** What a run came to, kept beside its workspace, so that a crash after it does not cost the run. */
import { open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Outcome } from '../../control/contract.ts';
import { success } from '../../control/failure.ts';

const FILE = 'outcome.json';

/** Whole or not at all, and durable: a half-written outcome must not be taken for one. */
export async function keepOutcome(dir: string, outcome: Outcome): Promise<void> {
  const path = join(dir, FILE);
  const file = await open(`${path}.new`, 'w', 0o600);
  await file.writeFile(JSON.stringify(outcome));
  await file.sync();
  await file.close();
  await rename(`${path}.new`, path);
}

/**
 * A run that ended and was collected before the crash left its outcome behind. Where a coder could
 * reach the file (tier `process`) it may be forged: what has not the right shape is no outcome, and
 * what has it is still judged by evidence alone.
 */
export async function readOutcome(dir: string): Promise<Outcome | null> {
  const file = join(dir, FILE);
  const text = await readFile(file, 'utf8').catch(() => null);
  if (text === null) return null;
  try {
    const parsed = outcomeFile.safeParse(JSON.parse(text));
    return parsed.success ? success(parsed.data.result) : null;
  } catch {
    return null;
  }
}

const known = z.union([z.number(), z.null()]);
const text = z.string().max(10_000);
const outcomeFile = z.object({
  ok: z.literal(true),
  result: z.looseObject({
    outcome: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('success'), summary: text }),
      z.object({
        kind: z.literal('hold'),
        code: text,
        reason: text,
        remedy: text,
        resumesAt: text.nullable(),
      }),
      z.object({ kind: z.literal('retryable'), code: text, reason: text }),
      z.object({ kind: z.literal('failure'), code: text, reason: text }),
    ]),
    usage: z.looseObject({
      inputTokens: known,
      outputTokens: known,
      costUsd: known,
      durationMs: z.number(),
      lane: text,
    }),
    windows: z.array(z.unknown()),
    denied: z.array(text),
    cliVersion: text.nullable(),
    laneProof: text.nullable(),
    provenance: z.looseObject({ tier: text, image: text.nullable(), engine: text.nullable() }),
    collected: z
      .object({
        commit: z
          .string()
          .regex(/^[0-9a-f]{40}$/)
          .nullable(),
        tree: z.string().regex(/^[0-9a-f]{40}$/),
        notes: z.array(text),
      })
      .nullable(),
    salvaged: text.nullable(),
    work: z
      .discriminatedUnion('kind', [
        z.object({ kind: z.literal('kept'), ref: text }),
        z.object({ kind: z.literal('unchanged') }),
        z.object({ kind: z.literal('stays'), why: text, folder: text }),
      ])
      .optional(),
    notes: z.array(text).max(100).optional(),
  }),
});
