import { demands } from './acceptance.ts';
import { PARAMETER_NOUNS, TASTE, VALUE_VERBS } from './lexicon-en.ts';
import * as zh from './lexicon-zh.ts';
import { FROM_TO, negated } from './patterns.ts';
import type { Reading } from './reading.ts';
import { CODE, NAME, PATH, QUOTE, VERSION } from './tokens.ts';
import type { Finding } from './types.ts';

const MENTION = `[${NAME}${PATH}${CODE}${QUOTE}]`;
/** A value somebody could type in. Status codes say what is answered, not how much of something. */
const VALUE = new RegExp(
  `(?<![+\\d])\\d|[${QUOTE}${CODE}${VERSION}]|(?<![\\w-])(?:true|false|null|undefined|none|zero|two|three|four|five|six|seven|eight|nine|ten|twenty|thirty|sixty|hundred|infinity|unlimited|half|double|twice)(?![\\w-])|\\b(?:to|into|as|=)\\s${NAME}|(?:成|为|到|叫)\\s?[${NAME}${PATH}]|[二两三四五六七八九十百千万半]+(?:个|条|次|秒|分|小时|天|倍|行|字|页)|一(?:秒|分钟|小时|天|倍|周)`,
);
/** Numbers that count nothing: statuses, the marks of a list, versions of the web. */
const STATUS =
  /\b(?:with|not|status|http|returns?|an?|the|code|answers?)\s(?:a |an |http |status )?[1-5]\d\d\b|(?:^|\n)\s{0,4}\d{1,2}[.)、]\s|回 ?[1-5]\d\d/g;
/** Nouns whose value is a number; a text beside them is something else. */
const NUMERIC =
  /(?:limits?|caps?|thresholds?|maximum|minimum|max|min|time-?outs?|intervals?|delays?|pauses?|sizes?|lengths?|counts?|retries|attempts|numbers?|amounts?|rates?|ttl|expiry|lifetime|concurrency|duration|quota|budget|period|上限|下限|限制|阈值|超时|间隔|长度|大小|数量|次数|时长|并发|频率|周期|有效期)(?![a-z])/;
const NUMBER = new RegExp(VALUE.source.replace(`[${QUOTE}${CODE}${VERSION}]|`, ''));

/** A new name: a literal or one plain word behind the "to". */
const NAMED = new RegExp(
  `(?:\\b(?:to|into|as|=)|->|=>|→|:)\\s?(?:just |plain |simply )?(?:${MENTION}|(?!the\\b|an?\\b|something\\b|what|its?\\b|our\\b|whatever)[a-z][\\w-]*\\s?(?:$|[.,;!?(]|in\\b|and\\b|everywhere))|s/`,
);
/** "the same as on our replicas", "what our style guide says": told by what only the writer can look up. */
const ELSEWHERE =
  /\b(?:same\b.{0,30}?\b(?:as|we|that)|match(?:es|ing)?|like|according to|per|consistent with|in line with|follow(?:s|ing)?|conform(?:s|ing)? to|agrees? with|what|whatever)\s(?:is |are |in |on |to |with )?(?:our|we|the (?:company|team|corporate|customer|client|legal|marketing|design|ops))\b|\b(?:what|which|that|the [a-z]+)\s(?:(?:our|the|my) )?(?:[a-z]+ )?(?:people|team|teams|marketing|product|design|designers?|ops|legal|customers?|clients?|boss|manager|management|sales|support|everybody|everyone)\s(?:prefers?|wants?|asked|asks|likes?|uses?|suggest(?:s|ed)?|agreed|needs?|said|chose)\b|\b(?:the (?:value|name|number|one|default)|something|whatever) (?:that |which )?(?:our |the |my )?[a-z]+ (?:recommends?|understands?|suggests?|prefers?|expects?|wants?|likes?|uses?|can live with)\b|\b(?:the [a-z]+|what|which) (?:that |which )?we (?:settled|agreed|decided|picked|chose)\b/;
const ZH_ELSEWHERE =
  /(?:跟|和|与|按照?|照|依|符合|参照|参考|沿用)[^。；，,]{0,12}?(?:组|团队|同事|老板|产品|运维|那边|他们|评审)[^。；，,]{0,12}?(?:对齐|商量|讨论|结果|说的|定的|要求|一致|为准|意见)|(?:跟|和|与|按照?|照|依|符合|参照|参考|沿用)\s?(?:我们|咱们|公司|团队|客户|线上|业务|设计|运维|法务|市场)[^。；]{0,24}?(?:一致|一样|相同|规范|标准|要求|约定|习惯|来|配的|写的|那样|同步|名字|值)/;

interface Rule {
  pattern: RegExp;
  why: string;
  /** Counts in orders only: complaints use the same words. */
  ordered?: true;
  /** What stands behind "than" is the old value. */
  than?: true;
  /** Only what stands behind "to" is the new name. */
  target?: true;
  /** The words that stand for the value point outside the repo. */
  elsewhere?: true;
}

