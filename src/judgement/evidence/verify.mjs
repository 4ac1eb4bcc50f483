#!/usr/bin/env node
// Checks an aedev evidence bundle without aedev: node verify.mjs BUNDLE [--key PUBKEY.pem]
// Exit 0 and a few lines in words when every check holds, else exit 1 and one sentence. Plain Node,
// no dependency, no code of the daemon: whoever doubts the daemon can read these lines instead.
import { createHash, createPublicKey, verify } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';

const MAX_BYTES = 256 * 1024 * 1024;
const PAYLOAD_TYPE = 'application/vnd.in-toto+json';

class Refused extends Error {}
const refuse = (sentence) => {
  throw new Refused(sentence);
};
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
// Whatever a bundle says may try to steer the terminal that shows it.
const show = (text) =>
  String(text)
    .slice(0, 200)
    .replace(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, (c) => `\\u{${c.codePointAt(0).toString(16)}}`);

/** The one canonical text of a JSON value: sorted keys, no spaces (RFC 8785). */
function canonical(value, depth = 0) {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (depth >= 256) refuse('The bundle is nested too deeply.');
  if (Array.isArray(value)) return `[${value.map((item) => canonical(item, depth + 1)).join(',')}]`;
  const members = Object.keys(value).sort();
  const text = members.map((key) => `${JSON.stringify(key)}:${canonical(value[key], depth + 1)}`);
  return `{${text.join(',')}}`;
}

function parse(bytes, what) {
  let value;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    refuse(`The ${what} is not JSON in UTF-8.`);
  }
  // Duplicate keys, other orders, spaces and other spellings of the same all end here.
  if (!Buffer.from(canonical(value), 'utf8').equals(bytes))
    refuse(`The ${what} is not byte for byte in canonical form.`);
  return value;
}

function decode(text, what) {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.toString('base64') !== text) refuse(`The ${what} is not in canonical base64.`);
  return bytes;
}

// Shapes: a function from a value to true, or to where it is wrong.
const that = (test) => (value, at) => test(value) || at;
const string = that((value) => typeof value === 'string');
const sized = (min, max = Infinity) =>
  that((value) => typeof value === 'string' && value.length >= min && value.length <= max);
const filled = sized(1);
const path = sized(0, 1024);
const boolean = that((value) => typeof value === 'boolean');
const integer = that((value) => Number.isSafeInteger(value));
const atLeast = (min) => that((value) => Number.isSafeInteger(value) && value >= min);
const [count, positive] = [atLeast(0), atLeast(1)];
const matching = (pattern) => that((value) => typeof value === 'string' && pattern.test(value));
const hash = matching(/^[0-9a-f]{64}$/);
const objectId = matching(/^[0-9a-f]{40}$/);
const mode = matching(/^[0-7]{6}$/);
const instant = that((value) => {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(value)) return false;
  const at = new Date(value);
  // 30 February would become a day in March.
  return !Number.isNaN(+at) && at.toISOString().startsWith(value.slice(0, 19));
});
const anything = () => true;
const oneOf = (...allowed) => that((value) => allowed.includes(value));
const orNull = (shape) => (value, at) => value === null || shape(value, at);
/** The first wrong place among the items, each by its own shape. */
function each(items, shapeOf, at) {
  for (const [index, item] of items.entries()) {
    const found = shapeOf(index)(item, `${at}[${index}]`);
    if (found !== true) return found;
  }
  return true;
}
const list =
  (shape, max = Infinity) =>
  (value, at) =>
    Array.isArray(value) && value.length <= max ? each(value, () => shape, at) : at;
const tuple =
  (...shapes) =>
  (value, at) =>
    Array.isArray(value) && value.length === shapes.length
      ? each(value, (index) => shapes[index], at)
      : at;
const object = (fields) => (value, at) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return at;
  for (const key of Object.keys(value))
    if (!Object.hasOwn(fields, key)) return `${at}.${show(key)}`;
  for (const [key, shape] of Object.entries(fields)) {
    if (!Object.hasOwn(value, key)) return `${at}.${key}`;
    const found = shape(value[key], `${at}.${key}`);
    if (found !== true) return found;
  }
  return true;
};
const record = (shape) => (value, at) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return at;
  return list(shape)(Object.values(value), at);
};
function must(shape, value, what) {
  const found = shape(value, what);
  if (found !== true) refuse(`${found} is missing, unknown or of the wrong kind.`);
}

/** Fields that share a shape, by their names. */
const all = (shape, names) => Object.fromEntries(names.split(' ').map((name) => [name, shape]));

