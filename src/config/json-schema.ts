/**
 * JSON Schema (draft 2020-12) of the two configuration files, made from the zod schemas: published
 * for editors, and used here to know which keys exist, what they mean and what they default to.
 */
import { z } from 'zod';
import { policiesFile } from '../control/policy.ts';
import { reposFile } from '../control/policy-repo.ts';

/** The part of JSON Schema that zod writes for these two files. */
export interface SchemaNode {
  type?: string;
  description?: string;
  default?: unknown;
  properties?: Record<string, SchemaNode>;
  required?: string[];
  items?: SchemaNode;
  anyOf?: SchemaNode[];
  enum?: unknown[];
  const?: unknown;
  pattern?: string;
  format?: string;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
}

export type ConfigFile = 'policies.yaml' | 'repos.yaml';

const describe = (title: string, schema: z.ZodType): SchemaNode => ({
  ...(z.toJSONSchema(schema, { io: 'input', target: 'draft-2020-12' }) as SchemaNode),
  ...{ $id: `urn:aedev:${title}`, title: `aedev ${title}` },
});

/** The schema of each file. */
export const SCHEMAS: Readonly<Record<ConfigFile, SchemaNode>> = {
  'policies.yaml': describe('policies.yaml', policiesFile),
  'repos.yaml': describe('repos.yaml', reposFile),
};

/** File name of a schema, beside the file it describes. */
export const schemaName = (file: ConfigFile): string => file.replace('.yaml', '.schema.json');

/** Exactly what the published schema file holds, laid out as the repo's formatter wants it. */
export const schemaText = (file: ConfigFile): string =>
  `${JSON.stringify(SCHEMAS[file], null, 2)}\n`.replace(
    /^(.*)\[\n([^[\]{}]*)\n *\](,?)$/gm,
    (long, before: string, items: string, after: string) => {
      const short = `${before}[${items.trim().replace(/\n */g, ' ')}]${after}`;
      return short.length <= 100 ? short : long;
    },
  );

/** What the schema says at a path; undefined when nothing may stand there. */
export function schemaAt(root: SchemaNode, path: readonly PropertyKey[]): SchemaNode | undefined {
  let node: SchemaNode | undefined = root;
  for (const part of path) {
    const list: SchemaNode | undefined =
      node?.items ?? node?.anyOf?.find((one) => one.items)?.items;
    if (typeof part === 'number') node = list;
    else {
      const properties: Record<string, SchemaNode> = node?.properties ?? {};
      node = Object.hasOwn(properties, String(part)) ? properties[String(part)] : undefined;
    }
    if (node === undefined) return undefined;
  }
  return node;
}

/** Every section that has a key of this name, as `merge` or `repos[].risk`; `` for the top. */
export function sectionsWith(root: SchemaNode, key: string, at = ''): string[] {
  const found: string[] = [];
  for (const [name, node] of Object.entries(root.properties ?? {})) {
    if (name === key) found.push(at);
    found.push(...sectionsWith(node, key, at === '' ? name : `${at}.${name}`));
  }
  if (root.items) found.push(...sectionsWith(root.items, key, `${at}[]`));
  return found;
}
