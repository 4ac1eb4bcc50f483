/** What the doctor reads of the log and of the evidence it names, over read-only connections. */
import { createPublicKey } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import type { HomePaths } from '../../config/home.ts';
import { evidenceKeyPath, logKeyPath } from '../../config/keys.ts';
import { projection } from '../../engine/dispatch.ts';
import { BundleError, openBundle } from '../../judgement/evidence/read.ts';
import type { EvidenceFacts, LogFacts } from '../../operations/doctor/log.ts';
import { DiskBlobStore } from '../../store/blobs.ts';
import { type EventReader, type StoredEvent, StoreError } from '../../store/event-store.ts';
import { type HeadVerifier, KeyError, loadVerifier } from '../../store/signer.ts';
import { headPath } from '../../store/sqlite/head-file.ts';
import { openSqliteReader } from '../../store/sqlite/reader.ts';

const BATCH = 500;
const NO_KEY: HeadVerifier = { keyId: '', verify: () => false };

/** null when the key cannot be used: why is told where the keys are. Makes none. */
function verifierOf(paths: HomePaths): HeadVerifier | null {
  try {
    return loadVerifier(logKeyPath(paths));
  } catch (error) {
    if (error instanceof KeyError) return null;
    throw error;
  }
}

/** Throws StoreError. */
export function openForDoctor(paths: HomePaths): EventReader {
  return openSqliteReader({ path: paths.database, verifier: verifierOf(paths) ?? NO_KEY });
}

export async function log(paths: HomePaths): Promise<LogFacts> {
  const path = paths.database;
  const headProvable = verifierOf(paths) !== null;
  const started = performance.now();
  let reader: EventReader;
  try {
    reader = openForDoctor(paths);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    if (error.tag !== 'not-found')
      return { state: 'unreadable', tag: error.tag, sentence: error.message };
    return existsSync(headPath(path)) ? { state: 'gone', path } : { state: 'none' };
  }
  try {
    const found = await reader.verify(projection);
    // Without the key every head looks forged: that the key is gone is said elsewhere.
    const problems = found.filter(({ kind }) => headProvable || kind !== 'head-signature');
    const events = await reader.lastSeq();
    const seconds = (performance.now() - started) / 1000;
    return { state: 'read', events, seconds, headProvable, problems };
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    return { state: 'unreadable', tag: error.tag, sentence: error.message };
  } finally {
    await reader.close();
  }
}

/** The public half of the key that signs evidence; null when the key cannot be used. */
export function evidencePublicKey(paths: HomePaths): { pem: string; keyId: string } | null {
  const path = evidenceKeyPath(paths);
  try {
    const { keyId } = loadVerifier(path);
    const key = createPublicKey(readFileSync(path));
    return { keyId, pem: key.export({ type: 'spki', format: 'pem' }).toString() };
  } catch (error) {
    if (error instanceof KeyError) return null;
    throw error;
  }
}

export async function evidence(paths: HomePaths): Promise<EvidenceFacts> {
  const key = evidencePublicKey(paths);
  const facts: EvidenceFacts = { bundles: 0, key: key !== null, stoppedAt: null, problems: [] };
  let reader: EventReader;
  try {
    reader = openForDoctor(paths);
  } catch (error) {
    // What is wrong with the log is said where the log is.
    if (error instanceof StoreError) return facts;
    throw error;
  }
  const blobs = new DiskBlobStore(paths.blobs);
  try {
    for (let from = 1; ; ) {
      const batch = await read(reader, from);
      if (batch === null) return { ...facts, stoppedAt: from };
      for (const event of batch) {
        const digest = sealedBy(event);
        if (digest === null) continue;
        facts.bundles += 1;
        const bad = await check(blobs, digest, key?.pem ?? null);
        if (bad) facts.problems.push({ ...bad, seq: event.seq, task: taskOf(event), digest });
      }
      const last = batch.at(-1);
      if (!last) return facts;
      from = last.seq + 1;
    }
  } finally {
    await reader.close();
  }
}

async function read(reader: EventReader, from: number): Promise<StoredEvent[] | null> {
  try {
    return await reader.read({ fromSeq: from, limit: BATCH });
  } catch (error) {
    if (error instanceof StoreError) return null;
    throw error;
  }
}

const taskOf = (event: StoredEvent) => event.stream.split('/')[1] ?? event.stream;

/** Digest of the bundle that this event says was sealed. */
function sealedBy(event: StoredEvent): string | null {
  if (event.type !== 'task.evidence-sealed') return null;
  const { summary } = (event.data ?? {}) as { summary?: { digest?: unknown } };
  return typeof summary?.digest === 'string' ? summary.digest : null;
}

type Bad = Pick<EvidenceFacts['problems'][number], 'what' | 'why'>;

async function check(
  blobs: DiskBlobStore,
  digest: string,
  publicKeyPem: string | null,
): Promise<Bad | null> {
  try {
    const bundle = await blobs.get(digest);
    if (publicKeyPem !== null) openBundle(bundle, publicKeyPem);
    return null;
  } catch (error) {
    if (error instanceof BundleError) return { what: 'damaged', why: error.message };
    if (!(error instanceof StoreError)) throw error;
    if (error.tag === 'not-found') return { what: 'missing', why: '' };
    const damaged = error.tag === 'corrupt' || error.tag === 'invalid';
    return { what: damaged ? 'damaged' : 'unreadable', why: error.message };
  }
}
