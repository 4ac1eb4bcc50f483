import * as en from './lexicon-en.ts';
import * as zh from './lexicon-zh.ts';
import { CODE, FLAG, NAME, PACKAGE, PATH, QUOTE, VERSION } from './tokens.ts';

/**
 * The lexicons as compiled patterns. Every gap between two parts is a bounded run inside one
 * sentence, and no group that repeats contains another repetition: matching is linear.
 */

/** Whole English words of a lexicon entry, anywhere. */
export const word = (source: string): RegExp => new RegExp(`(?<![\\w-])(?:${source})(?![\\w-])`);
export const all = (pattern: RegExp): RegExp => new RegExp(pattern.source, 'g');

/** Anything that is exact: literals, mentions, numbers, constants. */
export const CONSTANT =
  '(?<![w-])(?:true|false|null|undefined|nan|infinity|twice|once|empty (?:string|array|object|list|output)|(?:level|as|to|at|of) (?:warn|debug|info|error|trace)|(?:code|equals?|than|least|most|exactly|with|is|be|to|gets?|into) (?:zero|one|two|three|four|five|six|seven|eight|nine|ten))(?![w-])';
export const EXACT = `(?:[${CODE}${QUOTE}${NAME}${FLAG}${VERSION}${PACKAGE}]|\\d|${CONSTANT})`;

export const CHANGE = word(en.CHANGE_VERBS);
/** At the start of a clause, after a politeness or a connective: an imperative. */
export const IMPERATIVE = new RegExp(
  `(?:^|[,;:(•*–—-]|\\b(?:please|and|then|also|just|but|so|could you|can you|would you|let's|lets)\\b)[\\s\\d.)\\]x[]{0,6}(?:please |just |simply |also |then |only )?(?:${en.CHANGE_VERBS})(?![\\w-])`,
);
/**
 * An order by its form, whatever the verb: a clause that begins with a plain word which is no
 * article, pronoun, preposition, question word or the like, and goes on with an object.
 */
export const ORDER_FORM = new RegExp(
  `(?:^|[.,;:(—–-]\\s|\\b(?:and|then|so|please|also|just|but)\\s)[\\s*•]{0,6}(?!(?:${en.NO_VERBS}|[a-z]{2,12}(?:ing|ly|ed))\\s)[a-z]{2,14}\\s(?:the|an?|it|them|all|every|each|both|its|our|my|their|another|two|three|one|\\d|[${PATH}${NAME}${CODE}${QUOTE}${FLAG}])(?![a-z])`,
);
/** A polite order: "could the default response carry …?" */
export const POLITE = new RegExp(
  `\\b(?:could|can|would|will) (?:you|we|the|this|that|it|${NAME}|[a-z]+)\\s`,
);
/** `s/old/new/` */
export const SUBSTITUTION = /\bs\/[^/\n]{1,80}\/[^/\n]{0,80}\//;
/**
 * A verb in its base form in the middle of a sentence ("below the title add …") whose neighbour is no
 * subject, article or infinitive: still an order.
 */
export const MID_ORDER =
  /(?<!\b(?:the|an?|this|that|these|those|to|i|we|you|they|it|he|she|who|which|will|would|can|could|may|might|did|does|do|don't|doesn't|not|never|no|i'd|we'd|you'd|they'd|i'll|we'll|you'll|let's|my|our|your|their|its|every|each|any|some|and|or|of|in|for|by|with|on) )(?<![\w-])(?:add|append|insert|put|replace|remove|delete|rename|set|move|write|mention|throw|return|skip|reject|export|import|raise|lower|bump|extract|drop|say|keep|use|turn|convert|print|emit|answer|ignore|document|strip|wrap|render|resolve|accept|wait|make|allow|give|let|treat|clamp|trim|round)(?![\w-])/;
export const OBLIGED = word(en.OBLIGATIONS);
export const OBSERVED = word(en.OBSERVABLE);
export const CONDITION =
  /\b(?:when|if|unless|once|as soon as|after|before|while|until|for (?:an?|any|every|each|all)|only|whenever|on (?:an?|every|each)|in case)\b/;
export const ZH_CONDITION = new RegExp(zh.ZH_CONDITION);
export const ZH_CHANGE = new RegExp(zh.ZH_CHANGE);
export const ZH_OBLIGED = new RegExp(zh.ZH_OBLIGATION);
export const ZH_OBSERVED = new RegExp(zh.ZH_OBSERVABLE);
export const ARROW = /(?:->|=>|→|⇒|⟶)/;

