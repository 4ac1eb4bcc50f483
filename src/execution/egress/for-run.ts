import { join } from 'node:path';
import type { EgressRecord } from '../../control/egress.ts';
import type { Coder, CoderStart } from '../coders/coder.ts';
import { EGRESS_SOCKET_INSIDE } from '../sandboxes/docker-args.ts';
import { ENTRYPOINT_INSIDE } from '../sandboxes/image-probe.ts';
import { SandboxError, type SandboxSpec, type SandboxTier } from '../sandboxes/sandbox.ts';
import { startEgress } from './proxy.ts';

/** On the container's own loopback; nothing else listens there when the entrypoint starts. */
const PORT_INSIDE = 18080;

export interface RunEgress {
  /** For the coder's command: where its API is, as seen from inside. */
  start: Pick<CoderStart, 'apiBase'>;
  /** What of the sandbox's specification changes. */
  through(spec: SandboxSpec): SandboxSpec;
  close(): Promise<EgressRecord[]>;
}

/**
 * Opens the way out for one run, or null where it needs none or the tier cannot hold it: a process
 * has the host's own network.
 * @param at the run's folder on the host, where the decisions are written, and what is allowed
 * @throws SandboxError `io` or `spec`
 */
export async function egressForRun(
  tier: SandboxTier,
  coder: Coder,
  at: { dir: string; allow: readonly string[]; now: () => number },
  hostEnv: CoderStart['hostEnv'],
): Promise<RunEgress | null> {
  const api = coder.api?.(hostEnv) ?? null;
  if (tier !== 'docker' || (api === null && at.allow.length === 0)) return null;
  const { allow, now } = at;
  const log = join(at.dir, 'egress.log');
  const egress = await startEgress({ allow, api, log, now }).catch((error: unknown) => {
    if (error instanceof SandboxError) throw error;
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw new SandboxError(
      'io',
      `The way out of the run could not be opened (${code}).`,
      'See that the temporary folder can be written and the disk has room.',
    );
  });
  return {
    start: api === null ? {} : { apiBase: `http://127.0.0.1:${PORT_INSIDE}` },
    through: (spec) => ({
      ...spec,
      argv: [...ENTRYPOINT_INSIDE, ...spec.argv],
      env: {
        ...spec.env,
        AEDEV_EGRESS_SOCKET: EGRESS_SOCKET_INSIDE,
        AEDEV_EGRESS_PORT: String(PORT_INSIDE),
      },
      network: { socket: egress.socket },
    }),
    async close() {
      await egress.close();
      return egress.records();
    },
  };
}
