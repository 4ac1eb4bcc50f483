/** How long what aedev leaves on the disk is kept, and how much of the disk stays free. */
import { z } from 'zod';

export const retentionPolicy = z
  .strictObject({
    runs_days: z.number().positive().default(14).meta({
      description: 'days after the end of a task that its run folders and their output are kept',
    }),
    caches_days: z
      .number()
      .positive()
      .default(30)
      .meta({ description: 'days that a dependency cache is kept after its last use' }),
    caches_gb: z
      .number()
      .positive()
      .default(20)
      .meta({ description: 'what all dependency caches may weigh; the longest unused go first' }),
    min_free_gb: z.number().min(0).default(2).meta({
      description: 'below so much free space on the disk of the home no new run starts',
    }),
  })
  .prefault({});
