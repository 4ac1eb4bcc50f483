/** Who may use a mirror when: everybody at once, but nobody while its packs are made anew. */

export interface Turns {
  /** Waits while the key is taken alone. */
  together<T>(key: string, work: () => Promise<T>): Promise<T>;
  /** Does nothing and gives null when the key is in use; else everybody else waits for it. */
  alone<T>(key: string, work: () => Promise<T>): Promise<T | null>;
}

export function createTurns(): Turns {
  const users = new Map<string, number>();
  const taken = new Map<string, Promise<unknown>>();
  const count = (key: string, by: number): void => {
    const now = (users.get(key) ?? 0) + by;
    if (now === 0) users.delete(key);
    else users.set(key, now);
  };
  return {
    async together(key, work) {
      // Looked at again after each wait: another may have taken it in between.
      for (let busy = taken.get(key); busy !== undefined; busy = taken.get(key)) await busy;
      count(key, 1);
      try {
        return await work();
      } finally {
        count(key, -1);
      }
    },
    async alone(key, work) {
      if (taken.has(key) || users.has(key)) return null;
      const turn = work();
      const over = turn.then(
        () => taken.delete(key),
        () => taken.delete(key),
      );
      taken.set(key, over);
      return turn;
    },
  };
}
