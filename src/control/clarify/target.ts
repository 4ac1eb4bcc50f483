import type { CompiledIndex } from './compile-index.ts';
import {
  type Found,
  findName,
  findPackage,
  findPath,
  findSpelled,
  parentExists,
} from './ground.ts';
import { ARTIFACT, GENERIC_AREAS, LANGUAGE_NAMES } from './lexicon-en.ts';
import { ZH_AREAS } from './lexicon-zh.ts';
import { LOG_LINE } from './patterns.ts';
import type { Item, Reading, Sentence } from './reading.ts';
import type { Finding } from './types.ts';

/** What the text names, and what of it is there. */
export interface Grounding {
  found: Found[];
  findings: Finding[];
}

const MAKES_NEW =
  /(?:\b(?:new|adds?|added|adding|creates?|created|introduces?|implements?|named?|called|provides?|writes?|generates?|exporting|into|move[sd]?|extract|copy|put|script|accept(?:s|ing)?|support|option|flag|throws?|code|message|error|becomes?|rename[sd]?|alias|field)\b|新增|增加|添加|新建|创建|生成|加|叫|名为|改名|改成|改为|换成|重命名|移到|放到|拆到|写到|写进|写入|抛|支持|提供|写一|返回)[^.;。；]{0,60}$/;
