import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import type { EgressRecord } from '../../control/egress.ts';
import type { Lane } from '../../control/lane.ts';
import type { Coder, CoderStart, WindowReport } from '../coders/coder.ts';
import { EGRESS_SOCKET_INSIDE } from '../sandboxes/docker-args.ts';
import { ENTRYPOINT_INSIDE } from '../sandboxes/image-probe.ts';
import { SandboxError, type SandboxSpec, type SandboxTier } from '../sandboxes/sandbox.ts';
import { PORT_VARIABLE, SOCKET_VARIABLE } from '../sandboxes/srt-egress.ts';
import { startEgress } from './proxy.ts';

/** On the run's own loopback; nothing else listens there when the entrypoint starts. */
const PORT_INSIDE = 18080;

export interface RunEgress {
  /** For the coder's command: where its API is, as seen from inside. */
  start: Pick<CoderStart, 'apiBase'>;
  /** What of the sandbox's specification changes. */
  through(spec: SandboxSpec): SandboxSpec;
  /** Host that the proxy adds the credential for; null without an API. */
  apiHost: string | null;
  /** What the API said of its rate-limit windows so far. */
  windows(): WindowReport[];
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
  coder: Coder | Record<string, never>,
  at: {
    dir: string;
    allow: readonly string[];
    now: () => number;
    heard?: (windows: WindowReport[]) => void;
  },
  hostEnv: CoderStart['hostEnv'],
  lane?: Lane,
): Promise<RunEgress | null> {
  const api = coder.api?.(hostEnv, lane) ?? null;
  if (tier === 'process' || (api === null && at.allow.length === 0)) return null;
  const { allow, now, heard } = at;
  const log = join(at.dir, 'egress.log');
  const egress = await startEgress({ allow, api, log, now, heard }).catch((error: unknown) => {
    if (error instanceof SandboxError) throw error;
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw new SandboxError(
      'io',
      `The way out of the run could not be opened (${code}).`,
      'See that the temporary folder can be written and the disk has room.',
    );
  });
  const port = await portInside(tier);
  return {
    apiHost: api === null ? null : new URL(api.baseUrl).hostname,
    start: api === null ? {} : { apiBase: `http://127.0.0.1:${port}` },
    through: (spec) => ({
      ...spec,
      // The srt tier has no image that could hold the entrypoint, and puts its own before.
      argv: tier === 'docker' ? [...ENTRYPOINT_INSIDE, ...spec.argv] : spec.argv,
      env: {
        ...spec.env,
        [SOCKET_VARIABLE]: EGRESS_SOCKET_INSIDE,
        [PORT_VARIABLE]: String(port),
      },
      network: { socket: egress.socket },
    }),
    windows: () => egress.windows(),
    async close() {
      await egress.close();
      return egress.records();
    },
  };
}

/** Where a run has a loopback of its own any port is free; under macOS all runs share the machine's. */
async function portInside(tier: SandboxTier): Promise<number> {
  if (tier !== 'srt' || process.platform !== 'darwin') return PORT_INSIDE;
  const server = createServer();
  const port = await new Promise<number>((done) => {
    server.listen(0, '127.0.0.1', () => done((server.address() as AddressInfo).port));
  });
  await new Promise((done) => server.close(done));
  return port;
}
