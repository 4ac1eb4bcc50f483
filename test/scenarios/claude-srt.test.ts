/**
 * The real `claude` CLI in the srt tier: the machine's own sandbox. Runs where the pinned CLI is
 * installed (see claude-cli.test.ts) and the tier works.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openBundle } from '../../src/judgement/evidence/read.ts';
import { CLAUDE, NO_CLAUDE } from '../support/claude-cli.ts';
import { merged } from '../support/claude-isolated.ts';
import { NO_SRT } from '../support/sandboxes.ts';

const title = 'the real claude CLI in the srt tier';

describe.skipIf(NO_SRT !== null || CLAUDE === null)(
  NO_SRT === null && CLAUDE !== null ? title : `${title} (skipped: ${NO_SRT ?? NO_CLAUDE})`,
  () => {
    const open: { close(): Promise<void> }[] = [];
    let dir = '';
    beforeEach(() => {
      dir = mkdtempSync(join(tmpdir(), 'aedev-cs-'));
    });
    afterEach(async () => {
      for (const one of open.splice(0).reverse()) await one.close();
      rmSync(dir, { recursive: true, force: true });
    });

    it('edits, tests and is merged; its token and the host stay outside; every ask is evidence', async () => {
      const policies = { sandbox: { tier: 'srt' }, claude: { executable: CLAUDE } };
      const { installation, task, run } = await merged(dir, policies, (one) => open.push(one));
      expect(run).toMatchObject({
        tier: 'srt',
        image: null,
        engine: expect.stringMatching(/^bubblewrap \d/),
      });
      // The verify commands ran in the same tier.
      const bundle = await installation.aedev.readBlob(task.evidence?.digest ?? '');
      const predicate = JSON.stringify(openBundle(bundle).predicate);
      expect(predicate).toContain('"tier":"srt"');
      expect(predicate).not.toContain('"tier":"process"');
    });
  },
);