const NEW_AFTER = /^[)\s]{0,3}(?:\(new|（新|, new|is new|\(to be created|\(新)/;
const LEAD_IN =
  /^[\s\d.)*•–—\-(:,]*(?:(?:hi|hey|hello|please|pls|the|our|in|at|for|when|if|since|method|function|class|helper|hook|bug|calling|currently|today|now|right now|make|let|can|fix|that|this|where|inside|on|为|给|请|在|把|将|让|修复|目前|现在|当|如果|用|调用)[\s,:]*){0,4}$/;
const CLAIM_BEFORE =
  /(?:\b(?:in|inside|of|around|within|fix|make|let|change|extend|update|rename|remove|delete|deprecate|inline|speed up|refactor)\s(?:the |our |a |function |method |class )?|(?:修复|修改|把|将|让|在|删除|删掉|改一下|调整|给|优化))$/;
/** What follows a subject; a noun that follows makes the name a mere label ("maxListeners warning"). */
const PREDICATE =
  /^\s{0,2}(?:\([^)]{0,50}\)?)?[\s,]{0,2}(?:[a-z]{2,14}(?:s|ed|n't)\b|should|must|can|may|will|has|have|need|to\b|in\b|on\b|under\b|when\b|if\b|with\b|from\b|never|always|[\u3400-\u9fff]|:)/;
const GENERATED =
  /^(?:\.{1,2}\/)?(?:dist|coverage|out|tmp|temp|public|target|\.cache|\.next|vendor)\/|(?:^|\/)node_modules\/|(?:^|\/)\.env$/i;
const TEST_FILE = /(?:^|[/._-])(?:tests?|spec|__tests__|test-d)(?:[/._-]|$)/i;
function context(
  sentence: Sentence,
  item: Item,
  offset: number,
): { before: string; after: string; where: number } {
  const where = item.at - offset;
  return {
    before: sentence.masked.slice(Math.max(0, where - 90), where),
    after: sentence.masked.slice(where + 1, where + 60),
    where,
  };
}

function areaOf(
  indexes: readonly CompiledIndex[],
  reading: Reading,
): { words: string; path: string; spelled: boolean } | undefined {
  let broad: { words: string; path: string; spelled: boolean } | undefined;
  for (const sentence of reading.sentences) {
    const words = sentence.plain.match(/[a-z0-9]+/g) ?? [];
    const spelled = findSpelled(indexes, words);
    if (spelled !== undefined) return { words: spelled.name, path: spelled.name, spelled: true };
    for (const index of indexes) {
      for (const written of words) {
        if (written.length < 3 || GENERIC_AREAS.has(written)) continue;
        const path = index.areas.get(written) ?? index.areas.get(written.replace(/s$/, ''));
        if (path !== undefined) broad ??= { words: written, path, spelled: false };
        else if (index.names.has(written) && written.length > 4)
          broad ??= { words: written, path: index.names.get(written) || written, spelled: false };
      }
      for (const [zh, en] of ZH_AREAS) {
        const path = index.areas.get(en);
        if (path !== undefined && sentence.plain.includes(zh))
          broad ??= { words: zh, path, spelled: false };
      }
    }
  }
  return broad;
}

/** Indexes hold compound identifiers only, so just of these does absence mean anything. */
function verifiable(name: string): boolean {
  const last = name.slice(name.lastIndexOf('.') + 1);
  const own = /[a-z0-9][A-Z]|[A-Za-z0-9]_[A-Za-z0-9]/;
  // Of `Pool.acquire` the type counts, when there is one; instances (`app.x`) are named by callers.
  return (own.test(last) || (/^[A-Z]/.test(name) && own.test(name))) && name.length > 4;
}

/** A claim that `item` is already there: it is what the sentence is about, or the place to work in. */
function claimed(sentence: Sentence, before: string, after: string, path: boolean): boolean {
  if (sentence.bullet) return false;
  return CLAIM_BEFORE.test(before) || (LEAD_IN.test(before) && (path || PREDICATE.test(after)));
}

/**
 * The target signal: does the text name things that are there? A named thing that is missing weighs
 * most when nothing named before it was found, since then the work has no known place to begin.
 */
export function groundTargets(reading: Reading, indexes: readonly CompiledIndex[]): Grounding {
  const found: Found[] = [];
  const findings: Finding[] = [];
  if (indexes.length === 0) {
    const makes =
      reading.items.some((i) => i.kind === 'path') ||
      reading.sentences.some((s) => ARTIFACT.test(s.masked));
    if (!makes) {
      findings.push({
        signal: 'target',
        code: 'no-target',
        points: 50,
        words: '(nothing)',
        why: 'there is no repo yet, and the text does not say what kind of thing is to be made',
      });
    }
    return { found, findings };
  }
  const introduced = new Set<string>();
  const missing: { item: Item; claim: boolean; first: boolean }[] = [];
  let newFiles = 0;
  let offset = 0;
  for (const sentence of reading.sentences) {
    let literal = -1;
    let foundBefore = 0;
    for (const item of sentence.items) {
      // Names inside one literal stand side by side: none of them comes first.
      if (item.at !== literal) foundBefore = found.length;
      literal = item.at;
      if (item.kind !== 'path' && item.kind !== 'name' && item.kind !== 'package') continue;
      const { before, after, where } = context(sentence, item, offset);
      const inner = item.code && sentence.masked[where] === '\uE002';
      const hit =
        item.kind === 'path'
          ? findPath(indexes, item.text)
          : item.kind === 'name'
            ? findName(indexes, item.text)
            : findPackage(indexes, item.text);
      if (hit !== undefined) {
        found.push(hit);
        continue;
      }
      if (LOG_LINE.test(sentence.plain)) continue;
      const isNew = MAKES_NEW.test(before) || NEW_AFTER.test(after);
      if (item.kind === 'path') {
        if (inner || GENERATED.test(item.text)) continue;
        // Without an extension it may be the beginning of a name (`__tests__/run…`): only its folder can be missing.
        if (!/\.\w+$/.test(item.text) && parentExists(indexes, item.text)) continue;
        const test =
          TEST_FILE.test(item.text) && parentExists(indexes, item.text) && found.length > 0;
        if (test || (isNew && !claimed(sentence, before, after, true))) {
          if (parentExists(indexes, item.text)) newFiles++;
          continue;
        }
        const bare = !item.text.includes('/');
        if (bare && !claimed(sentence, before, after, true)) continue;
        missing.push({ item, claim: true, first: foundBefore === 0 });
      } else if (item.kind === 'package') {
        if (!isNew)
          missing.push({
            item,
            claim: /\b(?:bump|upgrade|update|downgrade|remove)\b|升级|更新|移除/.test(before),
            first: foundBefore === 0,
          });
      } else if (verifiable(item.text) && !LANGUAGE_NAMES.test(item.text)) {
        if (isNew && !CLAIM_BEFORE.test(before)) introduced.add(item.text);
        const claim =
          claimed(sentence, before, after, false) && !(isNew && !CLAIM_BEFORE.test(before));
        if (inner ? item.call && claimed(sentence, before, after, false) : claim) {
          missing.push({ item, claim: true, first: foundBefore === 0 });
        }
      }
    }
    const spelled = findSpelled(indexes, sentence.plain.match(/[a-z0-9]+/g) ?? []);
    if (spelled !== undefined) found.push(spelled);
    offset += sentence.masked.length;
  }
  for (const { item, claim, first } of missing) {
    if (!claim || introduced.has(item.text) || findings.some((f) => f.words === item.text))
      continue;
    const path = item.kind === 'path';
    findings.push({
      signal: 'target',
      code: path ? 'missing-path' : item.kind === 'package' ? 'missing-package' : 'missing-symbol',
      points: first ? 92 : 45,
      words: item.text,
      why: path
        ? 'no such file or folder is tracked in the repo, and the text does not say it is to be created'
        : 'the text speaks of it as existing, but no symbol, identifier or file of this name is in the repo',
    });
  }
  if (found.length === 0 && newFiles === 0 && findings.length === 0) {
    const area = areaOf(indexes, reading);
    const quoted = reading.items.some(
      (i) => i.kind === 'quote' || i.kind === 'code' || i.kind === 'flag',
    );
    if (area === undefined) {
      findings.push({
        signal: 'target',
        code: 'no-target',
        points: quoted ? 45 : 75,
        words: '(nothing)',
        why: 'the text names no file, symbol, module or area that is in the repo',
      });
    } else if (!area.spelled) {
      findings.push({
        signal: 'target',
        code: 'broad-target',
        points: 35,
        words: area.words,
        why: `only an area is named (${area.path} and more), no file or symbol`,
      });
    }
  }
  return { found, findings };
}
