import { type WindowDoc, windowWords } from '../windows-doc.ts';
import { ago, safe } from './output.ts';

/** A line for each window that is known of, or one that says that nothing is. */
export function windowLines(windows: readonly WindowDoc[], now: number): string[] {
  if (windows.length === 0) return ['  unknown: no run on a subscription has reported them'];
  return windows.map(
    (doc) => `  ${safe(doc.account)}  ${safe(windowWords(doc, now, (time) => ago(time, now)))}`,
  );
}
