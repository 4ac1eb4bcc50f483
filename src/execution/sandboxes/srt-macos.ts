import { existsSync, mkdirSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ProcessSandbox } from './process.ts';
import {
  type Sandbox,
  SandboxError,
  type SandboxExit,
  type SandboxProblem,
  type SandboxSpec,
} from './sandbox.ts';
import { checkSpec } from './spec-check.ts';
import { ENTRYPOINT_FILES, PORT_VARIABLE, SOCKET_VARIABLE } from './srt-egress.ts';
import type { SrtOptions } from './srt-options.ts';
import { prove } from './srt-proof.ts';
import { findProgram, type Toolchain } from './srt-toolchain.ts';

const SANDBOX_EXEC = '/usr/bin/sandbox-exec';
/** What programs on a Mac cannot do without, and what people build with. */
const SYSTEM = [
  '/usr',
  '/bin',
  '/sbin',
  '/System',
  '/dev',
  '/Library/Apple',
  '/Library/Developer',
  '/Applications/Xcode.app',
  ...['Cellar', 'bin', 'opt', 'lib', 'share', 'include'].map((name) => `/opt/homebrew/${name}`),
  ...['ssl', 'hosts', 'localtime', 'protocols', 'services'].map((name) => `/private/etc/${name}`),
  '/private/var/db/timezone',
  '/private/var/db/dyld',
  '/private/var/select',
];
/** Inside of these, but known to hold credentials. */
const MASKS = ['/usr/local/etc'];
const MAX_FILE_MB = 2048;
/** Of the library's variables for the run those that would lead it past ours. */
const NOT_THEIRS =
  'HTTP_PROXY HTTPS_PROXY http_proxy https_proxy ALL_PROXY all_proxy GRPC_PROXY grpc_proxy ' +
  'FTP_PROXY ftp_proxy RSYNC_PROXY GIT_SSH_COMMAND DOCKER_HTTP_PROXY DOCKER_HTTPS_PROXY ' +
  'CLOUDSDK_PROXY_TYPE CLOUDSDK_PROXY_ADDRESS CLOUDSDK_PROXY_PORT JAVA_TOOL_OPTIONS';
const UNENFORCED = ['memory', 'cpus', 'pids'] as const;

/**
 * Tier `srt` on macOS: a process of the plain tier under a Seatbelt profile, which the sandbox
 * runtime writes. There are no name spaces: paths are those of the host, and a child that hides from
 * the search for it stays under the profile but may outlive the run.
 */
export class MacSrt implements Sandbox {
  readonly tier = 'srt';
  readonly #options: SrtOptions;
  readonly #process: ProcessSandbox;
  #proved = false;

  constructor(options: SrtOptions) {
    this.#options = options;
    const { records, install, path, graceMs } = options;
    this.#process = new ProcessSandbox({
      optedIn: true,
      records,
      install,
      ...(path === undefined ? {} : { path }),
      ...(graceMs === undefined ? {} : { graceMs }),
    });
  }

  inside(_spec: Pick<SandboxSpec, 'workspace'>, hostPath: string): string {
    return resolve(hostPath);
  }

  async check(): Promise<SandboxProblem[]> {
    try {
      await this.#prove();
      return [];
    } catch (error) {
      if (!(error instanceof SandboxError)) throw error;
      return [{ code: 'sandbox-engine', sentence: error.message, remedy: error.remedy }];
    }
  }

  async run(spec: SandboxSpec, signal: AbortSignal): Promise<SandboxExit> {
    checkSpec(spec);
    if (spec.network === 'host') {
      const message = 'The srt tier does not give the network of the host.';
      throw new SandboxError('spec', message, 'Use `none`, or the socket of the allow-list proxy.');
    }
    await this.#prove();
    return this.#run(spec, signal);
  }

  async #run(spec: SandboxSpec, signal: AbortSignal): Promise<SandboxExit> {
    const argv = ['/bin/sh', '-c', await seatbelt(spec, this.#options)];
    const socket =
      typeof spec.network === 'object' ? { [SOCKET_VARIABLE]: spec.network.socket } : {};
    const env = { ...spec.env, ...socket };
    const exit = await this.#process.run({ ...spec, argv, env }, signal);
    const provenance = { tier: 'srt', image: null, engine: 'seatbelt', unenforced: UNENFORCED };
    return { ...exit, provenance: { ...provenance, tier: 'srt' } };
  }

  reap(run: string): Promise<{ found: number; ended: number; detail: string }> {
    return this.#process.reap(run);
  }

  orphans(): Promise<string[]> {
    return this.#process.orphans();
  }

  /** A sandbox that was not seen to hold is not used. @throws SandboxError */
  async #prove(): Promise<void> {
    if (this.#proved) return;
    if (!existsSync(SANDBOX_EXEC)) {
      const message = `The program ${SANDBOX_EXEC} is not on this machine.`;
      throw new SandboxError(
        'engine',
        message,
        'Start a container engine and use the docker tier.',
      );
    }
    mkdirSync(this.#options.scratch, { recursive: true, mode: 0o700 });
    await prove(this.#options.scratch, (spec) => this.#run(spec, new AbortController().signal));
    this.#proved = true;
  }
}

/** The shell line that starts the run under its profile. Names no value of its environment. */
export async function seatbelt(spec: SandboxSpec, options: SrtOptions): Promise<string> {
  // Only here, because it is of no use elsewhere; its entry point would start proxies of its own.
  const { wrapCommandWithSandboxMacOS } = await import(
    '@anthropic-ai/sandbox-runtime/dist/sandbox/macos-sandbox-utils.js'
  );
  const binds = [...SYSTEM, process.execPath, ...options.read].filter(existsSync);
  const toolchain: Toolchain = { binds, links: [], masks: MASKS, path: '' };
  const path = options.path ?? process.env['PATH'] ?? '';
  const program = findProgram(toolchain, spec.argv[0] as string, path);
  const way = typeof spec.network === 'object' ? spec.network : null;
  const port = Number(spec.env[PORT_VARIABLE]);
  const workspace = real(spec.workspace);
  const argv = [program.argv0, ...spec.argv.slice(1)];
  const start = way === null ? argv : [process.execPath, ENTRYPOINT_FILES[0] ?? '', '--', ...argv];
  const blocks = (options.maxFileMb ?? MAX_FILE_MB) * 2048;
  const command = [
    `unset ${NOT_THEIRS}`,
    `export TMPDIR=${quoted(spec.env['TMPDIR'] ?? join(workspace, 'tmp'))}`,
    `ulimit -f ${blocks} && ulimit -c 0 && exec ${start.map(quoted).join(' ')}`,
  ].join('; ');
  return wrapCommandWithSandboxMacOS({
    command,
    commandId: spec.run,
    binShell: 'sh',
    needsNetworkRestriction: true,
    readConfig: {
      denyOnly: ['/', ...MASKS, ...options.hidden.map(real)],
      allowWithinDeny: [
        ...toolchain.binds,
        ...program.binds,
        ...spec.readOnly.map(({ source }) => real(source)),
        workspace,
        ...(way === null ? [] : [real(way.socket), ...ENTRYPOINT_FILES]),
      ],
    },
    writeConfig: { allowOnly: [workspace, '/dev/null'], denyWithinAllow: [] },
    ...(way === null
      ? {}
      : { allowUnixSockets: [real(way.socket)], httpProxyPort: port, socksProxyPort: port }),
  });
}

/** Rules are about real paths: on a Mac /tmp and /var are links. */
const real = (path: string): string => (existsSync(path) ? realpathSync(path) : resolve(path));

const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;
