/**
 * The real `claude` CLI in a sandbox without a network, from the request to the merge: its one way out
 * is the socket of the host's proxy, behind which the Messages double stands.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Run, Task } from '../../src/control/task.ts';
import { CLAUDE_CLI_VERSION } from '../../src/demo/claude-cli.ts';
import { type MessagesDouble, startMessagesDouble } from '../../src/demo/doubles/messages.ts';
import type { ScriptTurn } from '../../src/demo/doubles/messages-script.ts';
import { type Installation, install, plainGit } from './installation.ts';
import { deliver } from './mission.ts';

export const TOKEN = 'dummy-oat-that-stays-on-the-host-7311';
const CANARY = 'aedev-canary-of-the-host-7311';
const backwards = (text: string) => [...text].reverse().join('');

/**
 * Runs inside, as a tool call of the model: looks for the tokens and the canary (written backwards, so
 * that it does not find itself) wherever a process of the run can read, and tries the ways out.
 */
const PROBE = `
const fs = require('node:fs'); const http = require('node:http');
const turn = (text) => Buffer.from([...text].reverse().join(''));
const needles = { real: turn('${backwards(TOKEN)}'), canary: turn('${backwards(CANARY)}'), dummy: turn('${backwards('aedev-adds-the-real-token-outside')}') };
const found = { real: [], canary: [], dummy: [], files: 0 };
const look = (path) => { let data; try { data = fs.readFileSync(path); } catch { return; }
  found.files++;
  for (const name of ['real', 'canary', 'dummy']) if (data.includes(needles[name])) found[name].push(path); };
const walk = (dir) => { let all; try { all = fs.readdirSync(dir, { withFileTypes: true }); } catch { return; }
  for (const one of all) { const path = dir + '/' + one.name;
    if (one.isDirectory()) walk(path); else if (one.isFile()) look(path); } };
for (const dir of ['/workspace', '/home', '/tmp', '/run', '/etc', '/opt', '/root', '/var', '/objects', '/dev/shm', process.argv[1]]) walk(dir);
for (const pid of fs.readdirSync('/proc').filter((name) => /^\\d+$/.test(name)))
  for (const file of ['environ', 'cmdline', 'status', 'mountinfo']) look('/proc/' + pid + '/' + file);
const ask = (path) => new Promise((done) => {
  const { hostname, port } = new URL(process.env.HTTPS_PROXY);
  const asking = http.request({ host: hostname, port, method: 'CONNECT', path });
  asking.on('connect', (response, socket) => { socket.destroy(); done(response.statusCode); });
  asking.on('response', (response) => { response.resume(); done(response.statusCode); });
  asking.on('error', (error) => done(error.code)); asking.end(); });
const direct = (url) => fetch(url, { signal: AbortSignal.timeout(3000) }).then(() => 'reached', () => 'nothing');
(async () => {
  const tried = { evil: await ask('evil.test:443'), address: await ask('127.0.0.1:22'), host: await direct(process.argv[2]) };
  const interfaces = Object.keys(require('node:os').networkInterfaces());
  fs.writeFileSync('/workspace/private/probe.json', JSON.stringify({ ...found, tried, interfaces }));
})();`;

const tool = (name: string, input: Record<string, unknown>): ScriptTurn => ({
  blocks: [{ type: 'tool_use', name, input }],
});
const bash = (command: string) => tool('Bash', { command, description: 'as the script says' });
export const edit = (path: string, from: string, to: string): ScriptTurn[] => [
  tool('Read', { file_path: `{{cwd}}/${path}` }),
  {
    ...tool('Edit', { file_path: `{{cwd}}/${path}`, old_string: from, new_string: to }),
    usage: { inputTokens: 777, outputTokens: 33, cacheWriteTokens: 12 },
  },
];
export const done: ScriptTurn = { blocks: [{ type: 'text', text: 'Prices are added now.' }] };

export interface Merged {
  installation: Installation;
  double: MessagesDouble;
  task: Task;
  run: Run | undefined;
  /** What the probe found. */
  found: { interfaces: string[] };
}

/**
 * Takes one mission to its merge, and checks that its token and the host stayed outside and that every
 * ask is evidence. `dir`: a folder of the host that the probe looks for. `look`: while the run is alive.
 */
