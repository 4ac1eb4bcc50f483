/** One thing that `aedev doctor` looked at. Every text is safe to print and holds no secret. */
export interface Diagnosis {
  /** Short name of the thing, e.g. `git` or `repo shop`. */
  what: string;
  /** `ok` and `warning` let work go on; `missing` was never there, `broken` is there and wrong. */
  state: 'ok' | 'warning' | 'broken' | 'missing';
  /** Who has to mend it when it is broken or missing; `advice` never makes the doctor fail. */
  kind: 'machine' | 'config' | 'integrity' | 'advice';
  sentence: string;
  /** The one command that mends it, when there is one; empty when nothing is to be done. */
  remedy: string;
}
