import type { EgressRecord } from '../../control/egress.ts';

/** Bytes that a run may move in all, both directions, over every connection. */
export class ByteBudget {
  #left: number;
  readonly #spent: () => void;

  /** @param spent called once, when the last byte is gone */
  constructor(bytes: number, spent: () => void) {
    this.#left = bytes;
    this.#spent = spent;
  }

  get isSpent(): boolean {
    return this.#left <= 0;
  }

  take(bytes: number, record: EgressRecord): void {
    const had = this.#left > 0;
    record.bytes += bytes;
    this.#left -= bytes;
    if (had && this.#left <= 0) this.#spent();
  }
}