const PARAM = `(?:${PARAMETER_NOUNS})(?![\\w-])`;
const RULES: readonly Rule[] = [
  {
    pattern: new RegExp(
      `\\b(?:an?|the|some|to|with|use|its|more|set)\\s(?:[a-z]+ )?(?:${TASTE})\\s(?:[a-z]+ )?${PARAM}`,
    ),
    why: 'the value is described by taste; only the writer knows which one is meant',
  },
  {
    pattern: new RegExp(
      `\\b(?:another|a different|some other|a wider|a bigger|a larger|a smaller|a longer|a shorter)\\s(?:[a-z]+ )?(?:${PARAMETER_NOUNS}|character|picture|image|unit|model)(?![\\w-])`,
    ),
    why: 'another value is wanted, but not told which',
    than: true,
  },
  {
    pattern: new RegExp(
      `\\b(?:needs?|deserves?|wants?|gets?|could use|(?:should|must) (?:get|have)|use|with)\\s(?:an? |some )?(?:new|other|different)\\s(?:[a-z]+ )?${PARAM}(?! (?:option|parameter|argument|flag|setting|field|property|error|prop))`,
    ),
    why: 'a new value is wanted, but not told which',
  },
  {
    pattern:
      /\b(?:wait|keep|kept|make|set|be|use|give|run|let|allow|hold|retry|poll|come|last|start)s?\b.{0,40}?(?<!\bno |\bany |\bthe )\b(?:longer|shorter|later|earlier|sooner|higher|lower|bigger|larger|smaller|fewer|(?:more|less) (?:often|time|frequently|retries|attempts|room|space))\b(?! than)/,
    why: 'more or less of something is wanted, but not how much',
    ordered: true,
  },
  {
    pattern: /\b(?:a|an|some) (?:certain|specific|particular) [a-z]+/,
    why: '"a certain" stands where the value should be',
    ordered: true,
  },
  {
    pattern: new RegExp(
      `\\bsomething\\s(?:[a-z]+ ){0,2}?(?:${TASTE}|else|that|different|new)(?![\\w-])`,
    ),
    why: '"something" stands where the new value or name should be',
  },
  {
    pattern:
      /\b(?:a few|several|a couple of|some|a bit of|a number of) (?:times|retries|attempts|tries|seconds|minutes|hours|milliseconds|days)\b/,
    why: 'a count is meant, but it is not told',
  },
  {
    pattern:
      /\b(?:add|give|set|introduce|have|has|use|need|needs|define|impose|want|put|enforce|apply|with|get|gets|should|limit|like)\b.{0,60}?\b(?:an?|some)\s(?:[a-z-]+\s){0,2}?(?:default|maximum|minimum|max|min|limit|cap|ceiling|bound|threshold|time-?out|upper (?:bound|limit)|lower (?:bound|limit)|ttl|expiry|quota|cooldown|debounce)(?![\w-])(?! (?:option|parameter|argument|flag|setting|field|property|error|prop))/,
    why: 'a limit or default is asked for, but not which',
  },
  {
    pattern: new RegExp(
      `\\b(?:increase|raise|lower|reduce|decrease|shorten|lengthen|extend|bump|tweak|tune)\\s.{0,60}?(?<![\\w-])${PARAM}|(?<![\\w-])${PARAM}.{0,80}?\\b(?:increase|raise|lower|reduce|decrease|shorten|lengthen|extend|bump)\\s(?:it|them|this|that)\\b|\\b(?:increase|raise|lower|reduce|decrease|shorten|lengthen|bump)\\s(?:the )?${NAME}`,
    ),
    why: 'a value is to grow or shrink, but the new one is missing',
  },
  {
    pattern: new RegExp(
      `\\b(?:${VALUE_VERBS})\\s(?:the |our |its |${MENTION}(?:'s)? |[a-z]+(?:'s)? ){0,4}?(?<![\\w-])${PARAM}`,
    ),
    why: 'a value is to be changed, but the new one is missing',
  },
  {
    pattern:
      /\b(?:longer|more|bigger|larger|slower|higher|later|older) than (?:it |they |we |you |one )?(?:should|expected|usual|normal|necessary|allowed|needed|reasonable|whatever)|\b(?:from time to time|every so often|at (?:regular )?intervals|every now and then|once in a while|now and again|periodically|occasionally)\b|\b(?:after|for|in) (?:a while|some time|a moment|a bit|a certain time)\b|\b(?:is|are|get|gets|becomes?|takes?|was|grows?) too (?:long|many|big|large|old|small|short|often)\b|\b(?:to|at|by|beyond|over|above|exceeds?|with|than) (?:an?|some|the) (?:maximum|minimum|limit|cap|threshold)\b/,
    why: 'a bound decides it, and it is not told',
    ordered: true,
  },
  {
    pattern:
      /\b(?:cap|limit|restrict|clip|throttle|bound)\s(?:the|how|its|their|our|all|every|each|log|it)\b/,
    why: 'a limit is to be set, but not which',
    ordered: true,
  },
  {
    pattern:
      /\b(?:threshold|limit|cap|time-?out|interval|delay|maximum|minimum|number|period)s?\b[^.;]{0,30}?\b(?:constant|fixed|hard-?coded)\b|\b(?:fixed|constant|certain|hard-?coded) (?:number|amount|count|value|interval|delay|limit|threshold|time-?out|period)\b/,
    why: 'a constant is asked for, but its value is missing',
  },
  {
    pattern:
      /\b(?:after|every|at most|at least|up to|than|of|to|for|within|last|first|be|is) (?:n|x|y|xx|xxx) (?:seconds?|minutes?|ms|milliseconds|hours?|days?|times|attempts|retries|failures|errors|entries|items|rows|lines|jobs|requests|characters|bytes|mb|kb)\b|\b(?:tbd|tbc)\b|\?\?\?/,
    why: 'a placeholder stands where the value should be',
    ordered: true,
  },
  {
    pattern: ELSEWHERE,
    why: 'the value is told by something outside the repo that the reader cannot see',
    ordered: true,
    elsewhere: true,
  },
  {
    pattern: /\brename\s/,
    why: 'a new name is asked for, but not which',
    target: true,
  },
];

