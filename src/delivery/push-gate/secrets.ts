/** Finds secrets in the bytes of one blob (or any text): plain, and behind up to two encodings. */
import { createHash } from 'node:crypto';
import { findAssignments, type SettingsKind } from './assignments.ts';
import { type Decoded, decodings } from './decode.ts';
import { inflated } from './inflate.ts';
import { entropy, SECRET_RULES } from './rules.ts';
import { lint, SECRETLINT_RULES, SECRETLINT_VERSION } from './secretlint.ts';

export interface SecretHit {
  rule: string;
  /** In words, with the encodings it was found behind. */
  what: string;
  /** 1-based. */
  line: number;
  /** sha256 of the secret: for fingerprints; never the secret itself. */
  secretHash: string;
}

/** A blob with more is reported with these and a note that there are more. */
export const MAX_HITS = 20;
const WINDOW = 256 * 1024;
/** Longer than any single match, so that nothing is lost where two windows meet. */
const OVERLAP = 16 * 1024;
/** What a pattern may want to see before a match. */
const LEAD = 64;
const MAX_DEPTH = 2;
/** Of a packed file. */
const MAX_UNPACKED = 32 * 1024 * 1024;
const SEPARATOR = '\n\0\n';

const BEHIND: Record<Decoded['via'], string> = {
  base64: 'behind base64',
  hex: 'behind hex',
  bytes: 'behind a list of bytes',
  escapes: 'behind escapes',
  pieces: 'cut in pieces',
};

interface RawHit {
  rule: string;
  what: string;
  at: number;
  end: number;
  secret: string;
}

/** Changes whenever the same bytes may be judged differently. */
export const RULES_VERSION: string = `3+secretlint-${SECRETLINT_VERSION}+${createHash('sha256')
  .update(JSON.stringify([SECRET_RULES.map((r) => [r.id, String(r.pattern)]), SECRETLINT_RULES]))
  .digest('hex')
  .slice(0, 12)}`;

/**
 * Scans bytes of any encoding. `kind` only adds rules (settings files); it never removes any.
 * Yields to the event loop. Hits are in order of position, each secret once.
 */
export async function scanBytes(bytes: Buffer, kind: SettingsKind | null): Promise<SecretHit[]> {
  // One character per byte: tokens are ASCII, and no byte sequence is invalid.
  const raw = bytes.toString('latin1');
  const hits = await scanText(raw, kind);
  // UTF-16 is ASCII with NULs between; binaries hide such strings too.
  if (hits.length < MAX_HITS && raw.includes('\0')) {
    const known = new Set(hits.map((hit) => hit.secretHash));
    for (const hit of await scanText(raw.replaceAll('\0', ''), kind)) {
      if (!known.has(hit.secretHash)) hits.push(hit);
    }
  }
  const unpacked = inflated(bytes, MAX_UNPACKED);
  if (hits.length < MAX_HITS && unpacked !== null) {
    const inner = await scanText(unpacked.toString('latin1'), kind);
    hits.push(
      ...inner.map((hit) => ({ ...hit, line: 1, what: `${hit.what}, behind compression` })),
    );
  }
  return hits.slice(0, MAX_HITS + 1);
}

/** Like {@link scanBytes}, for text that is already decoded. */
export async function scanText(text: string, kind: SettingsKind | null): Promise<SecretHit[]> {
  const seen = new Map<string, RawHit>();
  for (let start = 0; start < text.length && seen.size <= MAX_HITS; start += WINDOW) {
    await breathe();
    const lead = Math.min(start, LEAD);
    const window = text.slice(start - lead, start + WINDOW + OVERLAP);
    for (const hit of scanWindow(window, kind)) {
      // What begins in the overlap belongs to the next window, which sees all of it.
      if (hit.at >= lead + WINDOW) continue;
      const key = `${hit.rule}\0${hit.secret}`;
      if (!seen.has(key)) seen.set(key, { ...hit, at: hit.at + start - lead });
    }
  }
  const hits = [...seen.values()].sort((a, b) => a.at - b.at || (a.rule < b.rule ? -1 : 1));
  return locate(text, hits.slice(0, MAX_HITS + 1));
}

