import type { Mission } from '../../../control/mission.ts';
import { verifySpec } from '../../../control/spec.ts';
import { streamOf } from '../../../control/streams.ts';
import { sha256Hex } from '../../../lib/hash.ts';
import type { ExitName } from '../exit-codes.ts';
import type { Host } from '../host.ts';
import { notFound, withReader } from '../open.ts';
import { inkFor, safe, say, sayJson } from '../output.ts';
import { readNamed } from '../read-file.ts';

/** A spec holds the request and up to eight answers; this is far more. */
const MAX_SPEC = 4 * 1024 * 1024;

export async function verify(
  host: Host,
  options: { json?: boolean },
  which: string,
): Promise<ExitName> {
  const isMission = /^m-[a-z0-9]{4,32}$/.test(which);
  const text = isMission
    ? await sealed(host, which)
    : readNamed(host, which, MAX_SPEC).toString('utf8');
  const verdict = verifySpec(text, sha256Hex);
  const exit: ExitName = verdict.ok ? 'ok' : 'integrity';
  if (options.json) sayJson(host, { ...verdict, source: which });
  else if (verdict.ok)
    say(
      host,
      `${inkFor(host).green('Genuine')}: spec of ${safe(verdict.mission)}, digest ${verdict.digest}.`,
    );
  else say(host, `${inkFor(host).red('Not genuine')}: ${safe(verdict.reason)}.`);
  return exit;
}

/** As the log has it. */
async function sealed(host: Host, id: string): Promise<string> {
  const mission = await withReader(
    host,
    async (reader) => (await reader.state(streamOf.mission(id)))?.state as Mission | undefined,
  );
  if (!mission) throw notFound('mission', id);
  return mission.spec?.text ?? '';
}
