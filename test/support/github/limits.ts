/** Primary rate limits: per token and hour, REST and GraphQL apart. */
import { ApiError } from './reply.ts';
import type { Token } from './world.ts';

interface Window {
  limit: number;
  used: number;
  /** Milliseconds since 1970. */
  reset: number;
}

type Resource = 'core' | 'graphql';
const HOUR = 3_600_000;

export class RateLimits {
  readonly #windows = new Map<string, Window>();
  /** What a token gets per hour; tests lower it. */
  limit = 5000;

  #window(token: Token | null, resource: Resource, now: number): Window {
    const key = `${token?.value ?? ''} ${resource}`;
    const limit = token === null ? 60 : this.limit;
    const known = this.#windows.get(key);
    if (known !== undefined && known.reset > now) {
      known.limit = limit;
      return known;
    }
    const fresh = { limit, used: 0, reset: now + HOUR };
    this.#windows.set(key, fresh);
    return fresh;
  }

  headers(token: Token | null, resource: Resource, now: number): Record<string, string> {
    const { limit, used, reset } = this.#window(token, resource, now);
    return {
      'x-ratelimit-limit': String(limit),
      'x-ratelimit-remaining': String(Math.max(0, limit - used)),
      'x-ratelimit-used': String(Math.min(used, limit)),
      'x-ratelimit-reset': String(Math.ceil(reset / 1000)),
      'x-ratelimit-resource': resource,
    };
  }

  /** Requests left of the window. */
  left(token: Token | null, resource: Resource, now: number): number {
    const { limit, used } = this.#window(token, resource, now);
    return Math.max(0, limit - used);
  }

  count(token: Token | null, resource: Resource, now: number): void {
    this.#window(token, resource, now).used += 1;
  }

  /** Leaves a token nothing until `resetIn` milliseconds from now. */
  exhaust(token: Token | null, now: number, resetIn: number, resource: Resource = 'core'): void {
    const window = this.#window(token, resource, now);
    window.used = window.limit;
    window.reset = now + resetIn;
  }
}

export function primaryLimit(token: Token | null, status: 403 | 429 = 403): ApiError {
  const who = token === null ? '127.0.0.1' : `user ID ${token.login}`;
  return new ApiError(status, `API rate limit exceeded for ${who}.`);
}

/** The body GitHub sends for going too fast, with 403 or 429. */
export function secondaryLimit(status: 403 | 429, retryAfter: number | null): ApiError {
  const message =
    'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.';
  const headers = retryAfter === null ? {} : { 'retry-after': String(retryAfter) };
  return new ApiError(status, message, {}, headers);
}
