import type { Path } from './yaml-tree.ts';

/** One thing wrong in a file of the operator's, by what it says and not by how it is written. */
export interface Finding {
  severity: 'error' | 'warning';
  path: Path;
  reason: string;
  nearest?: string | null;
}
