/** What the demo needs of the machine beyond Node and git; said in one sentence when it is not there. */
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { findEngine } from '../execution/sandboxes/docker-engine.ts';
import type { SandboxTier } from '../execution/sandboxes/sandbox.ts';
import { SrtSandbox } from '../execution/sandboxes/srt.ts';
import { CliError } from '../surfaces/cli/exit-codes.ts';
import { safe } from '../surfaces/cli/output.ts';
import { CLAUDE_CLI_VERSION, ensureClaudeCli, findClaudeCli } from './claude-cli.ts';
import type { Tools } from './stage.ts';

export interface Wanted {
  sandbox: SandboxTier;
  coder: 'scripted' | 'claude';
  /** Path of dist/main.js, beside which tools are kept. */
  mainJs: string;
  err(text: string): void;
  signal: AbortSignal;
}

/** Throws CliError `usage` for a pair that cannot work, `machine` for what is missing. */
export async function findTools(wanted: Wanted): Promise<Tools> {
  const { sandbox, coder } = wanted;
  if (sandbox === 'docker' && coder === 'claude')
    throw new CliError(
      'usage',
      'The real claude CLI cannot reach its loopback double from a container without a network.',
      'Use --coder claude or --sandbox docker, not both.',
    );
  if (sandbox === 'process' && process.platform === 'win32')
    throw new CliError(
      'machine',
      'The process tier does not exist on Windows.',
      'Install Docker Desktop and use --sandbox docker.',
    );
  if (sandbox === 'srt') await trySrt();
  return {
    sandbox,
    image: sandbox === 'docker' ? await demoImage(wanted) : null,
    claude: coder === 'claude' ? await claudeCli(wanted) : null,
  };
}

async function trySrt(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'aedev-demo-srt-'));
  try {
    const at = { records: join(folder, 'records'), scratch: join(folder, 'scratch') };
    const srt = new SrtSandbox({ ...at, install: 'demo', read: [], hidden: [] });
    const [problem] = await srt.check();
    if (problem) throw new CliError('machine', problem.sentence, problem.remedy);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function claudeCli({ mainJs, err }: Wanted): Promise<string> {
  const folder =
    process.env['AEDEV_CLAUDE_BIN'] ?? join(dirname(dirname(mainJs)), '.tools', 'claude');
  const present = await findClaudeCli(folder);
  if (present !== null) return present;
  err(
    `installing the claude CLI ${CLAUDE_CLI_VERSION} from npm into ${safe(folder)}, once (about 235 MB on disk) …\n`,
  );
  const start = performance.now();
  const cli = await ensureClaudeCli(folder);
  err(`installed it in ${((performance.now() - start) / 1000).toFixed(1)} s\n`);
  return cli;
}

const IMAGE = 'aedev-test-image';

/** An image with node and git, made from this machine's own files: no registry is asked. */
async function demoImage({ mainJs, err, signal }: Wanted): Promise<Tools['image']> {
  const engine = await findEngine();
  if ('problem' in engine)
    throw new CliError('machine', engine.problem.sentence, engine.problem.remedy);
  const script = join(dirname(dirname(mainJs)), 'scripts', 'make-test-image.sh');
  if (process.platform !== 'linux' || !existsSync(script))
    throw new CliError(
      'machine',
      'The demo has no runner image here: it makes one from Linux programs, in a clone of aedev.',
      'Run it there, or use --sandbox process.',
    );
  err('making the runner image from this machine’s own node and git, or finding it made …\n');
  const made = await new Promise<{ id: string } | { why: string }>((resolve) => {
    const options = { signal, timeout: 180_000, maxBuffer: 1 << 20 };
    execFile('sh', [script, IMAGE], options, (error, stdout, stderr) => {
      const why = stderr.trim().split('\n').at(-1) ?? '';
      resolve(error ? { why } : { id: stdout.trim() });
    });
  });
  if (signal.aborted) throw new CliError('interrupted', 'Interrupted.');
  if ('id' in made && /^sha256:[0-9a-f]{64}$/.test(made.id))
    return { name: `${IMAGE}:latest`, digest: made.id };
  const why = 'why' in made ? safe(made.why, 300) : 'it told no image id';
  throw new CliError(
    'machine',
    `The demo could not make its runner image: ${why}`,
    'Use --sandbox process.',
  );
}
