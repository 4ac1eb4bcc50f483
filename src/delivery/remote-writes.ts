/** The remote-write gate's rule: asked immediately before each outward effect. */
import type { Barred } from '../control/contract.ts';
import type { Policy } from '../control/policy.ts';
import { ForgeError } from './forges/forge.ts';

const WHY = {
  halted: 'aedev is halted',
  'policy-broken': 'a policy file is broken',
} satisfies { [why in NonNullable<Barred>]: string };

/**
 * Throws {@link ForgeError} unless outward writes are allowed right now: `barred` while nothing may go
 * out (it may later, without anybody changing the setting), `remote-writes-off` where policy forbids it.
 */
export function assertOutward(policy: Policy, barred: Barred, what: string): void {
  if (barred) throw new ForgeError('barred', `${WHY[barred]}; ${what} was not done`, true);
  if (!policy.policies.system.allow_remote_writes) {
    throw new ForgeError(
      'remote-writes-off',
      `system.allow_remote_writes is false; ${what} was not done`,
      false,
      { remedy: 'set system.allow_remote_writes: true in policies.yaml if you mean it' },
    );
  }
}
