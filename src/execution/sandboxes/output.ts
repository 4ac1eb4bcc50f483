import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { SandboxError } from './sandbox.ts';

/**
 * A host file that takes at most `maxBytes` of a stream. What comes after is read and thrown
 * away, so that the program neither blocks nor dies of a closed pipe.
 */
export class CappedOutput {
  truncated = false;
  readonly #file: FileHandle;
  readonly #maxBytes: number;
  #written = 0;
  #stream: Readable | undefined;
  #done: Promise<void> = Promise.resolve();
  #finished: Promise<void> | undefined;

  private constructor(file: FileHandle, maxBytes: number) {
    this.#file = file;
    this.#maxBytes = maxBytes;
  }

  /** Opens (empties) the file. @throws SandboxError `io` */
  static async open(path: string, maxBytes: number): Promise<CappedOutput> {
    const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW } = constants;
    try {
      const file = await open(path, O_WRONLY | O_CREAT | O_TRUNC | (O_NOFOLLOW ?? 0), 0o600);
      return new CappedOutput(file, maxBytes);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
      throw new SandboxError(
        code === 'ENOSPC' || code === 'EDQUOT' ? 'no-space' : 'io',
        `The output file of the run cannot be opened (${code}).`,
        'Make sure that the folder of runs exists, is writable and has space left.',
      );
    }
  }

  /** Starts taking from `stream`; `onGrow` is called for every chunk, also past the cap. */
  take(stream: Readable, onGrow: () => void): void {
    this.#stream = stream;
    this.#done = (async () => {
      try {
        for await (const chunk of stream) {
          onGrow();
          await this.#write(chunk as Buffer);
        }
      } catch {
        // A pipe destroyed on purpose by finish(), or a full disk: what is in the file stays.
        this.truncated = true;
        stream.resume();
      }
    })();
  }

  async #write(chunk: Buffer): Promise<void> {
    const room = this.#maxBytes - this.#written;
    if (chunk.length > room) this.truncated = true;
    if (room <= 0) return;
    const part = chunk.length > room ? chunk.subarray(0, room) : chunk;
    this.#written += part.length;
    await this.#file.writeFile(part);
  }

  /** Settles when the stream came to its end and all of it is written. */
  get ended(): Promise<void> {
    return this.#done;
  }

  /** Lets go of the stream, whoever still holds its other end, and closes the file. Idempotent. */
  finish(): Promise<void> {
    this.#finished ??= (async () => {
      this.#stream?.destroy();
      await this.#done;
      await this.#file.close();
    })();
    return this.#finished;
  }
}
