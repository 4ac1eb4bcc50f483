/**
 * GitHub's own OpenAPI description (an extract of npm's `@octokit/openapi`, see
 * scripts/extract-github-openapi.mjs) as judge over the double: every answer must have the shape it
 * describes and no property that it does not know.
 */
import { readFileSync } from 'node:fs';
import { Ajv, type ValidateFunction } from 'ajv';

type Schema = Record<string, unknown>;

interface Operation {
  parameters: { name: string; in: string; schema: Schema }[];
  body?: Schema;
  responses: Record<string, Schema | null>;
}

interface Description {
  source: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}

/** Answers that GitHub gives although its description of the operation does not list them. */
const EVERYWHERE = new Set([301, 304, 307, 401, 403, 404, 429, 500, 501, 502, 503]);

const file = new URL('../../fixtures/github/openapi.json', import.meta.url);
let loaded: { description: Description; ajv: Ajv } | null = null;
const compiled = new Map<Schema, ValidateFunction>();

function load() {
  if (loaded !== null) return loaded;
  const description = JSON.parse(readFileSync(file, 'utf8')) as Description;
  const ajv = new Ajv({ strict: false, allErrors: true });
  ajv.addFormat('date-time', (text) =>
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/.test(text),
  );
  ajv.addFormat('uri', (text) => URL.canParse(text.replace(/[{}]/g, '')));
  for (const format of [
    'email',
    'int64',
    'uuid',
    'repo.nwo',
    'timestamp',
    'hostname',
    'uri-template',
    'ssh-key fingerprint',
  ]) {
    ajv.addFormat(format, true);
  }
  const schemas = translated(description.components) as Schema;
  ajv.addSchema({ components: schemas }, 'github');
  loaded = { description, ajv };
  return loaded;
}

/** OpenAPI 3.0 as JSON Schema: references from the extract's root, `nullable` as an alternative. */
function translated(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(translated);
  if (schema === null || typeof schema !== 'object') return schema;
  const { nullable, ...rest } = schema as Schema;
  const whole = Object.fromEntries(
    Object.entries(rest).map(([key, value]) => [
      key,
      key === '$ref' && typeof value === 'string' ? `github${value}` : translated(value),
    ]),
  );
  if (nullable === true) return { anyOf: [whole, { type: 'null' }] };
  // A property may have that name.
  return nullable === undefined ? whole : { ...whole, nullable: translated(nullable) };
}

function check(schema: Schema, value: unknown): string[] {
  const { ajv } = load();
  let validate = compiled.get(schema);
  if (validate === undefined) {
    validate = ajv.compile(translated(schema) as Schema);
    compiled.set(schema, validate);
  }
  if (validate(value)) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message }) => `${instancePath || '/'} ${message}`,
  );
}

function followed(schema: Schema): Schema {
  const ref = schema['$ref'];
  if (typeof ref !== 'string') return schema;
  return followed(load().description.components.schemas[ref.split('/').at(-1) ?? ''] ?? {});
}

/** Every alternative shape of a schema, so that properties of any of them are known. */
function shapes(schema: Schema): Schema[] {
  const at = followed(schema);
  const parts = ['allOf', 'anyOf', 'oneOf'].flatMap(
    (key) => (at[key] as Schema[] | undefined) ?? [],
  );
  return [at, ...parts.flatMap(shapes)];
}

/** Properties that the description does not know, by path. */
function strangers(schema: Schema, value: unknown, path: string): string[] {
  const all = shapes(schema);
  if (Array.isArray(value)) {
    const items = all
      .map((one) => one['items'] as Schema | undefined)
      .filter((one) => one !== undefined);
    if (items.length === 0) return [];
    return value.flatMap((item, at) => strangers({ anyOf: items }, item, `${path}/${at}`));
  }
  if (value === null || typeof value !== 'object') return [];
  const described = all.filter((one) => one['properties'] !== undefined);
  // An object of any names, or one that nothing describes.
  if (described.length === 0 || all.some((one) => typeof one['additionalProperties'] === 'object'))
    return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    const known = described
      .map((one) => (one['properties'] as Record<string, Schema>)[name])
      .filter((one) => one !== undefined);
    if (known.length === 0) return [`${path}/${name} is not described`];
    return strangers({ anyOf: known }, inner, `${path}/${name}`);
  });
}

function operation(method: string, path: string): Operation | undefined {
  return load().description.paths[path]?.[method.toLowerCase()];
}

/** What is wrong with an answer; empty when nothing. `path` is the template. */
export function answerProblems(
  method: string,
  path: string,
  status: number,
  body: unknown,
): string[] {
  const found = operation(method, path);
  if (found === undefined) return [`${method} ${path} is not in the extract`];
  const schema = found.responses[String(status)];
  if (schema === undefined) {
    return EVERYWHERE.has(status) ? [] : [`status ${status} is not described`];
  }
  // Errors have a body, described or not.
  if (schema === null) return body === undefined || status >= 400 ? [] : ['it has no body'];
  // Errors carry more than the description knows, e.g. their own status.
  return [...check(schema, body), ...(status < 400 ? strangers(schema, body, '') : [])];
}

/** What is wrong with a request's query and body. */
export function requestProblems(
  method: string,
  path: string,
  query: URLSearchParams,
  body: unknown,
): string[] {
  const found = operation(method, path);
  if (found === undefined) return [];
  const known = new Map(
    found.parameters.filter((one) => one.in === 'query').map((one) => [one.name, one.schema]),
  );
  const problems: string[] = [];
  for (const [name, value] of query) {
    const schema = known.get(name);
    if (schema === undefined) problems.push(`query ${name} is not described`);
    else {
      const { type } = followed(schema);
      const typed =
        type === 'integer' ? Number(value) : type === 'boolean' ? value === 'true' : value;
      problems.push(...check(schema, typed).map((problem) => `query ${name}: ${problem}`));
    }
  }
  if (found.body !== undefined && body !== undefined) {
    problems.push(...check(found.body, body), ...strangers(found.body, body, ''));
  }
  return problems;
}
