/** `sandbox` and `workspace` of policies.yaml: where runs execute, and within which limits. */
import { z } from 'zod';
import { parseTarget } from './egress.ts';

export const sandboxPolicy = z
  .strictObject({
    tier: z.enum(['auto', 'docker', 'srt', 'process']).default('auto').meta({
      description:
        'auto: docker when a container engine answers, else srt; a tier that is named is never replaced by another',
    }),
    allow_process: z.boolean().default(false).meta({
      description: 'true: runs may execute as plain processes of yours, without isolation',
    }),
    image: z
      .strictObject({
        name: z.string().min(1).default('claude-code-247/runner'),
        digest: z
          .string()
          .regex(/^sha256:[0-9a-f]{64}$/)
          .nullable()
          .default(null)
          .meta({
            description: 'the image id or manifest digest; runs start only from exactly this',
          }),
      })
      .prefault({}),
    srt: z
      .strictObject({
        read: z.array(z.string().startsWith('/')).max(50).default([]).meta({
          description:
            'folders of toolchains outside /usr that runs of the srt tier may read, e.g. /home/me/.rustup',
        }),
      })
      .prefault({}),
    memory_mb: z.int().min(64).default(4096),
    cpus: z.number().positive().default(2),
    pids: z.int().min(16).default(512),
    egress: z
      .strictObject({
        allow: z
          .array(
            z.string().refine((entry) => !('problem' in parseTarget(entry, 443)), {
              error: 'must be a host name, or host:port; no address, wildcard or URL',
            }),
          )
          .max(50)
          .default([])
          .meta({
            description:
              'host or host:port (443 when left out) that runs may reach from their sandbox; the API of the coder is reached without being listed',
          }),
      })
      .prefault({}),
  })
  .prefault({});

export const workspacePolicy = z
  .strictObject({
    max_files: z.int().positive().default(200_000),
    max_bytes: z
      .int()
      .positive()
      .default(4 * 1024 ** 3),
    max_file_bytes: z
      .int()
      .positive()
      .default(50 * 1024 ** 2),
    max_depth: z.int().positive().default(64),
  })
  .prefault({});
