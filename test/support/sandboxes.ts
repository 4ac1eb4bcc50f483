import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { DockerSandbox } from '../../src/execution/sandboxes/docker.ts';
import { ProcessSandbox } from '../../src/execution/sandboxes/process.ts';
import type { Sandbox, SandboxSpec, SandboxTier } from '../../src/execution/sandboxes/sandbox.ts';
import { SrtSandbox } from '../../src/execution/sandboxes/srt.ts';

const ROOT = resolve(import.meta.dirname, '..', '..');

/** null when containers can run here, else why not. */
export const NO_DOCKER: string | null = (() => {
  try {
    execFileSync('docker', ['version', '--format', '{{.Server.Version}}'], {
      stdio: ['ignore', 'ignore', 'ignore'],
      timeout: 10_000,
    });
  } catch {
    return 'no container engine answers';
  }
  return process.platform === 'linux' ? null : 'the test image is made of Linux programs';
})();

/**
 * Id of the test image; made on first use from this machine's own files.
 * @param clis folder of the pinned claude CLI, for an image that holds it, or folders by family
 */
export function testImage(
  clis: string | Partial<Record<'claude' | 'codex' | 'gemini', string>> = {},
): string {
  const folders = typeof clis === 'string' ? { claude: clis } : clis;
  const flags = Object.entries(folders).flatMap(([family, folder]) => [`--with-${family}`, folder]);
  const args = [join(ROOT, 'scripts', 'make-test-image.sh'), ...flags];
  return execFileSync('sh', args, { encoding: 'utf8', timeout: 120_000 }).trim();
}

export interface SandboxBed {
  tier: SandboxTier;
  root: string;
  install: string;
  /** Module (under src/), class and options: enough to build the sandbox in another process. */
  recipe: { module: string; name: string; options: object };
  sandbox: Sandbox;
  /** A spec with generous limits; makes its workspace folder. */
  spec(run: string, argv: string[], over?: Partial<SandboxSpec>): SandboxSpec;
  remove(): Promise<void>;
}

/** null when the srt tier works here, else why not. */
export const NO_SRT: string | null = await (async () => {
  const root = mkdtempSync(join(tmpdir(), 'aedev-srt-try-'));
  try {
    const { sandbox } = recipeOf('srt', root, 'try');
    const [problem] = await sandbox.check();
    return problem?.sentence ?? null;
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
})();

/**
 * A sandbox of the tier with folders of its own under the system's temporary folder.
 * @param image id of another image than the plain test image
 */
export function sandboxBed(tier: SandboxTier, image?: string): SandboxBed {
  const root = mkdtempSync(join(tmpdir(), `aedev-${tier}-`));
  const install = `test-${root.slice(root.lastIndexOf('-') + 1)}`;
  const { recipe, sandbox } = recipeOf(tier, root, install, image);
  return {
    tier,
    root,
    install,
    recipe,
    sandbox,
    spec(run, argv, over = {}) {
      const workspace = join(root, run);
      mkdirSync(workspace, { recursive: true });
      return {
        run,
        task: 'task-1',
        argv,
        workspace,
        cwd: '.',
        readOnly: [],
        env: {},
        secretEnv: [],
        stdin: null,
        stdout: join(root, `${run}.out`),
        stderr: join(root, `${run}.err`),
        maxOutputBytes: 1 << 20,
        network: 'none',
        limits: { wallMs: 60_000, idleMs: 60_000, memoryMb: 256, cpus: 2, pids: 128 },
        ...over,
      };
    },
    async remove() {
      for (const run of await sandbox.orphans()) await sandbox.reap(run);
      rmSync(root, { recursive: true, force: true });
    },
  };
}

function recipeOf(
  tier: SandboxTier,
  root: string,
  install: string,
  image?: string,
): Pick<SandboxBed, 'recipe' | 'sandbox'> {
  const common = { install, graceMs: 300 };
  const records = join(root, 'records');
  if (tier === 'process') {
    const options = { ...common, optedIn: true, records };
    const recipe = { module: 'execution/sandboxes/process.js', name: 'ProcessSandbox', options };
    return { recipe, sandbox: new ProcessSandbox(options) };
  }
  if (tier === 'srt') {
    const scratch = join(root, 'scratch');
    const options = { ...common, records, scratch, read: [], hidden: [root], tmpMb: 16 };
    const recipe = { module: 'execution/sandboxes/srt.js', name: 'SrtSandbox', options };
    return { recipe, sandbox: new SrtSandbox(options) };
  }
  const pinned = { name: 'aedev-test-image:latest', digest: image ?? testImage() };
  const options = { ...common, image: pinned, scratch: records, tmpMb: 16 };
  const recipe = { module: 'execution/sandboxes/docker.js', name: 'DockerSandbox', options };
  return { recipe, sandbox: new DockerSandbox(options) };
}
