/** The daemon's own way to open a bundle: nothing in it is used before all of it is checked. */
import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { canonicalJson } from '../../lib/canonical.ts';
import { isSha256Hex, sha256Hex } from '../../lib/hash.ts';
import { bundleFile, type Predicate, type Statement, statement } from './bundle.ts';
import { verifyState } from './features.ts';
import { pae } from './seal.ts';

/** More is not a bundle of ours. */
const MAX_BUNDLE = 256 * 1024 * 1024;

/** A bundle that must not be believed. `tag` says which check it failed; the message is one sentence. */
export class BundleError extends Error {
  readonly tag: 'form' | 'key' | 'signature' | 'blobs' | 'statement';
  constructor(tag: BundleError['tag'], message: string) {
    super(`${message} Do not use this evidence; gather it again.`);
    this.name = 'BundleError';
    this.tag = tag;
  }
}

export interface OpenBundle {
  /** Hex sha256 of the file. */
  digest: string;
  statement: Statement;
  predicate: Predicate;
  /** Bytes of a blob that the predicate names. */
  blob(digest: string): Uint8Array;
}

/** Parses bytes whose only allowed form is canonical: a second spelling of the same is refused. */
function canonical(bytes: Uint8Array, what: string): unknown {
  let value: unknown;
  let again: string;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
    again = canonicalJson(value);
  } catch {
    throw new BundleError('form', `The ${what} is not canonical JSON.`);
  }
  if (!Buffer.from(again, 'utf8').equals(bytes))
    throw new BundleError('form', `The ${what} is not in canonical form.`);
  return value;
}

function bytesOf(base64: string, what: string): Buffer {
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.toString('base64') !== base64)
    throw new BundleError('form', `The ${what} is not in canonical base64.`);
  return bytes;
}

function readKey(pem: string, what: string): KeyObject {
  try {
    const key = createPublicKey(pem);
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch {
    // Said below: the parser's words may quote what it was given.
  }
  throw new BundleError('key', `The ${what} is not an Ed25519 public key.`);
}

const der = (key: KeyObject): Buffer => key.export({ type: 'spki', format: 'der' });

/**
 * Checks form, key, signature, shape, every blob, and that what is said twice agrees.
 * @param publicKeyPem the installation's key; without it the bundle vouches for its own key.
 * @throws BundleError
 */
export function openBundle(bytes: Uint8Array, publicKeyPem?: string): OpenBundle {
  if (bytes.length > MAX_BUNDLE) throw new BundleError('form', 'The bundle is too large.');
  const parsed = bundleFile.safeParse(canonical(bytes, 'bundle'));
  if (!parsed.success) throw new BundleError('form', 'The bundle does not have a bundle’s fields.');
  const { envelope, publicKey, blobs } = parsed.data;
  const key = readKey(publicKey, 'bundle’s key');
  if (key.export({ type: 'spki', format: 'pem' }) !== publicKey)
    throw new BundleError('key', 'The bundle’s key is not in its usual form.');
  if (publicKeyPem !== undefined && !der(key).equals(der(readKey(publicKeyPem, 'pinned key'))))
    throw new BundleError('key', 'The bundle was signed with another installation’s key.');
  const [mark] = envelope.signatures;
  if (mark.keyid !== sha256Hex(der(key)))
    throw new BundleError('key', 'The key id does not belong to the bundle’s key.');
  const payload = bytesOf(envelope.payload, 'payload');
  const signature = bytesOf(mark.sig, 'signature');
  if (!verify(null, pae(envelope.payloadType, payload), key, signature))
    throw new BundleError('signature', 'The signature does not fit the statement.');
  const said = statement.safeParse(canonical(payload, 'statement'));
  if (!said.success)
    throw new BundleError('statement', 'The statement does not have a statement’s fields.');
  const contents = new Map<string, Buffer>();
  for (const [digest, base64] of Object.entries(blobs)) {
    const content = bytesOf(base64, 'blob');
    if (sha256Hex(content) !== digest)
      throw new BundleError('blobs', 'A blob is not what its name says.');
    contents.set(digest, content);
  }
  agree(said.data, mark.keyid, contents);
  return {
    digest: sha256Hex(bytes),
    statement: said.data,
    predicate: said.data.predicate,
    blob: (digest) => {
      const content = isSha256Hex(digest) ? contents.get(digest) : undefined;
      if (content === undefined) throw new BundleError('blobs', 'A blob is missing.');
      return content;
    },
  };
}

/** What the statement says in two places is the same in both, and blobs are those it names. */
function agree(said: Statement, keyId: string, blobs: ReadonlyMap<string, Buffer>): void {
  const { predicate } = said;
  const [commit, tree, diff] = said.subject;
  const refuse = (what: string): never => {
    throw new BundleError('statement', what);
  };
  if (commit.digest.gitCommit !== predicate.head.commit) refuse('The head is not the subject’s.');
  if (tree.digest.gitTree !== predicate.head.tree) refuse('The tree is not the subject’s.');
  if (diff.digest.sha256 !== predicate.diff.sha256) refuse('The diff is not the subject’s.');
  if (predicate.keyId !== keyId) refuse('The statement names another key.');
  const named = new Set([
    predicate.diff.sha256,
    ...predicate.verify.flatMap((report) => [report.stdout, report.stderr]),
  ]);
  if (named.size !== blobs.size || [...named].some((digest) => !blobs.has(digest)))
    throw new BundleError('blobs', 'Blobs are missing, or there are some that nothing names.');
  if (blobs.get(predicate.diff.sha256)?.length !== predicate.diff.bytes)
    refuse('The diff is not as long as stated.');
  const { features, scan, verify: reports } = predicate;
  const commands = (on: 'base' | 'head') =>
    reports.filter((report) => report.on === on).map((report) => report.argv);
  const configured = commands('head');
  if (canonicalJson(commands('base')) !== canonicalJson(configured))
    refuse('Base and head were not checked by the same commands.');
  if (features.verify !== verifyState(configured.length, reports))
    refuse('The result of the checks is not what the commands did.');
  const secrets = scan.findings.filter((finding) => finding.kind === 'secret').length;
  const others = scan.findings.length - secrets;
  if (!scan.cut && (features.secrets !== secrets || features.findings !== others))
    refuse('The number of findings is unclear.');
  if (features.truncated !== predicate.diff.truncated) refuse('The cut of the diff is unclear.');
  if (predicate.truncated !== (features.truncated || predicate.filesCut || scan.cut))
    refuse('What was cut is unclear.');
  if (predicate.riskRules === '') refuse('The risk rules have no version.');
}
