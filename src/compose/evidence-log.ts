/** Is what a bundle says of the log true of the log that is here? */

import type { HomePaths } from '../config/home.ts';
import { logKeyPath } from '../config/keys.ts';
import { streamOf } from '../control/streams.ts';
import type { Predicate } from '../judgement/evidence/bundle.ts';
import { printable } from '../lib/escape.ts';
import { NO_HASH } from '../lib/hash.ts';
import { type EventReader, StoreError } from '../store/event-store.ts';
import { KeyError, loadVerifier } from '../store/signer.ts';
import { openSqliteReader } from '../store/sqlite/reader.ts';
import type { LogCheck } from '../surfaces/cli/host.ts';
import { evidencePublicKey } from './doctor/log.ts';

/** @param keyId of the key that signed the bundle, whose every check passed */
export async function checkLogOf(
  paths: HomePaths,
  about: Predicate,
  digest: string,
  keyId: string,
): Promise<LogCheck> {
  if (evidencePublicKey(paths)?.keyId !== keyId)
    return { state: 'absent', sentence: 'the log of the installation that signed it is not here' };
  let reader: EventReader;
  try {
    reader = openSqliteReader({
      path: paths.database,
      verifier: loadVerifier(logKeyPath(paths)),
    });
  } catch (error) {
    if (!(error instanceof StoreError) && !(error instanceof KeyError)) throw error;
    return {
      state: 'absent',
      sentence: `this log cannot be read (${printable(error.message, 300)})`,
    };
  }
  try {
    return await compare(reader, about, digest);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    return {
      state: 'absent',
      sentence: `this log cannot be read (${printable(error.message, 300)})`,
    };
  } finally {
    await reader.close();
  }
}

async function compare(reader: EventReader, about: Predicate, digest: string): Promise<LogCheck> {
  const { seq, hash } = about.log;
  const last = await reader.lastSeq();
  const [event] = seq > 0 ? await reader.read({ fromSeq: seq, limit: 1 }) : [];
  const found = seq === 0 ? NO_HASH : event?.seq === seq ? event.hash : null;
  if (found === null) {
    const sentence = `it was sealed after event ${seq}, and the log here ends at event ${last}`;
    return { state: 'differs', sentence };
  }
  if (found !== hash) {
    const sentence = `event ${seq} of the log here is not the one that it was sealed after`;
    return { state: 'differs', sentence };
  }
  // That one event has the right hash proves what came before it; the chain proves what came after.
  const [problem] = await reader.verify();
  if (problem) {
    const sentence = `the log here is not sound: ${problem.sentence.replace(/\.$/, '')}`;
    return { state: 'differs', sentence: printable(sentence, 500) };
  }
  return { state: 'holds', seq, last, sealedAt: await sealedAt(reader, about.task.id, digest) };
}

/** The event that names the bundle; null when there is none, e.g. after a crash right before it. */
async function sealedAt(reader: EventReader, task: string, digest: string): Promise<number | null> {
  const events = await reader.read({ stream: streamOf.task(task) });
  const named = events.find(({ type, data }) => {
    const { summary } = (data ?? {}) as { summary?: { digest?: unknown } };
    return type === 'task.evidence-sealed' && summary?.digest === digest;
  });
  return named?.seq ?? null;
}
