/** Dependencies that a repo's runs and checks are given ready-made, and where they may come from. */
import { z } from 'zod';
import { parseTarget } from './egress.ts';
import { Glob } from './glob.ts';

/** What is wrong with the place of a cache in the work tree; null when nothing is. */
function placeProblem(path: string): string | null {
  const parts = path.split('/');
  if (
    path.startsWith('/') ||
    path.startsWith('~') ||
    path.includes('\\') ||
    /^[A-Za-z]:/.test(path)
  )
    return 'must be a folder of the repo, written from its root, e.g. node_modules';
  if (/[*?[\]{}]|\p{Cc}|\p{Cf}/u.test(path)) return 'must be one plain path, without wildcards';
  if (parts.some((part) => part === '' || part === '.' || part === '..'))
    return 'must not have empty, . or .. parts';
  if (parts.some((part) => /^\.git/i.test(part) || /^git~/i.test(part)))
    return 'must not lie in a git folder';
  return null;
}

export const cacheRule = z.strictObject({
  path: z
    .string()
    .max(200)
    .superRefine((path, context) => {
      const problem = placeProblem(path);
      if (problem !== null) context.addIssue({ code: 'custom', message: problem });
    })
    .meta({ description: 'folder of the work tree that is given ready-made, e.g. node_modules' }),
  key: z.array(Glob).min(1).max(20).meta({
    description:
      'files of the base, e.g. package-lock.json; the cache is made anew when they change',
  }),
  setup: z.array(z.string().min(1)).min(1).meta({
    description: 'program and arguments that make the folder, e.g. [npm, ci]; run in a sandbox',
  }),
  wall_minutes: z.number().positive().max(30).default(15),
});
export type CacheRule = z.output<typeof cacheRule>;

export const caches = z
  .array(cacheRule)
  .max(10)
  .superRefine((rules, context) => {
    const seen: string[] = [];
    for (const [index, { path }] of rules.entries()) {
      const other = seen.find(
        (one) => `${path}/`.startsWith(`${one}/`) || `${one}/`.startsWith(`${path}/`),
      );
      if (other !== undefined) {
        const message = `must not lie in, above or at another cache (${other})`;
        context.addIssue({ code: 'custom', message, path: [index, 'path'] });
      }
      seen.push(path);
    }
  })
  .default([])
  .meta({ description: 'dependencies that runs and verify commands get as a copy of their own' });

export const registries = z
  .array(
    z.string().refine((entry) => !('problem' in parseTarget(entry, 443)), {
      error: 'must be a host name, or host:port; no address, wildcard or URL',
    }),
  )
  .max(20)
  .default([])
  .meta({
    description:
      'package registries, host or host:port (443 when left out), that setup commands and runs of this repo may reach from their container, and that packages of a change may come from',
  });
