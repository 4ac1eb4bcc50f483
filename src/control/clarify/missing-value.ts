import { demands, negated } from './demand.ts';
import type { Reading } from './reading.ts';
import { CODE, NAME, PATH, QUOTE, VERSION } from './tokens.ts';
import type { Finding } from './types.ts';

/** What takes a number. */
const NUMERIC =
  'limits?|caps?|ceilings?|thresholds?|maxim(?:um|a)|minimum|max|min|time-?outs?|intervals?|delays?|pauses?|back-?offs?|sizes?|lengths?|counts?|retries|attempts|numbers?|amounts?|rates?|ttl|expiry|expiration|lifetimes?|max-?age|ages?|concurrency|parallelism|durations?|quotas?|budgets?|periods?|windows?|depth|width|height|capacity|retention|leeway|grace|frequency|ports?|priority|history';
/** What takes a text, a name or a choice. */
const TEXTUAL =
  'values?|defaults?|names?|titles?|labels?|wording|texts?|messages?|colou?rs?|levels?|versions?|formats?|prefix(?:es)?|suffix(?:es)?|status(?: codes?)?|constants?|settings?|aliases|alias|codes?|icons?|images?|patterns?|links?|urls?|domains?';
const ZH_NUMERIC =
  '上限|下限|限制|阈值|门槛|超时|间隔|长度|大小|数量|次数|时长|时间|并发数?|频率|周期|有效期|端口|优先级|退避|容量|宽度|高度|天数|行数|条数';
const ZH_TEXTUAL =
  '默认值|缺省值|默认|值|提示语|提示|文案|措辞|名字|名称|标题|标签|格式|颜色|级别|版本|状态码|前缀|后缀|表名|命名|图标|链接|域名';
const PARAM = `(?:${NUMERIC}|${TEXTUAL})(?![\\w-])`;
const ZH_PARAM = `(?:${ZH_NUMERIC}|${ZH_TEXTUAL}|(?<![a-z-])${PARAM})`;

const MORE =
  'raise|increase|lower|reduce|decrease|shorten|lengthen|bump|scale|tighten|relax|loosen|grow|shrink|slow';
const OTHER = 'change|set|adjust|switch|replace|swap|rename|tune|tweak|alter|modify|reword|correct';
const ZH_MORE =
  '往[上下大小长短]调|再[大小长短高低快慢]一?[点些]|(?:调|改|加|缩|放|提|降|变|弄|设|减|增)得?(?:高|低|大|小|长|短|快|慢|宽|缓|紧|松|密|疏|严|少|多)|提高|降低|延长|封个?顶|调缓';
/** "改成 x" names the value itself and is no such verb. */
const ZH_OTHER =
  '(?<![不别勿未])(?:调整|修改|更换|替换|换掉|设置|设定|调(?!用)|换(?![成为行])|改(?![成为]))';
/** Adjectives that leave the choice to taste, or say no more than "not this one". */
const TASTY =
  'right|correct|proper|agreed|usual|desired|preferred|intended|sensible|reasonable|appropriate|suitable|good|decent|sane|better|best|nicer?|fitting|meaningful|useful|adequate|acceptable|modern|generic|descriptive|clearer|shorter|longer|higher|larger|bigger|smaller|lower|realistic|safer?|friendlier|different|new|other|another|common|standard|matching';
const OURS =
  '(?:our|ours|us|we|my|the (?:new |current |internal )?(?:company|team|corporate|customer|client|legal|marketing|design|ops|product|policy)|other (?:teams|services)|everybody|everyone|most people|people|production|staging|common practice|industry)';
const DECIDE =
  '(?:recommends?|prefers?|wants?|asked|likes?|uses?|runs?|expects?|understands?|suggests?|settled|agreed|chose|picked|decided|needs?)';
/** Between a verb and its parameter. */
const OF = `(?:(?:the|our|its|this|that|each|every|all|[${NAME}${PATH}${CODE}${QUOTE}](?:'s)?|[a-z-]+(?:'s)?)\\s){0,4}?`;

interface Rule {
  pattern: RegExp;
  why: string;
  /** Holds in any sentence, not in demands only; what the sentence said before is no value for it. */
  anywhere?: true;
}
const rule = (why: string, ...alternatives: string[]): Rule => ({
  pattern: new RegExp(alternatives.join('|')),
  why,
});

