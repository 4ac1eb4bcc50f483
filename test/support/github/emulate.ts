/**
 * A second, independent stand-in of GitHub: the `emulate` package. It knows REST over a store of its
 * own that is no git repository, so it serves as a check of request and answer shapes only. It has
 * no GraphQL, no git and no commit statuses, takes any token, and answers 422 where GitHub answers
 * 405 or 409.
 */
import { createEmulator } from 'emulate';

export interface GitHubEmulator {
  /** Root of REST addresses. */
  url: string;
  /** A token of the owner, who may do everything. */
  token: string;
  owner: string;
  repo: string;
  close(): Promise<void>;
}

/** Starts it with one repository whose branch `main` has a first commit. */
export async function startGitHubEmulator(): Promise<GitHubEmulator> {
  const owner = 'octo';
  const repo = 'shop';
  const token = 'emulated-token';
  const emulator = await createEmulator({
    service: 'github',
    port: 0,
    seed: {
      tokens: { [token]: { login: owner, scopes: ['repo'] } },
      github: {
        users: [{ login: owner, name: owner, email: `${owner}@example.com` }],
        repos: [{ owner, name: repo, private: false, auto_init: true }],
      },
    },
  });
  // It listens on 127.0.0.1 only, whatever `localhost` is here.
  const url = emulator.url.replace('//localhost:', '//127.0.0.1:');
  return { url, token, owner, repo, close: () => emulator.close() };
}