let lastBreath = 0;

/** Lets the process hear a halt while it scans: the event loop turns every 25 ms or each window. */
async function breathe(): Promise<void> {
  if (performance.now() - lastBreath < 25) return;
  await new Promise((resolve) => setImmediate(resolve));
  lastBreath = performance.now();
}

/** Where in `text` secrets are, as ranges: for taking them out of something to be shown. */
export function secretRanges(text: string): { at: number; end: number }[] {
  return scanWindow(text, null).map(({ at, end }) => ({ at, end }));
}

function locate(text: string, hits: RawHit[]): SecretHit[] {
  let line = 1;
  let from = 0;
  return hits.map((hit) => {
    for (
      let at = text.indexOf('\n', from);
      at !== -1 && at < hit.at;
      at = text.indexOf('\n', from)
    ) {
      line += 1;
      from = at + 1;
    }
    const secretHash = createHash('sha256').update(hit.secret, 'latin1').digest('hex');
    return { rule: hit.rule, what: hit.what, line, secretHash };
  });
}

function scanWindow(text: string, kind: SettingsKind | null): RawHit[] {
  const hits = scanPlain(text);
  if (kind !== null) {
    for (const { rule, what, at, secret } of findAssignments(text, kind)) {
      const end = at + secret.length;
      if (!hits.some((hit) => hit.secret === secret)) hits.push({ rule, what, at, end, secret });
    }
  }
  return [...hits, ...scanEncoded(text, 1)];
}

/** Decoded pieces are scanned together: one pass of the rules instead of one per piece. */
function scanEncoded(text: string, depth: number): RawHit[] {
  const pieces = decodings(text);
  if (pieces.length === 0) return [];
  const joined = pieces.map((piece) => piece.text).join(SEPARATOR);
  const starts: number[] = [];
  let offset = 0;
  for (const piece of pieces) {
    starts.push(offset);
    offset += piece.text.length + SEPARATOR.length;
  }
  const inner = [
    ...scanPlain(joined),
    ...(depth < MAX_DEPTH ? scanEncoded(joined, depth + 1) : []),
  ];
  return inner.map((hit) => {
    const piece = pieces[lastAtMost(starts, hit.at)] as Decoded;
    const what = `${hit.what}, ${BEHIND[piece.via]}`;
    return { ...hit, what, at: piece.at, end: piece.at + 1 };
  });
}

function lastAtMost(sorted: number[], value: number): number {
  let low = 0;
  let high = sorted.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((sorted[middle] ?? 0) <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}

function scanPlain(text: string): RawHit[] {
  const hits: RawHit[] = [];
  for (const { id, what, pattern, accept } of SECRET_RULES) {
    for (const match of text.matchAll(pattern)) {
      const secret = match[1] ?? match[0];
      if (isFiller(secret) || (accept && !accept(secret, match))) continue;
      hits.push({ rule: id, what, at: match.index, end: match.index + match[0].length, secret });
      // A file of nothing but secrets needs no full list.
      if (hits.length > MAX_HITS * 4) return hits;
    }
  }
  const own = [...hits].sort((a, b) => a.at - b.at);
  for (const { rule, at, end } of lint(text)) {
    if (own.some((hit) => hit.at < end && at < hit.end)) continue;
    const secret = text.slice(at, end);
    if (isFiller(secret)) continue;
    hits.push({ rule, what: `what ${rule} looks for`, at, end, secret });
    if (hits.length > MAX_HITS * 8) return hits;
  }
  return hits;
}

/** `ghp_xxxxxxxx…` in a manual: nothing but a prefix and one or two characters over and over. */
function isFiller(secret: string): boolean {
  return secret.length >= 16 && entropy(secret.slice(-16)) < 1.2;
}
