/**
 * The rate-limit windows of a subscription as its CLI reported them: what is known, and whether a
 * run may start now. Times are UTC ISO, utilization 0–1; null is unknown.
 */

const KINDS = ['five_hour', 'seven_day', 'unknown'] as const;
/** The worst last. */
export const WINDOW_STATUSES = ['allowed', 'allowed_warning', 'rejected'] as const;

export interface WindowSeen {
  kind: (typeof KINDS)[number];
  status: (typeof WINDOW_STATUSES)[number];
  utilization: number | null;
  resetsAt: string | null;
  seenAt: string;
  /** Run whose CLI said it. */
  run: string;
}

export interface WindowLimits {
  /** 0–1. */
  operatorShare: number;
  lookAgainMs: number;
}

export const WINDOW_NAMES: Readonly<Record<WindowSeen['kind'], string>> = {
  five_hour: 'five-hour window',
  seven_day: 'weekly window',
  unknown: 'usage window',
};

/** No window is longer than a week; a later time, a forged one say, would hold work for years. */
const LONGEST_MS = 8 * 86_400_000;
/** The same window may be told with a few seconds' difference. */
const SAME_MS = 120_000;
const MAX_WINDOWS = 20;

/** Reports of a run as windows; what has not the shape is passed over. */
export function readWindows(reports: readonly unknown[], now: string, run: string): WindowSeen[] {
  return reports.slice(0, MAX_WINDOWS).flatMap((report) => {
    const fields = (typeof report === 'object' && report !== null ? report : {}) as Record<
      string,
      unknown
    >;
    const status = WINDOW_STATUSES.find((one) => one === fields['status']);
    if (!status) return [];
    const used = fields['utilization'];
    const known = typeof used === 'number' && used >= 0 && used <= 1;
    return [
      {
        kind: KINDS.find((one) => one === fields['kind']) ?? 'unknown',
        status,
        utilization: known ? used : null,
        resetsAt: resetOf(fields['resetsAt'], now),
        seenAt: now,
        run,
      },
    ];
  });
}

function resetOf(value: unknown, now: string): string | null {
  const time = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  const wait = time - Date.parse(now);
  return wait > -LONGEST_MS && wait < LONGEST_MS ? new Date(time).toISOString() : null;
}

/**
 * What is known after a run's reports. A run that was at work before something was seen tells older
 * news than that: of the same window the worse word stands. One that began after it and was answered
 * proves that a window which was used up is open again.
 */
export function mergeWindows(
  known: readonly WindowSeen[],
  told: readonly WindowSeen[],
  run: { began: string | null; answered: boolean },
): WindowSeen[] {
  const later = (window: WindowSeen) => run.began !== null && run.began > window.seenAt;
  const kept = known
    .filter((window) => !told.some((one) => one.kind === window.kind))
    .map(
      (window): WindowSeen =>
        window.status === 'rejected' && run.answered && later(window)
          ? { ...window, status: 'allowed', utilization: null }
          : window,
    );
  const news = told.map((window) => {
    const before = known.find((one) => one.kind === window.kind);
    return before ? newer(before, window, later(before)) : window;
  });
  return [...kept, ...news].sort((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind));
}

function newer(before: WindowSeen, told: WindowSeen, later: boolean): WindowSeen {
  const open = before.resetsAt !== null && before.resetsAt > told.seenAt;
  const resetsAt = told.resetsAt ?? (open ? before.resetsAt : null);
  const apart =
    resetsAt !== null &&
    before.resetsAt !== null &&
    Math.abs(Date.parse(resetsAt) - Date.parse(before.resetsAt)) > SAME_MS;
  const same = !apart && (open || before.resetsAt === null);
  if (later || !same) return { ...told, resetsAt };
  const status =
    WINDOW_STATUSES.indexOf(before.status) > WINDOW_STATUSES.indexOf(told.status)
      ? before.status
      : told.status;
  const known = [before.utilization, told.utilization].filter((one) => one !== null);
  return {
    ...told,
    status,
    resetsAt: resetsAt ?? before.resetsAt,
    utilization: known.length > 0 ? Math.max(...known) : null,
  };
}

/** Outcomes of a run by which its provider turned the whole account away. */
export type Refused = 'claude-auth' | 'claude-credit';

export interface Block {
  code: 'claude-window' | 'window-share' | Refused;
  reason: string;
  /** When to ask again. */
  until: string;
}

/** Why no run may start now; the reason that lasts longest. null: one may. */
export function blockOf(
  windows: readonly WindowSeen[],
  limits: WindowLimits,
  now: string,
): Block | null {
  const blocks = windows.flatMap((window): Block[] => {
    const again = new Date(Date.parse(window.seenAt) + limits.lookAgainMs).toISOString();
    const until = window.resetsAt ?? again;
    if (until <= now) return [];
    const what = `the ${WINDOW_NAMES[window.kind]}`;
    const when = window.resetsAt
      ? `it opens again at ${until}`
      : 'when it opens again was not said';
    if (window.status === 'rejected')
      return [{ code: 'claude-window', reason: `${what} is used up; ${when}`, until }];
    const used = window.utilization;
    if (used === null || used <= 1 - limits.operatorShare + 1e-9) return [];
    const share = percent(limits.operatorShare);
    const reason = `${percent(used)} of ${what} is used, and ${share} of it is kept for the operator; ${when}`;
    return [{ code: 'window-share', reason, until }];
  });
  return blocks.sort((a, b) => b.until.localeCompare(a.until))[0] ?? null;
}

export const percent = (part: number): string => `${Math.round(part * 100)}%`;
