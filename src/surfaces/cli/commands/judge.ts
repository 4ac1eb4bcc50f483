import type { JudgeAnswer } from '../../../control/judge-answer.ts';
import { CliError, type ExitName } from '../exit-codes.ts';
import type { Host } from '../host.ts';
import { answerLines, exitOf, wantedFamilies } from '../judge-text.ts';
import { bundleOf } from '../named-bundle.ts';
import { inkFor, safe, say, sayJson } from '../output.ts';
import { readNamed } from '../read-file.ts';

export async function tryOut(
  host: Host,
  options: { family?: string; key?: string; json?: boolean },
  which: string,
): Promise<ExitName> {
  const judges = await host.judges();
  const families = wantedFamilies(judges, options.family === undefined ? [] : [options.family]);
  const { bytes, digest } = await bundleOf(host, which);
  const key =
    options.key === undefined
      ? await host.evidenceKey()
      : readNamed(host, options.key, 64 * 1024).toString('utf8');
  if (key === null)
    throw new CliError(
      'config',
      'This home has no key of its own yet, so nothing says whose the bundle is.',
      'Name the key that must have signed it with --key.',
    );
  await checkGenuine(host, bytes, digest, key);
  const asked: Promise<JudgeAnswer>[] = families.map((family) => judges.ask(bytes, key, family));
  const answers = await Promise.all(asked);
  const exit = exitOf(answers);
  const together = exit === 'ok' ? 'pass' : exit === 'judge-fail' ? 'fail' : 'inconclusive';
  if (options.json) {
    sayJson(host, { together, answers });
    return exit;
  }
  const paint = inkFor(host);
  for (const answer of answers) for (const line of answerLines(paint, answer)) say(host, line);
  say(host, 'Nothing was recorded, and no task was changed.');
  return exit;
}

/** Judges are asked about nothing that is not what its signature says. */
async function checkGenuine(host: Host, bytes: Uint8Array, digest: string | null, key: string) {
  try {
    const opened = await host.openEvidence(bytes, key);
    if (digest === null || opened.digest === digest) return;
  } catch (error) {
    const { tag } = (error ?? {}) as { tag?: unknown };
    if (!(error instanceof Error) || typeof tag !== 'string') throw error;
    throw new CliError('integrity', `The bundle is not genuine: ${safe(error.message)}`, '', tag);
  }
  throw new CliError('integrity', 'The bundle is not the one that its name says.', '', 'digest');
}
