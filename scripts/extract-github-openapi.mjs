// Cuts the operations that the GitHub double answers out of GitHub's own OpenAPI description, so
// that the double's tests need 0.1 MB of data instead of a 390 MB package.
// Usage: npm pack @octokit/openapi, unpack it, then
//   node scripts/extract-github-openapi.mjs package/generated/api.github.com.json
import { readFileSync, writeFileSync } from 'node:fs';

const REPO = '/repos/{owner}/{repo}';
const WANTED = {
  '/app/installations/{installation_id}/access_tokens': ['post'],
  [REPO]: ['get'],
  [`${REPO}/actions/jobs/{job_id}/logs`]: ['get'],
  [`${REPO}/branches/{branch}`]: ['get'],
  [`${REPO}/check-runs/{check_run_id}/annotations`]: ['get'],
  [`${REPO}/collaborators/{username}/permission`]: ['get'],
  [`${REPO}/commits/{ref}/check-runs`]: ['get'],
  [`${REPO}/commits/{ref}/status`]: ['get'],
  [`${REPO}/git/ref/{ref}`]: ['get'],
  [`${REPO}/issues/comments/{comment_id}`]: ['patch'],
  [`${REPO}/issues/{issue_number}/comments`]: ['post'],
  [`${REPO}/issues/{issue_number}/labels`]: ['post'],
  [`${REPO}/pulls`]: ['get', 'post'],
  [`${REPO}/pulls/{pull_number}`]: ['get', 'patch'],
  [`${REPO}/pulls/{pull_number}/merge`]: ['put'],
  [`${REPO}/rules/branches/{branch}`]: ['get'],
  [`${REPO}/statuses/{sha}`]: ['post'],
};
const PROSE = new Set(['description', 'example', 'examples', 'summary', 'externalDocs', 'title']);

const [from] = process.argv.slice(2);
if (from === undefined) {
  process.stderr.write('Say where GitHub’s description (api.github.com.json) is.\n');
  process.exit(1);
}
const whole = JSON.parse(readFileSync(from, 'utf8'));
const kept = {};

const followed = (node) =>
  node?.$ref === undefined
    ? node
    : followed(
        node.$ref
          .slice(2)
          .split('/')
          .reduce((at, key) => at[key], whole),
      );

/** A schema without prose; what it refers to is kept as well. */
function cut(schema, inProperties = false) {
  if (Array.isArray(schema)) return schema.map((part) => cut(part));
  if (schema === null || typeof schema !== 'object') return schema;
  if (typeof schema.$ref === 'string') {
    const name = schema.$ref.split('/').at(-1);
    if (!(name in kept)) {
      kept[name] = null;
      kept[name] = cut(whole.components.schemas[name]);
    }
    return { $ref: schema.$ref };
  }
  const entries = Object.entries(schema).filter(
    ([key]) => inProperties || (!PROSE.has(key) && !key.startsWith('x-')),
  );
  return Object.fromEntries(
    entries.map(([key, value]) => [
      key,
      // Enumerated values and defaults are data, not schemas.
      key === 'enum' || key === 'default'
        ? value
        : cut(value, key === 'properties' && !inProperties),
    ]),
  );
}

const paths = {};
for (const [path, methods] of Object.entries(WANTED)) {
  paths[path] = {};
  for (const method of methods) {
    const operation = whole.paths[path]?.[method];
    if (operation === undefined) throw new Error(`GitHub describes no ${method} ${path}`);
    const body = followed(operation.requestBody)?.content?.['application/json']?.schema;
    const responses = Object.entries(operation.responses).map(([status, response]) => [
      status,
      cut(followed(response).content?.['application/json']?.schema ?? null),
    ]);
    paths[path][method] = {
      parameters: (operation.parameters ?? []).map(followed).map(({ name, in: where, schema }) => ({
        name,
        in: where,
        schema: cut(schema),
      })),
      ...(body === undefined ? {} : { body: cut(body) }),
      responses: Object.fromEntries(responses),
    };
  }
}
const schemas = Object.fromEntries(Object.entries(kept).sort(([a], [b]) => (a < b ? -1 : 1)));
const source = `@octokit/openapi ${whole.info.version}, ${whole.info.license.name} licence`;
const out = { source, paths, components: { schemas } };
const file = new URL('../test/fixtures/github/openapi.json', import.meta.url);
writeFileSync(file, `${JSON.stringify(out)}\n`);
process.stdout.write(`${Object.keys(paths).length} paths, ${Object.keys(kept).length} schemas\n`);
