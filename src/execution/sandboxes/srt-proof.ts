/** Before a sandbox of this tier is trusted it has to show that it holds. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { removeTree } from '../workspace/remove.ts';
import { SandboxError, type SandboxExit, type SandboxSpec } from './sandbox.ts';

const CANARY = 'aedev-canary-of-the-host';
const HELD = 42;
/** Tries to read and to write beside the workspace, and to find a network. */
const PROBE = `
cat "$1" && exit 3
(: > "$2") && exit 4
if [ -r /proc/net/dev ]; then [ "$(grep -c : /proc/net/dev)" = 1 ] || exit 5; fi
: > wrote || exit 6
exit ${HELD}`;

const WHY: Record<number, string> = {
  3: 'it could read a file beside its workspace',
  4: 'it could write a file beside its workspace',
  5: 'it has a network',
  6: 'it cannot write its own workspace',
};

/** @throws SandboxError `engine` when it does not hold, and whatever `run` throws */
export async function prove(
  scratch: string,
  run: (spec: SandboxSpec) => Promise<SandboxExit>,
): Promise<void> {
  const folder = mkdtempSync(join(scratch, 'srt-proof-'));
  try {
    const at = (name: string) => join(folder, name);
    mkdirSync(at('workspace'));
    writeFileSync(at('canary'), CANARY, { mode: 0o644 });
    const exit = await run({
      run: `srt-proof-${process.pid}-${folder.slice(-6)}`,
      task: 'srt-proof',
      argv: ['/bin/sh', '-c', PROBE, 'sh', at('canary'), at('written')],
      workspace: at('workspace'),
      cwd: '.',
      readOnly: [],
      env: { PATH: '/usr/bin:/bin' },
      secretEnv: [],
      stdin: null,
      stdout: at('stdout'),
      stderr: at('stderr'),
      maxOutputBytes: 10_000,
      network: 'none',
      limits: { wallMs: 20_000, idleMs: 20_000, memoryMb: 256, cpus: 1, pids: 64 },
    });
    const seen = readFileSync(at('stdout'), 'utf8').includes(CANARY);
    const wrote = existsSync(at('written')) || !existsSync(at('workspace/wrote'));
    if (exit.code === HELD && !seen && !wrote) return;
    const why = WHY[exit.code ?? 0] ?? `its trial ended with ${exit.code ?? exit.signal}`;
    throw new SandboxError(
      'engine',
      `A sandbox of the srt tier does not hold on this machine: ${why}.`,
      'Start a container engine and use the docker tier; tell the makers of aedev what machine this is.',
    );
  } finally {
    await removeTree(folder);
  }
}
