/** Throws what was expected and what was found instead. */
export function must(what: string, holds: boolean, found?: unknown): void {
  if (!holds) throw new Error(`${what}; found ${JSON.stringify(found, null, 1)?.slice(0, 3000)}`);
}
