import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { DockerSandbox } from '../../src/execution/sandboxes/docker.ts';
import { ProcessSandbox } from '../../src/execution/sandboxes/process.ts';
import type { Sandbox, SandboxSpec, SandboxTier } from '../../src/execution/sandboxes/sandbox.ts';

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
 * @param claude folder of the pinned claude CLI, for an image that holds it
 */
export function testImage(claude?: string): string {
  const script = join(ROOT, 'scripts', 'make-test-image.sh');
  const args = claude === undefined ? [script] : [script, '--with-claude', claude];
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

/**
 * A sandbox of the tier with folders of its own under the system's temporary folder.
 * @param image id of another image than the plain test image
 */
export function sandboxBed(tier: 'process' | 'docker', image?: string): SandboxBed {
  const root = mkdtempSync(join(tmpdir(), `aedev-${tier}-`));
  const install = `test-${root.slice(root.lastIndexOf('-') + 1)}`;
  const recipe =
    tier === 'process'
      ? {
          module: 'execution/sandboxes/process.js',
          name: 'ProcessSandbox',
          options: { optedIn: true, records: join(root, 'records'), install, graceMs: 300 },
        }
      : {
          module: 'execution/sandboxes/docker.js',
          name: 'DockerSandbox',
          options: {
            image: { name: 'aedev-test-image:latest', digest: image ?? testImage() },
            scratch: join(root, 'records'),
            install,
            graceMs: 300,
            tmpMb: 16,
          },
        };
  const sandbox: Sandbox =
    tier === 'process'
      ? new ProcessSandbox(recipe.options as ConstructorParameters<typeof ProcessSandbox>[0])
      : new DockerSandbox(recipe.options as ConstructorParameters<typeof DockerSandbox>[0]);
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
