/**
 * Families of models: which coders there are, and whose models they and the judges are. What a
 * model wrote is never judged by a model of the same maker, unless policy says so.
 */

export const CODERS = ['claude', 'codex', 'gemini', 'scripted'] as const;
export type CoderName = (typeof CODERS)[number];

type Maker = 'anthropic' | 'openai' | 'google';

const OF_CODER: Readonly<Record<string, Maker>> = {
  claude: 'anthropic',
  codex: 'openai',
  gemini: 'google',
};

/** Names of models and families, by what stands in them. */
const NAMES: readonly [pattern: RegExp, maker: Maker][] = [
  [/claude|anthropic|(?:^|[^a-z])(?:opus|sonnet|haiku)(?:[^a-z]|$)/i, 'anthropic'],
  [/openai|codex|chatgpt|gpt|(?:^|[/-])o[1-9](?:-|$)/i, 'openai'],
  [/gemini|google|gemma/i, 'google'],
];
/** Servers of the makers themselves. */
const HOSTS: readonly [pattern: RegExp, maker: Maker][] = [
  [/(?:^|\.)anthropic\.com$/, 'anthropic'],
  [/(?:^|\.)openai\.com$/, 'openai'],
  [/(?:^|\.)googleapis\.com$/, 'google'],
];

/** What is known of a judge; of a verdict only its family's name and its model's. */
export interface JudgeIdentity {
  family: string;
  model: string | null;
  protocol?: 'openai' | 'gemini' | 'codex-cli' | 'gemini-cli';
  base_url?: string | undefined;
}

/**
 * Is this judge of the coder's own family? By name, by model, and by whose server it asks: a judge
 * that is called `second` and asks OpenAI is no judge of codex.
 */
export function sharesFamily(coder: string, judge: JudgeIdentity): boolean {
  const maker = OF_CODER[coder];
  if (judge.family === coder) return true;
  return maker !== undefined && makersOf(judge).has(maker);
}

/** Two judges of one maker are of two names only: what one overlooks the other is likely to overlook. */
export function sameMaker(one: JudgeIdentity, other: JudgeIdentity): boolean {
  const makers = makersOf(other);
  return [...makersOf(one)].some((maker) => makers.has(maker));
}

function makersOf({ family, model, protocol, base_url }: JudgeIdentity): Set<Maker> {
  const named = NAMES.flatMap(([pattern, maker]) =>
    pattern.test(family) || (model !== null && pattern.test(model)) ? maker : [],
  );
  const host = base_url === undefined ? null : hostOf(base_url);
  const served =
    host === null ? [] : HOSTS.flatMap(([pattern, maker]) => (pattern.test(host) ? maker : []));
  // Without an address the protocol's own server is asked; a maker's CLI asks no other's models.
  const own: Maker[] =
    protocol === undefined || base_url !== undefined
      ? []
      : [protocol === 'openai' || protocol === 'codex-cli' ? 'openai' : 'google'];
  return new Set([...named, ...served, ...own]);
}

const hostOf = (url: string): string | null =>
  /^https?:\/\/(?:[^/?#@]*@)?([^/?#:]+)/i.exec(url)?.[1]?.toLowerCase() ?? null;

/** The same for judges whose verdicts count as one: of one maker, else one model of one server, else one name. */
export function makerKey(judge: JudgeIdentity): string {
  const makers = [...makersOf(judge)].sort();
  if (makers.length > 0) return makers.join(' ');
  return judge.base_url === undefined
    ? judge.family.toLowerCase()
    : `${judge.base_url} ${judge.model ?? ''}`;
}

/** Families that may judge what this coder wrote, one of each maker. */
export function judgesFor(
  judges: { families: readonly JudgeIdentity[]; allow_coder_family: boolean },
  coder: string,
): string[] {
  const fit = judges.families.filter(
    (judge) => judges.allow_coder_family || !sharesFamily(coder, judge),
  );
  // Two names for one maker's models are one opinion asked twice.
  const byMaker = new Map<string, string>();
  for (const judge of fit) {
    const key = makerKey(judge);
    if (!byMaker.has(key)) byMaker.set(key, judge.family);
  }
  return [...new Set(byMaker.values())];
}
