/**
 * Names of hosts that a run may be let out to. One strict reading for the operator's list and for
 * what a coder asks: whatever two programs could read differently is refused.
 */
export interface Target {
  /** Lower case, at least two labels. */
  host: string;
  port: number;
}

export type TargetProblem =
  | 'too-long'
  | 'control-character'
  | 'not-ascii'
  | 'user-info'
  | 'ip-literal'
  | 'trailing-dot'
  | 'not-a-host-name'
  | 'port';

/** 253 characters of a name, a colon, five digits. */
const MAX_LENGTH = 259;
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
/** What the URL standard calls a host that ends in a number: every resolver may read it as IPv4. */
const NUMBER = /^(?:\d+|0x[0-9a-f]*)$/;

/**
 * Reads `host:port`, or `host` alone where there is a default port. Internationalised names are
 * refused in both of their spellings (Unicode and `xn--`): look-alikes of an allowed name.
 */
export function parseTarget(
  text: string,
  defaultPort: number | null = null,
): Target | { problem: TargetProblem } {
  if (text.length > MAX_LENGTH) return { problem: 'too-long' };
  // Code points up to the space, and DEL: NUL, CR and LF among them.
  const codes = Array.from(text, (char) => char.codePointAt(0) ?? 0);
  if (codes.some((code) => code <= 0x20 || code === 0x7f)) return { problem: 'control-character' };
  if (codes.some((code) => code > 0x7f)) return { problem: 'not-ascii' };
  if (text.includes('@')) return { problem: 'user-info' };
  if (/[[\]%]/.test(text)) return { problem: 'ip-literal' };
  const [name = '', given, ...rest] = text.toLowerCase().split(':');
  if (rest.length > 0) return { problem: 'ip-literal' };
  const port = given === undefined ? defaultPort : portOf(given);
  if (port === null) return { problem: 'port' };
  const problem = nameProblem(name);
  return problem === null ? { host: name, port } : { problem };
}

function portOf(text: string): number | null {
  return /^[1-9]\d{0,4}$/.test(text) && Number(text) <= 65535 ? Number(text) : null;
}

function nameProblem(name: string): TargetProblem | null {
  if (name.endsWith('.')) return 'trailing-dot';
  const labels = name.split('.');
  if (NUMBER.test(labels.at(-1) ?? '')) return 'ip-literal';
  if (name.length > 253) return 'too-long';
  const odd = labels.some((label) => !LABEL.test(label) || label.slice(2, 4) === '--');
  // A single label (`localhost`, `db`) is a name of the host's own network.
  return odd || labels.length < 2 ? 'not-a-host-name' : null;
}

/** What a run asked to reach. Bytes count both directions; port null when it named none readable. */
export interface EgressRecord {
  host: string;
  port: number | null;
  allowed: boolean;
  bytes: number;
}
