import { isCreated, namedAsExisting, pathAsExisting } from './claims.ts';
import type { CompiledIndex } from './compile-index.ts';
import {
  type Found,
  findName,
  findPackage,
  findPath,
  findSpelled,
  isCompound,
  parentExists,
} from './ground.ts';
import { ARTIFACT, GENERIC_AREAS, LANGUAGE_NAMES, ZH_AREAS } from './names.ts';
import type { Item, Reading, Sentence } from './reading.ts';
import type { Finding } from './types.ts';

const NO_TARGET = 30;
const BROAD_TARGET = 15;

/** What the text names, and what of it is there. */
export interface Grounding {
  found: Found[];
  findings: Finding[];
}

/** A path behind these words is to come into being, so nobody expects to find it. */
const MAKES_NEW =
  /(?:\b(?:new|adds?|added|adding|creates?|created|introduces?|implements?|named?|called|provides?|writes?|generates?|into|move[sd]?|mv|cp|extract|copy|put|script|becomes?|rename[sd]?)\b|新增|增加|添加|新建|创建|生成|加|叫|名为|改名|改成|改为|换成|重命名|移到|放到|拆到|写到|写进|写入|提供|写一)[^.;。；]{0,60}$/;
const REPLACES_PACKAGE = /\b(?:bump|upgrade|update|downgrade|remove)\b|升级|更新|移除/;
const GENERATED =
  /^(?:\.{1,2}\/)?(?:dist|coverage|out|tmp|temp|public|target|\.cache|\.next|vendor)\/|(?:^|\/)node_modules\/|(?:^|\/)\.env$/i;
const EXAMPLE =
  /\b(?:cover|covers|covering|cases?|such as|like|e\.g\.|inputs?|paths?)\b[^.;]{0,40}$|(?:例如|比如|覆盖|输入)[^。;]{0,20}$/;
const TEST_FILE = /(?:^|[/._-])(?:tests?|spec|__tests__|test-d)(?:[/._-]|$)/i;
/** `/logo.png` is a URL's path or one of the machine, unless its first folder is in the repo. */
const isElsewhere = (indexes: readonly CompiledIndex[], path: string): boolean =>
  path.startsWith('/') &&
  !indexes.some((i) => i.folders.has((path.split('/')[1] ?? '').toLowerCase()));

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

/**
 * How much it means that a name is not in the index. Compound names and the members of declared types
 * are held completely; other methods may be there under no declaration (`app.decorate('x', …)`).
 */
function absence(item: Item, found: readonly Found[]): number {
  const name = item.text;
  const last = name.slice(name.lastIndexOf('.') + 1);
  // Of `Pool.acquire` the type counts, when there is one; instances (`app.x`) are named by callers.
  if (name.length > 4 && (isCompound(last) || (/^[A-Z]/.test(name) && isCompound(name)))) return 92;
  if (!item.call) return 0;
  const owner = found.at(-1);
  return owner?.how === 'exact' && /^[A-Z][a-z]+[A-Z]/.test(owner.name) ? 85 : 40;
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
        points: NO_TARGET,
        words: '(nothing)',
        why: 'there is no repo yet, and the text does not say what kind of thing is to be made',
      });
    }
    return { found, findings };
  }
  const introduced = new Set<string>();
  const missing: { item: Item; points: number }[] = [];
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
      if (sentence.log) continue;
      if (item.kind === 'path') {
        // "Cover `.hidden/b.js`" names a case, not a file.
        if (item.code && EXAMPLE.test(before)) continue;
        if (inner || GENERATED.test(item.text) || isElsewhere(indexes, item.text)) continue;
        // Without an extension it may be the beginning of a name (`__tests__/run…`): only its folder can be missing.
        if (!/\.\w+$/.test(item.text) && parentExists(indexes, item.text)) continue;
        const existing = !sentence.bullet && pathAsExisting(before);
        const made =
          (MAKES_NEW.test(before) || isCreated(before, after)) && (!existing || newFiles > 0);
        // A test for what is there, or is being made, may go into any folder that is there.
        const test = TEST_FILE.test(item.text) && found.length + newFiles > 0;
        if (made || (test && parentExists(indexes, item.text))) {
          if (parentExists(indexes, item.text)) newFiles++;
          continue;
        }
        if (!item.text.includes('/') && !existing) continue;
        missing.push({ item, points: foundBefore === 0 || existing ? 92 : 75 });
      } else if (item.kind === 'package') {
        if (!MAKES_NEW.test(before) && REPLACES_PACKAGE.test(before))
          missing.push({ item, points: foundBefore === 0 ? 92 : 45 });
      } else if (!LANGUAGE_NAMES.test(item.text)) {
        const points = absence(item, found);
        if (isCreated(before, after)) introduced.add(item.text);
        else if (
          points > 0 &&
          !sentence.bullet &&
          (!inner || item.call) &&
          namedAsExisting(before, after, item.call)
        )
          missing.push({ item, points });
      }
    }
    const spelled = findSpelled(indexes, sentence.plain.match(/[a-z0-9]+/g) ?? []);
    if (spelled !== undefined) found.push(spelled);
    offset += sentence.masked.length;
  }
  for (const { item, points } of missing) {
    if (introduced.has(item.text) || findings.some((f) => f.words === item.text)) continue;
    const path = item.kind === 'path';
    findings.push({
      signal: 'target',
      code: path ? 'missing-path' : item.kind === 'package' ? 'missing-package' : 'missing-symbol',
      points,
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
        points: quoted ? BROAD_TARGET : NO_TARGET,
        words: '(nothing)',
        why: 'the text names no file, symbol, module or area that is in the repo',
      });
    } else if (!area.spelled) {
      findings.push({
        signal: 'target',
        code: 'broad-target',
        points: BROAD_TARGET,
        words: area.words,
        why: `only an area is named (${area.path} and more), no file or symbol`,
      });
    }
  }
  return { found, findings };
}
