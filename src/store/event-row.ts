import { canonicalJson } from '../lib/canonical.ts';
import { type NO_HASH, sha256Hex } from '../lib/hash.ts';
import { type EventDraft, type EventMeta, type StoredEvent, StoreError } from './event-store.ts';

/** An event as it is stored: `data` is its canonical JSON text, exactly what was hashed. */
export type EventRow = Omit<StoredEvent, 'data'> & { data: string };

/** The newest event's place in the chain; seq 0 and {@link NO_HASH} when the log is empty. */
export interface Tail {
  seq: number;
  hash: string;
}

// One visible line: no control characters (NUL would cut a column short when it is read back) and no
// lone surrogates (they do not survive UTF-8, so the stored bytes would not be the hashed ones).
const LINE = /^[^\p{Cc}\p{Cs}]{1,1024}$/u;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** Throws {@link StoreError} `invalid` unless `text` is one line of 1 to 1024 characters. */
export function requireLine(what: string, text: string): void {
  if (typeof text !== 'string' || !LINE.test(text)) {
    throw new StoreError(
      'invalid',
      `The ${what} ${JSON.stringify(text)?.slice(0, 80)} cannot be stored: give one line of 1 to 1024 characters without control characters.`,
    );
  }
}

/** Throws {@link StoreError} `invalid` unless `text` is a UTC time with milliseconds. */
export function requireTime(what: string, text: string): void {
  if (typeof text !== 'string' || !TIME.test(text)) {
    throw new StoreError(
      'invalid',
      `The ${what} ${JSON.stringify(text)?.slice(0, 80)} is not a time like 2026-01-31T23:59:59.000Z.`,
    );
  }
}

/** Throws {@link StoreError} `invalid` unless `value` is an integer of at least `least`. */
export function requireInteger(what: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least) {
    throw new StoreError('invalid', `The ${what} must be an integer of at least ${least}.`);
  }
}

/**
 * Hex sha256 over the canonical JSON of all fields but `hash`. `data` is canonical already, so the
 * text is put together by hand, keys in sorted order; a test holds it against `canonicalJson`.
 */
export function hashOf(row: Omit<EventRow, 'hash'>): string {
  const q = JSON.stringify;
  return sha256Hex(
    `{"actor":${q(row.actor)},"causation":${q(row.causation)},"data":${row.data},"prev":${q(row.prev)},"schema":${row.schema},"seq":${row.seq},"stream":${q(row.stream)},"time":${q(row.time)},"type":${q(row.type)},"version":${row.version}}`,
  );
}

/** Makes the next row of the log. Throws for what cannot be stored, before anything is written. */
export function sealRow(
  draft: EventDraft,
  meta: EventMeta,
  place: { seq: number; version: number; prev: string },
): EventRow {
  requireLine('stream', draft.stream);
  requireLine('event type', draft.type);
  requireInteger('schema version', draft.schema, 1);
  const row = {
    seq: place.seq,
    stream: draft.stream,
    version: place.version,
    type: draft.type,
    schema: draft.schema,
    time: meta.time,
    actor: meta.actor,
    causation: meta.causation,
    data: canonicalJson(draft.data),
    prev: place.prev,
    hash: '',
  };
  row.hash = hashOf(row);
  return row;
}

/** Throws {@link StoreError} `invalid` for a time, actor or command id that cannot be stored. */
export function requireMeta(meta: EventMeta): void {
  requireTime('event time', meta.time);
  requireLine('actor', meta.actor);
  requireLine('command id', meta.causation);
}

/** The event as readers see it. Throws {@link StoreError} `corrupt` when its data is not JSON. */
export function toEvent(row: EventRow): StoredEvent {
  return { ...row, data: parseStored(row.data, `event ${row.seq}`) };
}

/** Parses JSON that this store wrote; anything else means that the file was damaged. */
export function parseStored(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new StoreError(
      'corrupt',
      `The stored text of ${what} is damaged: run aedev doctor, then restore the newest backup.`,
      { cause },
    );
  }
}
