/** The remote-write gate's rule: asked immediately before each outward effect. */
import type { Policy } from '../control/policy.ts';
import { ForgeError } from './forges/forge.ts';

/** Throws {@link ForgeError} `remote-writes-off` unless outward writes are allowed right now. */
export function assertOutward(policy: Policy, halted: boolean, what: string): void {
  if (halted)
    throw new ForgeError(
      'remote-writes-off',
      `aedev is halted, or a policy file is broken; ${what} was not done`,
    );
  if (!policy.policies.system.allow_remote_writes) {
    throw new ForgeError(
      'remote-writes-off',
      `system.allow_remote_writes is false; ${what} was not done`,
    );
  }
}
