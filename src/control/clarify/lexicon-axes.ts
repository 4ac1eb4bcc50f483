/**
 * Axes on which two demands exclude each other. A text that stands on both poles of one axis, in two
 * different places, demands the impossible. Contradiction in general needs understanding; these are
 * general classes of it that can be told without, each defended by its sentence.
 */
export interface Axis {
  a: RegExp;
  b: RegExp;
  why: string;
  /** Told of one thing before and after, both poles are no conflict: sentences of change are passed over. */
  strict?: true;
}

const NO =
  "(?:no|without(?: any| adding| introducing)?|zero|don't (?:add|use|introduce|want)(?: any)?|do not (?:add|use|introduce)(?: any)?|never (?:add|use)|must not (?:add|use|introduce|gain|have))";
const ZH_NO = '(?:不|不能|不得|不许|不允许|不要|禁止|无需)(?:再)?';

export const AXES: readonly Axis[] = [
  {
    a: /\b(?:exactly[- ]once|at most once|never (?:be )?(?:runs?|executed?|processed|delivered|sent) (?:it |them |a job )?(?:twice|again|more than once))\b|只(?:能|会|允许)?(?:执行|处理|投递|发送)一次|绝不重复|不(?:能|会|得|允许)重复(?:执行|处理|投递)/,
    b: /\b(?:automatically )?(?:retried|re-?run|redelivered|re-?queued|restarted)\b|\bat least once\b|自动重试|重新(?:执行|投递|入队)|至少一次/,
    why: 'work that died halfway is either run again or never run twice',
  },
  {
    a: /\b(?:(?:however|no matter how) long|never (?:give|gives|giving) up|forever|endless(?:ly)?|indefinitely|unlimited|infinite(?:ly)?|until it (?:succeeds|works)|as long as it takes|no (?:upper )?limit)\b|无论多久|不管多久|永不放弃|永远|无限|一直重试|直到成功|不限次数/,
    b: /\bat the latest\b|\b(?:at most|no more than|maximum of|up to|limited to|stop after|give up after|after) (?:\d+|two|three|four|five|ten) |\b(?:only|exactly|at most) once\b|(?:最多|至多|不超过|只能|上限)[^。；]{0,8}?\d+ ?(?:次|秒|分|毫秒|ms)/,
    why: 'without end and bounded exclude each other',
  },
  {
    a: /\b(?:have|has|must) to finish\b|\bnever (?:settles?|resolves?|returns?) (?:before|until|while)\b|\b(?:waits?|block(?:s|ing)?)\b[^.;]{0,60}?\b(?:until|for (?:the|each|every|all)|to (?:finish|complete))\b|\b(?:after|once|only when|until) (?:all|every|each|the)\b[^.;]{0,40}?\b(?:finished|done|completed?|written|settled|ended)\b|(?:等到?|所有|全部|每个)[^。；]{0,24}?(?:完|结束|返回|成功)[^。；]{0,12}?(?:再|才|后|并|$)|同步(?:返回|等待)/,
    b: /\b(?:never blocks?|must not block|non-?blocking|without (?:blocking|waiting)|(?:returns?|resolves?) (?:immediately|instantly|right away|at once)|within \d+ ?ms|(?:less|no more|no longer) than \d+ ?ms|fire and forget|in the same tick|regardless of (?:the )?(?:state|whether))\b|(?:不超过|小于|少于|不能超过|低于)[^。；]{0,4}?\d+ ?(?:ms|毫秒)|\d+ ?(?:ms|毫秒) ?[以之]?内|不能?阻塞|(?:立即|立刻|马上)返回/,
    why: 'waiting for work of unknown length and returning at once exclude each other',
  },
  {
    a: /\bwithout (?:touching|changing|adapting|breaking|updating) (?:any |a |the |existing )?(?:callers?|call sites?|types?|signatures?|public|users|imports|code|existing|apps?)|\bbackwards?[- ]compatib\w+|\bno breaking changes?|\bnon-?breaking|\bpatch (?:release|version|bump)|\b(?:existing|current|old) (?:code|callers?|users?|apps?|projects|plugins|clients)\b[^.;]{0,40}?\b(?:keeps?|continues?|go on|still|must not|compiles?|unchanged|works?)\b|向后兼容|老代码|旧代码|补丁版本|(?:api|接口|签名)[^。；，,]{0,8}?不(?:能变|变|能改|允许改)/,
    b: /\b(?:remove|delete|drop)(?:d|s)?\b[^.;]{0,50}?\b(?:entirely|completely|altogether|public|exported|support|overload)\b|\b(?:makes?|becomes?|is|be|turn)\b[^.;]{0,60}?\b(?:mandatory|required|compulsory|non-optional|async(?:hronous)?|compile[- ]time error)\b|(?:变成?|改成?)(?:必须|必填|必传)|必须传|改变?签名|不兼容/,
    why: 'nothing may break, yet something public is removed or made mandatory',
  },
  {
    a: new RegExp(
      `\\b${NO} (?:new |additional |extra |further |external |third[- ]party |runtime |npm )*(?:dependenc(?:y|ies)|packages?|librar(?:y|ies))\\b|${ZH_NO}(?:增加|新增|引入|添加|使用|用|加)(?:任何)?(?:新的?)?(?:第三方)?(?:依赖|库|包)`,
    ),
    b: /\b(?:add|install|use|using|pull in|introduce|based on|with the help of|import|switch to) (?:the )?(?:lodash|axios|moment|dayjs|zod|ajv|express|react|vue|redis|winston|pino|got|chalk|commander|uuid|[a-z@/.-]{1,40} (?:package|library))\b|(?:用|使用|引入|基于|借助|改用)\s?(?:lodash|axios|moment|dayjs|zod|ajv|redis|winston|pino|chalk|第三方|[a-z-]{1,40} ?(?:库|包))/,
    why: 'no new dependency is allowed, yet one is to be used',
  },
  {
    a: new RegExp(
      `\\b${NO} (?:new |additional |extra |further |more )*(?:options?|flags?|settings?|config(?:uration)?|parameters?|arguments?|env(?:ironment)? variables?)\\b|${ZH_NO}(?:增加|新增|引入|添加|加)(?:任何)?(?:新的?)?(?:选项|参数|配置|开关)`,
    ),
    b: /\b(?:configurable|opt-?in|opt-?out|adjustable|customi[sz]able)\b|\b(?:add|introduce)\b[^.;]{0,20}?\b(?:option|flag|setting|parameter|switch)\b|可配置|可以关闭|可开关|让用户(?:选|设)|(?:加|增加|新增|添加)[^。；，]{0,6}?(?:选项|参数|开关)/,
    why: 'no new option is allowed, yet the behaviour is to be selectable',
  },
  {
    a: /\bdefaults?\w*\b[^.;]{0,60}?\b(?:becomes?|true|false|on|off|changes?d?|switch(?:es)?|flip)\b|默认(?:值)?[^。；]{0,12}?(?:改成?|变成?|改为)/,
    b: /\b(?:existing|old|current|previous)\b[^.;]{0,60}?\b(?:don't|doesn't|do not|not|without)\b[^.;]{0,20}?\b(?:set|setting|pass|configure|specify)\b[^.;]{0,40}?\b(?:keep|continue|still|unaffected|same|unchanged|stay)/,
    why: 'a default that changes does so for everybody who does not set it',
  },
  {
    a: /\b(?:no|without(?: any)?|zero) (?:javascript|js|client-side (?:code|scripts?)|scripts?)\b|\b(?:pure|only|plain) (?:html|css)\b|(?:不用|不能用|不使用|禁用|没有|零)\s?(?:javascript|js|脚本)|纯 ?(?:html|css|静态)/,
    b: /\b(?:encrypt\w*|decrypt\w*|aes|hash(?:es|ing)?|fetch(?:es|ing)?|websockets?|live|real[- ]time|drag(?:ging)?|calculat\w+|computes?|saves?|stores?|persists?|syncs?|localstorage|log[- ]?in|uploads?)\b|加密|解密|实时|拖拽|计算|登录|上传|搜索/,
    why: 'without a script a page computes, stores and fetches nothing',
  },
  {
    a: /\b(?:one (?:\w+ )?(?:after|by|at) (?:the other|one|a time|another)|sequential(?:ly)?|serially|in (?:strict )?(?:sequence|series)|single-threaded)\b|逐个|一个一个|依次|串行|严格按(?:照)?[^。；，]{0,4}顺序|单线程/,
    b: /\b(?:in parallel|parallel(?:ly|i[sz]ed?)?|concurrent(?:ly)?|at the same time|simultaneous(?:ly)?|all at once)\b|并行|并发/,
    why: 'one after the other and all at once exclude each other',
  },
  {
    a: /\b(?:always (?:fresh|up[- ]to[- ]date|current|the latest)|never (?:be )?(?:stale|outdated|cached)|no cach(?:e|ing)|must not be cached|without cach(?:e|ing))\b|(?:不|禁止)(?:要|能|得|用)?缓存|永远是最新/,
    b: /\b(?:cache[sd]?|memoi[sz]e[sd]?)\b[^.;]{0,40}?\b(?:for|result|response|\d)|\b(?:only|at most) (?:once|one (?:query|request|call)) (?:per|every|an?)\b|缓存[^。；]{0,10}?\d|每(?:小时|天|分钟)只/,
    why: 'always fresh and cached exclude each other',
  },
  {
    a: /\b(?:always|every time|each time|both times|(?:every|each) (?:run|call|time|build|start))\b[^.;]{0,40}?\b(?:same|identical)\b|\b(?:same|identical|stable|fixed)\b[^.;]{0,30}?\b(?:every|each|both times)\b|(?:每次|永远|始终|总是|所有)[^。；，]{0,20}?(?:相同|一样|一致|同一个|不变)/,
    b: /\b(?:every|each) (?:run|call|time|build|start|request)\b[^.;]{0,40}?\b(?:new|unique|own|separate|fresh|different)\b|\b(?:unique|new|own|separate|fresh|different) \w+ (?:for|on|per|in|at) (?:every|each)\b|(?:每次|每个|每一次)[^。；，]{0,20}?(?:不同|独立|唯一|新的?|各自)/,
    why: 'the same each time and a new one each time exclude each other',
  },
  {
    a: new RegExp(
      `\\b${NO} (?:new |database |schema |db )*(?:migrations?|schema changes?|columns?|tables?)\\b|\\bschema (?:must|may|should|can) not change|${ZH_NO}(?:改|动|修改|新增|增加)(?:任何)?(?:表结构|数据库结构|schema|迁移|字段|表)`,
    ),
    b: /\b(?:add|create|introduce|stored? in)\b[^.;]{0,25}?\b(?:column|table|index|migration)\b|(?:加|新增|增加|新建|添加)[^。；，]{0,10}?(?:字段|列|表|索引)/,
    why: 'the schema may not change, yet something is to be added to it',
  },
  {
    a: /\b(?:without changing|must not change|don't change|do not change|not change|keep)\b[^.;]{0,30}?\b(?:return types?|signatures?|return values?)\b|不(?:要|能|得|许)?改[^。；，]{0,14}?(?:返回值|返回类型|签名)/,
    b: /\b(?:additionally returns?|also returns?|becomes? async|(?:new|second|third|extra|additional) (?:parameter|argument))\b|等到[^。；]{0,20}?再返回|同步返回|同时返回|(?:新增|增加|加)[^。；，]{0,8}?(?:入参|返回值)/,
    why: 'the signature may not change, yet what goes in or comes out is to change',
  },
  {
    a: /\b(?:offline|no network(?: access)?|without (?:network|internet)(?: access)?|air-?gapped)\b|离线|(?:不|禁止)(?:要|能|得)?(?:联网|访问网络)|断网/,
    b: /\b(?:downloads?|fetch(?:es)? (?:from|the latest)|calls? (?:the|an?) (?:\w+ )?(?:api|service|endpoint)|from the (?:internet|web|cdn|registry)|live|today's)\b|下载|调用[^。；]{0,8}?(?:接口|api)|上报|在线/,
    why: 'no network and fetching from it exclude each other',
  },
  {
    a: /\b(?:no|without(?: an?| any)?|never use) transactions?\b|\bin its own transaction\b|(?:不|禁止)(?:要|能|得|用)?(?:使用)?事务|各自提交|立即提交/,
    b: /\b(?:all or nothing|all-or-nothing|or none|none of|atomic(?:ally)?|rolled? back|rollback)\b|要么全部?[^。；]{0,20}?要么|原子|回滚/,
    why: 'all or nothing needs one transaction',
  },
  {
    a: /\b(?:changeable|mutable|editable|can (?:always )?be (?:changed|updated|modified|edited))\b|随时[^。；，]{0,4}(?:修改|更改|更新)|可变/,
    b: /\b(?:immutable|fixed (?:at|on) creation|can(?:not|'t) be (?:changed|updated|modified|edited)|refuses? any change|must never change)\b|不可变|不(?:可|能)(?:再)?(?:修改|更改)|创建后固定/,
    why: 'changeable and fixed exclude each other',
  },
  {
    a: /\b(?:frozen|no edits)\b|\b(?:stays?|remains?) (?:green )?(?:as (?:it|they) (?:is|are)|untouched|unmodified)\b|不(?:能|许|得|允许)(?:修改|改动)/,
    b: /\b(?:it|they|which|that|tests?|currently|today) (?:currently |today |already |still )?(?:asserts?|expects?|pins?)\b|(?:现在|目前|它)(?:的)?断言(?:的)?是/,
    why: 'what pins the present behaviour may not change, yet the behaviour is to change',
  },
  {
    a: /\b(?:stays?|remains?|must be|has to be|purely|strictly|still|available) sync(?:hronous(?:ly)?)?\b|保持同步|必须(?:是)?同步/,
    b: /\b(?:awaits?|awaited|async|asynchronous(?:ly)?)\b|异步/,
    why: 'synchronous and asynchronous exclude each other',
    strict: true,
  },
];
