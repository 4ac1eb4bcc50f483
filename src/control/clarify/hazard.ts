import { type CompiledIndex, squash, wordsIn } from './compile-index.ts';
import { contradictions } from './contradictions.ts';
import { negated } from './demand.ts';
import { type Hazard, IRREVERSIBLE, MANY_REPOS, STEERING } from './lexicon-hazard.ts';
import type { Reading, Sentence } from './reading.ts';
import type { Finding, FindingCode } from './types.ts';

/** Asking how, when or whether to do it, or telling what code does, is not ordering it. */
const NOT_ORDERED =
  /(?:\b(?:how to|how not to|when(?:ever)?|if|whether|(?:before|after|until)(?! \d)|unless|that says|saying|about|mentions?|warns?|to (?:prevent|avoid|forbid|refuse|block)|refuses? to|cannot|can't|from being|tries to|attempts? to|would|which|who|users? who|people who|accidentally|never)\b[^,;]{0,30}|(?:如何|怎么|是否|如果|当|防止|避免|禁止|以免|提示用户|不会)[^，,；]{0,12})$/;

/** Each rule once per text, at its first place that is not negated; places already reported are not repeated. */
function first(
  sentences: readonly Sentence[],
  rules: readonly Hazard[],
  code: FindingCode,
  points: number,
  guard: boolean,
): Finding[] {
  const findings: Finding[] = [];
  const taken: { sentence: Sentence; from: number; to: number }[] = [];
  for (const rule of rules) {
    const pattern = new RegExp(rule.pattern.source, 'g');
    const hit = firstPlace(sentences, pattern, guard);
    if (hit === undefined) continue;
    // Chinese and English rules for one danger may meet in mixed words; it is still one danger.
    if (taken.some((t) => t.sentence === hit.sentence && t.from < hit.to && hit.from < t.to))
      continue;
    taken.push(hit);
    const words = hit.sentence.plain
      .slice(hit.from, hit.to)
      .replace(/[\uE000-\uE006]/g, '…')
      .trim();
    findings.push({ signal: 'hazard', code, points, words, why: rule.why });
  }
  return findings;
}

function firstPlace(
  sentences: readonly Sentence[],
  pattern: RegExp,
  guard: boolean,
): { sentence: Sentence; from: number; to: number } | undefined {
  for (const sentence of sentences) {
    const { plain } = sentence;
    for (const m of plain.matchAll(pattern)) {
      const before = plain.slice(Math.max(0, m.index - 60), m.index);
      if (guard && (negated(plain, m.index) || NOT_ORDERED.test(before))) continue;
      return { sentence, from: m.index, to: m.index + m[0].length };
    }
  }
  return undefined;
}

const MEDIA =
  /^(?:application|text|image|audio|video|font|multipart|message|model|and|or|either|yes|true|on|read|input|client|http|tcp|ci)$/;

/** `owner/name` of one owner more than once, where no folder is called like the owner: repos of a forge. */
function foreignSlugs(
  sentences: readonly Sentence[],
  indexes: readonly CompiledIndex[],
): Set<string> {
  const slugs = new Set<string>();
  for (const { plain } of sentences) {
    for (const [slug, owner] of plain.matchAll(
      /(?<![\w@/.-])([a-z][a-z0-9-]{1,38})\/[a-z][\w-]{1,60}(?:·[\w-]{1,20})?(?![\w/(:])/g,
    )) {
      if (owner === undefined || MEDIA.test(owner) || slug === `${owner}/${owner}`) continue;
      const local = indexes.some(
        (i) => i.folders.has(owner) || i.packages.has(owner) || i.repo.toLowerCase() === owner,
      );
      if (!local) slugs.add(slug);
    }
  }
  const owners = [...slugs].map((s) => s.slice(0, s.indexOf('/')));
  return new Set([...slugs].filter((_, i) => owners.filter((o) => o === owners[i]).length > 1));
}

/**
 * Names that extend a repo's own name (`acme` → `acme-cli`, `plugin-acme`) and are neither in it nor
 * among its dependencies are other repos; two of them in one text are work across repos.
 */
function siblings(sentences: readonly Sentence[], indexes: readonly CompiledIndex[]): Finding[] {
  const names = new Set<string>();
  for (const { plain } of sentences) {
    for (const [chunk] of plain.matchAll(/(?<![a-z0-9-])[a-z0-9]{1,40}(?:-[a-z0-9]{1,40}){1,6}/g)) {
      for (const index of indexes) {
        const own = index.repo.toLowerCase();
        if (chunk === own || !(chunk.startsWith(`${own}-`) || chunk.endsWith(`-${own}`))) continue;
        if (!index.packages.has(chunk) && !index.spelled.has(squash(chunk))) names.add(chunk);
      }
    }
  }
  for (const { plain } of sentences) {
    for (const [name, scope] of plain.matchAll(/@([a-z0-9-]{1,40})\/[a-z0-9-]{1,60}/g)) {
      const ours = indexes.some((i) => i.repo.toLowerCase() === scope);
      if (ours && !indexes.some((i) => i.packages.has(name))) names.add(name);
    }
  }
  for (const name of foreignSlugs(sentences, indexes)) names.add(name);
  if (names.size < 2) return [];
  const words = [...names].slice(0, 5).join(', ');
  return [
    {
      signal: 'hazard',
      code: 'many-repos',
      points: 85,
      words,
      why: 'these look like sibling repos that are not part of this mission',
    },
  ];
}

const LISTED = /\s?(?:, and |, | and |、|和|及|以及|与)\s?/;

/**
 * The repo's own name as one item of a list ("acme, the website and our two services"): the others are
 * repos of their own, unless what they name is here.
 */
function listedWith(sentences: readonly Sentence[], indexes: readonly CompiledIndex[]): Finding[] {
  for (const { plain } of sentences) {
    const items = plain.split(LISTED).map((item) => item.trim());
    for (const index of indexes) {
      const own = index.repo.toLowerCase();
      const at = items.findIndex((i) => i === own || (i.endsWith(` ${own}`) && i.length < 60));
      if (at < 0) continue;
      const others = items.slice(Math.max(0, at - 3), at + 4).filter((i) => i !== items[at]);
      const known = (item: string) =>
        wordsIn(item.replace(own, '')).some((w) => index.areas.has(w) || index.packages.has(w));
      const foreign = others.filter((i) => i.split(' ').length <= 3 && !known(i));
      if (others.length < 2 || foreign.length === 0) continue;
      return [
        {
          signal: 'hazard',
          code: 'many-repos',
          points: 85,
          words: items
            .slice(at, at + 4)
            .join(', ')
            .slice(0, 120),
          why: 'the repo is one of several in a list; the others are not part of this mission',
        },
      ];
    }
  }
  return [];
}

/** The hazard signal: what makes it dangerous to begin without asking, however precise the text is. */
export function findHazards(reading: Reading, indexes: readonly CompiledIndex[] = []): Finding[] {
  const { sentences } = reading;
  const all = [...sentences, ...reading.announced];
  const beside = siblings(sentences, indexes);
  const findings = [
    ...first(all, STEERING, 'steering', 100, false),
    ...first(all, IRREVERSIBLE, 'irreversible', 95, true),
    ...first(all, MANY_REPOS, 'many-repos', 85, true).filter(
      (f) => !indexes.some((i) => f.words.includes(` ${i.repo.toLowerCase()} `)),
    ),
    ...(beside.length > 0 ? beside : listedWith(sentences, indexes)),
    ...contradictions(sentences),
  ];
  const { deceiving, harmless } = reading.hidden;
  if (deceiving > 0) {
    findings.push({
      signal: 'hazard',
      code: 'hidden-text',
      points: 85,
      words: `(${deceiving} control or direction characters)`,
      why: 'characters that hide or reorder text were taken out: what was seen may not be what was meant',
    });
  } else if (harmless > 0) {
    findings.push({
      signal: 'hazard',
      code: 'hidden-text',
      points: 10,
      words: `(${harmless} zero-width characters)`,
      why: 'invisible characters were taken out',
    });
  }
  if (reading.truncated) {
    findings.push({
      signal: 'hazard',
      code: 'unread',
      points: 85,
      words: '(text after 65,536 characters)',
      why: 'the rest of the text is not read by the gate; shorten the request',
    });
  }
  return findings;
}
