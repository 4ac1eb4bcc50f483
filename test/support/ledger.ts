import type { Amounts } from '../../src/control/contract.ts';

/** Reservations as told by the events alone, apart from the budget's own arithmetic. */
export class Ledger {
  day = '';
  #runs = new Map<string, { repo: string; amounts: Amounts; open: boolean }>();

  reserve(day: string, run: string, repo: string, amounts: Amounts): void {
    if (day !== this.day) {
      for (const [id, entry] of this.#runs) if (!entry.open) this.#runs.delete(id);
      this.day = day;
    }
    this.#runs.set(run, { repo, amounts, open: true });
  }
  settle(run: string, actual: Amounts): void {
    const entry = this.#runs.get(run);
    if (entry) this.#runs.set(run, { ...entry, amounts: actual, open: false });
  }
  sum(repo: string | null, of: keyof Amounts): number {
    let sum = 0;
    for (const entry of this.#runs.values())
      if (repo === null || entry.repo === repo) sum += entry.amounts[of];
    return sum;
  }
}
