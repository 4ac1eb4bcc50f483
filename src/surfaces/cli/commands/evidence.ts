import type { ExitName } from '../exit-codes.ts';
import type { Host, LogCheck, OpenedEvidence } from '../host.ts';
import { bundleOf } from '../named-bundle.ts';
import { type Ink, inkFor, safe, safeLines, say, sayJson, shortDigest } from '../output.ts';
import { readNamed } from '../read-file.ts';

export async function show(
  host: Host,
  options: { diff?: boolean; json?: boolean },
  which: string,
): Promise<void> {
  const { bytes } = await bundleOf(host, which);
  const opened = await host.openEvidence(bytes, await host.evidenceKey());
  if (options.diff) {
    if (options.json) return sayJson(host, { digest: opened.digest, diff: opened.diff });
    return host.out(safeLines(opened.diff, Number.MAX_SAFE_INTEGER));
  }
  const { digest, keyId, predicate } = opened;
  if (options.json) return sayJson(host, { digest, keyId, verified: true, predicate });
  const paint = inkFor(host);
  say(host, `${paint.bold(digest)} ${paint.green('verified')}, key ${safe(shortDigest(keyId))}`);
  for (const line of stated(paint, predicate)) say(host, line);
  say(host, `The change: aedev evidence show ${safe(which, 80)} --diff`);
}

/** The spec above all. */
const MAX_TEXT = 16_384;

/** The statement as indented lines; long texts are cut, the JSON has all of it. */
function stated(paint: Ink, value: unknown, depth = 0): string[] {
  const indent = '  '.repeat(depth);
  if (typeof value !== 'object' || value === null) return [`${indent}${safe(value, 300)}`];
  const entries: [string, unknown][] = Array.isArray(value)
    ? value.map((item, index) => [`${index + 1}`, item])
    : Object.entries(value);
  return entries.flatMap(([key, item]) => {
    const name = safe(key, 80);
    if (typeof item === 'string' && item.trim().includes('\n'))
      return [
        name,
        ...safeLines(item.trim(), MAX_TEXT)
          .split('\n')
          .map((line) => `  ${line}`),
      ].map((line) => `${indent}${line}`);
    const plain = Array.isArray(item) && item.every((one) => typeof one !== 'object');
    if (key === 'tier' && item === 'process')
      return [`${indent}${name}: ${paint.red('process, not isolated')}`];
    // Sentences, one on a line.
    if (plain && key === 'notes')
      return [`${indent}${name}`, ...item.map((one) => `${indent}  ${safe(one)}`)];
    if (plain) return [`${indent}${name}: ${safe(item.join(' ') || 'none', 300)}`];
    return typeof item === 'object' && item !== null
      ? [`${indent}${name}`, ...stated(paint, item, depth + 1)]
      : [`${indent}${name}: ${item === null ? 'unknown' : safe(item, 300)}`];
  });
}

function logWords(paint: Ink, log: LogCheck): string {
  if (log.state !== 'holds')
    return `${paint.yellow('Log')}: not checked, for ${safe(log.sentence)}.`;
  const named =
    log.sealedAt === null ? paint.yellow('no event names it') : `event ${log.sealedAt} names it`;
  return `${paint.green('Log')}: it was sealed after event ${log.seq}, which stands in this log with that hash; the chain from the first to event ${log.last} and its signed head hold; ${named}.`;
}

export async function verify(
  host: Host,
  options: { key?: string; json?: boolean },
  which: string,
): Promise<ExitName> {
  const { bytes, digest } = await bundleOf(host, which);
  const given = options.key === undefined ? null : readNamed(host, options.key, 64 * 1024);
  const key = given === null ? await host.evidenceKey() : given.toString('utf8');
  const pinned = given !== null ? 'given' : key !== null ? 'own' : 'none';
  let opened: OpenedEvidence | null = null;
  let problem: { code: string; sentence: string } | null = null;
  try {
    opened = await host.openEvidence(bytes, key);
    if (digest !== null && opened.digest !== digest)
      problem = { code: 'digest', sentence: 'The bundle is not the one that its name says.' };
  } catch (error) {
    const { tag } = (error ?? {}) as { tag?: unknown };
    if (!(error instanceof Error) || typeof tag !== 'string') throw error;
    problem = { code: tag, sentence: error.message };
  }
  const log = opened !== null && problem === null ? await host.checkLog(opened) : null;
  if (log?.state === 'differs')
    problem = { code: 'log', sentence: `Its log is not this one: ${log.sentence}.` };
  if (options.json) {
    const { digest: found = null, keyId = null } = opened ?? {};
    const verified = problem === null;
    sayJson(host, { verified, digest: found, keyId, key: pinned, log, problem });
    return verified ? 'ok' : 'integrity';
  }
  const paint = inkFor(host);
  if (problem !== null) {
    say(host, `${paint.red('Not genuine')}: ${safe(problem.sentence)}`);
    return 'integrity';
  }
  const by =
    pinned === 'given'
      ? 'signed by the given key'
      : pinned === 'own'
        ? 'signed by this installation'
        : paint.yellow(
            'signed by the key inside it, which proves nothing about whose that is; add --key',
          );
  say(host, `${paint.green('Genuine')}: ${safe(opened?.digest)}, ${by}.`);
  if (log !== null) say(host, logWords(paint, log));
  return 'ok';
}
