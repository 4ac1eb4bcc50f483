/**
 * Chinese words of the gate. Data only; matched as substrings, since Chinese is written without
 * spaces and needs no segmenting when every entry is a word that stays itself inside longer text.
 */

export const ZH_CHANGE =
  '增加|新增|添加|加上|加个|加一|多加|再加|补上|补充|补一|补测试|补两|补几|写一|写到|写进|写好|新建|创建|生成|改成|改为|改到|改名|改用|调整|调成|换成|换为|换|改|重命名|' +
  '移到|移动|提到|提取|拆分|拆成|合并|删除|删掉|删去|去掉|移除|修复|修正|修改|更新|升级|降级|导出|暴露|隐藏|显示|打印|输出|返回|抛出|抛|' +
  '跳过|忽略|支持|允许|接受|拒绝|校验|检查|记录|同步|使用|使|让|设为|设成|设置|限制|取消|覆盖|渲染|做|弄|优化|重构|整理|完善|列出|链接|要求|实现|处理|清|替换|加';

export const ZH_OBLIGATION =
  '应该|应当|应|必须|需要|需|要|期望|希望|预期|不得|不能|不可|不许|不允许|不应|不再|只能|只取|只改|至少|至多|最多|不超过|而不是|目前|现在|照旧|默认';

export const ZH_OBSERVABLE =
  '返回|抛|输出|打印|显示|不显示|渲染|跳过|忽略|拒绝|报错|通过|全绿|等于|变成|包含|不变|照旧|保留|保持|列出|发送|调用|写入|退出|回 ?\\d|生成|计算|取|为|是|清理|清一次|复制|合计|互斥|覆盖|改变|触发';

export const ZH_CLOSED = '删除|删掉|去掉|移除|导出|撤销|恢复|取消跳过';

export const ZH_PARAMETER =
  '默认值|缺省值|上限|下限|限制|阈值|超时|间隔|长度|大小|数量|次数|端口|提示语|提示|文案|措辞|名字|名称|标题|格式|颜色|级别|版本|时长|并发|频率|周期|缓存时间|有效期|参数值|值';

/** A change of a value by feel: "a bit bigger", "swap it for another". */
export const ZH_BY_FEEL =
  '(?:调|改|设|换|弄|加|缩|放|提|降)(?:得)?(?:大|小|高|低|长|短|快|慢|宽|松|严|缓|紧|深|浅|密|疏|多|少)(?:一些|一点|点|些)?|(?:封|设|加)个?顶|换一下|改一下|调一下|换个|改个|调整一下|换一个|改一改|调一调|设置一下';

export const ZH_TASTE = '合适|合理|正确|恰当|适当|适合|更好|好一点|好听|通用|像样|差不多|稍微';

export const ZH_VAGUE_VERBS =
  '([\\u4e00-\\u9fff])一\\1|改好|优化|重构|打磨|研究|重新组织|整理|完善|改进|改善|提升|美化|梳理|清理一下|看看|看一下|处理一下|弄一下|弄好|搞一下|搞定|调优|加强|现代化|弄得|解决一下|好好';

export const ZH_VAGUE_QUALITIES =
  '可读性|看不懂|难维护|清楚些|清晰些|更好|更快|快一点|好用|易用|好看|清楚点|清楚一点|清晰一点|友好|美观|大气|现代|健壮|稳定一点|太乱|太慢|有点慢|有点问题|开箱即用|全面|灵活|性能|体验|参考';

export const ZH_OPEN_ENDED =
  '你看着办|你决定|随便|自由发挥|都优化|该.{1,4}的都|全部重写|其它地方|其他地方|顺便|尽量|考虑得|等功能|所有方面|能.{0,3}就';

export const ZH_DANGLING =
  '截图里|见附件|附件里|设计稿|原型图|飞书|钉钉|微信|邮件里|会上|老问题|老毛病|上回|跟上次|同上次|像上次|那个问题|这个问题|那个东西|那个|上次|之前说|说好的|讨论过|按之前|你懂的|别的(?:orm|库|项目|系统)|一样的改|上周说|他说的|群里';

export const ZH_TRAILING = '等等|之类|什么的|诸如此类|等方面';

export const ZH_HEDGES = '好像|似乎|可能是|大概|也许|不确定|不知道为什么|有时候|偶尔';

/** What Chinese texts call the parts that repos name in English. */
export const ZH_AREAS: readonly (readonly [string, string])[] = [
  ['文档', 'docs'],
  ['测试', 'test'],
  ['日志', 'log'],
  ['路由', 'router'],
  ['迁移', 'migration'],
  ['类型', 'types'],
  ['示例', 'example'],
  ['中间件', 'middleware'],
  ['插件', 'plugin'],
  ['队列', 'queue'],
  ['定时', 'cron'],
  ['驱动', 'driver'],
  ['方言', 'dialect'],
  ['面板', 'dashboard'],
  ['脚本', 'scripts'],
  ['网站', 'website'],
  ['适配器', 'adapter'],
  ['错误', 'errors'],
  ['钩子', 'hooks'],
  ['校验', 'validation'],
  ['缓存', 'cache'],
];

/** A condition under which something happens. */
export const ZH_CONDITION =
  '如果|若|当|一旦|否则|时，|时,|时抛|时返|时不|时也|时要|的时候|超时|为空|为 ?\\d|超过|就|则|第二次|之后|之前|只有';

/** The vocabulary of issue templates, see `TEMPLATE_WORDS`. */
export const ZH_TEMPLATE =
  '验收标准|验收|标准|期望|预期|实际|结果|测试|通过|复现|步骤|返回|示例|例子|用例|覆盖率|覆盖|报错|成功|失败|完成|需求|描述|输入|输出|文件|命令|回归|修复|状态码';

/** Defects that tell their own repair. */
export const ZH_TELLING_DEFECTS =
  '少了|缺少|缺了|漏了|漏写|多了一|拼错|写错|笔误|错别字|死链|链接失效|重复了|没有用到|没人用|未使用|没有导出';

/** A bound or a rhythm without its number. */
export const ZH_UNBOUND =
  '定期|每隔一段时间|时不时|过一会儿?|一段时间(?:后|内)?|太长时间|过长时间|过大的|太大的|大小限制|次数限制|长度限制|数量限制';
