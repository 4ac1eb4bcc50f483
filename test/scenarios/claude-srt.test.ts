/**
 * The real `claude` CLI in the srt tier: the machine's own sandbox, whose one way out is the socket of
 * the host's proxy, behind which the Messages double stands. From the request to the merge. Runs
 * where the pinned CLI is installed (see claude-cli.test.ts) and the tier works.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Mission } from '../../src/control/mission.ts';
import type { Task } from '../../src/control/task.ts';
import { CLAUDE_CLI_VERSION, findClaudeCli } from '../../src/demo/claude-cli.ts';
import { type MessagesDouble, startMessagesDouble } from '../../src/demo/doubles/messages.ts';
import type { ScriptTurn } from '../../src/demo/doubles/messages-script.ts';
import { openBundle } from '../../src/judgement/evidence/read.ts';
import { CLEAR_REQUEST, type Installation, install, plainGit } from '../support/installation.ts';
import { NO_SRT } from '../support/sandboxes.ts';

const folder =
  process.env['AEDEV_CLAUDE_BIN'] ?? fileURLToPath(new URL('../../.tools/claude', import.meta.url));
const cli = await findClaudeCli(folder);
const missing =
  NO_SRT ?? `no claude CLI ${CLAUDE_CLI_VERSION} in AEDEV_CLAUDE_BIN or .tools/claude`;
const title = 'the real claude CLI in the srt tier';

const TOKEN = 'dummy-oat-that-stays-on-the-host-9012';
const CANARY = 'aedev-canary-of-the-host-9012';
const backwards = (text: string) => [...text].reverse().join('');

/** Runs inside, as a tool call of the model: looks for what must not be there, and tries the ways out. */
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

describe.skipIf(NO_SRT !== null || cli === null)(
  NO_SRT === null && cli !== null ? title : `${title} (skipped: ${missing})`,
  () => {
    let double: MessagesDouble | undefined;
    let installation: Installation | undefined;
    let dir = '';
    beforeEach(() => {
      dir = mkdtempSync(join(tmpdir(), 'aedev-cs-'));
      writeFileSync(join(dir, 'canary'), CANARY);
    });
    afterEach(async () => {
      await installation?.end();
      await double?.close();
      installation = undefined;
      double = undefined;
      rmSync(dir, { recursive: true, force: true });
    });

    it('edits, tests and is merged; its token and the host stay outside; every ask is evidence', async () => {
      const seen: { probe: string; said: string }[] = [];
      const probed = `node -e '${PROBE.replaceAll("'", `'"'"'`)}' ${dir}`;
      double = await startMessagesDouble({
        script: () => [
          tool('Read', { file_path: '{{cwd}}/src/price.js' }),
          {
            blocks: [
              {
                type: 'tool_use',
                name: 'Edit',
                input: {
                  file_path: '{{cwd}}/src/price.js',
                  old_string: 'a - b',
                  new_string: 'a + b',
                },
              },
            ],
            usage: { inputTokens: 777, outputTokens: 33, cacheWriteTokens: 12 },
          },
          bash('node --test'),
          bash(`${probed} ${double?.url}`),
          { blocks: [{ type: 'text', text: 'Prices are added now.' }] },
        ],
        token: TOKEN,
        fault: ({ turn }) => {
          if (turn !== 4) return null;
          const runs = join(installation?.home ?? '', 'runs');
          const [run = ''] = readdirSync(runs).filter((name) => !name.startsWith('.'));
          seen.push({
            said: readFileSync(join(runs, run, 'stdout'), 'utf8'),
            probe: readFileSync(join(runs, run, 'workspace', 'private', 'probe.json'), 'utf8'),
          });
          return null;
        },
      });
      installation = await install({
        env: { AEDEV_CLAUDE_OAUTH_TOKEN: TOKEN },
        policies: {
          sandbox: { tier: 'srt' },
          coders: {
            default: 'claude',
            claude: {
              executable: cli,
              base_url: double.url,
              model: 'claude-sonnet-5',
              allowed_tools: ['Read', 'Edit', 'Bash'],
            },
          },
        },
        repo: { verify: [{ argv: ['node', '--test'] }] },
      });
      const { aedev, home, send } = installation;
      mkdirSync(join(home, 'canaries'));
      writeFileSync(join(home, 'canaries', 'of-the-home'), CANARY);
      const submit = { type: 'mission.submit', mission: 'm-test1', repos: ['shop'] } as const;
      await send({ ...submit, repos: ['shop'], text: CLEAR_REQUEST, coder: null, plan: null });
      await aedev.runner.idle();
      const mission = async () => (await aedev.store.state('mission/m-test1'))?.state as Mission;
      const digest = (await mission()).spec?.digest ?? '';
      await send({ type: 'mission.approve', mission: 'm-test1', digest });
      await aedev.runner.idle();

      const { tasks } = await mission();
      const task = (await aedev.store.state(`task/${tasks[0]?.id}`))?.state as Task;
      expect(task).toMatchObject({ status: 'remembered', hold: null });
      expect(plainGit(`${home}/forge/shop.git`, 'show', 'main:src/price.js')).toContain('a + b');
      const [run] = task.runs;
      expect(run).toMatchObject({
        outcome: 'success',
        tier: 'srt',
        image: null,
        engine: expect.stringMatching(/^bubblewrap \d/),
        cliVersion: CLAUDE_CLI_VERSION,
        laneProof: expect.stringMatching(/^apiKeySource=none/),
        usage: {
          inputTokens: double.served.inputTokens,
          outputTokens: double.served.outputTokens,
          cacheReadTokens: double.served.cacheReadTokens,
          cacheWriteTokens: double.served.cacheWriteTokens,
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
      expect(found.interfaces).toEqual(['lo']);

      const { port } = new URL(double.url);
      expect(run?.egress).toEqual([
        { host: '127.0.0.1', port: Number(port), allowed: true, bytes: expect.any(Number) },
        { host: 'evil.test', port: 443, allowed: false, bytes: 0 },
        { host: '(unreadable)', port: null, allowed: false, bytes: 0 },
      ]);
      // The verify commands ran in the same tier.
      const bundle = await aedev.readBlob(task.evidence?.digest ?? '');
      const { predicate } = openBundle(bundle);
      expect(JSON.stringify(predicate)).toContain('"tier":"srt"');
      expect(JSON.stringify(predicate)).not.toContain('"tier":"process"');
      expect(await aedev.checkEvidence(task.evidence?.digest ?? '')).toBe(true);
      // Nor does anything that aedev keeps hold the token.
      const grep = ['-rlF', '-e', TOKEN, '--', home];
      expect(spawnSync('grep', grep, { encoding: 'utf8' })).toMatchObject({
        status: 1,
        stdout: '',
      });
    });
  },
);
