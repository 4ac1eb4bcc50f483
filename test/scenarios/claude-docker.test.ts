/**
 * The real `claude` CLI in a real container without a network: its one way out is the socket of the
 * host's proxy, behind which the Messages double stands. Runs where the pinned CLI is installed (see
 * claude-cli.test.ts) and a container engine answers; in the image whose id AEDEV_RUNNER_IMAGE names
 * (one that `aedev image build` made), else in one made from this machine's own files.
 */
import { execFileSync, spawnSync } from 'node:child_process';
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
import { type Egress, startEgress } from '../../src/execution/egress/proxy.ts';
import { compile } from '../support/compile.ts';
import { CLEAR_REQUEST, type Installation, install, plainGit } from '../support/installation.ts';
import { NO_DOCKER, type SandboxBed, sandboxBed, testImage } from '../support/sandboxes.ts';

const folder =
  process.env['AEDEV_CLAUDE_BIN'] ?? fileURLToPath(new URL('../../.tools/claude', import.meta.url));
const built = process.env['AEDEV_RUNNER_IMAGE'];
const cli = await findClaudeCli(folder);
const missing =
  NO_DOCKER ?? `no claude CLI ${CLAUDE_CLI_VERSION} in AEDEV_CLAUDE_BIN or .tools/claude`;
const title = 'the real claude CLI in a container';

const TOKEN = 'dummy-oat-that-stays-on-the-host-7311';
const backwards = (text: string) => [...text].reverse().join('');

/**
 * Runs inside, as a tool call of the model: looks for the two tokens (written backwards, so that it
 * does not find itself) wherever a process of the run can read, and tries the way out.
 */
const PROBE = `
const fs = require('node:fs'); const http = require('node:http');
const turn = (text) => Buffer.from([...text].reverse().join(''));
const needles = { real: turn('${backwards(TOKEN)}'), dummy: turn('${backwards('aedev-adds-the-real-token-outside')}') };
const found = { real: [], dummy: [], files: 0 };
const look = (path) => { let data; try { data = fs.readFileSync(path); } catch { return; }
  found.files++;
  for (const name of ['real', 'dummy']) if (data.includes(needles[name])) found[name].push(path); };
const walk = (dir) => { let all; try { all = fs.readdirSync(dir, { withFileTypes: true }); } catch { return; }
  for (const one of all) { const path = dir + '/' + one.name;
    if (one.isDirectory()) walk(path); else if (one.isFile()) look(path); } };
for (const dir of ['/workspace', '/home', '/tmp', '/run', '/etc', '/opt', '/root', '/var', '/objects', '/dev/shm']) walk(dir);
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
  const uid = process.getuid(); const interfaces = Object.keys(require('node:os').networkInterfaces());
  fs.writeFileSync('/workspace/private/probe.json', JSON.stringify({ ...found, tried, uid, interfaces }));
})();`;

const bash = (command: string): ScriptTurn => ({
  blocks: [
    { type: 'tool_use', name: 'Bash', input: { command, description: 'as the script says' } },
  ],
});
const edit = (path: string, from: string, to: string): ScriptTurn[] => [
  { blocks: [{ type: 'tool_use', name: 'Read', input: { file_path: `{{cwd}}/${path}` } }] },
  {
    blocks: [
      {
        type: 'tool_use',
        name: 'Edit',
        input: { file_path: `{{cwd}}/${path}`, old_string: from, new_string: to },
      },
    ],
    usage: { inputTokens: 777, outputTokens: 33, cacheWriteTokens: 12 },
  },
];
const done: ScriptTurn = { blocks: [{ type: 'text', text: 'Prices are added now.' }] };

