import { type CompiledIndex, wordsIn } from './compile-index.ts';
import { nearest } from './ground.ts';
import { GENERIC_AREAS } from './names.ts';
import type { Finding, FindingCode, Language, Question } from './types.ts';

/** FNV-1a, 32 bit: ids need to be stable and short, not secret. */
function fingerprint(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash ^= text.charCodeAt(i);
    hash = Math.imul(hash, 0x01000193);
  }
  return (hash >>> 0).toString(16).padStart(8, '0');
}

/** Findings that differ in words but are one matter to ask about. */
const TOGETHER: ReadonlySet<FindingCode> = new Set([
  'no-target',
  'broad-target',
  'no-demand',
  'no-result',
  'vague',
  'open-ended',
  'hidden-text',
  'unread',
  'steering',
]);

/** The question's id: the same finding in the same request always has the same one. */
export function questionId(finding: Finding): string {
  const base = `${finding.signal}.${finding.code}`;
  return TOGETHER.has(finding.code) ? base : `${base}.${fingerprint(finding.words.toLowerCase())}`;
}

interface Wording {
  en: (words: string) => string;
  zh: (words: string) => string;
}

const TEXT: Record<FindingCode, Wording> = {
  'no-target': {
    en: () => 'Which file, symbol or area of the repo is this about?',
    zh: () => '要改的是仓库里的哪个文件、符号或模块？',
  },
  'broad-target': {
    en: (w) => `"${w}" covers several files. Which one is meant?`,
    zh: (w) => `“${w}” 对应多个文件，具体是哪一个？`,
  },
  'missing-path': {
    en: (w) => `${w} is not in the repo. Which file is meant, or is it to be created?`,
    zh: (w) => `仓库里没有 ${w}。指的是哪个文件，还是要新建？`,
  },
  'missing-symbol': {
    en: (w) => `Nothing named ${w} is in the repo. Which symbol is meant, or is it to be created?`,
    zh: (w) => `仓库里找不到 ${w}。指的是哪个符号，还是要新建？`,
  },
  'missing-package': {
    en: (w) => `${w} is not among the dependencies. Which package is meant, or is it to be added?`,
    zh: (w) => `依赖里没有 ${w}。指的是哪个包，还是要新增？`,
  },
  'no-demand': {
    en: () => 'What exactly should be different afterwards?',
    zh: () => '改完之后具体应该有什么不同？',
  },
  'no-result': {
    en: () =>
      'How can one check that it is done: which input gives which result, or which test passes?',
    zh: () => '怎样判断已经完成：什么输入得到什么结果，或哪个测试要通过？',
  },
  'missing-value': {
    en: (w) => `Which exact value or name is wanted here: "${w}"?`,
    zh: (w) => `这里要的确切值或名字是什么：“${w}”？`,
  },
  dangling: {
    en: (w) => `What does "${w}" refer to?`,
    zh: (w) => `“${w}” 指的是什么？`,
  },
  'open-ended': {
    en: (w) => `Where does the work end? The text leaves it open ("${w}").`,
    zh: (w) => `范围到哪里为止？原文没有限定（“${w}”）。`,
  },
  vague: {
    en: (w) => `What would show that "${w}" has been reached?`,
    zh: (w) => `怎样才算做到了 “${w}”？`,
  },
  contradiction: {
    en: (w) => `Can these demands hold together: ${w}? If not, which one gives way?`,
    zh: (w) => `这些要求能同时成立吗：${w}？不能的话，以哪一个为准？`,
  },
  irreversible: {
    en: (w) => `"${w}" cannot be undone. Is it to be part of this mission?`,
    zh: (w) => `“${w}” 无法撤销。确定属于这次任务吗？`,
  },
  'many-repos': {
    en: (w) => `"${w}" reaches beyond the repos of this mission. What is to be done here?`,
    zh: (w) => `“${w}” 超出了本任务的仓库范围。在这里要做哪一部分？`,
  },
  steering: {
    en: (w) => `The text addresses the gate ("${w}"). What is the work itself?`,
    zh: (w) => `原文在指挥门禁（“${w}”）。真正要做的工作是什么？`,
  },
  'hidden-text': {
    en: () => 'The text holds hidden characters. Is what is shown the whole request?',
    zh: () => '原文含有隐藏字符。显示的内容就是完整的请求吗？',
  },
  unread: {
    en: () => 'The text is too long to be read whole. Which part is the request?',
    zh: () => '原文太长，没有读完。哪一部分才是请求？',
  },
};

export interface AskContext {
  language: Language;
  indexes: readonly CompiledIndex[];
  /** Existing files and symbols that the text names, first named first. */
  found: readonly string[];
  /** The plain words of the text. */
  said: ReadonlySet<string>;
}