const ENVELOPE = object({
  payloadType: oneOf(PAYLOAD_TYPE),
  payload: string,
  signatures: tuple(object({ keyid: hash, sig: string })),
});
const FILE = object({
  format: oneOf('aedev-evidence/1'),
  envelope: ENVELOPE,
  publicKey: string,
  blobs: record(string),
});
const totals = all(count, 'total passed failed skipped');
const where = { tier: string, ...all(orNull(string), 'image engine') };
const snapshot = object(all(objectId, 'commit tree'));
const lines = { ...all(count, 'added deleted'), binary: boolean };
const REACHED = object({ host: string, port: orNull(count), allowed: boolean, bytes: count });
const FULL_RUN = object({
  ...where,
  ...all(string, 'run role coder lane'),
  egress: (value, at) => string(value, at) === true || list(REACHED, 200)(value, at),
  ...all(orNull(string), 'model cliVersion laneProof'),
  usage: anything,
  notes: list(sized(0, 2000), 100),
});
const RUN = (value, at) => FULL_RUN({ notes: [], ...value }, at);
const REPORT = object({
  argv: (value, at) => (list(string)(value, at) === true && value.length > 0 ? true : at),
  on: oneOf('base', 'head'),
  code: orNull(integer),
  ended: string,
  durationMs: count,
  tests: orNull(object({ ...totals, runner: string })),
  failing: list(string, 50),
  ...all(hash, 'stdout stderr'),
  ...all(boolean, 'truncated reused'),
  provenance: orNull(object(where)),
});
const FINDING = object({
  ...all(string, 'rule kind commit path sentence'),
  line: orNull(integer),
});
const CHANGED = object({
  ...lines,
  path: filled,
  status: oneOf('A', 'M', 'D', 'T'),
  ...all(mode, 'oldMode newMode'),
  ...all(objectId, 'oldId newId'),
});
const LISTED = object({
  ...lines,
  path: sized(1, 1024),
  status: oneOf('A', 'M', 'D', 'R', 'T'),
  from: orNull(path),
  ...all(mode, 'oldMode mode'),
});
const SIGNALS =
  `ci-privileged-trigger ci-secrets ci-unpinned registry-change install-script test-command
  auth-removed always-true tls-off weak-crypto sql-drop data-delete test-skip test-exit
  assertion-removed download-run dynamic-code wide-open hidden-text encoded silent-tests
  unproven-tests old-tests-fail test-aware assert-patched subject-mocked test-cache`.split(/\s+/);
const FEATURES = object({
  files: list(LISTED, 200),
  totals: object(all(count, 'files added deleted binary deletedFiles folders')),
  baseFiles: orNull(count),
  tests: object(all(orNull(object(totals)), 'before after')),
  verify: oneOf('passed', 'failed', 'missing'),
  runnerFiles: list(path, 20),
  signals: list(object({ signal: oneOf(...SIGNALS), path, line: orNull(positive) }), 90),
  history: orNull(object(all(count, 'commits touching reverts'))),
  ...all(boolean, 'cut redToGreen truncated'),
  ...all(count, 'secrets findings'),
});
const TASK = object({
  ...all(string, 'id repo request specDigest'),
  ...all(list(string), 'acceptance allowedPaths'),
});
const SCAN = object({
  rulesVersion: string,
  commits: list(objectId),
  findings: list(FINDING, 500),
  cut: boolean,
});
const PREDICATE = object({
  task: TASK,
  ...all(snapshot, 'base head'),
  policyHash: string,
  runs: list(RUN),
  verify: list(REPORT),
  scan: SCAN,
  files: list(CHANGED, 5000),
  features: FEATURES,
  riskRules: filled,
  diff: object({ sha256: hash, bytes: count, truncated: boolean }),
  ...all(boolean, 'filesCut truncated'),
  log: object({ seq: count, hash }),
  time: instant,
  keyId: hash,
});
const STATEMENT = object({
  _type: oneOf('https://in-toto.io/Statement/v1'),
  subject: tuple(
    object({ name: oneOf('head-commit'), digest: object({ gitCommit: objectId }) }),
    object({ name: oneOf('head-tree'), digest: object({ gitTree: objectId }) }),
    object({ name: oneOf('diff'), digest: object({ sha256: hash }) }),
  ),
  predicateType: oneOf('urn:aedev:evidence:1'),
  predicate: PREDICATE,
});

const der = (key) => key.export({ type: 'spki', format: 'der' });
function readKey(pem, what) {
  let key;
  try {
    key = createPublicKey(pem);
  } catch {
    refuse(`The ${what} is not a public key in PEM form.`);
  }
  return key.asymmetricKeyType === 'ed25519' ? key : refuse(`The ${what} is not an Ed25519 key.`);
}

