import type { SandboxTier } from '../../src/execution/sandboxes/sandbox.ts';
import type { Settings } from './range.ts';

export type Theme =
  | 'git'
  | 'files'
  | 'configuration'
  | 'theft'
  | 'escape'
  | 'resources'
  | 'proxy'
  | 'output';

export interface Attack {
  name: string;
  theme: Theme;
  /** What is tried, as one plain sentence. */
  tries: string;
  /** Tiers that hold it; in the others it succeeds, or there is nothing that it could be tried on. */
  tiers: readonly SandboxTier[];
  /** What the operator reads about it in `aedev task show`. */
  told: RegExp;
}

/** Attacks that share a run because they do not disturb each other. */
export interface Batch {
  attacks: readonly Attack[];
  settings?: Settings;
  /** The run's outcome. */
  outcome: RegExp;
}

export const EVERY: readonly SandboxTier[] = ['docker', 'srt', 'process'];
export const ISOLATED: readonly SandboxTier[] = ['docker', 'srt'];

/** What every run of a tier is told about, whatever it tries inside. */
export const WALLS =
  /It ran in (?:a container that holds|the system’s sandbox, which shows) no file/;
export const UNREAD = /Its own git directory was thrown away unread\./;
