import { fileError } from '../../../config/errors.ts';
import { haltFile, haltPath } from '../../../config/halt-file.ts';
import type { SurfaceCommand } from '../../../control/contract.ts';
import { ClientError } from '../../api/client-error.ts';
import type { Host } from '../host.ts';
import { withClient } from '../open.ts';
import { inkFor, safe, say, sayJson } from '../output.ts';

interface HaltOptions {
  end?: boolean;
  json?: boolean;
}

/** What the daemon said: the halt is in the log, it was there already, or nobody could be told. */
type Told = 'told' | 'known' | 'not-told';

export async function halt(host: Host, options: HaltOptions, words: string[]): Promise<void> {
  const paths = host.paths();
  const file = haltFile(paths);
  const reason = words.join(' ').trim().slice(0, 500) || 'halted by the operator';
  // The file first: it works whatever state the daemon is in.
  try {
    if (options.end) file.remove();
    else file.write(reason);
  } catch (error) {
    throw fileError(error, options.end ? 'remove' : 'write', haltPath(paths));
  }
  const { told, why } = await tell(
    host,
    options.end ? { type: 'system.unhalt' } : { type: 'system.halt', reason },
  );
  if (options.json) return sayJson(host, { halted: !options.end, reason, daemon: told, why });
  const paint = inkFor(host);
  if (!options.end) {
    say(
      host,
      paint.red(
        `HALTED: no new effect from now on (${safe(reason)}). \`aedev halt --end\` ends it.`,
      ),
    );
    if (told === 'not-told') say(host, `${safe(why)} It finds the halt when it looks.`);
  } else if (told === 'not-told')
    say(
      host,
      `The switch is off. ${safe(why)} When it runs, \`aedev halt --end\` once more ends a halt in the log.`,
    );
  else say(host, paint.green('The halt is ended; work goes on.'));
}

async function tell(host: Host, command: SurfaceCommand): Promise<{ told: Told; why: string }> {
  try {
    const receipt = await withClient(host, (client) => client.command(command));
    if (receipt.outcome === 'accepted') return { told: 'told', why: '' };
    return { told: 'known', why: receipt.sentence ?? '' };
  } catch (error) {
    // A kill switch must not fail because the daemon does.
    const sentence =
      error instanceof ClientError ? error.sentence : 'The daemon could not be told.';
    return { told: 'not-told', why: sentence };
  }
}
