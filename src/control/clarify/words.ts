/**
 * The words of the gate, English and Chinese side by side. Each list is one idea, and the idea, not a
 * phrase seen somewhere, decides what belongs in it. Lists are alternatives of a pattern, matched against
 * lower-case prose in which quotes, code, paths and names are masked; none repeats a repetition, so
 * every pattern stays linear.
 */

const list = (...lines: string[]): string => lines.join('|');
/** Whole English words. */
const word = (...lines: string[]): RegExp =>
  new RegExp(`(?<![\\w-])(?:${list(...lines)})(?![\\w-])`);
/** Chinese is written without spaces: entries stay themselves inside longer text. */
const zh = (...lines: string[]): RegExp => new RegExp(list(...lines));

/** Verbs, in their base form, with which an order begins. */
export const ORDER_VERBS: string = list(
  'add|append|insert|prepend|put|place|write|document|mention|note|describe|explain|list|show|hide|display|render|print|log|emit|output|dump',
  'return|throw|raise|reject|resolve|accept|allow|deny|refuse|forbid|permit|skip|unskip|ignore|drop|remove|delete|rm|git rm|git mv|kill|nuke|strip|trim',
  'rename|move|copy|extract|inline|hoist|split|merge|join|combine|replace|swap|substitute|change|set|make|turn|convert|switch|flip|use|keep|leave',
  'let|have|give|get|send|call|run|start|stop|close|open|exit|abort|fail|wait|retry|repeat|cap|limit|clamp|round|truncate|escape|quote|encode|decode',
  'sort|order|reorder|filter|group|count|cache|memoi[sz]e|store|save|load|read|parse|validate|check|verify|assert|test|cover|pin|bump|upgrade|downgrade|update',
  'export|unexport|import|expose|deprecate|support|implement|introduce|create|build|generate|provide|extend|reduce|increase|lower|shorten|lengthen|scale|adjust|adapt',
  'disable|enable|fix|correct|repair|reword|rewrite|wrap|unwrap|batch|flush|clear|reset|treat|honou?r|prefer|default|respect|apply|pass|propagate',
  'preserve|restore|revert|register|unregister|bind|map|normali[sz]e|prefix|suffix|lowercase|uppercase|ban|warn|require|restrict|answer|respond|reply',
  'guard|catch|handle|detect|release|publish|mark|label|annotate|tag|link|point|configure|declare|define|type|widen|narrow|say|state|reuse|share',
  'include|exclude|align|cut|compare|compute|derive|evict|expire|encrypt|hash|sign|freeze|lock|unlock|cancel|schedule|delay|debounce|throttle|poll',
  'fetch|download|upload|embed|bundle|minify|compress|improve|optimi[sz]e|refactor|clean|tidy|harden|simplify',
);

/** Words that turn a statement into a demand. */
export const MODAL: RegExp = word(
  "should|must|shall|mustn't|shouldn't|has to|have to|needs to|need to|ought to|is to|are to|be able to|wants?|wanted|would like|i'd like|we'd like|would love|wish",
  "(?:i'd|we'd) (?:treat|use|make|keep|drop|rename|add|put|go with|rather)|gets? (?:an?|the)|instead|only (?:that|this)|nothing (?:else|more)|can (?:go|be (?:removed|deleted|dropped))(?= from| again|\\s*[.,;])|go(?:es)? (?:to|into) an? new|expect|expected|expects|please|pls|plz|can you|could you|can we|could we|would you|let's|make sure|ensure|required|requirement|acceptance|todo",
  "never|always|may not|may only|cannot|can't|will|instead of|rather than|needs?|no longer|so that|would help|would be (?:great|nice|perfect|good|enough)",
);
export const ZH_DEMAND: RegExp = zh(
  '应|必须|需要|请|传|给|值为|要|期望|希望|预期|不得|不能|不可|不许|只能|麻烦|帮|把|改|加|补|写|删|去掉|移除|换|增|新建|创建|设|调|返回|抛|输出|打印|显示|跳过|忽略',
  '拒绝|支持|导出|移到|拆|合并|升级|更新|修|处理|做|弄|搞|用|列出|保持|追加|替换|同步',
);

