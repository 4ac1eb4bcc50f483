/**
 * The whole loop with a repo that chose its coder: the real codex and gemini CLIs in containers, judges
 * of other families, from the request to the merge. Runs where the pinned CLIs are installed
 * (scripts/install-coder.mjs) and a container engine answers.
 */
import { spawnSync } from 'node:child_process';
import { afterEach, describe, expect, it } from 'vitest';
import { brainReply } from '../../src/demo/doubles/brain.ts';
import type { JudgeDouble } from '../../src/demo/doubles/judge-double.ts';
import { startOpenAiDouble } from '../../src/demo/doubles/openai.ts';
import { cliFolder, findCli, missingCli, pinnedVersion } from '../support/coder-clis.ts';
import type { ScriptTurn, ToolDouble } from '../support/doubles/tool-script.ts';
import { type Installation, install, plainGit } from '../support/installation.ts';
import { deliver } from '../support/mission.ts';
import { FAMILIES } from '../support/other-families.ts';
import { NO_DOCKER, testImage } from '../support/sandboxes.ts';

const NAMES = ['codex', 'gemini'] as const;
const lacking = NAMES.find((name) => findCli(name) === null);
const missing = NO_DOCKER ?? (lacking === undefined ? null : missingCli(lacking));
const title = 'a repo that chose its coder';
const KEY = 'dummy-key-that-stays-on-the-host-8254';
const PATCH = [
  '*** Begin Patch',
  '*** Update File: src/price.js',
  '@@',
  '-export const total = (prices) => prices.reduce((a, b) => a - b, 0);',
  '+export const total = (prices) => prices.reduce((a, b) => a + b, 0);',
  '*** End Patch',
  '',
].join('\n');
const SCRIPTS: Record<(typeof NAMES)[number], ScriptTurn[]> = {
  codex: [
    {
      calls: [
        { name: 'exec', input: `await tools.apply_patch(${JSON.stringify(PATCH)}); text('ok');` },
      ],
    },
    { text: 'Prices are added now.' },
  ],
  gemini: [
    {
      calls: [
        {
          name: 'replace',
          input: {
            file_path: '/workspace/repo/src/price.js',
            old_string: 'a - b',
            new_string: 'a + b',
            instruction: 'add',
          },
        },
      ],
    },
    { text: 'Prices are added now.' },
  ],
};

describe.skipIf(missing !== null)(
  missing === null ? title : `${title} (skipped: ${missing})`,
  () => {
    let installation: Installation | undefined;
    let double: ToolDouble | undefined;
    const judges: JudgeDouble[] = [];
    afterEach(async () => {
      await installation?.end();
      await double?.close();
      await Promise.all(judges.splice(0).map((judge) => judge.close()));
      installation = undefined;
      double = undefined;
    });

    it.each(NAMES)('%s works, judges of other families pass it, and it is merged', async (name) => {
      const family = FAMILIES[name];
      double = await family.start({ script: SCRIPTS[name], key: KEY });
      for (let count = 0; count < 2; count += 1)
        judges.push(await startOpenAiDouble({ key: 'dummy-openai', reply: brainReply }));
      const image = testImage({ codex: cliFolder('codex'), gemini: cliFolder('gemini') });
      const base_url = name === 'codex' ? `${double.url}/v1` : double.url;
      installation = await install({
        env: { [family.variable]: KEY },
        policies: {
          sandbox: { tier: 'docker', image: { name: 'aedev-test-image', digest: image } },
          coders: {
            default: 'claude',
            [name]: { base_url, model: family.model, api_usd_per_day: 20 },
          },
          judges: {
            families: judges.map(({ baseUrl }, index) => ({
              family: `local-${index}`,
              protocol: 'openai',
              base_url: baseUrl,
              model: 'double',
              key_env: 'TEST_OPENAI_KEY',
            })),
          },
        },
        repo: { coder: name, verify: [{ argv: ['node', '--test'] }] },
      });
      const { home } = installation;
      const task = await deliver(installation);
      expect(task).toMatchObject({ status: 'remembered', hold: null, coder: name });
      expect(plainGit(`${home}/forge/shop.git`, 'show', 'main:src/price.js')).toContain('a + b');
      const { served } = double;
      const port = new URL(double.url).port;
      const variable = name === 'codex' ? 'CODEX_API_KEY' : 'GEMINI_API_KEY';
      expect(task.runs).toEqual([
        expect.objectContaining({
          outcome: 'success',
          tier: 'docker',
          image,
          lane: 'api',
          cliVersion: name === 'codex' ? pinnedVersion(name) : null,
          laneProof: `credential=${variable}; the key of the paid API was added outside the sandbox; reached 127.0.0.1:${port}`,
          usage: expect.objectContaining({
            inputTokens: served.inputTokens - served.cachedTokens,
            cacheReadTokens: served.cachedTokens,
            outputTokens: served.outputTokens + served.reasoningTokens,
            costUsd: null,
            lane: 'api',
          }),
          egress: [
            { host: '127.0.0.1', port: Number(port), allowed: true, bytes: expect.any(Number) },
          ],
        }),
      ]);
      expect(served.turns).toBe(2);
      const grep = ['-rlF', '-e', KEY, '--', home];
      expect(spawnSync('grep', grep, { encoding: 'utf8' })).toMatchObject({
        status: 1,
        stdout: '',
      });
    });

    it('holds for a program that the image lacks, and starts nothing', async () => {
      double = await FAMILIES.codex.start({ script: SCRIPTS.codex, key: KEY });
      const image = testImage();
      installation = await install({
        env: { AEDEV_CODEX_API_KEY: KEY },
        policies: {
          sandbox: { tier: 'docker', image: { name: 'aedev-test-image', digest: image } },
          coders: {
            default: 'codex',
            codex: { base_url: `${double.url}/v1`, api_usd_per_day: 20 },
          },
          judges: { families: [] },
        },
        repo: { verify: [{ argv: ['node', '--test'] }] },
      });
      const task = await deliver(installation);
      expect(task.hold).toMatchObject({ code: 'coder-missing' });
      expect(task.hold?.remedy).toContain('@openai/codex 0.169.0');
      expect(double.requests).toEqual([]);
    });
  },
);
