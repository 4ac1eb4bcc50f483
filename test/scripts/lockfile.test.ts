import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

interface Entry {
  version?: string;
  resolved?: string;
  integrity?: string;
  hasInstallScript?: boolean;
  optionalDependencies?: Record<string, string>;
}

const text = readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8');
const { packages } = JSON.parse(text) as { packages: Record<string, Entry> };
const entries = Object.entries(packages).filter(([path]) => path !== '');

describe('package-lock.json', () => {
  it('pins every package by version and digest and names no registry', () => {
    const wrong = entries.filter(([, entry]) => {
      return !entry.version || !entry.integrity || entry.resolved !== undefined;
    });
    expect(entries.length).toBeGreaterThan(100);
    expect(wrong).toEqual([]);
  });

  it('holds the native parts of every platform, without which npm ci refuses the lock', () => {
    const missing = entries.flatMap(([, entry]) =>
      Object.keys(entry.optionalDependencies ?? {}).filter(
        (name) => !entries.some(([path]) => path.endsWith(`node_modules/${name}`)),
      ),
    );
    expect(missing).toEqual([]);
  });

  it('needs no install script, so set-up may refuse them all', () => {
    expect(entries.filter(([, entry]) => entry.hasInstallScript)).toEqual([]);
  });
});
