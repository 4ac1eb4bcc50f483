/**
 * One question on the wire, guarded. The client library gets this instead of `fetch`, so that what
 * happened is read from the exchange itself and never from the library's error texts.
 */

/** An answer beyond this is refused unread. */
const MAX_RESPONSE_BYTES = 4 * 1024 * 1024;

export interface Exchange {
  status: number;
  headers: Headers;
  body: Uint8Array;
}

export interface Seen {
  /** The answer, once it was received whole. */
  exchange: Exchange | null;
  /** `again`: the library wanted a second request; one question is one request. */
  failure: 'unreachable' | 'stalled' | 'redirect' | 'oversized' | 'again' | null;
}

class LineError extends Error {}

export function openLine(): { fetch: typeof globalThis.fetch; seen: Seen } {
  const seen: Seen = { exchange: null, failure: null };
  let used = false;
  const fail = (failure: NonNullable<Seen['failure']>): LineError => {
    seen.failure = failure;
    return new LineError(failure);
  };

  const guarded: typeof globalThis.fetch = async (input, init) => {
    if (used) {
      seen.exchange = null;
      throw fail('again');
    }
    used = true;
    let response: Response;
    let body: Uint8Array | null;
    try {
      // Following would carry the key, which is no standard header for one family, elsewhere.
      response = await globalThis.fetch(input, { ...init, redirect: 'manual' });
      body = await readBounded(response);
    } catch (error) {
      if (init?.signal?.aborted) throw error;
      throw fail(isStall(error) ? 'stalled' : 'unreachable');
    }
    if (body === null) throw fail('oversized');
    if (response.status >= 300 && response.status < 400) throw fail('redirect');
    const { status, headers } = response;
    seen.exchange = { status, headers, body };
    return new Response(body.length > 0 ? Buffer.from(body) : null, { status, headers });
  };
  return { fetch: guarded, seen };
}

async function readBounded(response: Response): Promise<Uint8Array | null> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > MAX_RESPONSE_BYTES) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The HTTP client's own limits (undici: 300 s for headers, 300 s between body bytes). */
function isStall(error: unknown): boolean {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  const code = (cause as { code?: unknown } | null)?.code;
  return code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT';
}