/** Old and new value of one thing, in one sentence. */
export const FROM_TO = [
  new RegExp(`(?:${EXACT}|${PATH})[^.]{0,30}?(?:->|=>|→|⇒)`),
  // An arrow between plain words is as explicit as one between literals.
  /[\w\u3400-\u9fff]\s?(?:->|=>|→|⇒)\s?[\w\u3400-\u9fff]/,
  new RegExp(`\\b(?:from)\\b.{1,80}?\\bto\\b.{0,20}?${EXACT}`),
  new RegExp(
    `\\b(?:change|set|rename|raise|lower|increase|decrease|reduce|bump|upgrade|extend|shorten|default|make|turn|move|convert|lower-?case|adjust)\\b.{0,120}?\\b(?:to|into|=|as)\\s(?:an? |the |be )?(?!(?:it|them|this|that) )(?:[a-z-]+ ){0,2}?(?:${EXACT})`,
  ),
  new RegExp(`\\b(?:replace|swap|substitute)\\b.{0,100}?\\b(?:by|with|for)\\b.{0,25}?(?:${EXACT})`),
  new RegExp(`\\b(?:should|must|to) (?:say|read|be|become|give|return)\\b.{0,12}?${EXACT}`),
  new RegExp(`\\bmake (?:it|that|this|them)\\b.{0,40}?${EXACT}`),
  /(?:改成|改为|换成|换为|设为|设成|改名为|重命名为|叫做|写成|变成|指向)\s?(?!更|合适|合理|正确|好|别的|其他|其它|新的|另|什么|一个|某|大|小|高|低|通用|像样)[^\s，。；,;]/,
  new RegExp(
    `(?:改成|改为|改名为|改到|换成|换为|调整为|调整到|调到|设为|设成|变成|替换为|重命名为|升级到|升到|降到|提高到|缩短到|应为|应该是|默认值?为|默认值?是).{0,20}?(?:${EXACT})`,
  ),
];

/** What it is not to be: the old value only. */
export const NOT_OLD = new RegExp(`(?:instead of|rather than)\\s.{0,40}?${EXACT}|, not ${EXACT}`);

/** A number that measures: with a unit, a comparison or a bound. */
export const MEASURE =
  /(?:at most|at least|no more than|less than|more than|up to|under|over|within|below|above|exactly|maximum|minimum|max|min|every|first|last|older than|newest|port|status|code|exit(?:s|ed)? (?:with )?(?:code )?)\s+(?:of |code |status )?\d|(?<!\d)\d[\d,._]{0,15}\s?(?:ms|s|sec|secs|seconds?|minutes?|min|h|hours?|days?|kb|mb|gb|kib|mib|bytes?|characters?|chars?|lines?|times|attempts|rows?|items?|jobs?|entries|requests?|retries|retry|px|%|percent)(?![a-z])|\b(?:a single|exactly one|only one|at most one|just one|one and only one)\s[a-z]|(?:<|>|<=|>=|≤|≥)\s*\d|(?<![\d.])[1-5]\d\d(?![\d.])|(?:至少|至多|最多|不超过|超过|小于|大于|以内|每|前|共|第|优先级|状态码|端口|回)\s?\d|\d\s?(?:毫秒|秒|分钟|小时|天|次|条|个|行|字节|字符|倍|版)/;

export const TEST_WORDS =
  /(?:\b(?:tests?|tested|testing|spec|assertions?|asserts?|covered|coverage|cases?|unit tests?|regression|snapshot|fixtures?)\b|测试|用例|断言|覆盖)/;
export const EXPECTED =
  /(?:\bexpected\b|\bexpect\b|\bacceptance\b|\bdone when\b|\brepro(?:duce|duction)?\b|\bactual\b|\bwanted\b|\bdesired\b|期望|预期|验收|复现|应返回)/;
export const INVARIANT =
  /(?:\bunchanged\b|\buntouched\b|\bidentical\b|\bunmodified\b|\bas (?:before|today|now|they are|it is)\b|\bmust not change\b|\bno (?:behaviou?r|other|existing|functional) \w+|\bnot (?:be )?modified\b|\bkeeps? (?:working|the current)\b|\bstays? (?:the same|as)\b|\bthe rest stays\b|\bnothing else\b|不变|照旧|不要动|不动|不允许修改|只改|不改|保持|原样)/;