/** Verbs whose effect somebody can watch happen or not happen, in any form. */
export const OUTCOME: RegExp = word(
  'returns?|returned|returning|gives?|yields?|throws?|thrown|throwing|raises?|rejects?|rejected|resolves?|resolved|prints?|printed|outputs?|emits?|emitted|logs?|logged',
  'exits?|fails?|passes|succeeds?|skips?|skipped|ignored?|ignores|accepts?|accepted|refuses?|refused|contains?|includes?|equals?|matches|becomes?|stays?|keeps?|kept',
  'remains?|shows?|shown|hides?|hidden|displays?|displayed|renders?|rendered|sends?|sent|calls?|called|writes?|written|stores?|stored|saved?|deleted|deletes|removed',
  'removes|stops?|stopped|waits?|retries|retried|starts?|starting|ends?|happens?|appears?|sorted|trimmed|escaped|clamped|rounded|counts?|counted|wins?|overrides?',
  'overridden|falls? back|carries|carry|sets?|clears?|cleared|drops?|dropped|closes?|closed|aborts?|aborted|releases?|released|runs?|executed?|compiles?|typed|allowed',
  'forbidden|parsed|strips?|stripped|lists?|listed|answers?|responds?|redirects?|reads?|says?|agrees?|unchanged|untouched|twice|once|works?',
);
export const ZH_OUTCOME: RegExp = zh(
  '按.{1,8}排|返回|抛|输出|打印|显示|渲染|跳过|忽略|拒绝|报错|通过|等于|变成|包含|不变|照旧|保留|保持|列出|发送|调用|写入|退出|生成|计算|等待|重试|停止|清空|触发|排序|截断|合并|覆盖|相同|一致|得到|出现|当作|不再',
);

/** Edits that are told in full by the verb and an exact object. */
export const CLOSED: string = list(
  'remove|delete|rm|git rm|git mv|drop|rename|move|export|unexport|re-export|inline|extract|replace|swap|revert|append|insert|pin|bump|hoist|reorder|sort|copy|kill|nuke',
  'skip|unskip|import|lowercase|uppercase|quote|unquote|strip|ignore|deprecate|merge|split',
);
export const ZH_CLOSED =
  '固定(?:为|到|成)|锁定(?:为|到)|删除|删掉|去掉|移除|重命名|改名|移到|移动到|导出|内联|替换|追加|换成|改成|改为|合并到|升级到|升到|取消|跳过|忽略|恢复';

/** Orders whose object, in plain words too, says what is to be done. */
export const DEED: string = list(
  'remove|delete|drop|kill|rename|move|export|expose|sort|reorder|replace|flip|swap|revert|inline|extract|merge|point|skip|ignore|strip|return|throw(?! (?:out|away))|reject',
  'print|log|emit|append|insert|bump|pin|upgrade|downgrade|hide|deprecate|unexport|hoist|lowercase|uppercase|escape|trim|round|clear|forward|re-export|reword|link',
);

/** Defects that tell their own repair. */
export const DEFECT: RegExp = word(
  "lacks?|is missing|are missing|misses|missing an?|misspel(?:led|t)|misspelling|typos?|dead link|is dead|that's dead|broken link|unused|never used|duplicated?|not exported",
  "outdated|off by one|unclosed|unbalanced|nothing (?:uses|references)|nobody uses|no longer exists?|doesn't (?:exist|remove|clear|close|return|reset|throw|mention|say)",
  'documented as|(?:docs?|readme|comment|jsdoc|table|page|example) (?:says?|claims?|promises?|shows?)',
);
export const ZH_DEFECT: RegExp = zh(
  '少了|缺少|缺了|漏了|漏写|多了|拼错|拼写|写错|笔误|错别字|死链|失效|重复了|没有用到|没人用|未使用|没有导出|应为|应该是|写的是|写成',
);

/** Values told by a word. */
export const CONSTANT: RegExp = word(
  'true|false|null|undefined|nan|infinity|empty (?:string|array|object|list|output|result|body)|zero|half|double|twice|once|nothing|none|no-?op|utf-?8|iso ?8601|ascii',
  'alphabetical(?:ly)?|ascending|descending|lower[- ]?case|upper[- ]?case|read-?only|optional|private|deprecated|async|sync|stderr|stdout|stdin',
);
export const ZH_CONSTANT: RegExp = zh(
  '空数组|空字符串|空对象|为空|升序|降序|字母(?:表)?(?:顺序|序)|按.{1,8}排(?:序|列)?|小写|大写|原样|只读|可选|标准错误|标准输出|只.{0,3}一次',
);

export const TESTS: RegExp = word(
  'tests?|tested|spec|assert(?:s|ion|ions)?|cases?|regression|snapshot|fixtures?|covered|cover',
);
export const ZH_TESTS: RegExp = zh('测试|用例|断言|覆盖');

