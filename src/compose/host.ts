/** The real world for the CLI. */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { type HomePaths, homePaths } from '../config/home.ts';
import type { Predicate } from '../judgement/evidence/bundle.ts';
import { CliError, EXIT } from '../surfaces/cli/exit-codes.ts';
import type { Host } from '../surfaces/cli/host.ts';

export function createHost(version: string): Host {
  const mainJs = fileURLToPath(new URL('../main.js', import.meta.url));
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
  const evidenceKey = async (): Promise<string | null> => {
    const [{ loadVerifier }, { evidenceKeyPath }] = await Promise.all([
      import('../store/signer.ts'),
      import('../config/keys.ts'),
    ]);
    const path = evidenceKeyPath(paths());
    return existsSync(path) ? loadVerifier(path).publicKeyPem : null;
  };
  // Whoever read our output has gone (`| head`): there is nobody left to tell.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(EXIT.ok.code);
    process.stderr.write(`error: The output cannot be written: ${error.code ?? 'unknown'}.\n`);
    process.exit(EXIT.machine.code);
  });
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
      const key = await evidenceKey();
      if (!bundle || !key) return null;
      const { isSound } = await import('../compose.ts');
      return isSound(bundle, key);
    },
    evidenceKey,
    async serve({ port }) {
      const { startLean } = await import('./lean.ts');
      const started = startLean();
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
        ready: started,
      });
      return 0;
    },
    async diagnose() {
      const { diagnose } = await import('./doctor.ts');
      return diagnose(paths(), process.env);
    },
    async prune({ dryRun }) {
      const { pruneAlone } = await import('./prune-alone.ts');
      return pruneAlone({
        paths: initialised(),
        env: process.env,
        version,
        dryRun,
        signal: interrupted.signal,
      });
    },
    async images() {
      const { images } = await import('./images.ts');
      return images(paths());
    },
    program: [process.execPath, mainJs],
    async prompts() {
      const { prompts } = await import('./prompts.ts');
      return prompts;
    },
    async readRunLog(run, which, from) {
      const { readRunLog } = await import('./run-logs.ts');
      return readRunLog(paths().runs, run, which, from);
    },
    async openEvidence(bytes, publicKeyPem) {
      const { openBundle } = await import('../judgement/evidence/read.ts');
      const open = openBundle(bytes, publicKeyPem ?? undefined);
      // The bundle is sound from here on: its one signature names the key that was checked.
      const { envelope } = JSON.parse(Buffer.from(bytes).toString('utf8')) as {
        envelope: { signatures: [{ keyid: string }] };
      };
      return {
        digest: open.digest,
        keyId: envelope.signatures[0].keyid,
        predicate: open.predicate,
        diff: Buffer.from(open.blob(open.predicate.diff.sha256)).toString('utf8'),
      };
    },
    async checkLog({ predicate, digest, keyId }) {
      const { checkLogOf } = await import('./evidence-log.ts');
      return checkLogOf(paths(), predicate as Predicate, digest, keyId);
    },
    async loadIndexDir(dir, repo) {
      const { loadIndexDir } = await import('../planning/index-files.ts');
      return loadIndexDir(dir, repo);
    },
    async riskOfRange(folder, range) {
      const { riskOfRange } = await import('./risk.ts');
      return riskOfRange(paths(), folder, range, interrupted.signal);
    },
    async riskBacktest(folder, options) {
      const { riskBacktest } = await import('./risk.ts');
      return riskBacktest(paths(), folder, options, interrupted.signal);
    },
    async judges() {
      const { judging } = await import('./judging.ts');
      return judging(initialised(), process.env, homedir(), interrupted.signal);
    },
    async demo(options) {
      const { runDemo } = await import('../demo/demo.ts');
      return runDemo({
        json: options.json,
        sandbox: options.sandbox ?? 'process',
        coder: options.coder ?? 'scripted',
        keep: options.keep,
        version,
        mainJs,
        out: (text) => void process.stdout.write(text),
        err: (text) => void process.stderr.write(text),
        columns: process.stdout.isTTY ? process.stdout.columns : null,
        signal: interrupted.signal,
      });
    },
  };
}
