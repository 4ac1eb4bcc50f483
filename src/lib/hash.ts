import { hash } from 'node:crypto';

/** Hex sha256 of bytes, or of a string's UTF-8 bytes. */
export function sha256Hex(content: string | Uint8Array): string {
  return hash('sha256', content, 'hex');
}

/** What stands where a chain of hashes begins: the hash before the first event of the log. */
export const NO_HASH = '0'.repeat(64);

/** True for 64 lower-case hex digits: safe to use as a file name. */
export function isSha256Hex(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}
