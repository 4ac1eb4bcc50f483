/** What aedev's own folders weigh, and whether the policy lets new runs start on what is left. */
import type { Diagnosis } from '../../control/diagnosis.ts';
import { broken, ok, warning } from './words.ts';

export interface DiskFacts {
  /** Folders of the home by name, with the bytes they occupy. */
  parts: { name: string; bytes: number }[];
  /** On the disk of the home, for this account; null when unknown. */
  freeBytes: number | null;
  /** Below so many free bytes no run starts. */
  floorBytes: number;
}

/** Decimal, as `retention.min_free_gb` is. */
const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

function size(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value.toFixed(unit === 0 ? 0 : 1)} ${UNITS[unit]}`;
}

export function ofDisk({ parts, freeBytes, floorBytes }: DiskFacts): Diagnosis[] {
  const what = 'disk';
  const total = parts.reduce((sum, { bytes }) => sum + bytes, 0);
  const most = parts
    .filter(({ bytes }) => bytes > 0)
    .sort((a, b) => b.bytes - a.bytes)
    .map(({ name, bytes }) => `${name} ${size(bytes)}`);
  const used = `aedev uses ${size(total)}${most.length > 0 ? `: ${most.join(', ')}` : ''}.`;
  if (freeBytes === null)
    return [
      warning(what, `The free space on the disk of the home could not be found out; ${used}`),
    ];
  if (freeBytes >= floorBytes)
    return [ok(what, `${size(freeBytes)} are free on the disk of the home; ${used}`)];
  return [
    broken(
      what,
      'machine',
      `Only ${size(freeBytes)} are free on the disk of the home, below the ${size(floorBytes)} that retention.min_free_gb keeps free: no new run starts; ${used}`,
      'Free some space (`aedev prune --dry-run` says what can go), lower retention.min_free_gb, or set AEDEV_HOME to a folder on a larger disk.',
    ),
  ];
}