function check(bytes, pinned) {
  const file = parse(bytes, 'bundle');
  must(FILE, file, 'bundle');
  const key = readKey(file.publicKey, 'bundle’s key');
  if (key.export({ type: 'spki', format: 'pem' }) !== file.publicKey)
    refuse('The bundle’s key is not in its usual form.');
  if (pinned && !der(key).equals(der(readKey(pinned, 'given key'))))
    refuse('The bundle was signed with another key than the given one.');
  const [{ keyid, sig }] = file.envelope.signatures;
  if (keyid !== sha256(der(key))) refuse('The key id does not belong to the bundle’s key.');
  const payload = decode(file.envelope.payload, 'payload');
  const head = `DSSEv1 ${PAYLOAD_TYPE.length} ${PAYLOAD_TYPE} ${payload.length} `;
  if (!verify(null, Buffer.concat([Buffer.from(head), payload]), key, decode(sig, 'signature')))
    refuse('The signature does not fit the statement.');
  const statement = parse(payload, 'statement');
  must(STATEMENT, statement, 'statement');
  const { predicate, subject } = statement;
  const lengths = new Map();
  for (const [name, text] of Object.entries(file.blobs)) {
    const blob = decode(text, 'blob');
    if (sha256(blob) !== name) refuse(`The blob ${show(name)} is not what its name says.`);
    lengths.set(name, blob.length);
  }
  const { diff, verify: reports, features, scan } = predicate;
  const named = new Set([diff.sha256, ...reports.flatMap((one) => [one.stdout, one.stderr])]);
  for (const name of named) if (!lengths.has(name)) refuse(`The blob ${name} is missing.`);
  if (named.size !== lengths.size) refuse('There is a blob that the statement does not name.');
  const onHead = reports.filter((one) => one.on === 'head');
  const commands = (on) => canonical(reports.filter((one) => one.on === on).map((one) => one.argv));
  const passed = onHead.every((one) => one.ended === 'exited' && one.code === 0);
  const state = onHead.length === 0 ? 'missing' : passed ? 'passed' : 'failed';
  const secrets = scan.findings.filter((one) => one.kind === 'secret').length;
  const agreements = [
    ['head commit', subject[0].digest.gitCommit === predicate.head.commit],
    ['head tree', subject[1].digest.gitTree === predicate.head.tree],
    ['diff', subject[2].digest.sha256 === diff.sha256],
    ['length of the diff', lengths.get(diff.sha256) === diff.bytes],
    ['key', predicate.keyId === keyid],
    ['cut of the diff', features.truncated === diff.truncated],
    ['cut', predicate.truncated === (diff.truncated || predicate.filesCut || scan.cut)],
    ['commands on base and head', commands('base') === commands('head')],
    ['result of the checks', features.verify === state],
    ['number of secrets', scan.cut || features.secrets === secrets],
    ['number of findings', scan.cut || features.findings === scan.findings.length - secrets],
  ];
  for (const [what, holds] of agreements)
    if (!holds) refuse(`The statement contradicts itself about the ${what}.`);
  return { predicate, keyid, state, blobs: lengths.size };
}

function main(args) {
  const at = args.indexOf('--key');
  const keyPath = at < 0 ? null : args[at + 1];
  const rest = at < 0 ? args : args.toSpliced(at, 2);
  if (rest.length !== 1 || rest[0].startsWith('-') || keyPath === undefined)
    refuse('Usage: node verify.mjs BUNDLE [--key PUBKEY.pem]');
  const read = (path) =>
    statSync(path).size > MAX_BYTES ? refuse('The bundle is too large.') : readFileSync(path);
  const bytes = read(rest[0]);
  const { predicate, keyid, state, blobs } = check(bytes, keyPath && read(keyPath));
  const { base, head, task, time, files, log } = predicate;
  console.log(`The bundle is whole and its signature holds: sha256 ${sha256(bytes)}`);
  console.log(
    keyPath
      ? `Signed with the given key (${keyid}).`
      : `Signed with key ${keyid}, which is the bundle’s own claim: give --key to check whose it is.`,
  );
  console.log(`Task ${show(task.id)} in ${show(task.repo)}: ${base.commit} to ${head.commit}`);
  console.log(`Tree ${head.tree}, ${files.length} files changed, ${blobs} blobs, gathered ${time}`);
  console.log(
    `Checks on the head: ${state}. Sealed after event ${log.seq} (${log.hash}) of a log;`,
  );
  console.log(
    'whether it stands in that log is not checked here: `aedev evidence verify` does, beside it.',
  );
  if (predicate.truncated) console.log('Part of the change is not in it: it was too long.');
}

try {
  main(process.argv.slice(2));
} catch (error) {
  console.error(
    error instanceof Refused ? error.message : 'The bundle or the key file cannot be read.',
  );
  process.exitCode = 1;
}
