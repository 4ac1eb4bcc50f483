/** Verify commands in the same sandbox tier as runs, without token and, where the tier can, without network. */
import type { Sandbox, SandboxExit } from './sandboxes/sandbox.ts';

const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;

export interface VerifyCommand {
  /** Names this execution for containers and records. */
  run: string;
  task: string;
  /** Host folder with a fresh checkout in its subfolder `repo`. */
  dir: string;
  argv: string[];
  wallMs: number;
  stdout: string;
  stderr: string;
  signal: AbortSignal;
}

/** @throws SandboxError `not-found` when there is no such program, others when the tier fails. */
export function verifyRunner(
  sandbox: Sandbox,
  limits: { memory_mb: number; cpus: number; pids: number },
) {
  return (command: VerifyCommand): Promise<SandboxExit> =>
    sandbox.run(
      {
        run: command.run,
        task: command.task,
        argv: command.argv,
        workspace: command.dir,
        cwd: 'repo',
        readOnly: [],
        env: { CI: 'true' },
        secretEnv: [],
        stdin: null,
        stdout: command.stdout,
        stderr: command.stderr,
        maxOutputBytes: MAX_OUTPUT_BYTES,
        network: sandbox.tier === 'process' ? 'host' : 'none',
        limits: {
          wallMs: command.wallMs,
          // Test runners may be silent until their end: only the wall time counts.
          idleMs: command.wallMs,
          memoryMb: limits.memory_mb,
          cpus: limits.cpus,
          pids: limits.pids,
        },
      },
      command.signal,
    );
}
