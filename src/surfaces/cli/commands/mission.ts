import { ended } from '../../../control/reactions.ts';
import { missionDoc } from '../../documents.ts';
import { missionsDoc } from '../../lists.ts';
import type { Host } from '../host.ts';
import { missionLines, missionPlain, nextLines } from '../mission-text.ts';
import { idOf, notFound, withReader } from '../open.ts';
import { ago, inkFor, safe, safeLines, say, sayJson, stateInk, table } from '../output.ts';

export async function list(host: Host, options: { all?: boolean; json?: boolean }): Promise<void> {
  const { missions } = await withReader(host, missionsDoc);
  const shown = options.all ? missions : missions.filter((mission) => !ended(mission.status));
  if (options.json) return sayJson(host, { missions: shown });
  if (shown.length === 0)
    return say(
      host,
      missions.length === 0
        ? 'There is no mission yet: `aedev intake "…"`.'
        : 'No mission is open; `--all` shows those that ended.',
    );
  const paint = inkFor(host);
  const now = Date.now();
  const rows = shown.map((mission) => [
    safe(mission.id),
    stateInk(paint, safe(mission.status), mission.hold !== null),
    ago(mission.submittedAt, now),
    mission.repos.map((repo) => safe(repo)).join(' '),
    safe(mission.title, 120),
  ]);
  say(host, await table(['mission', 'state', 'asked', 'repos', 'request'], rows, host.columns));
}

export async function show(
  host: Host,
  options: { spec?: boolean; plain?: boolean; json?: boolean },
  word: string,
): Promise<void> {
  const id = idOf('mission', word);
  const mission = await withReader(host, (reader) => missionDoc(reader, id, host.checkEvidence));
  if (!mission) throw notFound('mission', id);
  if (options.json) return sayJson(host, mission);
  if (options.spec) {
    if (mission.spec === null)
      return say(host, `Mission ${id} has no spec yet: it is ${safe(mission.state)}.`);
    // To a file or pipe the very bytes, so that their digest can be checked.
    return host.out(host.columns === null ? mission.spec : safeLines(mission.spec));
  }
  if (options.plain) return say(host, missionPlain(mission));
  const paint = inkFor(host);
  const now = Date.now();
  for (const line of missionLines(paint, mission, now)) say(host, line);
  for (const line of nextLines(paint, mission, now)) say(host, line);
}
