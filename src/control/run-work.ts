/** What became of what a run did and the host did not collect: kept at a ref, nothing, or where it lies. */
export type Work =
  | { kind: 'kept'; ref: string }
  | { kind: 'unchanged' }
  /** It could not be kept, and nothing will try again: it is left where it is. */
  | { kind: 'stays'; why: string; folder: string }
  /** The run was withdrawn: what it left is looked at once it has ended. */
  | { kind: 'open'; ref: string };

export function workWords(work: Work): string {
  switch (work.kind) {
    case 'kept':
      return `what it had done is kept at ${work.ref}`;
    case 'unchanged':
      return 'it had changed no file';
    case 'stays':
      return `what it had done could not be kept, because ${work.why}; whatever it left lies in ${work.folder}`;
    case 'open':
      return `what it had done is kept at ${work.ref} when it has ended; what cannot be kept stays in its folder`;
  }
}

/** A reason, and after it what became of the work where that is known. */
export const withWork = (reason: string, work: Work | undefined): string =>
  work ? `${reason.replace(/\.$/, '')}; ${workWords(work)}` : reason;
