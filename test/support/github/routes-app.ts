/** Tokens of an app's installations over REST. */
import { randomBytes } from 'node:crypto';
import { ApiError, type Call, created, notFound, plainRoute, type Route } from './reply.ts';
import type { App, Token } from './world.ts';

function theApp(call: Call): App {
  const app = call.world.apps.get(call.app ?? -1);
  if (app === undefined) {
    if (call.token !== null) {
      throw new ApiError(401, 'A JSON web token could not be decoded');
    }
    throw new ApiError(401, 'Requires authentication');
  }
  return app;
}

function theInstallation(call: Call): App {
  const app = theApp(call);
  if (Number(call.params['installation_id']) !== app.installation) throw notFound();
  return app;
}

const HOUR = 3_600_000;

export const appRoutes: Route[] = [
  plainRoute('POST /app/installations/{installation_id}/access_tokens', (call) => {
    const app = theInstallation(call);
    const token: Token = {
      value: `ghs_${randomBytes(18).toString('hex')}`,
      kind: 'installation',
      login: `${app.slug}[bot]`,
      permissions: { ...app.permissions },
      repos: [...app.repos],
      expiresAt: Math.floor(call.now() / 1000) * 1000 + HOUR,
      app: app.id,
    };
    call.world.tokens.set(token.value, token);
    return created({
      token: token.value,
      expires_at: new Date(token.expiresAt ?? 0).toISOString().replace('.000', ''),
      permissions: { metadata: 'read', ...token.permissions },
      repository_selection: 'selected',
    });
  }),
];
