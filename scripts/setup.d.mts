/** Puts the chunks of the build in the folder `before`, but not those it kept, into the one in `fresh`. */
export function keepChunks(before: string, fresh: string): void;
