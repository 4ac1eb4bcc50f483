/** Commits and refs as REST shows them. */
import type { Commit, Person } from './git-dir.ts';
import type { Call } from './reply.ts';
import { repoPage, repoUrl, viewUser } from './view-repo.ts';
import { nodeId, type Repo } from './world.ts';

function gitDate(when: string): string {
  return new Date(Number(when.split(' ')[0]) * 1000).toISOString().replace('.000', '');
}

const gitPerson = (person: Person) => ({
  name: person.name,
  email: person.email,
  date: gitDate(person.when),
});

const UNSIGNED = {
  verified: false,
  reason: 'unsigned',
  signature: null,
  payload: null,
  verified_at: null,
};

/** A commit in the shape of `/commits`, whose authors are users where one has that address. */
export function viewCommit(call: Call, repo: Repo, commit: Commit) {
  const url = repoUrl(call, repo);
  const html = repoPage(call, repo);
  const known = (person: Person) => {
    const login = /^(.+)@users\.noreply\.github\.com$/.exec(person.email)?.[1];
    return login !== undefined && call.world.users.has(login.toLowerCase())
      ? viewUser(call, login)
      : null;
  };
  return {
    sha: commit.id,
    node_id: nodeId('C', repo.id, commit.id),
    commit: {
      author: gitPerson(commit.author),
      committer: gitPerson(commit.committer),
      message: commit.message.replace(/\n$/, ''),
      tree: { sha: commit.tree, url: `${url}/git/trees/${commit.tree}` },
      url: `${url}/git/commits/${commit.id}`,
      comment_count: 0,
      verification: UNSIGNED,
    },
    url: `${url}/commits/${commit.id}`,
    html_url: `${html}/commit/${commit.id}`,
    comments_url: `${url}/commits/${commit.id}/comments`,
    author: known(commit.author),
    committer: known(commit.committer),
    parents: commit.parents.map((sha) => ({
      sha,
      url: `${url}/commits/${sha}`,
      html_url: `${html}/commit/${sha}`,
    })),
  };
}

export function viewRef(call: Call, repo: Repo, ref: string, sha: string) {
  const url = repoUrl(call, repo);
  return {
    ref,
    node_id: nodeId('REF', repo.id, ref),
    url: `${url}/git/${ref}`,
    object: { sha, type: 'commit', url: `${url}/git/commits/${sha}` },
  };
}
