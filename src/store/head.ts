import { NO_HASH } from '../lib/hash.ts';
import type { EventReader } from './event-store.ts';

/** Sequence and hash of the newest event; zeros for an empty log. */
export async function headOf(store: EventReader): Promise<{ seq: number; hash: string }> {
  const seq = await store.lastSeq();
  const [event] = seq > 0 ? await store.read({ fromSeq: seq, limit: 1 }) : [];
  return { seq, hash: event?.hash ?? NO_HASH };
}
