import { readLeft } from './safe-file.ts';

/** One JSON object that a CLI printed; every field of it is hostile until looked at. */
export type CliEvent = Readonly<Record<string, unknown>>;

/** `last`: only the latest of its kind is kept, however many there are; null: none of the envelope's. */
export type Keeps = (event: CliEvent) => 'last' | 'more' | null;

/**
 * What a CLI said about its run, without the conversation: the first `init`, rate limits,
 * retries, errors, and the last `result`. The coder's own tools can print into the same stream,
 * so nothing here is evidence; it decides only whether to wait, to try again, or to look.
 */
export interface Envelope {
  init: CliEvent | null;
  result: CliEvent | null;
  rateLimits: CliEvent[];
  /** The `error` field of the last assistant event that has one, e.g. `billing_error`. */
  error: string | null;
  /** The events above in their order, for `cli-envelope.json`. */
  kept: CliEvent[];
}

/** A longer line is no event of a CLI's envelope, and must not fill the memory. */
const MAX_LINE = 8 << 20;
const MAX_BYTES = 256 << 20;
/** Events of a kind that are kept; a stream of forged ones must not grow without bound. */
const MAX_KEPT = 200;

export const text = (of: CliEvent | null | undefined, key: string): string | null => {
  const value = of?.[key];
  return typeof value === 'string' ? value : null;
};
/** A finite number of at least 0, else null. */
export const count = (of: CliEvent | null | undefined, key: string): number | null => {
  const value = of?.[key];
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : null;
};
export const object = (of: CliEvent | null | undefined, key: string): CliEvent | null => {
  const value = of?.[key];
  return isObject(value) ? value : null;
};
export const isObject = (value: unknown): value is CliEvent =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Every object that stands on a line of its own. Lines that are none are passed over. */
export function eachEvent(bytes: Buffer, seen: (event: CliEvent) => void): void {
  for (let start = 0; start < bytes.length; ) {
    const newline = bytes.indexOf(0x0a, start);
    const end = newline < 0 ? bytes.length : newline;
    // 0x7b is `{`: most of what is no event is thrown out before it costs anything.
    if (bytes[start] === 0x7b && end - start <= MAX_LINE) {
      const event = parseLine(bytes.toString('utf8', start, end));
      if (event !== null) seen(event);
    }
    start = end + 1;
  }
}

/** The events that belong to a program's envelope, in their order. */
export function parseEvents(bytes: Buffer, keeps: Keeps): CliEvent[] {
  const events: { event: CliEvent; kind: string | null }[] = [];
  let kept = 0;
  eachEvent(bytes, (event) => {
    const how = keeps(event);
    if (how === 'last') {
      const kind = kindOf(event);
      const before = events.findIndex((one) => one.kind === kind);
      if (before >= 0) events.splice(before, 1);
      events.push({ event, kind });
    } else if (how === 'more' && kept < MAX_KEPT) {
      kept += 1;
      events.push({ event, kind: null });
    }
  });
  return events.map(({ event }) => event);
}

/** What `keeps` looks at, and no more: a forged field must not make kinds without end. */
const kindOf = (event: CliEvent): string => {
  const type = text(event, 'type') ?? '';
  return type === 'item.completed' ? `${type}/${text(object(event, 'item'), 'type')}` : type;
};

function parseLine(line: string): CliEvent | null {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

/** Of the claude CLI's stream-json. */
export const keepsOfClaude: Keeps = (event) => {
  const type = text(event, 'type');
  if (type === 'result') return 'last';
  const told =
    type === 'assistant'
      ? text(event, 'error') !== null
      : type === 'system'
        ? ['init', 'api_retry'].includes(text(event, 'subtype') ?? '')
        : type === 'rate_limit_event';
  return told ? 'more' : null;
};

/** From events in their order; the last result counts, as a CLI prints one at its end. */
export function envelopeOf(events: readonly CliEvent[]): Envelope {
  const of = (type: string) => events.filter((event) => text(event, 'type') === type);
  const result = of('result').at(-1) ?? null;
  const kept = events.filter((event) => text(event, 'type') !== 'result');
  return {
    init: of('system').find((event) => text(event, 'subtype') === 'init') ?? null,
    result,
    rateLimits: of('rate_limit_event')
      .map((event) => object(event, 'rate_limit_info'))
      .filter((info) => info !== null),
    error:
      of('assistant')
        .map((event) => text(event, 'error'))
        .findLast((error) => error !== null) ?? null,
    kept: result === null ? kept : [...kept, result],
  };
}

/**
 * What a finished run's program told: from its standard output, which the host itself wrote, or,
 * when that has no event, from the `cli-envelope.json` that an image's entrypoint left.
 */
export async function readEvents(
  stdout: string,
  envelopeFile: string,
  keeps: Keeps,
): Promise<CliEvent[]> {
  const printed = await readLeft(stdout, MAX_BYTES);
  const events = parseEvents(printed?.bytes ?? Buffer.alloc(0), keeps);
  if (events.length > 0) return events;
  const left = await readLeft(envelopeFile, MAX_LINE);
  if (left === null || left.cut) return events;
  try {
    const value: unknown = JSON.parse(left.bytes.toString('utf8'));
    const found = (Array.isArray(value) ? value : [value]).filter(isObject);
    return found.filter((event) => keeps(event) !== null).slice(-MAX_KEPT);
  } catch {
    return parseEvents(left.bytes, keeps);
  }
}

/** The envelope of a finished run of the claude CLI. */
export const readEnvelope = async (stdout: string, envelopeFile: string): Promise<Envelope> =>
  envelopeOf(await readEvents(stdout, envelopeFile, keepsOfClaude));
