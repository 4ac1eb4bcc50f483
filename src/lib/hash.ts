import { hash } from 'node:crypto';

/** Hex sha256 of bytes, or of a string's UTF-8 bytes. */
export function sha256Hex(content: string | Uint8Array): string {
  return hash('sha256', content, 'hex');
}

/** True for 64 lower-case hex digits: safe to use as a file name. */
export function isSha256Hex(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}
