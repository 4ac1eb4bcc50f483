/** Answers with events: a page of the log as JSON, or a stream that follows it. */
import type { ApiDeps } from './deps.ts';
import { type EventStream, openEventStream } from './event-stream.ts';
import { ApiProblem } from './problem.ts';

export interface EventRequest {
  from?: number | undefined;
  limit?: number | undefined;
  stream?: string;
  /** A stream, whatever the Accept header says. */
  live?: boolean;
}

const PAGE = 200;
/** A page ends before it passes this many UTF-16 units; one event alone may. */
const MAX_PAGE = 4 * 1024 * 1024;

export interface EventAnswers {
  answer(actor: string, headers: Headers, request: EventRequest): Promise<Response>;
  end(): void;
}

export function eventAnswers(deps: ApiDeps): EventAnswers {
  const { events } = deps;
  const open = new Map<EventStream, string>();

  async function page({ from = 1, limit = PAGE, stream }: EventRequest): Promise<Response> {
    // Read first: an event that comes in between is past `next`, never lost behind `last`.
    const last = await events.lastSeq();
    const found = await events.read({
      fromSeq: from,
      limit,
      ...(stream === undefined ? {} : { stream }),
    });
    const texts: string[] = [];
    let size = 0;
    let next = from;
    for (const event of found) {
      const text = JSON.stringify(event);
      size += text.length;
      if (texts.length > 0 && size > MAX_PAGE) break;
      texts.push(text);
      next = event.seq + 1;
    }
    const head = Math.max(last, found.at(-1)?.seq ?? 0);
    return new Response(`{"events":[${texts.join(',')}],"next":${next},"last":${head}}`, {
      headers: { 'content-type': 'application/json' },
    });
  }

  async function follow(actor: string, headers: Headers, request: EventRequest): Promise<Response> {
    const fromSeq = resumePoint(headers) ?? request.from ?? 1;
    const last = await events.lastSeq();
    if (fromSeq > last + 1) {
      // Waiting here would skip whatever the log writes under these numbers.
      throw new ApiProblem(
        409,
        'ahead-of-log',
        `The log ends at ${last}, before ${fromSeq}; it was restored or is another one. Read from 1.`,
      );
    }
    // Counted by actor: an agent that opens many must not keep the operator from watching.
    const own = [...open.values()].filter((holder) => holder === actor).length;
    if (own >= (deps.maxStreams ?? 32)) {
      throw new ApiProblem(503, 'too-many-streams', 'Too many event streams are open; close one.');
    }
    const stream = openEventStream({
      events,
      fromSeq,
      ...(request.stream === undefined ? {} : { stream: request.stream }),
      keepAliveMs: deps.keepAliveMs ?? 15_000,
      onEnd: () => open.delete(stream),
      onError: (error) => deps.log('error', 'an event stream failed', { error: String(error) }),
    });
    open.set(stream, actor);
    return new Response(stream.body, {
      headers: { 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' },
    });
  }

  return {
    answer(actor, headers, request) {
      const live = request.live ?? /\btext\/event-stream\b/i.test(headers.get('accept') ?? '');
      return live ? follow(actor, headers, request) : page(request);
    },
    end() {
      for (const stream of open.keys()) stream.end();
    },
  };
}

/** Where a reader that lost its connection goes on; its URL still names where it once began. */
function resumePoint(headers: Headers): number | null {
  const id = headers.get('last-event-id');
  if (id === null || id === '') return null;
  if (!/^\d{1,15}$/.test(id)) {
    throw new ApiProblem(400, 'invalid', 'The header Last-Event-ID is not a sequence number.');
  }
  return Number(id) + 1;
}
