/** One command line, from its words to its exit code. */
import { CliError, EXIT } from './exit-codes.ts';
import type { Failure } from './failure.ts';
import type { Host } from './host.ts';
import { inkFor, jsonText } from './output.ts';
import type { Outcome } from './program.ts';

/** Runs `argv` (without node and script). Never rejects; says what went wrong and returns the code. */
export async function run(argv: readonly string[], host: Host): Promise<number> {
  const outcome: Outcome = { code: EXIT.ok.code, patient: false };
  const interrupt = interruption(host, outcome);
  try {
    await Promise.race([perform(argv, host, outcome), interrupt.promise]);
    return outcome.code;
  } catch (error) {
    const [{ CommanderError }, { usageError }] = await Promise.all([
      import('commander'),
      import('./usage-error.ts'),
    ]);
    if (!(error instanceof CommanderError)) return await report(error, argv, host);
    // Help and version arrive as errors too; help that nobody asked for means words are missing.
    if (error.exitCode === 0) return EXIT.ok.code;
    if (error.code === 'commander.help') return EXIT.usage.code;
    return await report(usageError(error), argv, host);
  } finally {
    interrupt.forget();
  }
}

async function perform(argv: readonly string[], host: Host, outcome: Outcome): Promise<void> {
  const { buildProgram } = await import('./program.ts');
  await buildProgram(host, outcome).parseAsync([...argv], { from: 'user' });
}

/** Rejects when the operator interrupts, unless the command ends itself properly. */
function interruption(host: Host, outcome: Outcome) {
  let stop = (): void => {};
  const promise = new Promise<never>((_, reject) => {
    stop = () => {
      if (!outcome.patient) reject(new CliError('interrupted', 'Interrupted.'));
    };
  });
  host.interrupted.addEventListener('abort', stop, { once: true });
  return { promise, forget: () => host.interrupted.removeEventListener('abort', stop) };
}

async function report(error: unknown, argv: readonly string[], host: Host): Promise<number> {
  // Whoever read our output has gone: there is nobody to tell.
  if ((error as { code?: unknown } | null)?.code === 'EPIPE') return EXIT.ok.code;
  const { failureOf } = await import('./failure.ts');
  const failure = failureOf(error);
  if (failure.exit !== EXIT.interrupted.code) print(failure, argv, host);
  if (failure.unexpected && host.env['AEDEV_DEBUG'] && error instanceof Error)
    host.err(`${error.stack ?? ''}\n`);
  return failure.exit;
}

function print(
  { exit, code, sentence, remedy }: Failure,
  argv: readonly string[],
  host: Host,
): void {
  const words = argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv;
  if (words.includes('--json')) {
    host.out(`${jsonText({ error: { code, sentence, remedy, exit } }, 0)}\n`);
    return;
  }
  const paint = inkFor(host);
  host.err(`${paint.red('error:')} ${sentence}${remedy === '' ? '' : ` ${remedy}`}\n`);
}
