import { OpenAPIHono } from '@hono/zod-openapi';
import { routes } from './routes.ts';

/** The OpenAPI 3.1 document of all routes. */
export function openApiDocument(version: string): object {
  const { openAPIRegistry: registry, getOpenAPI31Document } = new OpenAPIHono();
  registry.registerComponent('securitySchemes', 'token', {
    type: 'http',
    scheme: 'bearer',
    description: "The operator's token may do everything, an agent's may read and submit missions.",
  });
  for (const route of Object.values(routes)) registry.registerPath(route);
  return getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'aedev',
      version,
      description: 'The daemon on this machine. See docs/reference/api.md.',
    },
    servers: [{ url: 'http://127.0.0.1:7247' }],
  });
}
