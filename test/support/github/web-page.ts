/** The few pages a person looks at when the double runs by hand. */
import type { Hub } from './hub.ts';
import type { Reply } from './reply.ts';

const escaped = (text: string) => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

function html(title: string, body: string, status = 200): Reply {
  const data = `<!DOCTYPE html><meta charset="utf-8"><title>${escaped(title)}</title>${body}`;
  return { status, raw: { type: 'text/html; charset=utf-8', data } };
}

export function webPage(hub: Hub, path: string, url: string): Reply {
  const [, owner = '', name = '', kind = '', number = ''] = path.split('/');
  if (owner === '') {
    const repos = [...hub.world.repos.values()].map((repo) => `${repo.owner}/${repo.name}`);
    const items = repos.map((repo) => `<li><a href="/${escaped(repo)}">${escaped(repo)}</a></li>`);
    return html(
      'GitHub double',
      `<h1>GitHub double at ${escaped(url)}</h1><ul>${items.join('')}</ul>`,
    );
  }
  const repo = hub.repoAt(hub.world, owner, name)?.repo;
  if (repo === undefined) return html('Not found', '<h1>404</h1>', 404);
  const full = `${repo.owner}/${repo.name}`;
  if (kind === '') {
    const items = [...repo.issues.values()].map((issue) => {
      const where = `/${full}/${repo.pulls.has(issue.number) ? 'pull' : 'issues'}/${issue.number}`;
      return `<li><a href="${where}">#${issue.number} ${escaped(issue.title)}</a> ${issue.state}</li>`;
    });
    return html(full, `<h1>${escaped(full)}</h1><ul>${items.join('')}</ul>`);
  }
  const issue = repo.issues.get(Number(number));
  if (issue === undefined) return html('Not found', '<h1>404</h1>', 404);
  const pull = repo.pulls.get(issue.number);
  const state = pull?.mergedAt ? 'merged' : pull?.draft ? `${issue.state}, draft` : issue.state;
  const said = repo.comments.filter((one) => one.issue === issue.number);
  const talk = said.map((one) => `<h2>${escaped(one.author)}</h2><pre>${escaped(one.body)}</pre>`);
  const head = `<h1>#${issue.number} ${escaped(issue.title)}</h1><p>${state}</p>`;
  const branches = pull ? `<p>${escaped(`${pull.headBranch} → ${pull.baseBranch}`)}</p>` : '';
  return html(
    issue.title,
    `${head}${branches}<pre>${escaped(issue.body ?? '')}</pre>${talk.join('')}`,
  );
}