const ZH_PARAM = `(?:${zh.ZH_PARAMETER}|(?<![a-z-])(?:${PARAMETER_NOUNS})(?![a-z-]))`;
const ZH_RULES: readonly Rule[] = [
  { pattern: ZH_ELSEWHERE, why: '值以仓库之外、看不到的东西为准', ordered: true, elsewhere: true },
  {
    pattern:
      /(?:调|改|设|换|定)(?:到|成|为)\s?(?:一个|个|一)?[^。;；,，\d]{0,10}?(?:的)?(?:数|数字|值|大小|时间|时长|端口|名字|名称|文案|颜色|格式|版本)(?=[,，。;；、!！]|$)/,
    why: '要改成什么值没有写',
    elsewhere: true,
  },
  { pattern: new RegExp(zh.ZH_UNBOUND), why: '取决于一个界限，但没有写是多少', ordered: true },
  { pattern: new RegExp(`(?:${zh.ZH_BY_FEEL})`), why: '要改成什么值没有写' },
  {
    pattern: new RegExp(`(?:${zh.ZH_TASTE})\\s?的?.{0,6}${ZH_PARAM}`),
    why: '值只凭感觉描述，没有给出',
  },
  {
    pattern:
      /(?:加|增加|添加|设|设置|新增)(?:一个|个|上|一)?.{0,12}?(?:上限|下限|限制|阈值|默认值|超时|最大|最小)/,
    why: '要求一个上限或默认值，但没有写是多少',
  },
  {
    pattern: new RegExp(
      `${ZH_PARAM}.{0,8}?(?:调整|修改|改|换|提高|降低|加大|增大|缩短|延长)|(?:调整|修改|更换|提高|降低|加大|增大|缩短|延长).{0,10}?${ZH_PARAM}`,
    ),
    why: '要改一个值，但没有写新值',
  },
];

/** True when the text holds anything that could be typed in as a value. */
export function hasValue(reading: Reading): boolean {
  return reading.sentences.some((s) => VALUE.test(s.masked));
}

/** A value that decides the work is asked for and not given, in the sentence or the two after it. */
export function findMissingValues(reading: Reading): Finding[] {
  const findings: Finding[] = [];
  const { sentences } = reading;
  for (let i = 0; i < sentences.length && findings.length < 3; i++) {
    const sentence = sentences[i];
    if (sentence === undefined) continue;
    for (const rule of [...RULES, ...ZH_RULES]) {
      const m = rule.pattern.exec(sentence.masked);
      if (m !== null && !rule.elsewhere && FROM_TO.some((r) => r.test(sentence.masked))) break;
      if (rule.ordered && !demands(sentence)) continue;
      if (m === null || negated(sentence.masked, m.index)) continue;
      let scope = sentence.masked.slice(m.index);
      for (
        let j = i + 1;
        j < sentences.length && (j <= i + 2 || (j <= i + 12 && sentences[j]?.bullet));
        j++
      )
        scope += ` ${sentences[j]?.masked}`;
      if (rule.than) scope = scope.replace(/\bthan .{1,30}/, ' ');
      if (rule.target && !NAMED.test(scope)) scope = '';
      // What stands before the verb is the thing or its old value, never the new one.
      const wanted = NUMERIC.test(m[0]) ? NUMBER : VALUE;
      if (wanted.test(scope.replace(STATUS, ' '))) continue;
      findings.push({
        signal: 'acceptance',
        code: 'missing-value',
        points: 90,
        words: sentence.raw.length > 120 ? `${sentence.raw.slice(0, 117)}...` : sentence.raw,
        why: rule.why,
      });
      break;
    }
  }
  return findings;
}
