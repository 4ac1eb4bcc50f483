/** A hardened container against a bare one: from nothing, to its end, until it is gone. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DockerSandbox } from '../src/execution/sandboxes/docker.ts';
import { overBare } from './sandboxes.ts';

/** Nothing but the start and the end of a container is measured. */
const PROGRAM = ['true'];
/** Seen from bench/ and from build/bench/. */
const [SCRIPT = ''] = ['..', '../..']
  .map((up) => fileURLToPath(new URL(`${up}/scripts/make-test-image.sh`, import.meta.url)))
  .filter((path) => existsSync(path));

export const container = overBare({
  name: 'hardened container over a bare docker run',
  tier: 'docker',
  goal: 1.1,
  argv: PROGRAM,
  cpus: 2,
  note: 'running true',
  make(dir) {
    const digest = execFileSync('sh', [SCRIPT], { encoding: 'utf8' }).trim();
    const image = { name: 'aedev-test-image', digest };
    const scratch = join(dir, 'scratch');
    return {
      sandbox: new DockerSandbox({ image, scratch, install: 'bench' }),
      // As anybody would type it. Without a network, too: the setting up of one would be in our favour.
      bare: ['docker', 'run', '--rm', '--network=none', digest, ...PROGRAM],
    };
  },
});
