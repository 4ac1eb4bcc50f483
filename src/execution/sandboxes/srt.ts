import type { Sandbox, SandboxExit, SandboxProblem, SandboxSpec } from './sandbox.ts';
import { LinuxSrt } from './srt-linux.ts';
import { MacSrt } from './srt-macos.ts';
import type { SrtOptions } from './srt-options.ts';

export type { SrtOptions } from './srt-options.ts';

/**
 * Tier `srt`: the operating system's own sandbox, for machines without a container engine.
 * bubblewrap on Linux, Seatbelt on macOS.
 */
export class SrtSandbox implements Sandbox {
  readonly tier = 'srt';
  readonly #of: Sandbox;

  constructor(options: SrtOptions) {
    this.#of = process.platform === 'darwin' ? new MacSrt(options) : new LinuxSrt(options);
  }

  inside(spec: Pick<SandboxSpec, 'workspace'>, hostPath: string): string {
    return this.#of.inside(spec, hostPath);
  }

  async check(): Promise<SandboxProblem[]> {
    if (process.platform === 'linux' || process.platform === 'darwin') return this.#of.check();
    const sentence = `The srt tier does not exist on ${process.platform}.`;
    const remedy = 'Start a container engine and use the docker tier.';
    return [{ code: 'sandbox-engine', sentence, remedy }];
  }

  run(spec: SandboxSpec, signal: AbortSignal): Promise<SandboxExit> {
    return this.#of.run(spec, signal);
  }

  reap(run: string): Promise<{ found: number; ended: number; detail: string }> {
    return this.#of.reap(run);
  }

  orphans(): Promise<string[]> {
    return this.#of.orphans();
  }
}