export const STAYS_GREEN = new RegExp(
  `(?:\\b(?:tests?|suite|cases|ci|checks?|everything|build)\\b|${PATH}).{0,40}?\\b(?:stays?|remains?|keeps?|(?:has|have|need|must|should|still)(?: to)?) (?:be |stay |remain |keep )?(?:pass(?:es|ing)?|green)\\b|\\bkeep (?:the |all )?(?:existing )?(?:tests|suite|ci|build) (?:green|passing)\\b|测试.{0,8}(?:要能|能|必须|要|得|都|仍然?|全部)?(?:过|通过|全绿)`,
);
export const COMMAND = new RegExp(
  `(?:\\b(?:npm|pnpm|yarn|bun|npx|deno|cargo|go|pytest|make|tsc|eslint|shellcheck|vitest|jest|mocha|curl|docker|tox|mypy|ruff)\\b (?:run |test|ci|install|build|lint|i\\b|has to|must|is|passes|${CODE})|\\b(?:tsc|shellcheck|eslint|lint|tests?|ci|build|typecheck)\\b.{0,20}\\b(?:pass(?:es)?|green|clean|succeeds?)\\b|npm run|npm test|测试.{0,6}(?:通过|全绿))`,
);

export const VAGUE_VERB = word(en.VAGUE_VERBS);
export const VAGUE_QUALITY = word(en.VAGUE_QUALITIES);
export const OPEN = word(en.OPEN_ENDED);
export const DANGLE = word(en.DANGLING);
export const TRAIL = word(en.TRAILING_OFF);
export const HEDGE = word(en.HEDGES);
export const ZH_VAGUE_VERB = new RegExp(zh.ZH_VAGUE_VERBS);
export const ZH_VAGUE_QUALITY = new RegExp(zh.ZH_VAGUE_QUALITIES);
export const ZH_OPEN = new RegExp(zh.ZH_OPEN_ENDED);
export const ZH_DANGLE = new RegExp(zh.ZH_DANGLING);
export const ZH_TRAIL = new RegExp(zh.ZH_TRAILING);
export const ZH_HEDGE = new RegExp(zh.ZH_HEDGES);

/** A negation close before `at` in `text`: "not a refactor", "nothing is deleted". */
export function negated(text: string, at: number): boolean {
  const before = text.slice(Math.max(0, at - 28), at);
  return /(?:\b(?:not?|never|without|nothing|none|don't|doesn't|do not|does not|must not|mustn't|shouldn't|should not|isn't|avoid|instead of|neither|nor|no longer|won't)\b[^,;:]{0,16}|(?:不是|也不是|不要|不用|不能|不得|不会|不再|无需|不必|禁止|别|并非|不)[^,，。]{0,4})$/.test(
    before,
  );
}

/** "X gives Y": an input and what comes out. */
export const GIVES = new RegExp(
  `\\S\\s(?:gives|give|behaves like|acts like|is the same as|yields|becomes|compiles to|turns into|prints|returns|resolves to|is typed|maps to|outputs)\\s(?:${EXACT}|[a-z]+[:/.-][a-z])|(?:返回|输出|得到|变成|打印)\\s?(?:${EXACT})`,
);
/** "turn the bare links into footnotes" */
export const CONVERTS =
  /\b(?:turn|convert|split|merge|combine|fold)\b.{1,60}?\binto\s(?!something|anything|an? (?:better|nicer?|good|modern|proper|cleaner))[a-z\uE000-\uE006]/;
/** What a place says today, exactly: the wrong statement that is to be put right. */
export const SAYS_TODAY = new RegExp(
  `\\b(?:says?|claims?|promises?|states?|mentions|reads|documented as|is listed as)\\b.{0,40}?(?:\\d|[${QUOTE}${CODE}${VERSION}])|(?:写的是|写着|写成了)`,
);
/** "document that …": the content is the clause. */
export const SAY_THAT = new RegExp(
  `\\b(?:document|mention|state|note|explain|clarify)\\b.{0,60}?\\bthat\\b.{0,120}?(?:${EXACT}|\\bmay\\b|\\bmust\\b)`,
);
/** Something to write, with what it is to say right behind it. */
export const CONTENT = new RegExp(
  `\\b(?:sentence|line|note|paragraph|comment|example|section|entry|heading|box|text|tip|warning|message|bullet|word|words|link|header|banner|badge)\\b[^.;]{0,40}?(?::\\s*\\S|[${QUOTE}${CODE}])|(?:一句|一行|一段|例子|示例|example|说明|提示|注释|目录|章节)[^。；]{0,20}?(?:[:：]\\s*\\S|[${QUOTE}${CODE}])`,
);
/** Something moves from a known place to a named one. */
export const RELOCATE = new RegExp(
  `\\b(?:extract|move|split|inline|copy|lift|hoist)\\b.{1,100}?\\b(?:into|to|from|out of)\\b.{0,50}?[${NAME}${PATH}${CODE}${QUOTE}]|(?:移到|提到|抽到|拆到|移动到|提取(?:到|成|为))`,
);

