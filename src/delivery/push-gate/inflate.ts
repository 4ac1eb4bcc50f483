/** Unpacks gzip and zlib, bounded. What is cut off in the middle is read as far as it goes. */
import { constants, gunzipSync, inflateSync } from 'node:zlib';

/** Of what stands inside a text. A whole file may unpack to more. */
const MAX_OUTPUT = 1024 * 1024;

/**
 * What packed bytes hold, the beginning of it when that is more than `max` bytes (a bomb must not
 * cost more, nor hide what it begins with); null when they are not packed.
 */
export function inflated(bytes: Buffer, max = MAX_OUTPUT): Buffer | null {
  const gzip = bytes[0] === 0x1f && bytes[1] === 0x8b && bytes[2] === 8;
  // A zlib header names deflate, a window of at most 32 KiB, and is a multiple of 31.
  const zlib =
    ((bytes[0] ?? 0) & 0x8f) === 8 && (((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0)) % 31 === 0;
  if (bytes.length < 12 || (!gzip && !zlib)) return null;
  const options = { maxOutputLength: max, finishFlush: constants.Z_SYNC_FLUSH };
  for (let length = bytes.length; length >= 12; length >>= 1) {
    try {
      return (gzip ? gunzipSync : inflateSync)(bytes.subarray(0, length), options);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_BUFFER_TOO_LARGE') return null;
    }
  }
  return null;
}
