/**
 * Axes on which two demands exclude each other. A text that stands on both poles of one axis, in two
 * different places, demands the impossible. Contradiction in general needs understanding; these are
 * the classes that can be told without it, each defended by its sentence.
 */
export interface Axis {
  id: string;
  a: RegExp;
  b: RegExp;
  why: string;
  /** Told of one thing before and after, both poles are no conflict: sentences of change are passed over. */
  strict?: true;
}

const NO =
  "(?:no|without(?: any| adding| introducing)?|zero|don't (?:add|use|introduce|want)(?: any)?|do not (?:add|use|introduce)(?: any)?|never (?:add|use)|not a single|must not (?:add|use|introduce|gain|have))";
const GROW =
  '(?:add|install|use|using|pull in|bring in|introduce|based on|depend on|via|with the help of|import|adopt|switch to|new)';

export const AXES: readonly Axis[] = [
  {
    id: 'once-retried',
    a: /\b(?:exactly[- ]once|at most once|never (?:be )?(?:run|runs|execute|executes|executed|process|processed|deliver|delivered|sent|send)s? (?:it |them |a job )?(?:twice|again|more than once))\b|只(?:能|会|允许)?(?:执行|处理|投递|发送)一次|绝不重复|不(?:能|会|得|允许)重复(?:执行|处理|投递)/,
    b: /\b(?:(?:is|are|be|gets?|automatically) (?:automatically )?(?:retried|re-?run|redelivered|re-?queued|restarted)|retr(?:y|ies) (?:it|them|the job|automatically)|retried automatically|at least once)\b|自动重试|重新(?:执行|投递|入队)|至少一次/,
    why: 'work that died halfway is either run again or never run twice',
  },
  {
    id: 'endless-bounded',
    a: /\b(?:(?:however|no matter how) long|never (?:give|gives|giving) up|forever|endless(?:ly)?|indefinitely|unlimited|infinite(?:ly)?|until it (?:succeeds|works)|as long as it takes|no (?:upper )?limit)\b|无论多久|不管多久|永不放弃|永远|无限|一直重试|直到成功|不设上限|不限次数/,
    b: /\b\d+ (?:s|seconds?|minutes?|hours?) at the latest\b|\b(?:at most|no more than|maximum of|max\.?|up to|limited to|not more than|only|stop after|give up after|fail after)\s\d+|\b(?:only once|exactly once|at most once|a single time|after (?:\d+|two|three|four|five|ten) (?:failures?|failed attempts|attempts|tries|retries|times))\b|(?:最多|至多|不超过|只能|上限)[^。；]{0,8}?\d+ ?(?:次|秒|分|毫秒|ms|s\b)|只(?:执行|重试|尝试)一次/,
    why: 'without end and bounded exclude each other',
  },
  {
    id: 'wait-instant',
    a: /\b(?:have|has|must|still) (?:to )?finish\b|\bnever (?:settles?|resolves?|returns?|rejects?|finishes) (?:before|until|while)\b|\b(?:waits?|block(?:s|ing)?|synchronous(?:ly)?|sync)\b[^.;]{0,60}?\b(?:until|for (?:the|each|every|all)|to (?:finish|complete|be done))\b|\buntil (?:the )?(?:worker|job|handler|task|request|server|response)s? (?:is|are|has|have|finish\w*|complet\w*)|\b(?:after|once|only when|until|that) (?:all|every|each)\b[^.;]{0,40}?\b(?:finished|done|completed?|written|flushed|settled|ended)\b|(?:等到?|所有|全部|每个)[^。；]{0,24}?(?:完|结束|返回|成功)(?:了|成|毕)?[^。；]{0,12}?(?:再|才|后|并|$)|同步(?:返回|等待)[^。；]{0,12}?结果/,
    b: /\b(?:never blocks?|must not block|non-?blocking|without (?:blocking|waiting)|returns? (?:immediately|instantly|right away|at once)|within \d+ ?(?:ms|milliseconds)|(?:less|no more|not more|no longer) than \d+ ?(?:ms|milliseconds)|fire and forget)\b|(?:不超过|小于|少于|以内|不能超过|低于)[^。；]{0,4}?\d+ ?(?:ms|毫秒)|\d+ ?(?:ms|毫秒) ?(?:以|之)?内|\b(?:in the same tick|regardless of (?:the )?(?:state|whether)|at once|immediately)\b|不能?阻塞|立即返回|立刻返回|马上返回/,
    why: 'waiting for work of unknown length and returning at once exclude each other',
  },
  {
    id: 'compatible-breaking',
    a: /\b(?:without (?:touching|changing|adapting|breaking|updating) (?:any |a |the |existing )?(?:callers?|call sites?|type|types|signatures?|public|users|imports|code)|without breaking|backwards?[- ]compatib\w+|no breaking changes?|non-?breaking|nobody's code|(?:existing|current|old) (?:code|callers?|users?|apps?|projects|plugins|clients|imports)\b[^.;]{0,40}?\b(?:keep|keeps|continue|continues|still|must not (?:break|change)|compile|compiles|unchanged|works?)|patch (?:release|version|bump|level)|(?:public )?(?:api|apis|interface|signatures?|types?) (?:must not|may not|can't|cannot|should not|shouldn't|stays?|remains?|has to stay)\b[^.;]{0,12}?(?:change|changed|unchanged|same)?|code (?:may|must|should|can) (?:not )?break|nothing (?:may|must|should) break)\b|向后兼容|兼容旧|(?:api|接口|签名)[^。；，,]{0,8}?(?:都)?(?:不能变|不变|不能改|不允许改|保持不变)|老代码|旧代码|不(?:能|得|要)?破坏|补丁版本|patch ?版本/,
    b: /\b(?:removed|deleted|dropped)\b[^.;]{0,40}?\b(?:entirely|completely|altogether)\b|\b(?:remove|delete|drop)\b[^.;]{0,50}?\b(?:entirely|completely|altogether|public|exported|option|method|export|overload|parameter|argument|support|callback|api)\b|\b(?:make|becomes?|is|be|turn)\b[^.;]{0,60}?\b(?:mandatory|required|compulsory|obligatory|non-optional|async(?:hronous)?)\b|\b(?:rename|change)\b[^.;]{0,40}?\b(?:public|exported|signature|return type)\b|\bbreaking change\b(?! (?:log|note))|\bno alias\b|改成?(?:必须|必填|必传)|必须传|(?:删除|删掉|去掉|移除|重命名)[^。；]{0,24}?(?:写法|方法|参数|选项|接口|api|导出|重载|支持)|改变?签名|变成?必填|不兼容/,
    why: 'nothing may break, yet something public is removed, renamed or made mandatory',
  },
  {
    id: 'dependency',
    a: new RegExp(
      `\\b${NO} (?:new |additional |extra |further |external |third[- ]party |runtime |npm )*(?:dependenc(?:y|ies)|packages?|librar(?:y|ies)|modules)\\b|\\b(?:standard library|std ?lib|built-?ins?) only\\b|(?:不|无|零|禁止)(?:要|能|得|允许|许|可)?(?:再)?(?:增加|新增|引入|添加|使用|用|加)?(?:任何)?(?:新的?)?(?:第三方)?(?:依赖|库|包)`,
    ),
    b: new RegExp(
      `\\b${GROW} (?:the )?(?:[a-z@/.-]{1,40} )?(?:lodash|axios|moment|dayjs|date-fns|ramda|rxjs|underscore|zod|joi|yup|ajv|luxon|express|react|vue|jquery|bootstrap|tailwind|redis|ioredis|bullmq|winston|pino|got|node-fetch|chalk|commander|yargs|uuid|nanoid|p-limit|p-retry|async-retry|lru-cache|requests|numpy|pandas|django|flask|boto3|tokio|serde|package|librar(?:y|ies))\\b|\\b[a-z-]{2,30}'s [a-z]{2,30} for\\b|(?:用|使用|引入|基于|借助|改用|装)\\s?(?:上)?\\s?(?:lodash|axios|moment|dayjs|zod|joi|ajv|redis|winston|pino|chalk|commander|uuid|p-limit|p-retry|第三方|[a-z-]{1,40} ?(?:库|包))`,
    ),
    why: 'no new dependency is allowed, yet one is to be used',
  },
  {
    id: 'option',
    a: new RegExp(
      `\\b${NO} (?:new |additional |extra |further |more )*(?:options?|flags?|settings?|config(?:uration)?|parameters?|arguments?|switch(?:es)?|env(?:ironment)? variables?)\\b|(?:不|禁止)(?:要|能|得|允许|许|可)?(?:再)?(?:增加|新增|引入|添加|加)(?:任何)?(?:新的?)?(?:选项|参数|配置|开关)`,
    ),
    b: /\b(?:configurable|opt-?in|opt-?out|can be (?:turned|switched) (?:on|off)|adjustable|customi[sz]able|choose between|let (?:users|callers|people) (?:choose|pick|set))\b|\b(?:add|introduce|accept|new)\b[^.;]{0,20}?\b(?:option|flag|setting|parameter|argument|switch)\b|可配置|可选择|可以关闭|可开关|能够?配置|让用户(?:选|设)|(?:加|增加|新增|添加)[^。；，]{0,6}?(?:选项|参数|开关)/,
    why: 'no new option is allowed, yet the behaviour is to be selectable',
  },
  {
    id: 'default-split',
    a: /\bdefaults?\w*\b[^.;]{0,60}?\b(?:becomes?|true|false|on|off|change[sd]?|switch(?:es)?|flip)\b|默认(?:值)?[^。；]{0,12}?(?:改成?|变成?|改为)/,
    b: /\b(?:existing|old|current|previous)\b[^.;]{0,60}?\b(?:don't|doesn't|do not|not|without)\b[^.;]{0,20}?\b(?:set|setting|pass|configure|specify)\b[^.;]{0,40}?\b(?:keep|continue|still|unaffected|same|as before|unchanged|stay)/,
    why: 'a default that changes does so for everybody who does not set it',
  },
  {
    id: 'script',
    a: /\b(?:no|without(?: any)?|zero|not use(?: any)?) (?:javascript|js|client-side (?:code|scripts?)|scripts?|scripting)\b|\b(?:pure|only|plain) (?:html|css)\b|\b(?:html|css) only\b|(?:不用|不能用|不使用|禁用|没有|零)\s?(?:javascript|js|脚本)|纯 ?(?:html|css|静态)/,
    b: /\b(?:encrypt\w*|decrypt\w*|aes|hash(?:es|ing|ed)?|fetch(?:es|ing)?|websockets?|live (?:update|search|preview)|real[- ]time|drag(?:ging)?(?: and | & )drop|autocomplete|calculat\w+|computes?|saves?|stores?|persists?|syncs?|synchroni[sz]es?|localstorage|remember\w*|offline|sorts? (?:on|when)|filters? as|log[- ]?in|uploads?)\b|加密|解密|实时|拖拽|自动补全|计算|登录|上传|离线|搜索/,
    why: 'without a script a page computes, stores and fetches nothing',
  },
  {
    id: 'memoryless',
    a: /\b(?:stateless|stores? nothing|store nothing|no (?:state|storage|persistence)|keeps? no state|nothing (?:is |may be |must be )?(?:stored|saved|written|persisted|kept)|in memory only|memory only|must not (?:store|save|persist|remember))\b|无状态|不(?:要|能|得)?(?:保存|存储|落盘|持久化|记录)任何|什么都不存|只(?:放|存)在?内存/,
    b: /\b(?:remembers?|survives? (?:a |the )?(?:restart|crash|reboot)|persist(?:s|ed|ent)?|restor(?:e|es|ed) (?:after|on)|across (?:restarts|runs|polls|sessions)|resumes? after|knows? which|never (?:runs?|process(?:es)?|sends?) (?:one|it|them|the same \w+) twice|history of)\b|重启后|记住|恢复上次|持久|断点续|历史记录/,
    why: 'what is stored nowhere cannot be remembered',
  },
  {
    id: 'order-parallel',
    a: /\b(?:strictly )?(?:one (?:\w+ )?(?:after|by|at) (?:the other|one|a time|another|each)|sequential(?:ly)?|serially|in (?:strict )?(?:sequence|series)|strict(?:ly)? (?:in )?order(?:ed)?|single-threaded|in the order of)\b|逐个|一个一个|依次|串行|严格按(?:照)?顺序|一个接一个|单线程/,
    b: /\b(?:in parallel|parallel(?:ly|i[sz]ed?)?|concurrent(?:ly)?|at the same time|simultaneous(?:ly)?|all at once)\b|并行|并发|同时[^。；，]{0,10}?(?:执行|处理|跑|进行)/,
    why: 'one after the other and all at once exclude each other',
  },
  {
    id: 'fresh-cached',
    a: /\b(?:always (?:fresh|up[- ]to[- ]date|current|the latest)|never (?:stale|outdated|cached)|no cach(?:e|ing)|(?:must |may |should )?never be cached|must not be cached|real[- ]time|without cach(?:e|ing))\b|实时|(?:不|禁止)(?:要|能|得|用)?缓存|永远是最新/,
    b: /\b(?:cache[sd]?|memoi[sz]e[sd]?)\b[^.;]{0,40}?\b(?:for|result|response|\d)|\b(?:only|at most) (?:once|one (?:query|request|call)) (?:per|every|an?)\b|缓存[^。；]{0,10}?\d|每(?:小时|天|分钟)只(?:查|请求|更新)/,
    why: 'always fresh and cached exclude each other',
  },
  {
    id: 'same-unique',
    a: /\b(?:always|every time|each time|(?:every|each) (?:run|call|time|build|start))\b[^.;]{0,40}?\b(?:same|identical)\b|\b(?:same|identical|stable|fixed) (?:file ?)?(?:name|path|file|id|key|value)s?\b[^.;]{0,30}?\b(?:every|each|all|across)\b|(?:每次|永远|始终|总是|所有)[^。；，]{0,20}?(?:相同|一样|一致|同一个|不变)/,
    b: /\b(?:every|each) (?:run|call|time|build|start|request)\b[^.;]{0,40}?\b(?:new|unique|own|separate|fresh|different|another)\b|\b(?:unique|new|own|separate|fresh|different) \w+ (?:for|on|per|in|at) (?:every|each)\b|(?:每次|每个|每一次)[^。；，]{0,20}?(?:不同|独立|唯一|新的?|各自)/,
    why: 'the same each time and a new one each time exclude each other',
  },
  {
    id: 'order-sorted',
    a: /\b(?:keep|keeps|preserve|preserves|retain|in) (?:the |their )?(?:insertion|original|given|declaration|input|registration) order\b|(?:保持|按|保留)(?:原来?|原有|插入|注册|声明)的?顺序/,
    b: /\b(?:sorted|sort) (?:\w+ )?(?:by|alphabetically)\b|\balphabetical(?:ly)?\b|\bin (?:ascending|descending|reverse) order\b|(?:字母|升|降|倒)序/,
    why: 'kept in the order given and sorted exclude each other',
  },
  {
    id: 'never-throws',
    a: /\b(?:never|must not|may not|not) (?:ever )?(?:throws?|fail|reject)s? (?:at all|whatever|under any|in any|for any|no matter)|(?:任何|无论|所有)[^。；，]{0,10}?(?:都)?(?:不能?|不得|不会|不许)(?:抛|失败|报错)/,
    b: /\b(?:should|must|has to|shall|then|to) (?:throw|fail|reject)s?\b|(?:要|应|必须|时|就)抛/,
    why: 'never failing and failing in a case exclude each other',
  },
  {
    id: 'silent-logged',
    a: /\b(?:no|without(?: any)?|never|must not|not) (?:log(?:ging|s|ged)?|output|print(?:s|ing)?|trace)\b(?! (?:the|in|in to))|\b(?:completely |entirely )?silent(?:ly)?\b|(?:不|禁止)(?:要|能|得|许)?(?:任何)?(?:打|写|输出|记录)?任何(?:日志|输出)|完全静默/,
    b: /\b(?:log|print|trace|report)s? (?:every|each|all|any)\b|\bevery \w+ (?:is|must be|gets|has to be) (?:logged|printed|reported)\b|(?:每|所有|全部)[^。；]{0,12}?(?:都)?(?:要|必须)?(?:打|写|记)(?:录|日志|一条)/,
    why: 'silent and logging everything exclude each other',
  },
  {
    id: 'schema',
    a: new RegExp(
      `\\b${NO} (?:new |database |schema |db )*(?:migrations?|schema changes?|columns?|tables?)\\b|\\bschema (?:must|may|should|has to|can) ?(?:not change|stay)|(?:不|禁止)(?:要|能|得|许|允许)?(?:改|动|修改|新增|增加)(?:任何)?(?:表结构|数据库结构|schema|迁移|字段|表)`,
    ),
    b: /\b(?:add|create|introduce|new|store[sd]? in)\b[^.;]{0,25}?\b(?:column|table|index|migration)\b|(?:加|新增|增加|新建|添加)[^。；，]{0,10}?(?:字段|列|表|索引)/,
    why: 'the schema may not change, yet something is to be added to it',
  },
  {
    id: 'frozen-return',
    a: /\b(?:without changing|must not change|don't change|do not change|not change|keep)\b[^.;]{0,30}?\b(?:return types?|signatures?|return values?)\b|不(?:要|能|得|许)?改[^。；，]{0,14}?(?:返回值|返回类型|签名)/,
    b: /\b(?:(?:return|resolve)s? (?:with )?(?:an? )?(?:promise|array|object|tuple|list|stream|iterator)s? (?:instead|rather)|additionally returns?|also returns?|becomes? async|make \S+ async|(?:new|second|third|extra|additional) (?:parameter|argument|return))\b|返回(?:一个)?(?:promise|对象|数组)(?:而不是|代替)|同时返回|(?:新增|增加|加)[^。；，]{0,8}?(?:入参|返回值)/i,
    why: 'the signature may not change, yet what goes in or comes out is to change',
  },
  {
    id: 'offline-online',
    a: /\b(?:offline|no network(?: access)?|without (?:network|internet)(?: access)?|air-?gapped|must not (?:call|contact|reach))\b|离线|(?:不|禁止)(?:要|能|得)?(?:联网|访问网络)|断网/,
    b: /\b(?:downloads?|fetch(?:es)? (?:from|the latest)|calls? (?:the|an?) (?:\w+ )?(?:api|service|endpoint)|phones? home|telemetry|from the (?:internet|web|cdn|registry)|cdn|saas)\b|下载|调用[^。；]{0,8}?(?:接口|api)|上报|在线/,
    why: 'no network and fetching from it exclude each other',
  },
  {
    id: 'only-there',
    a: /\b(?:only (?:touch|change|edit|modify)|(?:touch|change|edit|modify) only|nothing (?:else|other than|but)[^.;]{0,20}?(?:may|must|should|can) (?:be )?(?:change|changed|touched))\b[^.;]{0,40}?\b(?:docs?|documentation|readme|comments?|tests?)\b|只(?:能)?(?:改|动)(?:文档|注释|测试)/,
    b: /\b(?:fix|change|rename|implement|refactor)\b[^.;]{0,30}?\b(?:function|method|implementation|logic|behaviou?r|source|bug)\b|(?:修复|修改|改)[^。；，]{0,10}?(?:逻辑|实现|行为|函数|源码)/,
    why: 'only the docs or tests may change, yet the code is to behave differently',
  },
  {
    id: 'atomic',
    a: /\b(?:no|without(?: an?| any)?|not use(?: any)?|never use) transactions?\b|(?:不|禁止)(?:要|能|得|用)?(?:使用)?事务/,
    b: /\b(?:all or nothing|all-or-nothing|either all\b[^.;]{0,60}?\bor none|atomic(?:ally)?|rolled? back|rollback)\b|要么全部?[^。；]{0,20}?要么|原子|回滚/,
    why: 'all or nothing needs a transaction',
  },
  {
    id: 'mutable',
    a: /\b(?:changeable|mutable|can (?:always )?be (?:changed|updated|modified|edited) (?:at any time|later|afterwards|any time)|editable)\b|(?:随时|之后)(?:都)?(?:可以?|能)(?:修改|更改|更新)|可变/,
    b: /\b(?:immutable|fixed (?:at|on) creation|read-?only|can(?:not|'t) be (?:changed|updated|modified|edited)|refuses? any change|must never change|frozen)\b|不可变|不(?:可|能)(?:再)?(?:修改|更改)|只读|创建后固定/,
    why: 'changeable and fixed exclude each other',
  },
  {
    id: 'open-closed',
    a: /\b(?:without (?:any )?(?:login|logging in|authentication|auth)|publicly accessible|open to everyone|anonymous(?:ly)?|no (?:login|auth(?:entication)?))\b|无需登录|不用登录|匿名访问|任何人都(?:能|可以)/,
    b: /\b(?:only (?:admins?|administrators?|logged[- ]in|authenticated|authorized)|requires? (?:a )?(?:login|authentication|auth)|must be (?:logged in|authenticated))\b|只有(?:管理员|登录用户)|必须登录|需要登录/,
    why: 'open to all and only for some exclude each other',
  },
  {
    id: 'pinned-changed',
    a: /\b(?:frozen|no edits|(?:not|never) (?:be )?(?:edited|changed|touched|modified)|stays? (?:as (?:it|they) (?:is|are)|untouched|unmodified)|(?:don't|do not|must not|never) (?:touch|edit|change|modify))\b|不(?:能|要|许|得|允许|可以?)(?:修改|改动|改|动)/,
    b: /\b(?:it|they|which|that|tests?|currently|today|already) (?:currently |today |already |still )?(?:asserts?|expects?|pins?|requires?)\b(?! (?:that )?nothing)|(?:里|中|目前|现在|它)(?:的)?断言(?:的)?(?:是|了)|断言(?:的)?是/,
    why: 'what pins the present behaviour may not change, yet the behaviour is to change',
  },
  {
    id: 'kept-deleted',
    a: /\b(?:delete|remove|purge|discard)[sd]?\b[^.;]{0,30}?\b(?:immediately|right away|at once|as soon as)\b|(?:立即|马上|立刻)(?:删除|清除)/,
    b: /\b(?:keep|keeps|retain|retains|stay|stays|available|kept|show|shows|shown|visible|list|listed)\b[^.;]{0,40}?\b(?:for \d+|forever|\d+ (?:days|weeks|months|years))\b|保留[^。；]{0,10}?(?:\d+ ?(?:天|周|个?月|年)|永久)|(?:还|仍|继续)[^。；，]{0,16}?(?:进|访问|使用|查看|排查)/,
    why: 'gone at once and kept for a time exclude each other',
  },
  {
    id: 'tests',
    a: /\b(?:no (?:new )?tests?|without (?:adding |writing )?(?:any )?tests?|don't (?:add|write) (?:any )?tests?|not (?:add|touch) (?:any )?tests?)\b(?! (?:is|are|may|can|should|has|needs?|fails?|breaks?|edits?|changes?|covers?|for that|that))|不(?:要|用|许)?(?:加|写|动)测试/,
    b: /\b(?:add|write|with|include) (?:a |an |one |unit |new |some |regression )?tests?\b|\bcover(?:ed)? (?:it |this |that |them )?(?:with|by) (?:a |unit )?tests?\b|(?:加|补|写)(?:上|一个|单元|单)?测试/,
    why: 'no tests may be added, yet tests are demanded',
  },
  {
    id: 'all-one',
    a: /\b(?:on|by|in|from) (?:every|each|all) (?:nodes?|workers?|instances?|process(?:es)?|servers?|machines?|threads?)\b|(?:所有|每个)(?:节点|实例|进程|机器|worker)/,
    b: /\b(?:at most|only|exactly|just) one (?:node|worker|instance|process|server|machine|thread)\b|只(?:有|能由|允许)一个(?:节点|实例|进程|机器|worker)/,
    why: 'done by every one and by only one exclude each other',
  },
  {
    id: 'sync-async',
    a: /\b(?:stays?|remains?|keep(?: it)?|must be|has to be|purely|fully|strictly|still|available) sync(?:hronous(?:ly)?)?\b|保持同步|必须(?:是)?同步|同步函数/,
    b: /\b(?:awaits?|awaited|async|asynchronous(?:ly)?|promises?)\b|异步/,
    why: 'synchronous and asynchronous exclude each other',
    strict: true,
  },
  {
    id: 'logged-never',
    a: /\b(?:no|never|not)\b[^.;]{0,40}?\b(?:logged|be logged|written to (?:the |any )?logs?|appear in (?:the |any )?logs?)\b|(?:不|禁止)[^。；，]{0,10}?(?:写入|出现在|打到|进)日志/,
    b: /\blog (?:line|entry) for (?:each|every|all)\b|\b(?:log|logs|contain|include|print) (?:the )?(?:full|complete|entire|whole|every|each|all)\b|(?:打印|记录|输出)(?:完整|全部|所有)/,
    why: 'never in the log and logged in full exclude each other',
    strict: true,
  },
  {
    id: 'removed-available',
    a: /\b(?:delete|remove|drop|get rid of|rip out)\b|删除|删掉|移除|去掉/,
    b: /\b(?:its|their|it|they|these|those)(?: \w+){0,2} (?:must |should |has to |have to |still |to )*(?:stays?|remains?|keeps?|continues?|be) (?:to )?(?:\w+ly )?(?:importable|available|work(?:ing|s)?|exported|callable|usable|supported|accessible)\b|(?:它|它们|其)?[^。；，]{0,6}?(?:仍然|依然|还|继续)(?:要|能|可以?|得)?(?:可用|能用|导出|可导入|使用|调用)/,
    why: 'what is removed cannot stay available',
    strict: true,
  },
  {
    id: 'ascending-descending',
    a: /\b(?:newest|latest|most recent|largest|highest) first\b|\bdescending\b|倒序|降序|从新到旧|从大到小/,
    b: /\b(?:oldest|earliest|smallest|lowest) first\b|\bascending\b|正序|升序|从旧到新|从小到大/,
    why: 'one list cannot stand in both orders',
    strict: true,
  },
  {
    id: 'case',
    a: /\bcase[- ]insensitive(?:ly)?\b|\b(?:regardless of|ignor(?:e|ing)) (?:upper|lower)?[- ]?case\b|(?:不区分|忽略)大小写/,
    b: /\bcase[- ]sensitive(?:ly)?\b|\bexact case\b|(?<!不)区分大小写/,
    why: 'case counts or does not',
    strict: true,
  },
  {
    id: 'lossless-dropping',
    a: /\b(?:never|must not|may not|not) (?:be )?(?:lose|loses|lost|drop|drops|dropped|discard|discarded)\b|\bno \w+ (?:is|are|may be|must be|gets?) (?:lost|dropped|discarded)\b|(?:不能?|不得|不会|不许)丢|一[条个](?:都|也)不(?:能)?丢/,
    b: /\b(?:drop|drops|discard|discards|evict|evicts) (?:the )?(?:oldest|newest|rest|excess|others|surplus|remaining)\b|(?:丢弃|丢掉|抛弃|淘汰)(?:最|多余|其余|剩)/,
    why: 'nothing may be lost, yet something is to be dropped',
    strict: true,
  },
  {
    id: 'deterministic-random',
    a: /\b(?:deterministic(?:ally)?|reproducible|same input[^.;]{0,30}?same output)\b|确定性|可重现|可复现的输出/,
    b: /\b(?:random(?:ly|i[sz]ed)?|current (?:time|date)|time ?stamp)\b|随机|当前时间|时间戳/,
    why: 'the same each time and left to chance or the clock exclude each other',
    strict: true,
  },
  {
    id: 'one-own-transaction',
    a: /\b(?:each|every)\b[^.;]{0,30}?\b(?:in )?(?:its|their) own transactions?\b|(?:立即|各自|单独|逐个)[^。；]{0,6}?提交/,
    b: /\b(?:none of the|all or nothing|roll(?:s|ed)? back (?:all|everything|every))\b|全部回滚|一个事务/,
    why: 'what has been committed on its own does not go away when a later one fails',
  },
  {
    id: 'unchanged-henceforth',
    a: /\bbyte[- ]for[- ]byte\b|\b(?:remains?|stays?) (?:exactly |completely |entirely )(?:the same|unchanged|identical|as it is)\b|\bmust not (?:change|be changed) in any way\b|一个字节(?:都|也)?不|完全不变/,
    b: /\b(?:from now on|henceforth|in future|get the new)\b|从现在起|从今以后|以后都/,
    why: 'unchanged and different from now on exclude each other',
  },
  {
    id: 'priority-age',
    a: /\b(?:strictly |always )?(?:by|in order of) priority\b|\bhighest priority first\b|按优先级/,
    b: /\b(?:fifo|first in,? first out|oldest first|in order of (?:creation|arrival)|created earlier)\b|先进先出|按创建(?:时间|顺序)/,
    why: 'one list is ordered by priority or by age',
    strict: true,
  },
  {
    id: 'once-each',
    a: /只[^。；，]{0,4}一次|\bonly once per (?:process|run|instance|server)\b|\bonce and never again\b/,
    b: /每次[^。；，]{0,6}都|\b(?:on|for|with) (?:every|each) call\b|\bevery time\b/,
    why: 'once altogether and each time exclude each other',
    strict: true,
  },
  {
    id: 'exit-stay',
    a: /\b(?:exits?|terminates?|quits?|shuts? down) (?:as soon as|once|immediately|right away|at once)\b|(?:立即|立刻|马上|就)退出/,
    b: /\b(?:stays?|keeps?|remains?) (?:alive|running|up)\b|(?:继续|保持|一直)运行/,
    why: 'gone and still running exclude each other',
    strict: true,
  },
];
