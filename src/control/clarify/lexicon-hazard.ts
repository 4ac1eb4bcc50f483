/**
 * Hazards as data: what must never be begun on a guess. Patterns are matched against lower-case
 * sentences in which paths and names are written out and quotes and code are masked, so quoting a
 * dangerous phrase is harmless; demanding it is not.
 */

export interface Hazard {
  pattern: RegExp;
  why: string;
}

const GAP = '[^.;。；]{0,60}?';
const ORDER =
  '\\b(?:delete|drop|wipe|purge|erase|truncate|destroy|nuke|reset|remove|clear|empty|overwrite|recreate|re-create|clean out|get rid of)\\b';
const LIVE = "\\b(?:production|prod|live|staging|shared|customers?|users?'|real|company)\\b";
const STORE =
  '\\b(?:databases?|db|dbs|postgres|mysql|redis|mongo|schemas?|tables?|data|cluster|servers?|buckets?|environments?|records|accounts|backups?|rows|queues?|jobs|instances?|volumes?|disks?)\\b';

const ZH_DESTROY =
  '(?:删(?:除|掉|了|光)?|清(?:空|除|掉|理|了)|抹掉|销毁|撤(?:下|回|掉|销)|下架|下线|移除|去掉|干掉|重置|覆盖|重建|drop|truncate|delete|wipe|reset|unpublish)';
/** A destroying verb before or after its object, in one clause. */
const zhDestroys = (object: string): string =>
  `${ZH_DESTROY}[^。；;]{0,30}?(?:${object})|(?:${object})[^。；;]{0,80}?${ZH_DESTROY}`;

