import { gatherEvidence, unproven } from './acceptance.ts';
import type { CompiledIndex } from './compile-index.ts';
import { findName, findPackage, findPath, findSpelled, parentExists } from './ground.ts';
import { findHazards } from './hazard.ts';
import { hasValue } from './missing-value.ts';
import { type Reading, read } from './reading.ts';
import type { Answer, Finding } from './types.ts';
import { vagueWeight, vagueWords } from './vagueness.ts';

const SAYS_NOTHING =
  /^[\s.?!。？！…-]*(?:(?:i )?(?:do ?n['’]?t|do not) know|dunno|idk|no idea|no clue|n\/?a|none|nothing|no|nope|whatever|not sure|unsure|skip|pass|up to you|you decide|as you (?:like|wish)|tbd|later|any|anything|不知道|不清楚|不晓得|不懂|随便|都行|都可以|无|没有|不确定|不好说|你看着办|你决定|跳过|再说|看情况|待定)?[\s.?!。？！…-]*$/i;
const BARE_YES =
  /^[\s.!。！]*(?:yes|yep|yeah|y|ok|okay|sure|do it|go|go ahead|fine|true|right|correct|是|是的|对|好|好的|可以|行|嗯|继续|确认|同意)[\s.!。！]*$/i;
const LEAVES_OUT =
  /\b(?:leave|drop|take|cut|skip)\b.{0,30}\bout\b|\b(?:skip|without|don't do|do not do|not part|exclude|forget) (?:it|this|that|the)?\b|\bnot (?:now|part of)\b|不做|去掉|不要做|略过|不包括|不属于|排除/i;
const CREATES = /\b(?:create|new|add|to be created)\b|新建|新增|创建/i;

/** True when the answer carries no information at all. */
export function saysNothing(text: string, questions: readonly string[] = []): boolean {
  const t = text.trim();
  return (
    SAYS_NOTHING.test(t.slice(0, 200)) ||
    /^[^\p{L}\p{N}]*$/u.test(t) ||
    questions.some((q) => t.toLowerCase() === q.trim().toLowerCase())
  );
}

function pointsAtSomething(reading: Reading, indexes: readonly CompiledIndex[]): boolean {
  if (indexes.length === 0) return true;
  for (const item of reading.items) {
    if (item.kind === 'path' && findPath(indexes, item.text) !== undefined) return true;
    if (item.kind === 'name' && findName(indexes, item.text) !== undefined) return true;
    if (item.kind === 'package' && findPackage(indexes, item.text) !== undefined) return true;
    if (
      (item.kind === 'quote' || item.kind === 'code') &&
      (findPath(indexes, item.text) ?? findName(indexes, item.text)) !== undefined
    )
      return true;
  }
  for (const sentence of reading.sentences) {
    const words = sentence.plain.match(/[a-z0-9_./-]+/g) ?? [];
    if (
      findSpelled(
        indexes,
        words.map((w) => w.replace(/[^a-z0-9]/g, '')),
      ) !== undefined
    )
      return true;
    // An answer is short and meant as a name, so one plain word that is a name, a file or a folder will do.
    for (const w of words) {
      if (
        w.length > 2 &&
        indexes.some(
          (i) => i.names.has(w) || i.lowerNames.has(w) || i.areas.has(w) || i.folders.has(w),
        )
      )
        return true;
    }
  }
  return false;
}

function createsSomething(
  reading: Reading,
  indexes: readonly CompiledIndex[],
  text: string,
): boolean {
  if (!CREATES.test(text)) return false;
  return reading.items.some((i) =>
    i.kind === 'path' ? parentExists(indexes, i.text) : i.kind === 'name' || i.kind === 'package',
  );
}

/**
 * The points that remain of a finding after an answer to its question. Never more than before: an
 * answer settles only in as far as it says something that fits what was asked.
 */
export function remaining(
  finding: Finding,
  answer: Answer,
  questionTexts: readonly string[],
  indexes: readonly CompiledIndex[],
): number {
  const { text } = answer;
  if (saysNothing(text, questionTexts)) return finding.points;
  const reading = read(text);
  const hazards = findHazards(reading);
  if (hazards.some((h) => h.code === 'steering')) return finding.points;
  const out = LEAVES_OUT.test(text);
  const yes = BARE_YES.test(text);
  switch (finding.code) {
    case 'no-target':
    case 'broad-target':
    case 'missing-path':
    case 'missing-symbol':
    case 'missing-package':
      if (out && finding.code.startsWith('missing')) return 10;
      return pointsAtSomething(reading, indexes) || createsSomething(reading, indexes, text)
        ? 0
        : finding.points;
    case 'no-demand':
    case 'no-result': {
      if (yes) return finding.points;
      const vague = vagueWeight(vagueWords(reading));
      const rest = unproven(gatherEvidence(reading, indexes, true)) + vague;
      return Math.min(finding.points, Math.max(0, rest));
    }
    case 'missing-value': {
      if (out) return 10;
      if (yes) return finding.points;
      const exact = hasValue(reading) || reading.items.length > 0;
      const short = text.trim().length <= 40 && vagueWords(reading).length === 0;
      return exact || short ? 0 : finding.points;
    }
    case 'vague':
    case 'open-ended':
    case 'dangling':
      if (yes) return finding.points;
      return out || vagueWords(reading).length === 0 ? 0 : finding.points;
    case 'contradiction':
      return yes ? finding.points : 0;
    case 'irreversible': {
      if (out) return 0;
      const named = finding.words
        .toLowerCase()
        .split(/[^a-z0-9\u3400-\u9fff]+/)
        .filter((w) => w.length > 3 || /[\u3400-\u9fff]/.test(w));
      // Naming what is to be destroyed is a decision; a bare "yes" may be a slip.
      return !yes && named.some((w) => text.toLowerCase().includes(w)) ? 30 : finding.points;
    }
    case 'many-repos':
      return out || indexes.some((i) => text.toLowerCase().includes(i.repo.toLowerCase()))
        ? 0
        : finding.points;
    case 'steering':
      return yes ? finding.points : 15;
    case 'hidden-text':
    case 'unread':
      return 0;
  }
}

/** Hazards that an answer brings in by itself; those it merely confirms are known already. */
export function broughtIn(answer: Answer, known: readonly Finding[]): Finding[] {
  if (saysNothing(answer.text)) return [];
  return findHazards(read(answer.text)).filter(
    (h) =>
      h.code !== 'hidden-text' &&
      h.code !== 'contradiction' &&
      !known.some((k) => k.code === h.code && k.why === h.why),
  );
}
