/** `limits` of policies.yaml: how much of a subscription's windows aedev may use, and how it comes back after one. */
import { z } from 'zod';

export const limitsPolicy = z
  .strictObject({
    operator_share: z.number().min(0).max(0.95).default(0.2).meta({
      description:
        'part of every subscription window that stays free for you: no run starts while more than the rest is used',
    }),
    max_resumes: z.int().min(0).max(1000).default(20).meta({
      description:
        'how often in a row one task starts again by itself after its runs met the limit; 0: never, it waits for you',
    }),
    stagger_seconds: z.number().min(0).max(3600).default(120).meta({
      description:
        'after a limit one run starts first; the others follow one by one with this pause',
    }),
    look_again_minutes: z
      .number()
      .min(1)
      .max(24 * 60)
      .default(30)
      .meta({ description: 'when a limit came without its reset time, a run is tried after this' }),
  })
  .prefault({});
