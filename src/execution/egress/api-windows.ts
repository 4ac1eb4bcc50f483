/**
 * Rate-limit windows as the provider itself tells them, in the headers of its answers. The CLI passes
 * on less of it (2.1.197 tells how much is used only when it warns), and in reach of the coder's tools.
 * Names of the headers: from strings of the claude CLI, not from a recorded answer.
 */

import type { IncomingHttpHeaders } from 'node:http';
import { WINDOW_STATUSES } from '../../control/windows.ts';
import { resetTime } from '../coders/claude-usage.ts';
import type { WindowReport } from '../coders/coder.ts';

const PREFIX = 'anthropic-ratelimit-unified';
const KINDS = { '5h': 'five_hour', '7d': 'seven_day' } as const;
export class ApiWindows {
  readonly #seen = new Map<WindowReport['kind'], WindowReport>();
  readonly #now: () => number;
  readonly #heard: (windows: WindowReport[]) => void;
  #told = '';

  /** @param heard told when there is news, to the percent: of an answer every few seconds that is seldom */
  constructor(now: () => number, heard: (windows: WindowReport[]) => void = () => {}) {
    this.#now = now;
    this.#heard = heard;
  }

  /** The last answer counts, as the newest word. */
  note(headers: IncomingHttpHeaders): void {
    for (const [short, kind] of Object.entries(KINDS)) {
      const field = (name: string): string | null => {
        const value = headers[`${PREFIX}-${short}-${name}`];
        return typeof value === 'string' ? value : null;
      };
      const status = WINDOW_STATUSES.find((one) => one === field('status'));
      if (!status) continue;
      const used = number(field('utilization'));
      this.#seen.set(kind, {
        kind,
        status,
        utilization: used === null ? null : Math.min(used, 1),
        resetsAt: resetTime(number(field('reset')), new Date(this.#now()).toISOString()),
      });
    }
    const windows = this.list();
    const told = windows
      .map(
        ({ kind, status, utilization }) =>
          `${kind} ${status} ${Math.round((utilization ?? -1) * 100)}`,
      )
      .join();
    if (told === this.#told) return;
    this.#told = told;
    this.#heard(windows);
  }

  list(): WindowReport[] {
    return [...this.#seen.values()];
  }
}

const number = (text: string | null): number | null =>
  text !== null && /^\d{1,12}(?:\.\d{1,20})?$/.test(text) ? Number(text) : null;

/** What is known of a run's windows: the provider's own word, and for the rest the CLI's. */
export function withProviders(
  told: readonly WindowReport[],
  provider: readonly WindowReport[],
): WindowReport[] {
  const rest = told.filter(({ kind }) => !provider.some((one) => one.kind === kind));
  const own = provider.map((window) => {
    const said = told.find(({ kind }) => kind === window.kind);
    return {
      ...window,
      utilization: window.utilization ?? said?.utilization ?? null,
      resetsAt: window.resetsAt ?? said?.resetsAt ?? null,
    };
  });
  return [...own, ...rest];
}
