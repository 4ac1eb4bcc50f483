/** Seals a statement and its blobs into one self-contained, content-addressed file. */
import { canonicalJson } from '../../lib/canonical.ts';
import { sha256Hex } from '../../lib/hash.ts';
import { FORMAT, PAYLOAD_TYPE, type Statement } from './bundle.ts';

/** The installation's Ed25519 key; `keyId` is the hex sha256 of its SPKI DER. */
export interface EvidenceSigner {
  keyId: string;
  publicKeyPem: string;
  sign(bytes: Uint8Array): Uint8Array;
}

/** DSSE's pre-authentication encoding: what is signed (github.com/secure-systems-lab/dsse, v1). */
export function pae(payloadType: string, payload: Uint8Array): Buffer {
  const head = `DSSEv1 ${Buffer.byteLength(payloadType)} ${payloadType} ${payload.length} `;
  return Buffer.concat([Buffer.from(head, 'utf8'), payload]);
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

/** Deterministic: Ed25519 has no randomness and canonical JSON has one form. */
export function seal(
  statement: Statement,
  blobs: readonly Uint8Array[],
  signer: EvidenceSigner,
): Uint8Array {
  const payload = Buffer.from(canonicalJson(statement), 'utf8');
  const file = {
    format: FORMAT,
    envelope: {
      payloadType: PAYLOAD_TYPE,
      payload: base64(payload),
      signatures: [{ keyid: signer.keyId, sig: base64(signer.sign(pae(PAYLOAD_TYPE, payload))) }],
    },
    publicKey: signer.publicKeyPem,
    blobs: Object.fromEntries(blobs.map((bytes) => [sha256Hex(bytes), base64(bytes)])),
  };
  return Buffer.from(canonicalJson(file), 'utf8');
}
