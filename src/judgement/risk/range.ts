/** The risk of a range of commits of any repository, from its git objects alone: nothing is run. */
import { type RiskFeatures, type RiskPolicy, riskOfChange } from '../../control/risk.ts';
import type { RangeRisk } from '../../control/risk-report.ts';
import { GitError, isObjectId, text } from '../../lib/git.ts';
import { type Place, readChange, treesOf } from '../evidence/change.ts';
import { featuresOf } from '../evidence/features.ts';
import { pastOf } from '../evidence/past.ts';

/** A range that names no change: says why. */
export class BadRange extends Error {
  readonly tag = 'bad-range';
  constructor(message: string) {
    super(message);
    this.name = 'BadRange';
  }
}

export interface Range {
  /** Full object ids of commits. */
  base: string;
  head: string;
}

/**
 * `A..B` is what leads from A to B, `A...B` from where both part to B, and one commit is what it
 * changed against its first parent. Throws {@link BadRange}.
 */
export async function resolveRange(place: Place, range: string): Promise<Range> {
  const three = range.split('...');
  const two = range.split('..');
  if (three.length === 2) {
    const [one, head] = await Promise.all(three.map((name) => commitOf(place, name || 'HEAD')));
    const base = await git(place, ['merge-base', '--end-of-options', one ?? '', head ?? '']);
    if (base === null) throw new BadRange('The two commits have no common ancestor.');
    return { base, head: head ?? '' };
  }
  if (two.length === 2) {
    const [base, head] = await Promise.all(two.map((name) => commitOf(place, name || 'HEAD')));
    return { base: base ?? '', head: head ?? '' };
  }
  const head = await commitOf(place, range);
  const base = await git(place, ['rev-parse', '--verify', '-q', '--end-of-options', `${head}^1`]);
  if (base === null)
    throw new BadRange('That is the first commit: there is nothing to compare it with.');
  return { base, head };
}

async function git(place: Place, args: string[]): Promise<string | null> {
  try {
    const found = await text(args, { ...place, maxBytes: 4096 });
    return isObjectId(found) ? found : null;
  } catch (error) {
    if (error instanceof GitError && error.tag === 'exit') return null;
    throw error;
  }
}

async function commitOf(place: Place, name: string): Promise<string> {
  const args = ['rev-parse', '--verify', '-q', '--end-of-options', `${name}^{commit}`];
  const found = await git(place, args);
  if (found === null) throw new BadRange('It names no commit of this repository.');
  return found;
}

/**
 * Measures a change. `history`: what is known of the files' past; read from git when left out.
 * Rejects with the errors of the evidence plane.
 */
export async function measureRange(
  place: Place,
  { base, head }: Range,
  history?: RiskFeatures['history'],
): Promise<RiskFeatures> {
  const [tree = ''] = await treesOf(place, [base]);
  const before = { commit: base, tree };
  const { files, diff } = await readChange(place, base, head);
  return featuresOf(place, {
    base: before,
    files,
    past: await pastOf(place, before, files, history),
    diff: { text: diff.bytes.toString('utf8'), files: diff.files, cut: diff.cut },
    truncated: diff.cut,
    verify: [],
    reports: [],
    findings: [],
  });
}

/** The risk of a range with every reason. What was run and judged is unknown and adds nothing. */
export async function explainRange(
  place: Place,
  range: string,
  policy: RiskPolicy,
): Promise<RangeRisk> {
  const found = await resolveRange(place, range);
  const features = await measureRange(place, found);
  const { files, added, deleted } = features.totals;
  return { ...found, ...riskOfChange(features, policy), files, added, deleted };
}
