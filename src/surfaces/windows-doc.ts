/** What is known of the subscription's windows, as data and in words; what is not known is said to be unknown. */
import type { Account } from '../control/account.ts';
import { percent, WINDOW_NAMES, type WindowSeen } from '../control/windows.ts';

export interface WindowDoc {
  /** Family of the coder whose account it is of. */
  account: string;
  kind: WindowSeen['kind'];
  /** `unknown`: no run has reported it. */
  state: 'open' | 'warning' | 'used-up' | 'unknown';
  /** 0–1. */
  utilization: number | null;
  resetsAt: string | null;
  /** When a run reported it, and which. */
  seenAt: string | null;
  run: string | null;
}

const STATES = { allowed: 'open', allowed_warning: 'warning', rejected: 'used-up' } as const;
/** Told of every account, known or not. */
const ALWAYS = ['five_hour', 'seven_day'] as const;

/** The read side of a store, as far as this needs it. */
interface Views {
  views(kind: string): Promise<{ row: unknown }[]>;
}

export async function windowsDoc(reader: Views): Promise<WindowDoc[]> {
  const accounts = (await reader.views('account')).map(({ row }) => row as Account);
  return accounts.flatMap(({ id, windows }) => {
    const unseen = ALWAYS.filter((kind) => !windows.some((window) => window.kind === kind));
    const known = windows.map(
      ({ kind, status, utilization, resetsAt, seenAt, run }): WindowDoc => ({
        ...{ account: id, kind, state: STATES[status], utilization, resetsAt, seenAt, run },
      }),
    );
    const unknown = unseen.map(
      (kind): WindowDoc => ({
        ...{ account: id, kind, state: 'unknown', utilization: null, resetsAt: null },
        ...{ seenAt: null, run: null },
      }),
    );
    const order = (doc: WindowDoc) => Object.keys(WINDOW_NAMES).indexOf(doc.kind);
    return [...known, ...unknown].sort((a, b) => order(a) - order(b));
  });
}

/**
 * One clause, e.g. `five-hour window: 93% used, as told 3 min ago; it resets at …`.
 * @param ago words for a time as seen from now, e.g. `3 min ago`
 */
export function windowWords(doc: WindowDoc, now: number, ago: (time: string) => string): string {
  const { kind, state, utilization, resetsAt, seenAt } = doc;
  const name = WINDOW_NAMES[kind];
  if (state === 'unknown' || seenAt === null) return `${name}: unknown, no run has told`;
  const used =
    state === 'used-up'
      ? 'used up'
      : utilization === null
        ? 'open, how much of it is used is unknown'
        : `${percent(utilization)} used`;
  const told = `as told ${ago(seenAt)}`;
  if (resetsAt === null) return `${name}: ${used}, ${told}; when it resets is unknown`;
  if (Date.parse(resetsAt) <= now)
    return `${name}: unknown since its reset ${ago(resetsAt)} (${used} before)`;
  return `${name}: ${used}, ${told}; it resets at ${resetsAt} (${ago(resetsAt)})`;
}
