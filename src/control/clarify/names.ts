/** Words about names: which plain words point at something in a repo, and which never do. */

/** Written like identifiers, but names of products and formats. */
export const PROPER_NAMES: ReadonlySet<string> = new Set(
  (
    'javascript typescript github gitlab postgresql mysql mariadb mongodb dynamodb clickhouse influxdb rabbitmq ' +
    'youtube oauth graphql openapi websocket websockets devops linkedin nodejs macos ios whatsapp paypal ' +
    'iphone ipad ipados icloud airpods ebay mailchimp postgis sqlite nextjs nestjs firefox ' +
    'opentelemetry cloudflare cloudfront stackoverflow openai chatgpt webassembly readme bullmq'
  ).split(' '),
);

/** Names every JavaScript, Python or shell programmer has without the repo declaring them. */
export const LANGUAGE_NAMES: RegExp =
  /^(?:\w*Error|\w*Exception|Abort\w+|console(?:\.\w+)?|process(?:\.\w+)*|Promise(?:\.\w+)?|Date(?:\.\w+)?|JSON\.\w+|Math\.\w+|Object\.\w+|Array\.\w+|Number\.\w+|String\.\w+|Buffer(?:\.\w+)?|URL\w*|localStorage|sessionStorage|setTimeout|setInterval|clearTimeout|clearInterval|setImmediate|structuredClone|queueMicrotask|require|addEventListener|innerHTML|typeof|instanceof|(?:document|window|globalThis|navigator|Intl|crypto|performance)(?:\.\w+)*|useEffect|useState|README|E[A-Z]{4,})$/;

/** Words that are parts of file names everywhere, and so point at nothing in particular. */
export const GENERIC_AREAS: ReadonlySet<string> = new Set(
  (
    'test tests doc docs type types index main src lib code file files util utils readme example examples app build config ' +
    'package packages project default value simple basic create update delete read write name text work time data user users ' +
    'table this that with from into when then make take does need needs also only just some every each other after before ' +
    'first last line lines new old all and the for not are now has have was but you our can one two out use using used get ' +
    'set add run start stop end base common core generic check list option options error errors version change changes help ' +
    'like more than about while without should would could must same there here which what where still please thing things ' +
    'is it in of to so on at an as by be do go up we us me my no or its their them they see look made still again'
  ).split(' '),
);

/** With no repo to change, naming the thing to be made is the demand. */
export const ARTIFACT: RegExp =
  /\b(?:script|page|workflow|module|function|cli|tool|server|dockerfile|program|library|package|component|makefile|regex|query|class|endpoint|service)\b|脚本|页面|程序|工具|函数|组件/;

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
