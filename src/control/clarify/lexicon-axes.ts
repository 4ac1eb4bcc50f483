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
    a: /\bwithout (?:touching|changing|adapting|breaking|updating) (?:any |a |the |existing )?(?:callers?|call sites?|types?|signatures?|public|users|imports|code|existing|apps?)|\bbackwards?[- ]compatib\w+|\bno breaking changes?|\bnon-?breaking|\bpatch (?:release|version|bump)|\bkeeps? compiling\b|\b(?:existing|current|old) (?:code|callers?|users?|apps?|projects|plugins|clients)\b[^.;]{0,40}?\b(?:keeps?|continues?|go on|still|must not|compiles?|unchanged|works?)\b|向后兼容|老代码|旧代码|补丁版本|(?:api|接口|签名)[^。；，,]{0,8}?不(?:能变|变|能改|允许改)/,
    b: /\b(?:remove|delete|drop)(?:d|s)?\b[^.;]{0,50}?\b(?:entirely|completely|altogether|public|exported|support|overload)\b|\b(?:makes?|becomes?|is|be|turn)\b[^.;]{0,60}?\b(?:mandatory|(?:a )?required|compulsory|non-optional|async(?:hronous)?|compile[- ]time error)\b|(?:变成?|改成?)(?:必须|必填|必传)|必须传|改变?签名|不兼容/,
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
    a: /\b(?:no|without(?: an?| any)?|never use) transactions?\b|\bin its own transaction\b|(?:不|禁止)(?:要|能|得|用)?(?:使用)?事务|各自提交|立即提交/,
    b: /\b(?:all or nothing|all-or-nothing|or none|none of|atomic(?:ally)?|rolled? back|rollback)\b|要么全部?[^。；]{0,20}?要么|原子|回滚/,
    why: 'all or nothing needs one transaction',
  },
  {
    a: /\b(?:stays?|remains?|must be|has to be|purely|strictly|still|available) sync(?:hronous(?:ly)?)?\b|保持同步|必须(?:是)?同步/,
    b: /\b(?:awaits?|awaited|async|asynchronous(?:ly)?)\b|异步/,
    why: 'synchronous and asynchronous exclude each other',
    strict: true,
  },
];
