/** The real world for the CLI. */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { type HomePaths, homePaths } from '../config/home.ts';
import { CliError } from '../surfaces/cli/exit-codes.ts';
import type { Host } from '../surfaces/cli/host.ts';

export function createHost(version: string): Host {
  let known: HomePaths | null = null;
  const paths = (): HomePaths => {
    known ??= homePaths(process.env, homedir());
    return known;
  };
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => interrupted.abort(signal));
  const initialised = (): HomePaths => {
    if (existsSync(paths().keys)) return paths();
    throw new CliError(
      'config',
      `There is no aedev home at ${paths().home} yet.`,
      'Run `aedev init`.',
    );
  };
  const blob = async (digest: string): Promise<Uint8Array | null> => {
    const { DiskBlobStore } = await import('../store/blobs.ts');
    return new DiskBlobStore(paths().blobs).get(digest).catch(() => null);
  };
  return {
    env: process.env,
    version,
    homedir: homedir(),
    cwd: process.cwd(),
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    interactive: process.stdin.isTTY === true,
    columns: process.stdout.isTTY ? process.stdout.columns : null,
    interrupted: interrupted.signal,
    paths,
    async readStdin() {
      const parts: Buffer[] = [];
      for await (const part of process.stdin) parts.push(part as Buffer);
      return Buffer.concat(parts).toString('utf8');
    },
    async openReader() {
      const home = initialised();
      if (!existsSync(home.database)) {
        throw new CliError(
          'config',
          'Nothing has happened in this home yet.',
          'Start the daemon with `aedev daemon start`.',
        );
      }
      const { openReader } = await import('../compose.ts');
      return openReader(home);
    },
    readBlob: blob,
    async checkEvidence(digest) {
      const bundle = await blob(digest);
      if (!bundle) return null;
      const [{ openBundle }, { loadOrCreateKey }, { evidenceKeyPath }] = await Promise.all([
        import('../judgement/evidence/read.ts'),
        import('../store/signer.ts'),
        import('../config/keys.ts'),
      ]);
      try {
        openBundle(bundle, loadOrCreateKey(evidenceKeyPath(initialised())).publicKeyPem);
        return true;
      } catch {
        return false;
      }
    },
    async serve({ port }) {
      const [{ runDaemon }, { createLog }] = await Promise.all([
        import('./serve.ts'),
        import('./log.ts'),
      ]);
      await runDaemon({
        paths: initialised(),
        env: process.env,
        version,
        port,
        log: createLog(),
        signal: interrupted.signal,
      });
      return 0;
    },
    async diagnose() {
      const { diagnose } = await import('./doctor.ts');
      return diagnose(paths(), process.env);
    },
  };
}
