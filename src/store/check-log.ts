import { canonicalJson } from '../lib/canonical.ts';
import { NO_HASH } from '../lib/hash.ts';
import { type EventRow, hashOf, type Tail } from './event-row.ts';
import { type Problems, quoted } from './problems.ts';

/** What is known of the signed head when a log is checked. */
export type HeadFinding =
  | { state: 'missing' }
  /** No copy in the file carries a valid signature of the expected key. */
  | { state: 'invalid' }
  /** `damaged`: one of the two copies is not what was last written there. */
  | { state: 'signed'; head: Tail; damaged: boolean };

/** Where a check of the log's end alone begins, instead of at the first event. */
export interface CheckStart {
  /** What the first row to be checked follows. */
  after: Tail;
  /** Hash of the event that the signed head names, null when that event is missing. */
  hashAtHead: string | null;
}

/** Checks a log row by row in sequence order, then its end against the signed head. */
export class LogChecker {
  readonly #problems: Problems;
  readonly #finding: HeadFinding;
  readonly #versions = new Map<string, number>();
  readonly #partial: boolean;
  #last: Tail;
  #hashAtHead: string | null;

  constructor(finding: HeadFinding, problems: Problems, start?: CheckStart) {
    this.#finding = finding;
    this.#problems = problems;
    this.#partial = start !== undefined;
    this.#last = start?.after ?? { seq: 0, hash: NO_HASH };
    this.#hashAtHead = start?.hashAtHead ?? null;
    if (finding.state === 'signed' && finding.head.seq === 0) this.#hashAtHead = NO_HASH;
  }

  add(row: EventRow): void {
    this.#gap(row.seq);
    if (row.prev !== this.#last.hash) {
      this.#problems.add(
        'chain',
        row.seq,
        `Event ${row.seq} does not follow the event before it: the chain of hashes is broken there.`,
      );
    }
    if (hashOf(row) !== row.hash || !isCanonical(row.data)) {
      this.#problems.add(
        'hash',
        row.seq,
        `Event ${row.seq} does not match its own hash: it was changed after it was written.`,
      );
    }
    const before = this.#versions.get(row.stream);
    const expected = (before ?? 0) + 1;
    // In a check of the end alone, a stream's first row seen may have any version.
    if (row.version !== expected && !(this.#partial && before === undefined)) {
      this.#problems.add(
        'version',
        row.seq,
        `Event ${row.seq} is version ${row.version} of stream ${quoted(row.stream)}, where version ${expected} belongs.`,
      );
    }
    this.#versions.set(row.stream, row.version);
    this.#move({ seq: row.seq, hash: row.hash });
  }

  /** A row that cannot even be read as an event. */
  addUnreadable(seq: number): void {
    this.#gap(seq);
    this.#problems.add(
      'hash',
      seq,
      `Event ${seq} cannot be read: its bytes were changed after it was written.`,
    );
    this.#move({ seq, hash: '' });
  }

  /**
   * Ends the check. `signedBefore`: the newest seq that is known from elsewhere to have been signed;
   * an older head was put back from a copy. `acceptDamagedCopy`: one sound slot of two is enough.
   */
  finish(signedBefore: number, options: { acceptDamagedCopy?: boolean } = {}): void {
    const { seq } = this.#last;
    switch (this.#finding.state) {
      case 'missing':
        this.#problems.add(
          'head-missing',
          seq,
          `The signed head of the log is missing, so nothing proves that event ${seq} is the last.`,
        );
        return;
      case 'invalid':
        this.#problems.add(
          'head-signature',
          seq,
          `The signed head of the log is damaged or signed by another key, so nothing proves that event ${seq} is the last.`,
        );
        return;
      case 'signed':
        this.#finishSigned(
          this.#finding.head,
          this.#finding.damaged && options.acceptDamagedCopy !== true,
          signedBefore,
        );
    }
  }

  #finishSigned(head: Tail, damaged: boolean, signedBefore: number): void {
    const { seq } = this.#last;
    if (damaged) {
      this.#problems.add(
        'head-signature',
        head.seq,
        `One of the two copies of the signed head is damaged; the other signs event ${head.seq}.`,
      );
    }
    if (head.seq < signedBefore) {
      this.#problems.add(
        'head-rolled-back',
        head.seq,
        `The signed head names event ${head.seq}, but event ${signedBefore} was signed before: an older head was put back.`,
      );
    }
    if (head.seq > seq) {
      this.#problems.add(
        'shortened',
        head.seq,
        `The log ends at event ${seq}, but its signed head is event ${head.seq}: ${head.seq - seq} at the end are missing.`,
      );
    } else if (this.#hashAtHead !== head.hash) {
      this.#problems.add(
        'chain',
        head.seq,
        `Event ${head.seq} is not the one that was signed as the log's head: the log was rewritten.`,
      );
    }
  }

  #gap(seq: number): void {
    const expected = this.#last.seq + 1;
    if (seq === expected) return;
    this.#problems.add(
      'gap',
      seq,
      seq === expected + 1
        ? `Event ${expected} is missing before event ${seq}.`
        : `Events ${expected} to ${seq - 1} are missing before event ${seq}.`,
    );
  }

  #move(to: Tail): void {
    if (this.#finding.state === 'signed' && this.#finding.head.seq === to.seq) {
      this.#hashAtHead = to.hash;
    }
    this.#last = to;
  }
}

/** The hash covers the text as it stands in the row, so the text itself must be the one true form. */
function isCanonical(text: string): boolean {
  try {
    return canonicalJson(JSON.parse(text)) === text;
  } catch {
    return false;
  }
}
