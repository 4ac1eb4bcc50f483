/**
 * `clarified-spec.md`: what the operator approves. YAML front matter, then the request and all that
 * was settled about it, bound together by one digest.
 *
 * Digest: the sha256, in lower-case hex, of the whole document's UTF-8 bytes in which the 64 digits
 * of the `digest` line are 64 zeros. So every byte counts, the digest's own line included.
 */

export interface SpecInput {
  mission: string;
  repos: readonly string[];
  /** Version of the clarification rules. */
  rules: string;
  /** Ambiguity scores, 0–100: of the bare request, and with the answers. */
  before: number;
  after: number;
  /** ISO 8601, UTC. */
  created: string;
  request: string;
  answers: readonly { question: string; answer: string }[];
  assumptions: readonly string[];
  acceptance: readonly string[];
  outOfScope: readonly string[];
  /** One line a task: what an approval sets going. */
  plan: readonly string[];
}

const BLANK = '0'.repeat(64);
const FORMAT = 'aedev-spec/1';

/** Half of a surrogate pair has no UTF-8 form: two different texts would get the same bytes. */
function wellFormed(text: string): string {
  return text.replace(
    /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g,
    '\uFFFD',
  );
}

/**
 * Text from outside, verbatim, in a fence longer than any run of backticks in it: whatever markdown
 * or HTML it holds, it cannot end its block, forge a section or hide what follows.
 */
function fenced(text: string): string {
  let longest = 2;
  for (const [run] of text.matchAll(/`+/g)) longest = Math.max(longest, run.length);
  const fence = '`'.repeat(longest + 1);
  return `${fence}text\n${text}\n${fence}`;
}

export const oneLine = (text: string): string =>
  text.replace(/[\s\u0085\u2028\u2029]+/g, ' ').trim();

function list(items: readonly string[]): string {
  return items.length === 0
    ? '(none)'
    : fenced(items.map((item) => `- ${oneLine(item)}`).join('\n'));
}

/** A YAML double-quoted scalar in ASCII; JSON's is one. */
function scalar(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function front(input: SpecInput, digest: string): string {
  return [
    '---',
    `format: "${FORMAT}"`,
    `mission: ${scalar(input.mission)}`,
    `repos: [${input.repos.map(scalar).join(', ')}]`,
    `rules: ${scalar(input.rules)}`,
    `score_before: ${Math.round(input.before)}`,
    `score_after: ${Math.round(input.after)}`,
    `created: ${scalar(input.created)}`,
    `digest: "${digest}"`,
    '---',
  ].join('\n');
}

/**
 * The document and its digest. `sha256` hashes a string's UTF-8 bytes to lower-case hex; it is an
 * argument because the control plane has no crypto of its own.
 */
export function renderSpec(
  input: SpecInput,
  sha256: (s: string) => string,
): { text: string; digest: string } {
  const answers =
    input.answers.length === 0
      ? '(none)'
      : input.answers
          .map(
            ({ question, answer }, i) =>
              `${i + 1}. Question\n\n${fenced(oneLine(question))}\n\nAnswer\n\n${fenced(answer)}`,
          )
          .join('\n\n');
  const body = [
    '# Clarified spec',
    `## Request\n\n${fenced(input.request)}`,
    `## Questions and answers\n\n${answers}`,
    `## Assumptions\n\n${list(input.assumptions)}`,
    `## Acceptance criteria\n\n${list(input.acceptance)}`,
    `## Out of scope\n\n${list(input.outOfScope)}`,
    `## Plan\n\n${list(input.plan)}`,
  ].join('\n\n');
  const blank = wellFormed(`${front(input, BLANK)}\n\n${body}\n`);
  const digest = sha256(blank);
  // The front matter comes first and holds no text from outside before its digest line that is not quoted.
  return { text: blank.replace(`\ndigest: "${BLANK}"\n`, `\ndigest: "${digest}"\n`), digest };
}

export type SpecVerdict =
  | { ok: true; digest: string; mission: string }
  | { ok: false; reason: string };

const HEAD =
  /^---\nformat: "([^"\n]{1,40})"\nmission: ("(?:[^"\\\n]|\\.){0,400}")\nrepos: \[[^\n]*\]\nrules: "[^\n]*"\nscore_before: \d{1,3}\nscore_after: \d{1,3}\ncreated: "[^\n]*"\ndigest: "([0-9a-f]{64})"\n---\n/;

/** Recomputes the digest. Any changed, added or missing byte is refused, with the reason. */
export function verifySpec(text: string, sha256: (s: string) => string): SpecVerdict {
  const head = HEAD.exec(text);
  if (head === null)
    return {
      ok: false,
      reason: 'the front matter is not that of a clarified spec, or it was edited',
    };
  const [whole, format, mission, digest] = head as unknown as [string, string, string, string];
  if (format !== FORMAT)
    return { ok: false, reason: `the format ${format} is not known to this version` };
  if (wellFormed(text) !== text) return { ok: false, reason: 'the document is not valid Unicode' };
  const at = whole.lastIndexOf(digest);
  const actual = sha256(`${text.slice(0, at)}${BLANK}${text.slice(at + digest.length)}`);
  if (actual !== digest) {
    return {
      ok: false,
      reason: `the document was changed: its digest says ${digest.slice(0, 12)}…, its content gives ${actual.slice(0, 12)}…`,
    };
  }
  try {
    return { ok: true, digest, mission: String(JSON.parse(mission)) };
  } catch {
    return { ok: false, reason: 'the mission id in the front matter is not readable' };
  }
}
