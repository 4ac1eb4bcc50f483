/** What was found and done, in words: grouped by kind and bounded, so that hostile trees stay short. */
const EXAMPLES = 5;

export class Notes {
  readonly #kinds = new Map<string, { count: number; examples: string[] }>();

  /** `example` must be printable already. */
  add(kind: string, example: string): void {
    const found = this.#kinds.get(kind) ?? { count: 0, examples: [] };
    found.count += 1;
    if (found.examples.length < EXAMPLES) found.examples.push(example);
    this.#kinds.set(kind, found);
  }

  list(): string[] {
    return [...this.#kinds].map(([kind, { count, examples }]) => {
      const more = count > examples.length ? ` and ${count - examples.length} more` : '';
      return `${kind}: ${examples.join(', ')}${more}`;
    });
  }
}