const TEST_FILE = /(?:(?:^|\/)(?:tests?|specs?|__tests__)\/|[._-](?:test|spec)\.|(?:^|\/)test_)/i;
const CODE_FILE = /\.(?:[cm]?[jt]sx?|py|go|rs|rb|java|kt|php|c|cc|cpp|cs|swift|exs?|sh)$/i;
const isTest = (path: string): boolean => TEST_FILE.test(path) && CODE_FILE.test(path);

/**
 * The test file that shares the most words with what the text names, and then with the text itself;
 * none when no test shares a word, since an unrelated one would mislead.
 */
function testFor(context: AskContext): string | undefined {
  const own = context.found.find(isTest);
  if (own !== undefined) return own;
  const telling = (text: string) => wordsIn(text).filter((w) => !GENERIC_AREAS.has(w));
  const named = new Set(context.found.flatMap(telling));
  let best: { path: string; score: number } | undefined;
  for (const path of context.indexes.flatMap((i) => i.paths.filter(isTest))) {
    const words = telling(path);
    const shared = words.filter((w) => named.has(w)).length;
    const said = words.filter((w) => context.said.has(w)).length;
    if (shared + said === 0) continue;
    const score = shared * 3 + said - words.length * 0.1;
    if (best === undefined || score > best.score) best = { path, score };
  }
  return best?.path;
}

function options(finding: Finding, context: AskContext): string[] {
  const zh = context.language !== 'en';
  const say = (en: string, chinese: string) => (zh ? chinese : en);
  switch (finding.code) {
    case 'missing-path':
      return [
        ...nearest(context.indexes, finding.words, 'path'),
        say(`create ${finding.words}`, `新建 ${finding.words}`),
      ];
    case 'missing-symbol':
      return [
        ...nearest(context.indexes, finding.words, 'name'),
        say(`create ${finding.words}`, `新建 ${finding.words}`),
      ];
    case 'missing-package':
      return [say(`add ${finding.words}`, `新增 ${finding.words}`)];
    case 'no-target':
    case 'broad-target': {
      const near =
        finding.code === 'broad-target' ? nearest(context.indexes, finding.words, 'path', 4) : [];
      const top = context.indexes.flatMap((i) =>
        [...i.folders].filter((f) => !f.includes('/') && !f.startsWith('.')),
      );
      if (context.indexes.length === 0) {
        return [
          say('a command-line script', '命令行脚本'),
          say('a web page', '网页'),
          say('a library', '库'),
        ];
      }
      return near.length > 0
        ? near
        : top.length > 0
          ? top.slice(0, 4)
          : context.indexes.flatMap((i) => i.paths.slice(0, 4));
    }
    case 'no-demand':
    case 'no-result':
    case 'vague': {
      const test = testFor(context);
      const out =
        test === undefined
          ? []
          : [
              say(
                `a new case in ${test} fails before and passes after`,
                `${test} 里新增用例，改前失败、改后通过`,
              ),
            ];
      out.push(say('for input "…" the result must be "…"', '输入 “…” 时必须返回 “…”'));
      out.push(
        say(
          'a measured number: at most … ms / bytes / lines',
          '可测量的数字：不超过 … 毫秒 / 字节 / 行',
        ),
      );
      return out;
    }
    case 'missing-value':
      return [say('the value is: …', '值为：…'), say('leave this part out', '这一部分不做')];
    case 'dangling':
      return [...context.found.slice(0, 3), say('leave this part out', '这一部分不做')];
    case 'open-ended':
      return [
        ...context.found.slice(0, 3).map((f) => say(`only ${f}`, `只改 ${f}`)),
        say('only what is named in the text', '只做原文点名的部分'),
      ];
    case 'contradiction': {
      const [a, b] = finding.words.split(' / ');
      return [
        say('both hold, because …', '两者都成立，因为…'),
        say(`the first holds: ${a}`, `以前者为准：${a}`),
        say(`the second holds: ${b}`, `以后者为准：${b}`),
      ];
    }
    case 'irreversible':
      return [
        say('leave this part out', '这一部分不做'),
        say(`yes: ${finding.words}; there is a backup`, `确认：${finding.words}，已有备份`),
      ];
    case 'many-repos':
      return [
        ...context.indexes.map((i) => say(`only ${i.repo}`, `只改 ${i.repo}`)),
        say('leave this part out', '这一部分不做'),
      ];
    case 'steering':
      return [
        say(
          'leave that sentence out; the work is what the rest says',
          '去掉这句话，工作以其余内容为准',
        ),
      ];
    case 'hidden-text':
    case 'unread':
      return [say('yes, what is shown is the whole request', '是的，显示的内容就是完整请求')];
  }
}

export function ask(finding: Finding, context: AskContext): Question {
  const wording = TEXT[finding.code];
  const words = finding.words.length > 160 ? `${finding.words.slice(0, 157)}...` : finding.words;
  return {
    id: questionId(finding),
    signal: finding.signal,
    text: context.language === 'en' ? wording.en(words) : wording.zh(words),
    options: options(finding, context),
  };
}