describe.skipIf(NO_DOCKER !== null || cli === null)(
  NO_DOCKER === null && cli !== null ? title : `${title} (skipped: ${missing})`,
  () => {
    let double: MessagesDouble | undefined;
    let installation: Installation | undefined;
    let egress: Egress | undefined;
    let bed: SandboxBed | undefined;
    let dir = '';
    let image = '';
    beforeEach(() => {
      dir = mkdtempSync(join(tmpdir(), 'aedev-cd-'));
      image = built ?? testImage(folder);
    });
    afterEach(async () => {
      await installation?.end();
      await egress?.close();
      await bed?.remove();
      await double?.close();
      installation = undefined;
      egress = undefined;
      bed = undefined;
      double = undefined;
      rmSync(dir, { recursive: true, force: true });
    });

    it('edits, tests and is merged; its token stays outside; every ask is evidence', async () => {
      const seen: { inspect: string; top: string; probe: string; said: string }[] = [];
      const probed = `node -e '${PROBE.replaceAll("'", `'"'"'`)}' x`;
      const turns = () => [
        ...edit('src/price.js', 'a - b', 'a + b'),
        bash('node --test'),
        bash(`${probed} ${double?.url}`),
        done,
      ];
      double = await startMessagesDouble({
        script: turns,
        token: TOKEN,
        fault: ({ turn }) => {
          if (turn !== 4) return null;
          // The container is alive now, and the probe has written what it found.
          const runs = join(installation?.home ?? '', 'runs');
          const [run = ''] = readdirSync(runs).filter((name) => !name.startsWith('.'));
          const docker = (...args: string[]) => execFileSync('docker', args, { encoding: 'utf8' });
          seen.push({
            inspect: docker('container', 'inspect', `aedev-${run}`),
            top: docker('top', `aedev-${run}`, '-eo', 'pid,args'),
            said: readFileSync(join(runs, run, 'stdout'), 'utf8'),
            probe: readFileSync(join(runs, run, 'workspace', 'private', 'probe.json'), 'utf8'),
          });
          return null;
        },
      });
      installation = await install({
        env: { AEDEV_CLAUDE_OAUTH_TOKEN: TOKEN },
        policies: {
          sandbox: { tier: 'docker', image: { name: 'aedev-test-image-claude', digest: image } },
          coders: {
            default: 'claude',
            claude: {
              base_url: double.url,
              model: 'claude-sonnet-5',
              allowed_tools: ['Read', 'Edit', 'Bash'],
            },
          },
        },
        repo: { verify: [{ argv: ['node', '--test'] }] },
      });
      const { aedev, home, send } = installation;
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
        tier: 'docker',
        image,
        cliVersion: CLAUDE_CLI_VERSION,
        laneProof: `apiKeySource=none; the subscription’s token was added outside the sandbox; reached 127.0.0.1:${new URL(double.url).port}`,
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

      // Nothing inside could read the token, and the search could have found it.
      expect(seen).toHaveLength(1);
      const nothing = { inspect: '', top: '', probe: '{}', said: '' };
      const [{ inspect, top, probe, said } = nothing] = seen;
      expect(said).toMatch(/# pass 1\\n# fail 0/);
      const found = JSON.parse(probe);
      expect(found.real).toEqual([]);
      expect(found.dummy).toEqual(expect.arrayContaining([expect.stringMatching(/environ$/)]));
      expect(found.files).toBeGreaterThan(30);
      expect(inspect + top).not.toContain(TOKEN);
      expect(JSON.parse(inspect)[0].HostConfig).toMatchObject({ NetworkMode: 'none' });
      expect(found).toMatchObject({ tried: { evil: 403, address: 400, host: 'nothing' } });
      expect(found.interfaces.filter((name: string) => name !== 'lo')).toEqual([]);

      const { port } = new URL(double.url);
      expect(run?.egress).toEqual([
        { host: '127.0.0.1', port: Number(port), allowed: true, bytes: expect.any(Number) },
        { host: 'evil.test', port: 443, allowed: false, bytes: 0 },
        { host: '(unreadable)', port: null, allowed: false, bytes: 0 },
      ]);
      expect(run?.egress?.[0]?.bytes).toBeGreaterThan(10_000);
      expect(await aedev.checkEvidence(task.evidence?.digest ?? '')).toBe(true);
      // Nor does anything that aedev keeps hold it.
      const grep = ['-rlF', '-e', TOKEN, '--', home];
      expect(spawnSync('grep', grep, { encoding: 'utf8' })).toMatchObject({
        status: 1,
        stdout: '',
      });
    });

    it('keeps the contract of the image: prompt.txt in, the raw envelope and the result out', async () => {
      const lib = join(dir, 'lib');
      if (built === undefined) {
        mkdirSync(lib, { mode: 0o755 });
        compile(lib, ['execution/coders/claude.ts', 'execution/coders/contract.ts']);
      }
      double = await startMessagesDouble({
        script: (prompt) => (prompt.includes('Fix it.') ? edit('a.js', '1', '2').concat(done) : []),
        token: TOKEN,
      });
      const api = { baseUrl: double.url, authorization: `Bearer ${TOKEN}` };
      egress = await startEgress({ allow: [], api, log: join(dir, 'log'), now: Date.now });
      bed = sandboxBed('docker', image);
      const spec = bed.spec('contract', ['node', '/opt/aedev/entrypoint.mjs'], {
        readOnly: built === undefined ? [{ source: lib, target: '/opt/aedev/lib' }] : [],
        network: { socket: egress.socket },
        env: {
          CLAUDE_ROLE: 'coder',
          CLAUDE_MODEL: 'claude-sonnet-5',
          CLAUDE_PERMISSION_MODE: 'acceptEdits',
          CLAUDE_ALLOWED_TOOLS: 'Read Edit Bash(npm test)',
          CLAUDE_CODE_OAUTH_TOKEN: 'dummy-of-the-container',
          ANTHROPIC_BASE_URL: 'http://127.0.0.1:18080',
        },
        limits: { wallMs: 60_000, idleMs: 60_000, memoryMb: 1024, cpus: 2, pids: 128 },
      });
      writeFileSync(join(spec.workspace, 'prompt.txt'), 'Fix it.');
      mkdirSync(join(spec.workspace, 'repo'));
      writeFileSync(join(spec.workspace, 'repo', 'a.js'), 'export default 1;\n');
      const exit = await bed.sandbox.run(spec, new AbortController().signal);
      expect({ code: exit.code, errors: readFileSync(spec.stderr, 'utf8') }).toEqual({
        code: 0,
        errors: '',
      });
      expect(readFileSync(join(spec.workspace, 'repo', 'a.js'), 'utf8')).toContain('2');
      const envelope = JSON.parse(readFileSync(join(spec.workspace, 'cli-envelope.json'), 'utf8'));
      expect(envelope.map(({ type }: { type: string }) => type)).toContain('result');
      expect(JSON.parse(readFileSync(join(spec.workspace, 'result.json'), 'utf8'))).toMatchObject({
        outcome: { kind: 'success', summary: 'Prices are added now.' },
        usage: { inputTokens: double.served.inputTokens, outputTokens: double.served.outputTokens },
      });
    });
  },
);
