/** `coders` of policies.yaml: which agent writes code, and how it is driven. */
import { z } from 'zod';
import { CODERS } from './families.ts';

const baseUrl = z
  .url({ protocol: /^https?$/ })
  .nullable()
  .default(null);

/** Coders that pay by a key of their provider's API, and so only within a budget of their own. */
const byKey = (name: 'codex' | 'gemini', key: string) =>
  z
    .strictObject({
      executable: z.string().min(1).default(name),
      api_usd_per_day: z
        .number()
        .positive()
        .max(100_000)
        .nullable()
        .default(null)
        .meta({
          description: `US dollars per UTC day; ${name} pays by the key in ${key}, and without this no run of it begins`,
        }),
      model: z.string().min(1).nullable().default(null),
      base_url: baseUrl,
    })
    .prefault({});

export const codersPolicy = z
  .strictObject({
    default: z.enum(CODERS).default('claude'),
    claude: z
      .strictObject({
        executable: z.string().min(1).default('claude'),
        lane: z.enum(['subscription', 'api']).default('subscription').meta({
          description:
            'who pays: the subscription of AEDEV_CLAUDE_OAUTH_TOKEN, or the paid API by AEDEV_CLAUDE_API_KEY; never one in place of the other',
        }),
        api_usd_per_day: z.number().positive().max(100_000).nullable().default(null).meta({
          description: 'US dollars per UTC day for the lane api, which does not exist without it',
        }),
        model: z.string().min(1).nullable().default(null),
        base_url: baseUrl,
        permission_mode: z
          .enum(['acceptEdits', 'dontAsk', 'bypassPermissions'])
          .default('acceptEdits'),
        allowed_tools: z
          .array(z.string().min(1))
          .default(['Read', 'Edit', 'Write', 'Glob', 'Grep', 'Bash(npm test)']),
      })
      .prefault({}),
    codex: byKey('codex', 'AEDEV_CODEX_API_KEY'),
    gemini: byKey('gemini', 'AEDEV_GEMINI_API_KEY'),
    scripted: z
      .strictObject({
        script: z.string().min(1).nullable().default(null),
        argv: z.array(z.string()).min(1).nullable().default(null),
      })
      .prefault({}),
  })
  .prefault({});
