/** One command line, from its words to its exit code. */
import { CommanderError } from 'commander';
import { CliError, EXIT } from './exit-codes.ts';
import { type Failure, failureOf } from './failure.ts';
import type { Host } from './host.ts';
import { inkFor, jsonText } from './output.ts';
import { buildProgram, type Outcome } from './program.ts';
import { usageError } from './usage-error.ts';

/** Runs `argv` (without node and script). Never rejects; says what went wrong and returns the code. */
export async function run(argv: readonly string[], host: Host): Promise<number> {
  const outcome: Outcome = { code: EXIT.ok.code, patient: false };
  const program = buildProgram(host, outcome);
  const interrupt = interruption(host, outcome);
  try {
    await Promise.race([program.parseAsync([...argv], { from: 'user' }), interrupt.promise]);
    return outcome.code;
  } catch (error) {
    if (!(error instanceof CommanderError)) return report(error, argv, host);
    // Help and version arrive as errors too; help that nobody asked for means words are missing.
    if (error.exitCode === 0) return EXIT.ok.code;
    if (error.code === 'commander.help') return EXIT.usage.code;
    return report(usageError(error), argv, host);
  } finally {
    interrupt.forget();
  }
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

function report(error: unknown, argv: readonly string[], host: Host): number {
  // Whoever read our output has gone: there is nobody to tell.
  if ((error as { code?: unknown } | null)?.code === 'EPIPE') return EXIT.ok.code;
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
