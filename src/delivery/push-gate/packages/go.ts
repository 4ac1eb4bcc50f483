/** go.mod and go.sum. A module's path is its address, and a sum names it: what is left is who chose it. */
import { type Package, packageOf } from './package.ts';

const WORD = '("(?:[^"\\\\]|\\\\.)*"|[^\\s"()]+)';
const REQUIRE = new RegExp(`^${WORD}\\s+${WORD}$`);
const REPLACE = new RegExp(`^${WORD}(?:\\s+${WORD})?\\s+=>\\s+${WORD}(?:\\s+${WORD})?$`);
const bare = (word: string | undefined): string => (word ?? '').replace(/^"|"$/g, '');
/** Directives without packages. */
const OTHER = ['module', 'go', 'toolchain', 'exclude', 'retract', 'tool', 'godebug', 'ignore'];

export function readGoMod(text: string): Package[] | null {
  const found: Package[] = [];
  let block: string | null = null;
  for (const raw of text.split('\n')) {
    const [code = '', ...comment] = raw.split('//');
    const indirect = comment.join('//').trim().startsWith('indirect');
    let line = code.trim();
    if (line === '') continue;
    // Go reads escapes and texts in these quotes, and writes none.
    if (/[`\\]/.test(line)) return null;
    if (line === ')') {
      if (block === null) return null;
      block = null;
      continue;
    }
    let directive = block;
    if (directive === null) {
      const [, word = '', rest = ''] = /^(\w+)\s*(.*)$/.exec(line) ?? [];
      if (rest === '(') {
        block = word;
        continue;
      }
      directive = word;
      line = rest;
    }
    if (OTHER.includes(directive)) continue;
    if (directive === 'require') {
      const name = REQUIRE.exec(line)?.[1];
      if (name === undefined) return null;
      found.push(packageOf(bare(name), { direct: !indirect }));
    } else if (directive === 'replace') {
      const [, name, , target, version = ''] = REPLACE.exec(line) ?? [];
      if (name === undefined || target === undefined) return null;
      const real = bare(target);
      // A folder of this machine, not a module.
      if (/^\.{1,2}(?:\/|$)/.test(real)) continue;
      // Another version of the same is chosen here, too, against what all others ask for.
      const taken = real === bare(name) ? `${real}@${bare(version)}` : real;
      found.push(packageOf(bare(name), { direct: true, real: taken }));
    } else return null;
  }
  return block === null ? found : null;
}

/** Null where a line is none of a sum: nothing else can be told from it. */
export function readGoSum(text: string): Package[] | null {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.every((line) => /^\S+ v\S+ h1:[A-Za-z0-9+/]{43}=$/.test(line.trimEnd())) ? [] : null;
}
