/**
 * What the client library lets through although it is no plain answer: a status other than 200,
 * several choices of which it takes the first, a block beside a candidate, impossible counts.
 */
import type { InconclusiveReason } from './answer.ts';
import type { HttpProtocol } from './endpoint.ts';
import type { Exchange } from './line.ts';

interface Wire {
  choices?: unknown;
  candidates?: unknown;
  promptFeedback?: { blockReason?: unknown } | null;
  usage?: Record<string, unknown> | null;
  usageMetadata?: Record<string, unknown> | null;
}

/** Null when the exchange is what a plain answer looks like. */
export function oddAnswer(protocol: HttpProtocol, exchange: Exchange): InconclusiveReason | null {
  if (exchange.status !== 200) return 'unexpected-finish';
  let wire: Wire | null;
  try {
    wire = JSON.parse(Buffer.from(exchange.body).toString('utf8')) as Wire | null;
  } catch {
    return 'malformed';
  }
  const answers = protocol === 'openai' ? wire?.choices : wire?.candidates;
  if (wire?.promptFeedback?.blockReason != null) return 'blocked';
  if (Array.isArray(answers) && answers.length > 1) return 'malformed';
  const counts = Object.values((protocol === 'openai' ? wire?.usage : wire?.usageMetadata) ?? {});
  const impossible = counts.some((count) => typeof count === 'number' && !(count >= 0));
  return impossible ? 'malformed' : null;
}
