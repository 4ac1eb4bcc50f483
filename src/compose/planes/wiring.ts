/** What every plane is wired with. */

import type { RepoEntry } from '../../control/policy-repo.ts';
import type { Clock } from '../../engine/clock.ts';
import type { LivePolicy } from '../../engine/life.ts';
import type { EventStore } from '../../store/event-store.ts';
import type { AedevOptions } from '../options.ts';

export interface Wiring extends AedevOptions {
  clock: Clock;
  policy: LivePolicy;
  blobs: { put(bytes: Uint8Array): Promise<string>; get(digest: string): Promise<Uint8Array> };
  evidenceKey: { keyId: string; publicKeyPem: string; sign(bytes: Uint8Array): Uint8Array };
  install: string;
  gate: { assertAllowed(what: string): void };
  store: EventStore;
  /** What a provider says of a subscription's windows while a run is at work. */
  heard(account: string, run: string, windows: readonly unknown[]): void;
}

export type Workspaces = import('../../execution/workspace/workspace.ts').Workspaces;

/** A repo's entry in the registry; throws when it was removed in between. */
export const entryIn =
  (policy: LivePolicy) =>
  (repo: string): RepoEntry => {
    const entry = policy.current().repos[repo];
    if (!entry) throw new Error(`repo ${repo} is not registered any more`);
    return entry;
  };

/** A task's own paths narrow the repo's; the repo's forbidden ones always count. */
export const rulesOf = (entry: RepoEntry, allowed: string[]) => ({
  allowedPaths: allowed.length > 0 ? allowed : entry.allowed_paths,
  forbiddenPaths: entry.forbidden_paths,
  maxFileBytes: entry.max_push_file_bytes,
  allowBinary: entry.allow_binary,
  trustedActions: entry.trusted_actions,
  deniedLicences: entry.denied_licences,
  registries: entry.registries,
});
