/** Where a repository on GitHub or a GitHub Enterprise server answers: its API and its git. */

export interface GitHubAddress {
  owner: string;
  name: string;
  /** Without a slash at the end. */
  apiUrl: string;
  graphqlUrl: string;
  /** Without credentials. */
  gitUrl: string;
  /** Host name of the web site, as `gh --hostname` takes it. */
  host: string;
}

/**
 * `repo` is `owner/name`, `gitUrl` its clone URL. `apiUrl` left out: api.github.com for github.com,
 * api.HOST for a host of ghe.com, else https://HOST/api/v3, as GitHub's documents have it. All are
 * taken as checked by the configuration's rules.
 */
export function addressOf(repo: string, gitUrl: string, apiUrl: string | null): GitHubAddress {
  const [owner = '', name = ''] = repo.split('/');
  const web = new URL(gitUrl);
  const api = (apiUrl ?? defaultApi(web.host)).replace(/\/+$/, '');
  return {
    owner,
    name,
    apiUrl: api,
    graphqlUrl: `${api.replace(/\/api\/v3$/, '/api')}/graphql`,
    gitUrl,
    host: web.host,
  };
}

function defaultApi(host: string): string {
  if (host === 'github.com') return 'https://api.github.com';
  return host.endsWith('.ghe.com') ? `https://api.${host}` : `https://${host}/api/v3`;
}