/** "make it more …": a comparison with nothing to compare with. */
export const BY_DEGREE =
  /\b(?:feels?|looks?|be|becomes?)\s(?:(?:much|even|far|somewhat|a (?:bit|little|lot)) )?(?!(?:after|never|under|over|other|either|rather|whether|number|upper|lower|another|together|integer|per|for|super|later)\b)[a-z]{3,}er\b(?! than)|\bmake\b.{1,60}?\b(?:more|less)\s[a-z]{4,}|\bmake\s(?:it|them|this|that|\S{1,40}|(?:the|our|its)\s\S{1,40}(?:\s\S{1,40}){0,2})\s(?!(?:after|never|under|over|other|either|rather|whether|number|order|user|header|server|parameter|worker|router|timer|buffer|counter|pointer|helper|handler|loader|logger|builder|wrapper|driver|adapter|parser|render|filter|enter|integer|lower|upper|later|another|together)\b)[a-z]{3,}er\s?(?:$|[.,;!?]|and\b|for\b|to\b)/;

/** "make it private": a change to a quality that can be checked. */
export const MAKE_CHECKABLE = new RegExp(
  `\\b(?:make|mark|turn|declare)\\b.{1,60}?\\s(?:${en.CHECKABLE})(?![\\w-])`,
);
/** "load them the way .mjs is loaded": an existing behaviour, named exactly, as the model. */
export const MODELLED_ON = new RegExp(
  `\\b(?:like|(?:in )?the (?:same )?way|same as|just as|as with|as for|consistent with|in line with|analogous to|as)\\s(?:the |in |for )?(?:[a-z]+ ){0,2}?[${NAME}${CODE}${FLAG}${PATH}]|(?:与|跟|和|像)\\s?[${NAME}${CODE}${FLAG}${PATH}][^。；]{0,8}?(?:一致|一样|相同)`,
);
/** A new text given to something: "reword to: “…”". */
export const TO_LITERAL = new RegExp(
  `(?:^|[.;,]\\s)\\s*(?!(?:${en.NO_VERBS})\\s)[a-z-]{2,14}\\s(?:it |this |that |them )?(?:to|into|as|by|with|reads?|reading)\\s?:?\\s?[${QUOTE}${CODE}]`,
);
/** The state after the work, told as if it were there. */
export const AFTERWARDS =
  /\b(?:after (?:the|this) (?:fix|change|patch)|done when|once (?:fixed|done)|afterwards|with (?:the|this) (?:fix|change))\b|改完(?:之)?后|修复后|完成后/;
/** A line of a log, a stack trace or a test run: what a machine said, not what somebody wants. */
export const LOG_LINE =
  /^\s*(?:\[?\d{4}-\d\d-\d\d|\[?\d\d:\d\d(?::\d\d[.,\d]{0,8})?\]?\s|npm err|at \S{1,80} ?\(|at (?:async )?\S{1,80}:\d|(?:error|warn|warning|info|debug|fatal|trace|panic)[:\s]\s?\S|traceback|file "|fail |pass |✗|×|✓|\$ |caused by|test files|tests? +\d|start at|duration|exit (?:status|code)|err_|[a-z]*(?:error|exception): |process(?:tick|completed))/;

/** A defect whose repair goes without saying. */
export const TELLING_DEFECT = new RegExp(
  `(?<![\\w-])(?:${en.TELLING_DEFECTS})(?![\\w-])|${zh.ZH_TELLING_DEFECTS}`,
);
/** "printWidth 100 in .prettierrc" */
export const SETTING = new RegExp(
  `[${NAME}${FLAG}]\\s?(?:=|:|is|at|to)?\\s?(?:\\d|[${QUOTE}${CODE}]|true\\b|false\\b).{0,30}?[${PATH}]`,
);
