/**
 * The signed head of the log, kept outside the database in `<db>.head`.
 *
 * A hash chain proves that nothing inside the log was changed, not that its end is still there: a WAL
 * that lost its tail, or a restored copy, is a perfectly valid shorter log. So {seq, hash, time} of the
 * newest event is signed and kept in a second file.
 *
 * The window. The head is written after the commit that it describes, at the end of that turn of the
 * event loop and at most COMMITS_PER_TURN commits later (see writer.ts); nobody waits for it. So:
 * - The head is never ahead of the log: at all times it names an event that is durable.
 * - After `close` it names the last event.
 * - When the process dies, the events committed since the last signature are unsigned. They are
 *   durable and chained, and the next opening checks the newest of them and signs them; but somebody who
 *   cuts exactly those off, before that, is not detected.
 * - The file is flushed to the disk when made, opened and closed, and at most once a second between.
 *   After a power loss, an older head may be found: the unsigned part is then longer, nothing else.
 * - Whoever can read the key can sign anything, and whoever puts back an old copy of the whole folder
 *   is not detected here.
 *
 * Two slots of one disk page each are written in turn, so a torn write leaves the other one valid.
 */
import {
  closeSync,
  fdatasyncSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { canonicalJson } from '../../lib/canonical.ts';
import { NO_HASH } from '../../lib/hash.ts';
import type { HeadFinding } from '../check-log.ts';
import type { Tail } from '../event-row.ts';
import type { HeadSigner } from '../event-store.ts';
import type { HeadVerifier } from '../signer.ts';

/** One page: a torn write of one slot cannot reach the other. */
export const SLOT_BYTES = 4096;
const FLUSH_EVERY_MS = 1000;
/** Keeps a head's signature from being taken for one over anything else. */
const DOMAIN = 'aedev-log-head-v1\n';

interface Head extends Tail {
  time: string;
  key: string;
  /** How many heads were written before; its parity names the slot. */
  count: number;
}

export function headPath(dbPath: string): string {
  return `${dbPath}.head`;
}

/** The writer's side. All methods throw the file system's own errors. */
export class HeadFile {
  readonly #fd: number;
  readonly #signer: HeadSigner;
  readonly #now: () => string;
  #count: number;
  #flushedAt = 0;

  /** Opens the file, or makes it with `tail` as its head when `fresh`. */
  constructor(path: string, signer: HeadSigner, now: () => string, fresh: Tail | null) {
    this.#signer = signer;
    this.#now = now;
    if (fresh) {
      const temporary = `${path}.tmp`;
      const fd = openSync(temporary, 'w', 0o600);
      try {
        writeSync(fd, Buffer.concat([this.#slot(fresh, 0), this.#slot(fresh, 1)]));
        fsyncSync(fd);
      } finally {
        closeSync(fd);
      }
      renameSync(temporary, path);
      syncFolder(dirname(path));
      this.#count = 1;
    } else {
      this.#count = newestSlot(path, signer)?.count ?? 1;
    }
    this.#fd = openSync(path, 'r+');
  }

  /** Signs `tail` and writes it over the older slot. */
  write(tail: Tail): void {
    const count = this.#count + 1;
    writeSync(this.#fd, this.#slot(tail, count), 0, SLOT_BYTES, (count % 2) * SLOT_BYTES);
    this.#count = count;
    if (performance.now() - this.#flushedAt > FLUSH_EVERY_MS) this.flush();
  }

  flush(): void {
    fdatasyncSync(this.#fd);
    this.#flushedAt = performance.now();
  }

  close(): void {
    closeSync(this.#fd);
  }

  #slot(tail: Tail, count: number): Buffer {
    const { seq, hash } = tail;
    const head: Head = { seq, hash, time: this.#now(), key: this.#signer.keyId, count };
    const signature = Buffer.from(this.#signer.sign(signedBytes(head))).toString('base64');
    // Spaces and a line feed fill the slot, so that the file reads as two lines of JSON.
    const slot = Buffer.alloc(SLOT_BYTES, ' ');
    slot.write(canonicalJson({ head, signature }));
    slot.write('\n', SLOT_BYTES - 1);
    return slot;
  }
}

/** What the file says. Never throws for its content; a slot that is not perfect counts as damaged. */
export function readHead(path: string, verifier: HeadVerifier): HeadFinding {
  let finding: HeadFinding = { state: 'missing' };
  // A writer may be half-way through a slot while we read; what is torn for good stays so.
  for (let round = 0; round < 3; round += 1) {
    let file: Buffer;
    try {
      file = readFileSync(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { state: 'missing' };
      throw error;
    }
    const slots = readSlots(file, verifier);
    const newest = newestOf(slots);
    const [a, b] = slots;
    const whole = a && b && Math.abs(a.count - b.count) === 1 && file.length === 2 * SLOT_BYTES;
    if (newest && whole) return { state: 'signed', head: newest, damaged: false };
    finding = newest ? { state: 'signed', head: newest, damaged: true } : { state: 'invalid' };
  }
  return finding;
}

/**
 * Does the head, whoever signed it, say that the log has events? For readers, who have no key at hand:
 * a log without any is then not new, it has lost them. So is one whose head cannot be read at all.
 */
export function headNamesEvents(path: string): boolean {
  let file: Buffer;
  try {
    file = readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
  const slots = [0, 1].flatMap((index) => {
    try {
      const text = file.subarray(index * SLOT_BYTES, (index + 1) * SLOT_BYTES).toString('utf8');
      const { count, seq } = (JSON.parse(text) as { head: Head }).head;
      return [{ count, seq }];
    } catch {
      return [];
    }
  });
  const [newest] = slots.sort((a, b) => b.count - a.count);
  return newest?.seq !== 0;
}

function newestSlot(path: string, verifier: HeadVerifier): Head | undefined {
  return newestOf(readSlots(readFileSync(path), verifier));
}

function newestOf([a, b]: [Head | undefined, Head | undefined]): Head | undefined {
  if (!a || !b) return a ?? b;
  return a.count > b.count ? a : b;
}

function readSlots(file: Buffer, verifier: HeadVerifier): [Head | undefined, Head | undefined] {
  return [readSlot(file, 0, verifier), readSlot(file, 1, verifier)];
}

function readSlot(file: Buffer, index: number, verifier: HeadVerifier): Head | undefined {
  const text = file.subarray(index * SLOT_BYTES, (index + 1) * SLOT_BYTES).toString('utf8');
  try {
    const { head, signature } = JSON.parse(text) as { head: Head; signature: string };
    const mark = Buffer.from(signature, 'base64');
    const sound =
      text === `${canonicalJson({ head, signature }).padEnd(SLOT_BYTES - 1)}\n` &&
      // Base64 has spare bits at its end: only the one spelling counts.
      mark.toString('base64') === signature &&
      verifier.verify(signedBytes(head), mark) &&
      head.key === verifier.keyId &&
      head.count % 2 === index;
    return sound ? head : undefined;
  } catch {
    return undefined;
  }
}

function signedBytes(head: Head): Uint8Array {
  return Buffer.from(DOMAIN + canonicalJson(head));
}

/** The head of a log without events. */
export const EMPTY_TAIL: Tail = { seq: 0, hash: NO_HASH };

/** Makes a new or renamed entry of a folder durable; Windows cannot open folders and need not. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
