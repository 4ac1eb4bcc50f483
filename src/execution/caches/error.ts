export class CacheError extends Error {
  readonly tag: /** The command ended badly or made nothing. */
    | 'setup'
    /** The place of the cache cannot be used in this tree. */
    | 'place'
    /** What is on the disk is not what was sealed. */
    | 'broken'
    | 'io';
  constructor(tag: CacheError['tag'], message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'CacheError';
    this.tag = tag;
  }
}
