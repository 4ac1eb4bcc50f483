/** Waits until `probe` gives something other than undefined, null or false; fails after `ms`. */
export async function until<T>(
  what: string,
  probe: () => T | Promise<T>,
  ms = 30_000,
): Promise<NonNullable<T>> {
  const end = performance.now() + ms;
  for (;;) {
    const found = await probe();
    if (found !== undefined && found !== null && found !== false) return found;
    if (performance.now() > end) throw new Error(`waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
}
