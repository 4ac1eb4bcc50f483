import type { Lane, Usage, WindowReport } from './coder.ts';
import { type CliEvent, count, type Envelope, object, text } from './envelope.ts';

const DAY_MS = 86_400_000;
/** No window of a subscription is longer than a week; a later time is not believed. */
const LONGEST_WAIT_MS = 8 * DAY_MS;

/**
 * What the run used, by the CLI's own account. `modelUsage` counts every model call, sub-agents
 * included, while `usage` counts the main loop only (seen in 2.1.197: 1 of 2 calls).
 */
export function usageOf(envelope: Envelope, durationMs: number): Omit<Usage, 'lane'> {
  const { result, init } = envelope;
  const models = Object.entries(object(result, 'modelUsage') ?? {});
  const parts = models.map(([, used]) => used as CliEvent);
  const nothing = models.length === 0 && usedNothing(result);
  // One unreadable part makes the sum unknown; too low a sum would be a lie.
  const sum = (key: string): number | null => {
    if (models.length === 0) return nothing ? 0 : null;
    const numbers = parts.map((part) => count(part, key));
    return numbers.reduce<number | null>(
      (total, each) => (total === null || each === null ? null : total + each),
      0,
    );
  };
  const busiest = models
    .map(([name, used]) => ({ name, output: count(used as CliEvent, 'outputTokens') ?? 0 }))
    .sort((a, b) => b.output - a.output)[0]?.name;
  return {
    inputTokens: sum('inputTokens'),
    outputTokens: sum('outputTokens'),
    cacheReadTokens: sum('cacheReadInputTokens'),
    cacheWriteTokens: sum('cacheCreationInputTokens'),
    costUsd: models.length > 0 || nothing ? count(result, 'total_cost_usd') : null,
    durationMs,
    turns: count(result, 'num_turns'),
    model: name(busiest ?? text(init, 'model')),
  };
}

/**
 * An API error before the first answer reports zeros everywhere. Only then is 0 a report: results
 * of a crash carry zeros, too, that mean nothing.
 */
function usedNothing(result: CliEvent | null): boolean {
  const usage = object(result, 'usage');
  return (
    text(result, 'subtype') === 'success' &&
    count(result, 'duration_api_ms') === 0 &&
    count(result, 'total_cost_usd') === 0 &&
    count(usage, 'input_tokens') === 0 &&
    count(usage, 'output_tokens') === 0
  );
}

/** Names printed into logs and prompts: short, and of harmless characters. */
export const name = (value: string | null): string | null =>
  value !== null && /^[\w.:@[\]/+-]{1,100}$/.test(value) ? value : null;

/**
 * Which purse paid. The init event names the source of an API key; without one the subscription's
 * token answered, unless the CLI says that its overage (bought credit) was in use.
 */
export function laneOf(envelope: Envelope): { lane: Lane; proof: string | null } {
  const source = text(envelope.init, 'apiKeySource');
  if (source === null) return { lane: 'unknown', proof: null };
  const overage = envelope.rateLimits.some((info) => info['isUsingOverage'] === true);
  const proof = `apiKeySource=${name(source.replaceAll(' ', '_')) ?? 'odd'}`;
  if (source !== 'none' && source !== 'oauth') return { lane: 'api', proof };
  if (overage) return { lane: 'sdk-credit', proof: `${proof} isUsingOverage=true` };
  return { lane: 'subscription', proof };
}

const STATUSES = ['allowed', 'allowed_warning', 'rejected'] as const;

/**
 * The rate-limit windows that the CLI reported, the last word of each kind. `resetsAt` is in epoch
 * seconds there (2.1.197 and 2.1.330); 2.1.330 adds every window with its utilization.
 */
export function windowsOf(envelope: Envelope, now: string): WindowReport[] {
  const windows = new Map<string, WindowReport>();
  for (const info of envelope.rateLimits) {
    const type = text(info, 'rateLimitType');
    const status = statusOf(info) ?? 'allowed';
    const kind = kindOf(type);
    const all = object(info, 'unifiedWindows');
    for (const key of ['five_hour', 'seven_day'] as const) {
      const one = object(all, key);
      if (one === null) continue;
      const own = key === kind ? status : 'allowed';
      windows.set(key, report(key, statusOf(one) ?? own, one, now));
    }
    // Without type or time it says nothing about a window: so does a plain 429 (seen in both).
    if (type === null && count(info, 'resetsAt') === null) continue;
    const known = windows.get(kind);
    const told = report(kind, status, info, now);
    windows.set(kind, {
      ...told,
      utilization: told.utilization ?? known?.utilization ?? null,
      resetsAt: told.resetsAt ?? known?.resetsAt ?? null,
    });
  }
  return [...windows.values()];
}

function report(
  kind: WindowReport['kind'],
  status: WindowReport['status'],
  of: CliEvent,
  now: string,
): WindowReport {
  const utilization = count(of, 'utilization');
  return {
    kind,
    status,
    utilization: utilization === null ? null : Math.min(utilization, 1),
    resetsAt: resetTime(count(of, 'resetsAt'), now),
  };
}

const statusOf = (of: CliEvent): WindowReport['status'] | null =>
  STATUSES.find((status) => status === text(of, 'status')) ?? null;

/** Weekly windows may be per model (`seven_day_opus` …): their time is a weekly one all the same. */
function kindOf(type: string | null): WindowReport['kind'] {
  if (type === 'five_hour') return 'five_hour';
  return type?.startsWith('seven_day') ? 'seven_day' : 'unknown';
}

/** A time that no window can have (a forged one could hold a task for years) becomes unknown. */
export function resetTime(epochSeconds: number | null, now: string): string | null {
  if (epochSeconds === null) return null;
  const wait = epochSeconds * 1000 - Date.parse(now);
  if (!(wait > -DAY_MS && wait < LONGEST_WAIT_MS)) return null;
  return new Date(epochSeconds * 1000).toISOString();
}
