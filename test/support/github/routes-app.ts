/** Apps and their installations, the caller, limits and meta over REST. */
import { randomBytes } from 'node:crypto';
import { grantable, sees } from './auth.ts';
import type { RateLimits } from './limits.ts';
import {
  ApiError,
  type Call,
  created,
  notFound,
  ok,
  page,
  plainRoute,
  type Route,
  repoRoute,
} from './reply.ts';
import { viewApp, viewRepo, viewUser } from './view-repo.ts';
import type { App, Repo, Token } from './world.ts';

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

function installation(call: Call, app: App) {
  const id = app.installation;
  return {
    id,
    account: viewUser(call, app.owner),
    repository_selection: 'selected',
    access_tokens_url: `${call.api}/app/installations/${id}/access_tokens`,
    repositories_url: `${call.api}/installation/repositories`,
    html_url: `${call.web}/settings/installations/${id}`,
    app_id: app.id,
    client_id: app.clientId,
    app_slug: app.slug,
    target_id: call.world.users.get(app.owner.toLowerCase())?.id ?? 0,
    target_type: 'User',
    permissions: { metadata: 'read', ...app.permissions },
    events: [],
    created_at: '2026-01-01T00:00:00Z',
    updated_at: '2026-01-01T00:00:00Z',
    single_file_name: null,
    suspended_by: null,
    suspended_at: null,
  };
}

function theInstallation(call: Call): App {
  const app = theApp(call);
  if (Number(call.params['installation_id']) !== app.installation) throw notFound();
  return app;
}

/** Repositories a token is asked for: by name or id, and only what the installation has. */
function selected(call: Call, app: App): number[] {
  const names = call.body['repositories'];
  const ids = call.body['repository_ids'];
  const wanted: (number | undefined)[] = [];
  for (const name of Array.isArray(names) ? names : []) {
    const repo = [...call.world.repos.values()].find(
      (one) => one.name === name && app.repos.includes(one.id),
    );
    wanted.push(repo?.id);
  }
  for (const id of Array.isArray(ids) ? ids : []) {
    wanted.push(app.repos.includes(Number(id)) ? Number(id) : undefined);
  }
  const known = wanted.filter((id) => id !== undefined);
  if (known.length < wanted.length) {
    const why = 'There is at least one repository that does not exist or is not accessible';
    throw new ApiError(422, `${why} to the parent installation.`);
  }
  return known.length > 0 ? known : [...app.repos];
}

const HOUR = 3_600_000;

export function appRoutes(limits: RateLimits): Route[] {
  return [
    plainRoute('GET /user', (call) => {
      const { token } = call;
      if (token === null) throw new ApiError(401, 'Requires authentication');
      if (token.kind === 'installation') {
        throw new ApiError(403, 'Resource not accessible by integration');
      }
      return ok({
        ...viewUser(call, token.login),
        name: token.login,
        company: null,
        blog: '',
        location: null,
        email: null,
        hireable: null,
        bio: null,
        twitter_username: null,
        public_repos: 0,
        public_gists: 0,
        followers: 0,
        following: 0,
        created_at: '2026-01-01T00:00:00Z',
        updated_at: '2026-01-01T00:00:00Z',
      });
    }),
    plainRoute('GET /rate_limit', (call) => ok(limits.view(call.token, call.now()))),
    plainRoute('GET /meta', (call) => {
      const { hostname } = new URL(call.web);
      return ok({
        verifiable_password_authentication: false,
        hooks: [`${hostname}/32`],
        web: [`${hostname}/32`],
        api: [`${hostname}/32`],
        git: [`${hostname}/32`],
        domains: { website: [hostname] },
      });
    }),
    plainRoute('GET /app', (call) => ok(viewApp(call, theApp(call)))),
    plainRoute('GET /app/installations', (call) => page(call, [installation(call, theApp(call))])),
    plainRoute('GET /app/installations/{installation_id}', (call) =>
      ok(installation(call, theInstallation(call))),
    ),
    plainRoute('POST /app/installations/{installation_id}/access_tokens', (call) => {
      const app = theInstallation(call);
      const isSelected = call.body['repositories'] ?? call.body['repository_ids'];
      const token: Token = {
        value: `ghs_${randomBytes(18).toString('hex')}`,
        kind: 'installation',
        login: `${app.slug}[bot]`,
        permissions: grantable(app, call.body['permissions']),
        repos: selected(call, app),
        expiresAt: Math.floor(call.now() / 1000) * 1000 + HOUR,
        app: app.id,
      };
      call.world.tokens.set(token.value, token);
      const repos = (token.repos as number[])
        .map((id) => call.world.repos.get(id))
        .filter((repo): repo is Repo => repo !== undefined);
      return created({
        token: token.value,
        expires_at: new Date(token.expiresAt ?? 0).toISOString().replace('.000', ''),
        permissions: { metadata: 'read', ...token.permissions },
        repository_selection: 'selected',
        ...(isSelected === undefined
          ? {}
          : { repositories: repos.map((repo) => viewRepo(call, repo)) }),
      });
    }),
    plainRoute('GET /installation/repositories', (call) => {
      if (call.token?.kind !== 'installation') {
        throw new ApiError(403, 'You must authenticate with an installation access token');
      }
      const mine = [...call.world.repos.values()].filter((repo) => sees(call.token, repo));
      const views = mine.map((repo) => viewRepo(call, repo));
      return page(call, views, (repositories) => ({
        total_count: views.length,
        repositories,
        repository_selection: 'selected',
      }));
    }),
    {
      ...repoRoute('GET /installation', [], (call) => {
        const app = theApp(call);
        if (!app.repos.includes(call.repo.id)) throw notFound();
        return ok(installation(call, app));
      }),
    },
  ];
}