/** Verbs that name an effort instead of an outcome. */
export const EFFORT: RegExp = word(
  'improve[sd]?|improving|improvements?|optimi[sz]e[sd]?|optimi[sz]ation|enhance[sd]?|enhancements?|polish|streamline|simplify|refactor(?:ed|ing)?|rework|revamp|overhaul',
  'moderni[sz]e|harden|clean(?: \\w+)? up|tidy(?: \\w+)?(?: up)?|rethink|revisit|reconsider|review|investigate|look (?:into|at|over|after)',
  'have a (?:look|go|think)|take a (?:look|pass|stab)|any ideas?|sort (?:it |this |that |them |things )?out|deal with|take care of|work on|go (?:through|over)|sit down with|(?:take )?a step back|tune|tweak',
  'beautify|redesign|restructure|reorgani[sz]e|speed (?:it |this |that |things )?up|unify|boost|strengthen|elevate|refine|de-?clutter|do something|do better',
  '(?:can|could) (?:this|it|that) be (?:fixed|solved|improved|better)|(?:please|pls|plz) (?:fix|sort|check|handle|address)(?=\\s*(?:$|[.,!]))|complete (?:it|this|that|them|the (?:page|docs?|documentation|list|guide))|figure (?:it |this )?out|find out|get to the bottom|fix (?:it|this|that|them|everything|things)|make (?:it|this|that|them|things) (?:right|work|good|nice)|make sense',
  'bring .{1,30} (?:up to|into|to the level)|get .{1,30} (?:into|in) shape|give .{1,30} (?:love|attention|care)|needs (?:some |a little |a bit of )?(?:love|care|attention|work)',
);
export const ZH_EFFORT: RegExp = zh(
  '优化|重构|完善|改进|改善|提升|美化|梳理|整理|打磨|看看|看一下|看下|瞧瞧|处理一下|处理下|弄一下|弄好|搞一下|搞定|搞好|调优|加强|增强|强化|现代化|解决一下|解决掉',
  '排查|研究|补全|补齐|补充完整|想想办法|想办法|重新设计|规范一下|清理一下|改造|修一修|改一改|调一调|弄弄|修一下|fix 一下',
);

/** Qualities without a measure: judgements of taste, and comparatives. */
export const TASTE: RegExp = word(
  'better|nicer|cleaner|simpler|easier|faster|quicker|snappier|smarter|safer|friendlier|lighter|leaner|slicker|clearer|smoother|tidier|prettier|stronger|cooler|shorter',
  'longer|higher|larger|bigger|smaller|(?<!\\b(?:one|two|three|no|any|some|few|\\d) )more (?!than\\b|or\\b|once\\b)[a-z]+|less (?!than\\b)[a-z]+|modern|intuitive|robust|scalable|performant|elegant|approachable|reliable',
  'reliability|stable|stability|solid|rock[- ]solid|bullet[- ]?proof|responsive|smooth|readable|readability|maintainable|maintainability|understandable|professional',
  'beautiful|pretty|nice|cool|coherent|confusing|slow|messy|ugly|weird|strange|flaky|bad|awful|terrible|annoying|painful|clunky|sluggish|clumsy|cluttered|bloated|hard to',
  'difficult|unclear|production[- ]ready|enterprise|state of the art|world[- ]class|best practices?|properly|nicely|reasonable|sensible|appropriate|sane|decent|good|great',
  'suitable|(?:the|is|are|look|looks|it|not) right(?! (?:after|before|below|above|now|away|at|next|behind|in))|proper|useful|helpful|(?:user|developer)[- ]friendly|friendly|impressive|natural|top shape',
  'good shape|up to date|future[- ]proof|edge cases|performance|quality|experience|not ideal|suboptimal',
  'too (?:slow|long|short|small|big|large|low|high|much|many|noisy|complex|complicated|sensitive|generous)',
);
export const ZH_TASTE: RegExp = zh(
  '更好|更快|更稳|更强|快一点|好一点|好点|好用|易用|好看|清楚|清晰|友好|美观|大气|现代|健壮|稳定|太乱|太慢|太长|太差|太丑|有点|开箱即用|全面|灵活|性能|体验|质量|合理|优雅',
  '可读性|可维护|扩展性|怪怪|不太|不对劲|不理想|不够|费劲|难看|混乱|臃肿|流畅|专业|吸引|质感|过时|一点|一些|合适|恰当|尽量|最佳实践|越.越',
);

