/** `judges` of policies.yaml: the model families that read evidence. */
import { z } from 'zod';

const usdPerMillion = (what: string) =>
  z
    .number()
    .min(0)
    .max(100_000)
    .optional()
    .meta({
      description: `US dollars for a million tokens ${what}; without both prices the cost of a judge is unknown`,
    });

const judge = z.strictObject({
  family: z.string().regex(/^[a-z][a-z0-9-]{0,30}$/),
  protocol: z.enum(['openai', 'gemini', 'codex-cli', 'gemini-cli']).meta({
    description:
      'openai or gemini: asked over HTTP with a key; codex-cli or gemini-cli: the installed CLI on your own login, without tools',
  }),
  base_url: z.url({ protocol: /^https?$/ }).optional(),
  model: z.string().min(1).max(200),
  key_env: z
    .string()
    .regex(/^[A-Z][A-Z0-9_]*$/)
    .optional()
    .meta({
      description:
        'name of the environment variable that holds the key; leave out for a local server without one',
    }),
  executable: z.string().min(1).optional().meta({
    description: 'for codex-cli and gemini-cli: the program; by default codex or gemini',
  }),
  usd_per_million_input: usdPerMillion('read'),
  usd_per_million_output: usdPerMillion('written, its reasoning included'),
});

export const judgesPolicy = z
  .strictObject({
    families: z.array(judge).max(8).default([]),
    allow_coder_family: z.boolean().default(false).meta({
      description:
        'true: a model may judge what a coder of the same maker wrote; false: such a judge is not asked, and its verdict does not count',
    }),
    timeout_seconds: z.number().positive().max(3600).default(120),
    max_output_tokens: z.int().positive().default(4000),
    max_diff_bytes: z.int().positive().default(2_000_000).meta({
      description:
        'bytes of a diff that evidence holds; a longer one is cut, and no judge passes it',
    }),
    max_part_chars: z.int().min(20_000).default(300_000).meta({
      description:
        'characters of one question; a longer change is dealt out by file over several, and a file that fits into none makes the verdict inconclusive',
    }),
  })
  .prefault({});