const RULES: readonly Rule[] = [
  rule(
    'a value is to grow or shrink, but the new one is missing',
    `\\b(?:${MORE})(?:s|d|ed|ing)?\\s(?:up |down )?(?:${OF}(?:${PARAM}|${NAME})|(?:it|them|this|that)\\b)|\\b(?:extend|widen)(?:s|ed)? ${OF}${PARAM}`,
    `\\b(?:make|keeps?|kept|wait|let|use|give|hold|have|allow|run|poll|be|last)\\b[^.;]{0,40}?\\b(?:longer|shorter|later|earlier|sooner|higher|lower|bigger|larger|smaller|fewer|(?:more|less) (?:often|time|frequently|retries|attempts))\\b(?! than (?:\\d|one|zero|${NAME}))`,
    ZH_MORE,
  ),
  rule(
    'a value is to be changed, but the new one is missing',
    `\\b(?:${OTHER})\\s${OF}(?:${PARAM})`,
    '\\b(?:rename|reword)\\s',
    `${ZH_PARAM}[^，。；,]{0,8}?(?:${ZH_OTHER})`,
    `${ZH_PARAM}[^。；]{0,16}?(?:换|改|调)(?:一下|一句|个|掉|改|一改)`,
    `(?:${ZH_OTHER})[^，。；,]{0,10}?${ZH_PARAM}`,
  ),
  rule(
    'a limit or default is asked for, but not which',
    '\\b(?:add|give|set|introduce|has|have|use|needs?|define|impose|want|put|enforce|apply|with|gets?|after|within|at|by|allow(?: for)?|constant for|to)\\b[^.;]{0,40}?\\b(?:an?|some|(?<!\\b(?:note|mention|document|describe|say|say in|list|explain|state) )the)\\s(?:[a-z-]+\\s){0,2}?(?:default|maximum|minimum|limit|cap|ceiling|threshold|time-?out|upper bound|lower bound|ttl|expiry|quota|cooldown|debounce|delay|leeway|grace period)(?![\\w-])(?! (?:option|parameter|argument|flag|setting|field|property|error|is|was|of|message))',
    '\\b(?:cap|limit|restrict|throttle)\\s(?:the|how|its|their|our|all|each|it)\\b',
    '(?:加|增加|添加|设|设置|新增|给)[^，。；]{0,14}?(?:上限|下限|限制|阈值|默认值|超时|缓存时间)',
  ),
  rule(
    'the value is described, but not given',
    `\\b(?:the(?! new| other)|an?|some|to|with|use|its|more|set)\\s(?:[a-z]+ )?(?:${TASTY})\\s(?:[a-z]+ )?${PARAM}`,
    `\\b(?:another|a different|some other|(?:needs?|gets?|give it|wants?|should have|deserves?) (?:a )?new)\\s(?:[a-z]+ ){0,2}?(?:${PARAM}|character)`,
    `\\bsomething\\s(?:[a-z]+ ){0,2}?(?:${TASTY}|else|like)(?![\\w-])`,
    `(?:合适|合理|正确|恰当|适当|更好|好听|通用|像样|差不多|新的|别的|其他|另外|另一)的?[^，。；]{0,6}?${ZH_PARAM}`,
    '[调改换设][到成为][^，。；\\d]{0,24}?(?:合适|合理|恰当|新的|新(?=名|值|文案|标题|格式)|别的|那[个种组套版份]|更[^，。；]{1,3})',
    '[调改换设][到成为]一?个[^，。；]{0,8}的?(?:数|值|名字|文案|大小|时间)',
  ),
  {
    ...rule(
      'the value stands in something outside the repo',
      `\\b(?:same\\b[^.;]{0,30}?\\b(?:as|we|that)|match(?:es|ing)?|like|according to|per|consistent with|in line with|follow(?:s|ing)?|conform(?:s|ing)? to|agrees? with|align(?:ed)? with|what|whatever|as)\\s(?:is |are |in |on |to |with )?${OURS}\\b`,
      `\\b(?:something|what|whatever|the (?:value|name|number|one|term|text|default|wording|limit)s?)(?: that| which)? (?!it |they |that )(?:our |the |my |most )?[a-z]+(?: [a-z]+)? ${DECIDE}\\b`,
      '\\bcommon practice\\b|\\b(?:by|with|to) (?:the ones|those|the (?:new )?(?:numbers|figures|values|results))(?: that| which)? (?:we|i) ',
      '[换改调][成为](?:我们|咱们|公司|团队)?(?:统一|自己|约定|规定|标准)的[^，。；]{0,14}?(?:格式|样式|规范|风格|写法|名字|文案)',
      '(?:跟|和|与|按照?|照|依|符合|参照|沿用)[^。；，,]{0,6}?(?:我们|咱们|公司|团队|客户|线上|业务|设计|运维|法务|市场|产品|那边|他们|行业|别的)[^。；]{0,24}?(?:一致|一样|相同|规范|标准|要求|约定|习惯|来|配的|写的|那样|同步|名字|值|对齐)',
    ),
    anywhere: true,
  },
  {
    ...rule(
      'a bound decides it, and it is not told',
      '\\b(?:fixed|constant|certain|specific|particular|hard-?coded) (?:number|amount|count|value|interval|delay|limit|threshold|time-?out|period)\\b(?! (?:is|was))',
      '\\b(?:longer|more|bigger|larger|slower|higher|later|older) than (?:the|an?|some|it|they|we|usual|normal|necessary|expected) ?(?:threshold|limit|should|maximum|cap|certain)?\\b',
      '\\b(?:threshold|limit|cap)s?\\b[^.;]{0,30}?\\b(?:constant|fixed|hard-?coded)\\b',
      '\\b(?:a few|several|a couple of|some|a bit of) (?:times|retries|attempts|tries|seconds|minutes|hours|milliseconds|days)\\b',
      '\\b(?:after|for|in) (?:a while|some time|a moment|a bit)\\b|\\b(?:periodically|from time to time|every so often|at regular intervals|every now and then)\\b',
      '\\b(?:n|x|y|xx|xxx) (?:seconds?|minutes?|ms|times|attempts|days|hours|entries|items)\\b|\\btbd\\b',
      '固定上限|固定的?(?:次数|时间|秒数)|一段时间|定期|每隔一段|时不时|过一会|若干',
    ),
    anywhere: true,
  },
];

