import { Transform } from 'node:stream';

export interface Withheld {
  isIn(text: string): boolean;
  /** Passes everything on until the credential begins, then nothing more. */
  stream: Transform;
}

/**
 * An answer may repeat what it was asked with: the credential does not come back into a run that way.
 * Held back is only the end of a piece that the credential could begin with, so events arrive at once.
 * @param authorization the header's whole value; its last word is the credential
 * @param found called when it is there
 */
export function withhold(authorization: string, found: () => void): Withheld {
  const secret = Buffer.from(authorization.split(' ').at(-1) ?? authorization);
  let kept = Buffer.alloc(0);
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const bytes = Buffer.concat([kept, chunk]);
      if (secret.length > 0 && bytes.includes(secret)) return found();
      const open = beginning(bytes, secret);
      kept = bytes.subarray(bytes.length - open);
      done(null, bytes.subarray(0, bytes.length - open));
    },
    flush(done) {
      done(null, kept);
    },
  });
  return { isIn: (text) => secret.length > 0 && text.includes(secret.toString()), stream };
}

/** Length of the longest end of `bytes` that `secret` begins with. */
function beginning(bytes: Buffer, secret: Buffer): number {
  for (let length = Math.min(bytes.length, secret.length - 1); length > 0; length -= 1)
    if (bytes.subarray(bytes.length - length).equals(secret.subarray(0, length))) return length;
  return 0;
}
