import { type ChildProcess, execFile, spawn } from 'node:child_process';

/**
 * The only door to a container engine: the `docker` command (or a podman that bears its name),
 * with argument arrays. Contexts, DOCKER_HOST and the operator's docker configuration stay as
 * they are; of the rest of the environment the command sees only what it needs to find them.
 */
const PASSED =
  /^(PATH|HOME|USER|LOGNAME|TMPDIR|SYSTEMROOT|USERPROFILE|APPDATA|LOCALAPPDATA|PROGRAMDATA|PROGRAMFILES|SSH_AUTH_SOCK|XDG_RUNTIME_DIR|XDG_CONFIG_HOME|CONTAINER_HOST|DOCKER_[A-Z_]+)$/;

export interface DockerAnswer {
  /** null when the command could not be started, was killed, or overran its time. */
  code: number | null;
  stdout: string;
  stderr: string;
  /** The command is not installed. */
  missing: boolean;
  timedOut: boolean;
}

function environment(): Record<string, string> {
  const env: Record<string, string> = { LC_ALL: 'C' };
  for (const [name, value] of Object.entries(process.env)) {
    if (value !== undefined && PASSED.test(name.toUpperCase())) env[name] = value;
  }
  return env;
}

/** Asks one question of the engine; never throws, never waits longer than `timeoutMs`. */
export function docker(args: readonly string[], timeoutMs = 30_000): Promise<DockerAnswer> {
  return new Promise((resolve) => {
    execFile(
      'docker',
      [...args],
      {
        env: environment(),
        timeout: timeoutMs,
        killSignal: 'SIGKILL',
        maxBuffer: 16 << 20,
        windowsHide: true,
      },
      (error, stdout, stderr) => {
        const failure = error as (NodeJS.ErrnoException & { killed?: boolean }) | null;
        resolve({
          code: failure === null ? 0 : typeof failure.code === 'number' ? failure.code : null,
          stdout,
          stderr,
          missing: failure?.code === 'ENOENT',
          timedOut: failure?.killed === true,
        });
      },
    );
  });
}

/**
 * Starts a lasting command (run, build) with its output as pipes.
 * @param input an open file or null
 * @param extra an open file that the command can read at {@link EXTRA_INPUT}
 */
export function dockerAttached(
  args: readonly string[],
  input: number | null,
  extra: number | null = null,
): ChildProcess {
  return spawn('docker', [...args], {
    env: environment(),
    stdio: [input ?? 'ignore', 'pipe', 'pipe', ...(extra === null ? [] : [extra])],
    shell: false,
    windowsHide: true,
  });
}

/** Where a lasting command finds its extra input. */
export const EXTRA_INPUT = '/dev/fd/3';