const COUNT =
  'zero|one|two|three|four|five|six|seven|eight|nine|ten|twelve|fifteen|twenty|thirty|forty|fifty|sixty|ninety|a hundred|a thousand|infinity|unlimited|half|double|twice|triple';
const UNIT =
  'seconds?|minutes?|hours?|days?|weeks?|months?|years?|ms|milliseconds|times|attempts|retries|entries|items|rows|lines|characters|bytes|kb|mb|gb|percent|px|jobs|requests|levels?';
const NUMBER = new RegExp(
  `(?<![\\w#./-])[-+]?\\d|\\b(?:${COUNT}) (?:${UNIT})\\b|\\b(?:to|of|at|by|be|is|every|than) (?:exactly )?(?:${COUNT})(?! (?:that|which|of|more|test|case))\\b|\\b(?:to|as|=|than|of) ${NAME}|[成为到]\\s?${NAME}|[二两三四五六七八九十百千万半]+(?:个|条|次|秒|分|小时|天|倍|行|字|页|周)|一(?:秒|分钟|小时|天|倍|周)`,
);
const VALUE = new RegExp(
  `${NUMBER.source}|[${QUOTE}${CODE}${VERSION}]|\\b(?:true|false|null|undefined|none|lower-?case|upper-?case)\\b|->|=>|→|[成为到叫]\\s?[${NAME}${PATH}]|\\bs/`,
);
const NEW_NAME = new RegExp(
  `${VALUE.source}|\\b(?:to|into|as|=) (?:just |plain )?(?:[${NAME}${PATH}]|(?!the\\b|an?\\b|something\\b|what|its?\\b|our\\b|whatever|match|be\\b)[a-z][\\w-]*\\s?(?:$|[.,;!?(]|in\\b|and\\b|everywhere))`,
);
/** Numbers that are no values: marks of a list, counts of tests and places, statuses told. */
const NO_VALUE =
  /(?:^|\n)\s{0,4}\d{1,2}[.)、]\s|\b(?:one|two|three|both|\d) (?:new )?(?:unit )?(?:tests?|cases?|places?|lines?|files?)\b|\b(?:with|not|status|http|returns?|an?|the|code|answers?)\s(?:a |an |http |status )?[1-5]\d\d\b|(?:状态码|状态|返回|还是)[^\d，。]{0,6}[1-5]\d\d|\bone (?:that|which|of|more)\b|\b(?:only|no|this|that|the|each|every) one\b/g;
/** What is wanted is a number; a text beside it is something else. */
const TAKES_NUMBER = new RegExp(`(?<![\\w-])(?:${NUMERIC})(?![\\w-])|${ZH_NUMERIC}|${MORE}`);
const TAKES_NAME = /\b(?:rename|switch|set|change)|改名|命名/;
/** The new value was told before the words that ask for it. */
const TOLD_BEFORE =
  /->|=>|→|(?:不够|不足|小于|少于|低于|大于|超过|至少|\bbelow|\bunder|\bthan)\s?\d|\b(?:from|to|into|by|=)\s(?:.{1,20}\bto\s)?[-+]?[\d\uE002\uE003]|[成为到]\s?[\d\uE001-\uE003]/;

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
    const { masked, raw } = sentence;
    const demand = demands(sentence);
    for (const { pattern, why, anywhere } of RULES) {
      if (!demand && !anywhere) continue;
      const m = pattern.exec(masked);
      if (m === null || negated(masked, m.index)) continue;
      if (!anywhere && TOLD_BEFORE.test(masked.slice(0, m.index + m[0].length))) continue;
      let scope = masked.slice(m.index);
      for (let j = i + 1; j < sentences.length && j <= i + 12; j++) {
        if (j <= i + 2 || sentences[j]?.bullet) scope += ` ${sentences[j]?.masked}`;
        else break;
      }
      const wanted = TAKES_NAME.test(m[0]) ? NEW_NAME : TAKES_NUMBER.test(m[0]) ? NUMBER : VALUE;
      if (wanted.test(scope.replace(NO_VALUE, ' '))) continue;
      const words = raw.length > 120 ? `${raw.slice(0, 117)}...` : raw;
      findings.push({ signal: 'acceptance', code: 'missing-value', points: 90, words, why });
      break;
    }
  }
  return findings;
}
