// Runs the tests' GitHub double by hand, on loopback, until Ctrl-C:
//   node scripts/github-double.mjs [port]
// It makes one private repository, acme/shop, and prints where it is and a token for it; lines on
// standard input act as other people on GitHub (type "help").
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createViteServer } from 'vitest/node';

const HELP = `push BRANCH PATH TEXT     somebody commits a file
check BRANCH NAME RESULT   a check run: success, failure, pending
review N STATE TEXT        APPROVED, CHANGES_REQUESTED, COMMENTED
comment N TEXT             a comment on a pull request or issue
merge N | close N | reopen N
protect CHECK…             main asks for these checks and one review
journal                    every write so far
token | help`;

const port = Number(process.argv[2] ?? 0);
// Only the loader of TypeScript is wanted of it: no port, no watching.
const vite = await createViteServer({
  root: fileURLToPath(new URL('..', import.meta.url)),
  configFile: false,
  appType: 'custom',
  logLevel: 'error',
  server: { middlewareMode: true, watch: null, ws: false },
  optimizeDeps: { noDiscovery: true },
});
const { startGitHubDouble } = await vite.ssrLoadModule('/test/support/github/double.ts');
const hub = await startGitHubDouble({ port });
const people = { 'aedev-bot': 'admin', ann: 'write' };
const files = { 'README.md': 'A shop.\n' };
const repo = await hub.createRepo('acme/shop', { people, files });
const token = hub.token();
const print = (text) => process.stdout.write(`${text}\n`);
print(`pages and REST  ${hub.url}/   GraphQL ${hub.url}/graphql`);
print(`enterprise      ${hub.enterprise.api}   ${hub.enterprise.graphql}`);
print(`git             ${hub.gitUrl(repo)}   (user x-access-token)`);
print(`token           ${token}   of aedev-bot, for this double only`);
print('type "help" for what others can do');

const COMMANDS = {
  push: (branch, path, ...text) => repo.push(branch, { files: { [path]: `${text.join(' ')}\n` } }),
  check: (branch, name, result) => {
    const sha = repo.tip(branch);
    if (sha === null) return 'there is no such branch';
    const isDone = result !== 'pending';
    const state = isDone ? { conclusion: result } : { status: 'in_progress' };
    return repo.check({ sha, name, ...state });
  },
  review: (n, state, ...text) => repo.review(Number(n), { state, body: text.join(' ') }),
  comment: (n, ...text) => repo.comment(Number(n), text.join(' ')),
  merge: (n) => repo.merge(Number(n)),
  close: (n) => repo.close(Number(n)),
  reopen: (n) => repo.reopen(Number(n)),
  protect: (...checks) => repo.protect('main', { requiredChecks: checks, reviews: 1 }),
  journal: () => hub.journal.lines('write').join('\n'),
  token: () => token,
  help: () => HELP,
};

const input = createInterface({ input: process.stdin });
input.on('line', async (line) => {
  const [name = '', ...rest] = line.trim().split(/\s+/);
  if (name === '') return;
  try {
    const done = await (COMMANDS[name] ?? COMMANDS.help)(...rest);
    print(String(done ?? 'done'));
  } catch (error) {
    print(error.message);
  }
});

async function end() {
  input.close();
  await vite.close();
  await hub.close();
}
process.once('SIGINT', end);
process.once('SIGTERM', end);