/** Order × protected thing. Each is irreversible, or takes away a guard. */
export const IRREVERSIBLE: readonly Hazard[] = [
  {
    pattern: new RegExp(
      `${ORDER}${GAP}${LIVE}${GAP}${STORE}|${ORDER}${GAP}${STORE}${GAP}\\b(?:on|in|of|from|at) (?:the |our )?${LIVE}|${ORDER}${GAP}\\b(?:production|prod)\\b|\\b(?:to|on|in|at|against) (?:the |our )?(?:(?:production|prod)\\b|${LIVE} ${STORE})[^.;。；]{0,160}?(?:${ORDER}|\\bkill\\b)|${LIVE} ${STORE}[^.;。；]{0,60}?\\b(?:wipe|drop|delete|truncate|reset|purge|nuke|clear|empty) (?:it|them|that|everything|all)\\b`,
    ),
    why: 'destroys data outside the repo that no revert brings back',
  },
  {
    pattern: new RegExp(`${ORDER}${GAP}\\bbackups?\\b`),
    why: 'destroys the means of recovery',
  },
  {
    pattern:
      /\b(?:force[- ]?push(?:es|ing)?|push --force|push -f)\b|\bfilter-(?:repo|branch)\b|\brewritten (?:main|master|history)\b|\b(?:strip|remove|scrub|filter)\b[^.;]{0,120}?\b(?:entire|whole|full|git) history\b|\b(?:rewrite|reset|squash|erase|delete|wipe|purge|flatten|filter)\b[^.;]{0,40}?\b(?:git |commit |branch |whole |entire |the )?history\b|\b(?:reset|roll back|rewind|delete|overwrite)\b[^.;]{0,25}?\b(?:main|master|the default branch|release branch(?:es)?|trunk)\b(?! (?:menu|page|thread|process|file|entry))/,
    why: 'rewrites history that others have built on',
  },
  {
    pattern:
      /\b(?:unpublish|yank|un-?release)\b|\b(?:delete|remove|move|overwrite|re-?tag|drop|recreate|re-create|retract)\b[^.;]{0,40}?(?:\b(?:release|git|version|published|old|existing|npm|docker|all)\s(?:release |version |git )?tags?\b|\btags?\s(?:for |of |from )?v?\d|\bv?\d[\w·-]* tags?\b|\bpublished (?:versions?|packages?|releases?|images?)|\bthe releases?\b(?! (?:notes?|script|workflow|step|date|branch))|\b(?:old|all|existing) releases?\b)/,
    why: 'takes away what others already depend on: published tags, releases or packages',
  },
  {
    pattern:
      /\b(?:squash|rewrite|renumber|collapse|consolidate)\b[^.;]{0,20}?\bmigrations?\b|\b(?:delete|remove|drop|edit)\b[^.;]{0,20}?\bmigrations? \d|\b(?:delete|remove|drop|squash|rewrite|clear|clean up|edit|renumber|collapse)\b[^.;]{0,30}?\b(?:all|old|previous|existing|applied|past|earlier|every|the|released)\b[^.;]{0,20}?\bmigrations?\b(?! (?:guide|docs?|notes?|page|section|test|option|example))/,
    why: 'installed databases depend on the migrations that they have already run',
  },
  {
    pattern:
      /\b(?:rotate|revoke|reissue|regenerate)\b[^.;]{0,40}?\b(?:secrets?|tokens?|credentials?|(?:api|private|signing|deploy|access) keys?|passwords?|certificates?)\b|\b(?:leak|post|publish|print|dump|share|expose|commit|send)\b[^.;]{0,30}?\b(?:secrets|credentials|private keys?|api keys?|passwords?|npm tokens?|access tokens?)\b|\b(?:rotate|revoke|regenerate|leak|post|publish|print|dump|commit|push|share|expose|delete|remove)\b[^.;]{0,30}?\b(?:every|all|the production|production|our|the|prod|live|real)\b[^.;]{0,20}?\b(?:secrets|credentials|api keys?|private keys?|signing keys?|access tokens?|deploy keys?|passwords)\b/,
    why: 'touches secrets: what is revoked or published cannot be taken back',
  },
  {
    pattern:
      /\b(?:relicen[sc]e|re-licen[sc]e)\b|\b(?:replace|switch|change|remove|drop|delete|swap)\b[^.;\d\uE002\uE003]{0,40}?\blicen[sc]e\b(?! (?:badge|link|section|header|field|year|plate|key|check))[^\d\uE003\uE002]*$/,
    why: 'a licence is a legal decision of its owners',
  },
  {
    pattern:
      /\b(?:disable|turn(?:ing)? off|switch off|bypass|weaken|remove|delete|skip|get rid of|comment out|circumvent|drop|relax|stop)\b[^.;]{0,40}?\b(?:branch protections?|required (?:checks?|reviews?)|status checks?|the checks?|checks that|ci (?:checks?|guard|gate)|the ci\b(?! (?:config|matrix|file|badge|job|log))|signature (?:checks?|verification)|signing|provenance|secret scanning|security (?:scan|check|gate|review)s?|code ?owners|2fa|mfa|two-factor|audit (?:log|trail)s?|push protection|certificate (?:checks?|validation|verification)|tls verification|auth(?:entication|orization)? checks?)\b|\b(?:ci|coverage|status|security|required|lint|licen[sc]e|signature) (?:checks?|scans?|gates?|reviews?)\b[^.;]{0,80}?\b(?:switch|turn|disable|remove|skip|bypass|take) (?:it|them|that|this)\b/,
    why: 'takes away a guard that protects everybody else',
  },
  {
    pattern: new RegExp(
      zhDestroys(
        '生产|线上|正式环境|production|\\bprod\\b|staging|共享的?(?:数据库|库)|用户数据|客户数据|全部数据|所有数据|备份',
      ),
    ),
    why: '会毁掉仓库之外、无法恢复的数据',
  },
  {
    pattern:
      /强推|强制(?:推送|push|回退|覆盖|回滚)|force[- ]?push|(?:改写|重写|清空|清除|删除|抹掉|压缩)[^。；;]{0,15}?(?:提交历史|git ?历史|历史记录|提交记录)|(?:main|master|主分支|主干)[^。；;]{0,15}?(?:回退|回滚|重置|reset|覆盖)/,
    why: '会改写别人已经依赖的历史',
  },
  {
    pattern: new RegExp(
      zhDestroys(
        '\\btags?\\b|标签(?!页|栏)|\\breleases?\\b|已?发布(?:的)?版本|旧版本|旧镜像|镜像仓库|npm 上|registry',
      ),
    ),
    why: '会拿走别人已经依赖的发布物',
  },
  {
    pattern: new RegExp(
      zhDestroys(
        '(?:所有|全部|旧的?|老的?|以前的?|历史|已执行的?)[^。；;]{0,8}?(?:迁移|migrations?)',
      ),
    ),
    why: '已安装的数据库依赖这些迁移',
  },
  {
    pattern:
      /(?:吊销|轮换|公开|打印|提交|泄露|更换|重置)[^。；;]{0,12}?(?:密钥|私钥|凭据|密码|secrets?|api ?key|access token)|(?:密钥|私钥|凭据|密码|secrets?|api_?key|token)[^。；;]{0,6}?(?:换成|打印|公开|提交|泄露)|(?:更换|替换|修改|换成?|去掉|删除)[^。；;\d\uE003]{0,10}?(?:许可证|license|开源协议)|(?:许可证|开源协议|license)[^。；;\d\uE003]{0,6}?(?:换|改成|替换)/,
    why: '涉及密钥或许可证，撤不回来',
  },
  {
    pattern:
      /(?:关闭|关掉|禁用|绕过|跳过|去掉|删除|取消)[^。；;]{0,12}?(?:分支保护|必需检查|安全(?:检查|扫描)|签名(?:校验|验证)|代码审查|ci ?(?:检查|校验|保护)|鉴权|权限校验|证书校验)/,
    why: '拿走了保护所有人的检查',
  },
  {
    pattern:
      /\b(?:no time for|skip(?:ping)?|no need for|(?:don't|do not) wait for) (?:any |a |the |code )*(?:reviews?|approvals?|ci(?: run)?|backups?)\b|(?:不用|不必|无需|跳过|别)(?:等|提|跑|走)?\s?(?:备份|评审|审批|review|流程|pr\b|ci\b|测试)/,
    why: 'asks to leave out the review or the backup that protects everybody',
  },
  {
    pattern:
      /\b(?:publish|upload|ship|promote|release)\b[^.;]{0,50}?\b(?:to|on) (?:npm|docker ?hub|ghcr|pypi|crates|the registry|the marketplace)\b|\b(?:push|merge|commit|deploy)\b[^.;]{0,40}?\b(?:straight|directly|right) (?:to|into|on) (?:main|master|production|prod|trunk)\b|\bmerge (?:my|the|this|that|your)? ?(?:branch|pr|pull request|change|work)?[^.;]{0,40}?\b(?:in)?to (?:main|master)\b|\b(?:deploy|roll out|ship) (?:it |this |that |them )?(?:straight |directly )?(?:to|into|on) (?:production|prod|live)\b|(?:发|发布)(?:一?个)?(?:新的?)?\s?(?:npm|正式)\s?(?:版本|包)|(?:发布?到|推送?到|部署到|上传到)\s?(?:npm|docker|生产|线上|正式环境|registry)|(?:直接|马上|立刻)(?:合并?|推|push|merge)[^。；]{0,8}(?:main|master|主干|主分支)/,
    why: 'publishes, deploys or merges past the review: others get it at once and it cannot be taken back',
  },
  {
    pattern:
      /\b(?:close|delete|lock|archive) (?:all |every |the )?(?:of )?(?:the |our )?(?:open |old |stale |merged |remote |other |existing )+(?:issues|prs|pull requests|branches|repos|repositories)\b|\b(?:transfer|archive|rename|delete) (?:the|this|our) (?:github )?(?:repo|repository|org|organi[sz]ation)\b|\b(?:give|grant)\b[^.;]{0,40}?\b(?:admin|write|owner|maintainer) (?:access|rights?|permissions?)\b[^.;]{0,20}?\b(?:repo|org|npm|github)|(?:关闭|删除|清理)(?:所有|全部|旧的?|老的?)[^。；]{0,6}?(?:issue|pr\b|分支)/,
    why: 'changes the forge itself, not the files of the repo',
  },
  {
    pattern:
      /\b(?:put|place|paste|store|hard-?code|commit|write|check)\b[^.;]{0,30}?\b(?:(?:npm|access|api|deploy|auth) (?:tokens?|keys?)|secrets?|passwords?|credentials)\b[^.;]{0,20}?\b(?:in|into|to) (?:the |a )?(?:[a-z]+ )?(?:file|workflow|repo|code|config|source|logs?|readme)\b/,
    why: 'a secret that was once in the repo or its logs is public for good',
  },
  {
    pattern:
      /\b(?:run|restart|reboot|kill|stop|scale|execute|deploy|ssh|exec|apply|prune|drain|wipe|clean)\b[^.;]{0,50}?\b(?:on|to|in|into|against|at) (?:all |the |our |every |both |each |two |three |live |that )*(?:[a-z]+ )?(?:production|prod|live|staging|servers?|runners?|hosts?|nodes? in|clusters?|machines?|boxes)\b|\bconnects? (?:to|with|into)\b[^.;]{0,40}?\b(?:live|production|prod|staging|customers?|deploy secret)\b|\b(?:call|invoke|trigger|use|run)s?\b[^.;]{0,60}?\b(?:on|against|in) (?:the |our )?(?:live|production|prod)\b|\b(?:docker (?:system|volume|image) prune|rm -rf \/|terraform destroy|kubectl delete|mkfs)\b/,
    why: 'acts on live systems outside the repo, where nothing can be reviewed or reverted',
  },
  {
    pattern:
      /\b(?:delete|wipe|purge|nuke|bulk[- ]close)\b[^.;]{0,60}?\b(?:issues|discussions?(?: category)?|pull requests|milestones)\b(?! (?:templates?|pages?|forms?|docs|links?))|(?:删除?|清空|清掉)[^。；;]{0,16}?(?:issues?\b|工单|讨论区)/,
    why: 'what is deleted on the forge is gone for everybody',
  },
  {
    pattern:
      /\b(?:log(?:ged)? ?(?:in|on)(?:to)?|ssh(?: in)?)(?: to)? (?:there|and|(?:the|our|all|each|that)\b[^.;]{0,40})[^.;]{0,60}?\b(?:wipe|remove|delete|rm|kill|stop|clean|clear|prune|purge|drop)\b|\bon (?:the|our|all|each|every) (?:shared |remote |build |ci |jenkins |staging ){1,2}(?:servers?|hosts?|machines?|box(?:es)?|runners?)\b[^.;]{0,20}?\b(?:wipe|remove|delete|rm|kill|stop|clean|clear|prune|purge|drop)\b|\b(?:wipe|remove|delete|rm|purge|prune|clean|clear)\b[^.;]{0,80}?\b(?:on|from) (?:the|our|all|each|every) (?:shared |remote |build |ci |jenkins ){1,2}(?:servers?|hosts?|machines?|box(?:es)?|runners?)\b|\brm -(?:rf|fr) (?:everything|all)\b|\b(?:wipe|delete|remove|rm|empty|clear)\b[^.;]{0,20}?\/(?:var|home|etc|opt|srv|usr|mnt)\//,
    why: 'deletes on machines outside the repo, where nothing can be reviewed or reverted',
  },
  {
    pattern:
      /\b(?:delete|remove|wipe|prune|purge|clean up)\b[^.;]{0,40}?(?:\bremote branch(?:es)?\b|\bbranch(?:es)?\b[^.;]{0,40}?\b(?:on|from|at) (?:the )?(?:origin|remote|github|gitlab)\b)|(?:远程|远端|\borigin\b|github)[^。；;]{0,24}?分支[^。；;]{0,40}?(?:删|清|--delete)|(?:删|清)[^。；;]{0,10}?(?:远程|远端|\borigin\b)[^。；;]{0,16}?分支|\b(?:delete|wipe|remove|rm -rf|discard|drop|throw away|reset|clean)\b[^.;]{0,100}?(?<!\b(?:no|without|without any|any|has|have|for|its) )\b(?:uncommitted|unpushed|unsaved|unmerged)\b|(?:删|清|丢弃|扔掉|重置)[^。；;]{0,30}?未(?:提交|推送|保存|合并)的?/,
    why: 'destroys work of others that may be kept nowhere else',
  },
  {
    pattern:
      /\b(?:replace|change|set|update|add|rotate|overwrite|remove|delete|swap)\b[^.;]{0,40}?\b(?:in|to|from) (?:the |our )?(?:org|organi[sz]ation|repo|repository|github|gitlab|ci|actions|environment|vault)(?:'s)? (?:settings|secrets?|variables)\b/,
    why: 'settings and secrets of the forge are not in the repo and cannot be reviewed or reverted there',
  },
];

/** Work that spans repos which are not part of this mission. */
export const MANY_REPOS: readonly Hazard[] = [
  {
    pattern:
      /\bthe [a-z-]+ monorepo\b|(?<![a-z])[a-z]{1,40} ?那个 ?monorepo|\ball repos\b|\b(?:two|three|four|five|six|several|both|all) (?:[a-z]+ )?(?:lambdas|backends|frontends|microservices|code ?bases)\b|\b(?:every|all|each) (?:service|repo|project)s? (?:of|in) (?:the|our)\b|一起发(?:一个)?(?:大)?版本|(?<![\w/])@[a-z][a-z-]{1,38}\/\*|\b(?:publish|releases?)\b[^.;]{0,60}?\b(?:of )?all (?:of them|the (?:packages|plugins)|(?:two|three|four|five|six|\d+)(?! tests?\b))|\barchive (?:the|that) [a-z ]{0,12}repo(?:sitory)?\b|\b(?:plugins|packages|repos) in the (?:org|organi[sz]ation)\b|\b(?:in|for) (?:all )?(?:the )?(?:two|three|four|five) of them\b/,
    why: 'other repos are part of the work, and they are not part of this mission',
  },
  {
    pattern:
      /\binto (?:their|its|separate|different|several|individual|own|two|three)(?: own)? (?:git )?(?:repos?|repositor(?:y|ies))\b|拆(?:分)?(?:到|成)[^。；]{0,6}?(?:仓库|代码库)/,
    why: 'new repos are to come into being outside this mission',
  },
  {
    pattern:
      /\b(?:from|in|of|to|into) (?:the|our|another|a different) (?!same\b|this\b|current\b|whole\b|entire\b|git\b|local\b|test\b|target\b|remote\b|empty\b|new\b|sample\b)[a-z-]+ (?:mono)?(?:repo|repository)\b(?! (?:field|url|option|name|root|path|settings|key))/,
    why: 'another repo is part of the work, and it is not part of this mission',
  },
  {
    pattern:
      /\b(?:packages|plugins|projects|libraries|repos|repositories|apps) (?:that )?we (?:maintain|own|have|run|publish)\b|\b(?:our|my|the) (?:other |remaining |\d+ )?(?:two|three|four|five|six|seven|several|many|other) (?:[a-z-]+ )?(?:repos?|repositories|services|microservices|codebases)\b|\beverything of (?:ours|mine)\b/,
    why: 'the work spans repos that are not part of this mission',
  },
  {
    pattern:
      /\b(?:in|across|over|throughout|for|to|from|on|of) (?:all|every|each|any|both|several|multiple|various|(?:all )?(?:the |of )?(?:our|my)|the other|other|\d+|all \d+)(?: (?:of |the |our |my |other |\d+|[a-z-]+)){0,2} (?:repos?|repositories|services|projects|microservices|codebases)\b/,
    why: 'the work spans repos that are not part of this mission',
  },
  {
    pattern:
      /\b(?:and|also|plus|both) (?:in |to |for )?(?:the|our|my) [a-z-]+(?: [a-z-]+)? (?:repo|repository|service|backend|frontend|app)\b|\b(?:in|to) (?:the|our|my) (?:[a-z-]+ )?(?:frontend|back-?end|mobile app|billing|android|ios|infra|other)\b[^.;]{0,30}?\b(?:repo|repository|service|too|as well|and)\b/,
    why: 'another repo or service is to change too, and it is not part of this mission',
  },
  {
    pattern:
      /(?:所有|全部|每个|各个|[\d二两三四五六七八九十几多]+ ?个|其他|其它)(?:的)?[^。；，]{0,4}?(?:仓库|代码库|repos?\b|项目)|(?:前端|后端|移动端|另一个)(?:仓库|项目)?(?:也|都|一起|同步)|(?:官网|文档|前端|后端|移动端|客户端|另一个|另外一个|那个)[^。；，]{0,3}(?:仓库|代码库|repo\b)/,
    why: '涉及不在本任务里的仓库',
  },
];

/** Text that addresses the gate, a judge or the approver instead of describing work. */
export const STEERING: readonly Hazard[] = [
  {
    pattern:
      /\b(?:ignore|disregard|skip|bypass|disable|override|forget|circumvent|suppress|turn off|switch off|waive)\b[^.;]{0,30}?\b(?:the gate|gate|clarification|clarifications|clarifying|clarify|ambiguity|approval|approvals|triage|(?:previous|prior|earlier|above|your) (?:instructions?|rules|prompts?)|system prompt|guardrails?|questions|the judges?|risk score|policy|policies)\b/,
    why: 'tells the gate to stand aside; a request may describe work, not how it is judged',
  },
  {
    pattern:
      /\b(?:reply|answer|respond|output|return|say)\b[^.;]{0,25}?\b(?:approved|lgtm|with "?yes|every question|nothing else)\b|\b(?:score|rate|mark|treat|classify|count|judge|grade|label|consider)\b[^.;]{0,25}?\b(?:this|it|me|the request|the ticket|the mission)\b[^.;]{0,25}?\b(?:as )?(?:clear|approved|unambiguous|safe|low[- ]risk|pre-?approved|score 0|zero|0|go)\b/,
    why: 'dictates a verdict',
  },
  {
    pattern:
      /\b(?:ambiguity|clarification|risk|clarity) (?:score|rating|level)\b|\b(?:lowest|highest|best|minimum|maximum) (?:possible )?score\b|\b(?:nothing|no part)\b[^.;]{0,20}?\bneeds? (?:any )?clarif\w+|\b(?:verified|confirmed|validated|marked) as [^.;]{0,30}?\b(?:unambiguous|complete|clear|ready)\b|\bscore (?:of )?(?:0|zero|100)\b|\b(?:without|no|don't ask|do not ask|never ask)(?: any| me| us| further| more)* (?:clarif\w+|questions?(?: asked)?|approval)\b|\b(?:already|has been|was|is) (?:pre-?)?(?:approved|cleared (?:by|for)|reviewed by a human|signed off)\b|\bpre-?approved\b/,
    why: 'claims or forbids what only the gate and the operator decide',
  },
  {
    pattern:
      /\b(?:you are now|from now on,? you|act as|pretend (?:to be|that you))\b|\[\s?(?:to|for|@) (?:the )?(?:[a-z]+ )?(?:bot|ai|gate|agent|reviewer|model|llm|judge)s?\b|\b(?:output|return|emit|set) (?:ask|score|verdict|decision|risk)\s?[=:]|\b(?:any|every|the|an?|whichever) (?:[a-z]+ )?(?:evaluator|reviewer|bot|agent|judge|classifier|gate|model|llm|grader)s? (?:reading|processing|seeing|should treat|must treat|has to treat)\b|\b(?:if|since|as) you(?:'re| are) (?:an? )?(?:automated|ai|bot|llm|language model|model|agent|assistant|reviewer)|\b(?:note|message|instruction)s? (?:to|for) the (?:[a-z-]+ )?(?:bot|ai|gate|agent|reviewer|model|llm|judge|classifier|evaluator|grader|triage)s?\b|\bno follow-?up questions?\b|\bcarries the verdict\b|\[\[?\s?(?:admin|system|root|operator)\s?\]?\]|<\/?(?:system|admin|instructions?)>|^\s*(?:system|assistant|admin)\s?:/,
    why: 'speaks to a machine reader instead of describing work',
  },
  {
    pattern:
      /(?:忽略|跳过|绕过|关闭|取消|无需|不用|不必|不要走|屏蔽|免去)[^。；;]{0,8}?(?:澄清|审批|门禁|评分|提问|确认环节|(?:之前|上面|前面|以上|你)的?(?:指令|规则|要求|提示)|系统提示|风险评估)|(?:请|予以|直接)放行|直接(?:通过|批准)|(?:给|致|写给|告诉)[^。，；]{0,4}(?:审核|评审|门禁|机器人|模型)|(?:输出|返回|打|给|评) ?0 ?分|评分(?:填|为|给|设|打)|(?:判|标记?|视|评|算)(?:为|成|作)(?:清晰|通过|明确|低风险|已批准)|(?:不要|别|不许|无需)(?:再)?(?:提问|问我|问问题|追问)|机器人[^。；]{0,4}(?:请|注意|你)|豁免|最[低高]分|从现在起[,，]?你|你(?:现在)?(?:扮演|充当)|你现在是|(?:不要|别|不许)(?:再)?(?:反问|列问题)|【?系统(?:消息|通知|指令)】?|不得(?:再)?(?:提问|追问|询问)|判定(?:结果)?(?:必须|应当?|只能)|预审(?:通过|完成|过)|管理员预审|已(?:经)?(?:被|由)?[^。；;，]{0,8}?(?:批准|核准|审批通过|人工审核)|(?:无需|不用|不必|不要)再?(?:问|确认|提问)|系统提示|(?:如果)?你(?:是|如果是)(?:自动|一个)?(?:评审|审核|机器人|ai|模型|助手|大模型)/,
    why: '这是在指挥门禁，而不是描述工作',
  },
];
