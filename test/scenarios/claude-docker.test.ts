/**
 * The real `claude` CLI in a real container. Runs where the pinned CLI is installed (see
 * claude-cli.test.ts) and a container engine answers; in the image whose id AEDEV_RUNNER_IMAGE names
 * (one that `aedev image build` made), else in one made from this machine's own files.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startMessagesDouble } from '../../src/demo/doubles/messages.ts';
import { startEgress } from '../../src/execution/egress/proxy.ts';
import { CLAUDE, CLAUDE_FOLDER, NO_CLAUDE } from '../support/claude-cli.ts';
import { done, edit, merged, TOKEN } from '../support/claude-isolated.ts';
import { compile } from '../support/compile.ts';
import { NO_DOCKER, sandboxBed, testImage } from '../support/sandboxes.ts';

const built = process.env['AEDEV_RUNNER_IMAGE'];
const title = 'the real claude CLI in a container';

describe.skipIf(NO_DOCKER !== null || CLAUDE === null)(
  NO_DOCKER === null && CLAUDE !== null ? title : `${title} (skipped: ${NO_DOCKER ?? NO_CLAUDE})`,
  () => {
    const open: { close(): Promise<void> }[] = [];
    let dir = '';
    let image = '';
    beforeEach(() => {
      dir = mkdtempSync(join(tmpdir(), 'aedev-cd-'));
      image = built ?? testImage(CLAUDE_FOLDER);
    });
    afterEach(async () => {
      for (const one of open.splice(0).reverse()) await one.close();
      rmSync(dir, { recursive: true, force: true });
    });

    it('edits, tests and is merged; its token stays outside; every ask is evidence', async () => {
      const docker = (...args: string[]) => execFileSync('docker', args, { encoding: 'utf8' });
      let inspected = '';
      let top = '';
      const { run } = await merged(
        dir,
        {
          sandbox: { tier: 'docker', image: { name: 'aedev-test-image-claude', digest: image } },
          claude: {},
        },
        (one) => open.push(one),
        (alive) => {
          inspected = docker('container', 'inspect', `aedev-${alive}`);
          top = docker('top', `aedev-${alive}`, '-eo', 'pid,args');
        },
      );
      expect(run).toMatchObject({ tier: 'docker', image });
      expect(top).not.toBe('');
      expect(inspected + top).not.toContain(TOKEN);
      expect(JSON.parse(inspected)[0].HostConfig).toMatchObject({ NetworkMode: 'none' });
    });

    it('keeps the contract of the image: prompt.txt in, the raw envelope and the result out', async () => {
      const lib = join(dir, 'lib');
      if (built === undefined) {
        mkdirSync(lib, { mode: 0o755 });
        compile(lib, ['execution/coders/claude.ts', 'execution/coders/contract.ts']);
      }
      const double = await startMessagesDouble({
        script: (prompt) => (prompt.includes('Fix it.') ? edit('a.js', '1', '2').concat(done) : []),
        token: TOKEN,
      });
      const api = { baseUrl: double.url, authorization: `Bearer ${TOKEN}` };
      const egress = await startEgress({ allow: [], api, log: join(dir, 'log'), now: Date.now });
      const bed = sandboxBed('docker', image);
      open.push(double, egress, { close: () => bed.remove() });
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
