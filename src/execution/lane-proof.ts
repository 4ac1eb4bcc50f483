/**
 * Which lane a run used, proven from what aedev itself knows: the credential that it gave, how, and
 * where the run went; beside what the CLI says of itself. A paid lane that it names counts; any other disagreement proves nothing.
 */
import type { EgressRecord } from '../control/egress.ts';
import { type Lane, PAID } from '../control/lane.ts';

export interface LaneFacts {
  /** What the CLI said. */
  claim: { lane: Lane; proof: string | null };
  /** Lane of the credential that aedev gave; `none` for a coder without one. */
  given: Lane;
  /** Host that the credential goes to; null where the run itself held it. */
  proxied: string | null;
  /** What the run asked to reach; null where nothing led it out. */
  egress: readonly EgressRecord[] | null;
}

const CREDENTIALS: Readonly<Partial<Record<Lane, string>>> = {
  subscription: 'the subscription’s token',
  api: 'the key of the paid API',
};
const MAX_HOSTS = 5;

export function proveLane(facts: LaneFacts): { lane: Lane; proof: string | null } {
  const { claim, given, proxied, egress } = facts;
  if (given === 'none') return claim;
  const went = (egress ?? []).filter(({ allowed, bytes }) => allowed && bytes > 0);
  const answered = went.some(({ host }) => host === proxied);
  const said = claim.proof ?? 'the CLI did not say';
  const held =
    proxied === null
      ? `${CREDENTIALS[given] ?? 'a credential'} was in its environment`
      : `${CREDENTIALS[given] ?? 'the credential'} was added outside the sandbox`;
  const hosts = [
    ...new Set(went.map(({ host, port }) => (port === null ? host : `${host}:${port}`))),
  ];
  const more = hosts.length > MAX_HOSTS ? ` and ${hosts.length - MAX_HOSTS} more` : '';
  const reached =
    egress === null
      ? []
      : [`reached ${hosts.length > 0 ? hosts.slice(0, MAX_HOSTS).join(', ') : 'nothing'}${more}`];
  return {
    lane: laneFrom(claim.lane, given, answered),
    proof: [said, held, ...reached].join('; '),
  };
}

function laneFrom(claim: Lane, given: Lane, answered: boolean): Lane {
  if (claim === given) return given;
  // The proxy puts in its credential and takes out every other: nothing else can have paid there.
  if (claim === 'unknown') return answered ? given : 'unknown';
  return PAID.includes(claim) ? claim : 'unknown';
}
