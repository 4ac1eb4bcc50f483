/** The findings of one scan: named stably, each once, sorted, bounded. */
import { sha256Hex } from '../../lib/hash.ts';
import type { Problem } from './problem.ts';
import type { GateFinding } from './push-gate.ts';
import type { SecretHit } from './secrets.ts';

/** Where a finding is; `shown` is its path made fit to be shown. */
export interface Place {
  commit: string;
  path: string;
  shown: string;
}

export class Findings {
  readonly #order: Map<string, number>;
  readonly #max: number;
  readonly #all = new Map<string, GateFinding>();
  #dropped = false;

  constructor(commits: string[], max: number) {
    this.#order = new Map(commits.map((commit, index) => [commit, index]));
    this.#max = max;
  }

  add(
    place: Place,
    rule: string,
    kind: GateFinding['kind'],
    sentence: string,
    what = '',
    line: number | null = null,
  ): void {
    const fingerprint = sha256Hex([rule, place.path, what].join('\0'));
    const key = `${place.commit}\0${fingerprint}`;
    if (this.#all.has(key)) return;
    if (this.#all.size >= this.#max) {
      this.#dropped = true;
      return;
    }
    this.#all.set(key, {
      rule,
      kind,
      commit: place.commit,
      path: place.shown,
      line,
      sentence,
      fingerprint,
    });
  }

  secret(place: Place, hit: SecretHit, where: string): void {
    const line = hit.line > 0 ? hit.line : null;
    const at = line === null ? '' : ` in line ${line}`;
    const sentence = `${where} contains ${hit.what}${at}.`;
    this.add(place, hit.rule, 'secret', sentence, hit.secretHash, line);
  }

  problem(place: Place, kind: 'workflow' | 'dependency', { rule, what, key }: Problem): void {
    this.add(place, rule, kind, `${place.shown} ${what}.`, key);
  }

  notScanned(place: Place, sentence: string): void {
    this.add(place, 'not-scanned', 'not-scanned', sentence, sentence);
  }

  /** By commit, path, line and rule. */
  sorted(): GateFinding[] {
    const all = [...this.#all.values()].sort(
      (a, b) =>
        (this.#order.get(a.commit) ?? 0) - (this.#order.get(b.commit) ?? 0) ||
        compare(a.path, b.path) ||
        (a.line ?? 0) - (b.line ?? 0) ||
        compare(a.rule, b.rule) ||
        compare(a.fingerprint, b.fingerprint),
    );
    const last = all.at(-1);
    if (last && this.#dropped) {
      const sentence = `There are more than ${this.#max} findings; the rest is not listed.`;
      all.push({
        ...last,
        rule: 'not-scanned',
        kind: 'not-scanned',
        path: '',
        line: null,
        sentence,
        fingerprint: sha256Hex(sentence),
      });
    }
    return all;
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