export async function merged(
  dir: string,
  policies: { sandbox: object; claude: object },
  began: (one: { close(): Promise<void> }) => void,
  look: (run: string) => void = () => {},
): Promise<Merged> {
  const seen: { probe: string; said: string }[] = [];
  const probed = `node -e '${PROBE.replaceAll("'", `'"'"'`)}' ${dir}`;
  let home = '';
  writeFileSync(join(dir, 'canary'), CANARY);
  const double: MessagesDouble = await startMessagesDouble({
    script: () => [
      ...edit('src/price.js', 'a - b', 'a + b'),
      bash('node --test'),
      bash(`${probed} ${double.url}`),
      done,
    ],
    token: TOKEN,
    fault: ({ turn }) => {
      if (turn !== 4) return null;
      // The run is alive now, and the probe has written what it found.
      const runs = join(home, 'runs');
      const [run = ''] = readdirSync(runs).filter((name) => !name.startsWith('.'));
      look(run);
      seen.push({
        said: readFileSync(join(runs, run, 'stdout'), 'utf8'),
        probe: readFileSync(join(runs, run, 'workspace', 'private', 'probe.json'), 'utf8'),
      });
      return null;
    },
  });
  began(double);
  const allowed_tools = ['Read', 'Edit', 'Bash'];
  const claude = { base_url: double.url, model: 'claude-sonnet-5', allowed_tools };
  const installation = await install({
    env: { AEDEV_CLAUDE_OAUTH_TOKEN: TOKEN },
    policies: {
      sandbox: policies.sandbox,
      coders: { default: 'claude', claude: { ...claude, ...policies.claude } },
    },
    repo: { verify: [{ argv: ['node', '--test'] }] },
  });
  began({ close: () => installation.end() });
  const { aedev } = installation;
  home = installation.home;
  mkdirSync(join(home, 'canaries'));
  writeFileSync(join(home, 'canaries', 'of-the-home'), CANARY);
  const task = await deliver(installation);
  expect(task).toMatchObject({ status: 'remembered', hold: null });
  expect(plainGit(`${home}/forge/shop.git`, 'show', 'main:src/price.js')).toContain('a + b');
  const { port } = new URL(double.url);
  const [run] = task.runs;
  const { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens } = double.served;
  expect(run).toMatchObject({
    outcome: 'success',
    cliVersion: CLAUDE_CLI_VERSION,
    laneProof: `apiKeySource=none; the subscription’s token was added outside the sandbox; reached 127.0.0.1:${port}`,
    usage: {
      ...{ inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens },
      lane: 'subscription',
    },
  });
  expect(double.served.turns).toBe(5);
  const posts = double.requests.filter(({ method }) => method === 'POST');
  expect(posts.every(({ auth, authorized }) => auth === 'bearer' && authorized)).toBe(true);

  // Nothing inside could read the token or the host, and the search could have found both.
  expect(seen).toHaveLength(1);
  const [{ probe, said } = { probe: '{}', said: '' }] = seen;
  expect(said).toMatch(/# pass 1\\n# fail 0/);
  const found = JSON.parse(probe);
  expect(found).toMatchObject({ real: [], canary: [] });
  expect(found.dummy).toEqual(expect.arrayContaining([expect.stringMatching(/environ$/)]));
  expect(found.files).toBeGreaterThan(30);
  expect(found).toMatchObject({ tried: { evil: 403, address: 400, host: 'nothing' } });
  expect(found.interfaces.filter((name: string) => name !== 'lo')).toEqual([]);
  expect(run?.egress).toEqual([
    { host: '127.0.0.1', port: Number(port), allowed: true, bytes: expect.any(Number) },
    { host: 'evil.test', port: 443, allowed: false, bytes: 0 },
    { host: '(unreadable)', port: null, allowed: false, bytes: 0 },
  ]);
  expect(run?.egress?.[0]?.bytes).toBeGreaterThan(10_000);
  expect(await aedev.checkEvidence(task.evidence?.digest ?? '')).toBe(true);
  // Nor does anything that aedev keeps hold it.
  const grep = ['-rlF', '-e', TOKEN, '--', home];
  expect(spawnSync('grep', grep, { encoding: 'utf8' })).toMatchObject({ status: 1, stdout: '' });
  return { installation, double, task, run, found };
}