/** References to something that only the writer has in mind. */
export const DANGLING: RegExp = word(
  'as (?:we )?(?:discussed|agreed|said|usual|planned|mentioned|always)|like (?:last time|before|we said|the last one|you did|we did|i said)|the usual|you know (?:what|which|the|how)',
  'the (?:other |whole |same )?(?:thing|stuff)|the (?:other|previous|last|second|first) (?:one|half|part|proposal|option|approach|variant|idea)',
  "same (?:thing|fix|change|way|approach|as (?:last|before|we))|(?:yesterday|last (?:week|month|night|time|friday|monday|year))(?:'s)?",
  '(?:in|from|at|on) (?:the|our|my) (?:meeting|call|chat|thread|ticket|standup|stream|conference|retro|workshop|mail|email|channel|document|wiki|board|screenshot|branch|pr|discussion)',
  'on (?:slack|discord|teams|the phone|zoom)|(?:he|she|they|we|i|you) (?:said|suggested|proposed|mentioned|agreed|discussed|talked|settled|decided|told|showed|promised|explained|meant|started|wanted)',
  "remember|that (?:bug|issue|problem|idea|thing|one|hack|case|fix)|this (?:bug|issue|problem|thing)|the (?:hack|idea|proposal|mess)|one of (?:those|these|them)|his|her|you'll find|(?:remarks|comments|suggestions|feedback|nits) (?:about|on|from|of|in)|review(?:er'?s?)? (?:remarks|comments|suggestions|feedback|nits)",
);
export const ZH_DANGLING: RegExp = zh(
  '(?<![嗯呃啊额])那个|这个问题|那件|那几个|剩下|上次|上回|上周|昨天|前天|之前说|之前的|之前那|会上|群里|老问题|老毛病|老样子|照上|照着|说好的|说过|讨论|按.{1,8}说的|说的那|你懂的|截图|附件',
  '邮件|飞书|钉钉|微信|另外那|那边|那种|一样的',
);

/** Words that hand the decision, or the extent, to the reader. */
export const OPEN: RegExp = word(
  'as you see fit|whatever|up to you|wherever|surprise me|if possible|where (?:appropriate|needed|necessary|possible|it makes sense)|you decide|your (?:judge?ment|choice|call)',
  'or something(?! else)|something (?:we|i|you|they) can|clever about|smart about|or so|somehow|etc|and so on|and so forth|and such|and the like|things like that|that sort of thing|some kind of|sort of|kind of|everything|anything|everywhere',
  'all of (?:it|this|that)|the whole|as (?:much|far|fast|little|well) as|if needed|when needed|do it properly|take (?:the|your) time|feel free',
  "(?:which|that|what)(?:'s| is| are) (?:missing|wrong|needed|lacking|unclear|outdated|not clear|broken)|(?:that|which) (?:don't|doesn't|do not|does not) (?:add|bring|help|matter|make sense)",
  'unnecessary|unneeded|needless|superfluous|pointless|looks? like (?:an? )?(?:leftovers?|garbage|junk|trash)|nobody (?:needs|wants)',
  "don't be afraid|while you're at it|next level|any(?:thing)? else|i trust|happy with|you think|you feel|you like",
);
export const ZH_OPEN: RegExp = zh(
  '你看着|看着办|你决定|随便|自由发挥|都优化|该.{1,4}的都|全部重写|其他地方|顺便|考虑|等等|之类|什么的|诸如|所有方面|怎么都行|能.{0,3}就|具体怎么|细节你|整体|全方位',
);

/** The writer is not sure either. */
export const HEDGE: RegExp = word(
  "i think|i don't know|don't know what|no idea|i guess|i believe|maybe|perhaps|not sure|sometimes|probably|seems?|might|some of|somewhere|i suppose|i assume|possibly|apparently|i'd say|often|most of",
);
export const ZH_HEDGE: RegExp = zh(
  '好像|似乎|可能|大概|也许|不确定|(?:我|也|还)不知道|不知道(?:为什么|怎么|是不是|是否|哪|什么)|有时候|有时|偶尔|经常|感觉|总是|觉得',
);

/** "…stays as it is": what the work must leave alone. */
export const INVARIANT: RegExp =
  /\b(?:unchanged|untouched|identical|unmodified|must not change|nothing else|the rest stays)\b|\bas (?:before|today|now|they are|it is)\b|\b(?:stays? (?:the same|as)|keeps? working|not (?:be )?modified)\b|不变|照旧|不要动|不动|不允许修改|只改|不改|保持|原样/;
