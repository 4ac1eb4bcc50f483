import type { StoredEvent } from './event-store.ts';

/** Turns `data` of one schema version into that of the next. Pure; must not change its argument. */
export type Upcaster = (data: unknown) => unknown;

/**
 * Brings events written by older versions to today's shape when they are read for folding. What is
 * stored, and therefore every hash, stays as it was written.
 */
export class Upcasters {
  readonly #steps = new Map<string, Upcaster>();

  /** Registers the step from `fromSchema` to `fromSchema + 1` of an event type. */
  register(type: string, fromSchema: number, step: Upcaster): this {
    const key = `${fromSchema} ${type}`;
    if (this.#steps.has(key)) {
      throw new Error(`The upcaster of ${type} from schema ${fromSchema} is registered twice.`);
    }
    this.#steps.set(key, step);
    return this;
  }

  /** The event as today's code wants to see it: the same object when no step applies. */
  apply(event: StoredEvent): StoredEvent {
    let current = event;
    for (;;) {
      const step = this.#steps.get(`${current.schema} ${current.type}`);
      if (!step) return current;
      current = { ...current, schema: current.schema + 1, data: step(current.data) };
    }
  }
}
