import { readLeft } from './safe-file.ts';

/** One JSON object that a CLI printed; every field of it is hostile until looked at. */
export type CliEvent = Readonly<Record<string, unknown>>;

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
const isObject = (value: unknown): value is CliEvent =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Reads stream-json: one object per line. Lines that are none are passed over. */
export function parseEnvelope(bytes: Buffer): Envelope {
  const events: CliEvent[] = [];
  let kept = 0;
  for (let start = 0; start < bytes.length; ) {
    const newline = bytes.indexOf(0x0a, start);
    const end = newline < 0 ? bytes.length : newline;
    // 0x7b is `{`: most of what is no event is thrown out before it costs anything.
    if (bytes[start] === 0x7b && end - start <= MAX_LINE) {
      const event = parseLine(bytes.toString('utf8', start, end));
      if (
        event !== null &&
        isKept(event) &&
        (text(event, 'type') === 'result' || kept < MAX_KEPT)
      ) {
        kept += 1;
        events.push(event);
      }
    }
    start = end + 1;
  }
  return envelopeOf(events);
}

function parseLine(line: string): CliEvent | null {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

function isKept(event: CliEvent): boolean {
  const type = text(event, 'type');
  if (type === 'assistant') return text(event, 'error') !== null;
  if (type === 'system') return ['init', 'api_retry'].includes(text(event, 'subtype') ?? '');
  return type === 'result' || type === 'rate_limit_event';
}

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
 * The envelope of a finished run: from its standard output, which the host itself wrote, or, when
 * that has no event, from the `cli-envelope.json` that an image's entrypoint left.
 */
export async function readEnvelope(stdout: string, envelopeFile: string): Promise<Envelope> {
  const printed = await readLeft(stdout, MAX_BYTES);
  const envelope = parseEnvelope(printed?.bytes ?? Buffer.alloc(0));
  if (envelope.kept.length > 0) return envelope;
  const left = await readLeft(envelopeFile, MAX_LINE);
  if (left === null || left.cut) return envelope;
  try {
    const value: unknown = JSON.parse(left.bytes.toString('utf8'));
    const events = (Array.isArray(value) ? value : [value]).filter(isObject).filter(isKept);
    return envelopeOf(events.slice(-MAX_KEPT));
  } catch {
    return parseEnvelope(left.bytes);
  }
}
