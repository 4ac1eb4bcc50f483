import type { LogProblem } from './event-store.ts';

/** More than this says nothing new and would flood whoever reads it. */
const LIMIT = 1000;

/** Collects what verification finds. */
export class Problems {
  readonly #list: LogProblem[] = [];
  #more = 0;

  add(kind: LogProblem['kind'], seq: number | null, sentence: string): void {
    if (this.#list.length < LIMIT) this.#list.push({ seq, kind, sentence });
    else this.#more += 1;
  }

  get none(): boolean {
    return this.#list.length === 0;
  }

  list(): LogProblem[] {
    if (this.#more === 0) return this.#list;
    const sentence = `There are ${this.#more} more problems; only the first ${LIMIT} are listed.`;
    return [...this.#list, { seq: null, kind: 'database', sentence }];
  }
}

/** A stored name inside a sentence: quoted, short and in ASCII, since it may have been tampered with. */
export function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 100)).replace(
    /[^\x20-\x7e]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
