/** What aedev's own folders weigh, and whether the policy lets new runs start on what is left. */
import type { Diagnosis } from '../../control/diagnosis.ts';
import { ok, warning } from './words.ts';

export interface DiskFacts {
  /** Folders of the home by name, with the bytes they occupy. */
  parts: { name: string; bytes: number }[];
  /** Null when unknown. */
  freeBytes: number | null;
  /** Below so many free bytes no run starts; null when the configuration cannot be used. */
  floorBytes: number | null;
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

function size(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value.toFixed(unit === 0 ? 0 : 1)} ${UNITS[unit]}`;
}

export function ofDisk({ parts, freeBytes, floorBytes }: DiskFacts): Diagnosis[] {
  const what = 'disk use';
  const total = parts.reduce((sum, { bytes }) => sum + bytes, 0);
  const most = parts
    .filter(({ bytes }) => bytes > 0)
    .sort((a, b) => b.bytes - a.bytes)
    .map(({ name, bytes }) => `${name} ${size(bytes)}`);
  const used = ok(
    what,
    `aedev uses ${size(total)}${most.length > 0 ? `: ${most.join(', ')}` : ''}.`,
  );
  if (freeBytes === null || floorBytes === null || freeBytes >= floorBytes) return [used];
  return [
    used,
    warning(
      what,
      `${size(freeBytes)} are free, less than retention.min_free_gb keeps free (${size(floorBytes)}): no new run starts.`,
      'Run `aedev prune --dry-run` to see what can go.',
    ),
  ];
}
