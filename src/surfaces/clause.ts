/** A sentence as a part of a longer one: without its full stop. */
export const clause = (sentence: unknown): string =>
  String(sentence ?? '')
    .trimEnd()
    .replace(/(?<!\.)\.$/, '');
