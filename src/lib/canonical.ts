/**
 * Canonical JSON after RFC 8785 (JCS): one value, one text, so that a hash or a signature over it
 * means something. Keys sort by UTF-16 code units and numbers print as ECMAScript prints them.
 * One departure: a lone surrogate is written as its `\udXXX` escape instead of being refused,
 * because text that a coder or a repo wrote must never be able to stop an event from being stored.
 */

/** Deeper nesting is refused: a hostile document must not overflow the stack. */
const MAX_DEPTH = 256;

/** A value that has no canonical form; `path` says where, e.g. `$.tasks[2].title`. */
export class CanonicalError extends Error {
  readonly tag = 'not-canonical';
  readonly path: string;
  constructor(path: string, what: string) {
    super(
      `${path} is ${what}: only plain objects, arrays, strings, finite numbers, booleans and null can be stored.`,
    );
    this.name = 'CanonicalError';
    this.path = path;
  }
}

/** The canonical JSON text of plain data. Throws {@link CanonicalError} for anything else. */
export function canonicalJson(value: unknown): string {
  return write(value, null, 0);
}

/** Where we are, linked upwards: turned into words only when something is wrong. */
interface Place {
  up: Place | null;
  key: string | number;
}

function write(value: unknown, place: Place | null, depth: number): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value);
    case 'number':
      if (!Number.isFinite(value)) throw refuse(place, String(value));
      return JSON.stringify(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      if (depth >= MAX_DEPTH) throw refuse(place, `nested deeper than ${MAX_DEPTH} levels`);
      return Array.isArray(value)
        ? writeArray(value, place, depth + 1)
        : writeObject(value, place, depth + 1);
    default:
      throw refuse(place, value === undefined ? 'undefined' : `a ${typeof value}`);
  }
}

function writeArray(values: unknown[], place: Place | null, depth: number): string {
  let text = '[';
  // An index loop, because iteration methods would skip the holes that must be refused.
  for (let index = 0; index < values.length; index += 1) {
    if (index > 0) text += ',';
    text += write(values[index], { up: place, key: index }, depth);
  }
  return `${text}]`;
}

function writeObject(value: object, place: Place | null, depth: number): string {
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw refuse(place, `a ${prototype.constructor?.name ?? 'class'} instance`);
  }
  if (Object.getOwnPropertySymbols(value).length > 0) throw refuse(place, 'keyed by a symbol');
  let text = '{';
  for (const key of Object.keys(value).sort()) {
    if (text.length > 1) text += ',';
    const member = (value as Record<string, unknown>)[key];
    text += `${JSON.stringify(key)}:${write(member, { up: place, key }, depth)}`;
  }
  return `${text}}`;
}

function refuse(place: Place | null, what: string): CanonicalError {
  let path = '';
  for (let at = place; at; at = at.up) {
    path = (typeof at.key === 'number' ? `[${at.key}]` : `.${at.key}`) + path;
  }
  return new CanonicalError(`$${path}`, what);
}
