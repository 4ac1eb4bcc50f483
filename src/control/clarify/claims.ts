import { CODE, NAME, PATH, QUOTE } from './tokens.ts';

/**
 * Whether a text speaks of something as being there already. Only then does its absence from the
 * index mean trouble: what is to be created is absent, too.
 */

/** Behind these words a name is given to something that comes into being, or is thrown, set or emitted by value. */
const INTRODUCED =
  /(?:\b(?:new|adds?|added|adding|creates?|created|introduces?|implements?|provides?|named?|called|exporting|accept(?:s|ing)?|supports?|option|options|flag|throws?|rejects?|code|error|message|becomes?|into|to|as|alias|field|property|column|pragma|hook|event|helper|key|header|variable|name starts|migration|job|task|table|index|constant|type|overload taking|use|uses|using|via|by|call|run|runs|with|see|an?)\b[\s,:]{0,2}[([]?(?:an? |the )?(?:[a-z-]+ ){0,2}|(?:新增|增加|添加|新建|创建|生成|加|叫|名为|名字|改名|[成为]一?个?|重命名|抛|支持|提供|返回|选项|参数|字段|列|错误码|执行|用|调用)[^,，。;；:：的]{0,12})$/;
/** "the other x ones", "the existing x": said of what is there, whatever verb stands before. */
const EXISTING =
  /\b(?:other|existing|current|same|old|present)\s$|(?:现有|已有|原来|当前|其他|其它)的?\s?$/;
const CREATED =
  /(?:\b(?:new|adds?|creates?|introduces?|implements?|named|called)\s(?:an? |the )?(?:(?!(?:to|in|for|of|from|on|at|beside|next) )[a-z-]+ |\uE000 ){0,4}|(?:新增|增加|添加|新建|创建|名为|叫)[^,，。;；:：]{0,12})$/;
const CREATED_AFTER = /^[)\s]{0,3}(?:\(new|（新| is new|\(to be created|\(新)/;

/** Verbs and prepositions whose object has to be there. */
const ACTED_ON =
  /(?:\b(?:in|inside|of|around|within|fix|make|let|change|extend|update|rename|remove|delete|deprecate|inline|speed up|refactor)\s(?:the |our |a |function |method |class )?|(?:修复|修改|修一下|修|把|将|让|在|删除|删掉|改一下|调整|给|优化)\s?)$/;
const CLAUSE_START =
  /(?:^|[.,;，。；、]\s?)[\s\d.)*•–—\-(:,]*(?:(?:hi|hey|hello|please|pls|the|our|in|at|for|when|if|since|method|function|class|helper|hook|bug|calling|currently|today|now|right now|make|let|can|could|fix|that|this|where|inside|on|and|but|then|为|给|请|在|把|将|让|修复|目前|现在|当|如果|麻烦)[\s,:]*){0,4}$/;
/** "src/x.ts: name …", "src/x.ts 的 name …": a thing of that place. */
const OF_PLACE = new RegExp(`[${PATH}${NAME}]\\s?(?:的|里的|中的|里|中|'s|:)\\s?$`);
/** "the `x` option": the article says that there is one. */
const DEFINITE = /\b(?:the|our|its)\s$/;
const LABEL =
  /^\s(?:option|flag|method|function|helper|hook|class|type|constant|setting|parameter|middleware|plugin|event|command|module|interface)\b/;
/** What follows a subject; a noun that follows makes the name a mere label ("maxListeners warning"). */
const PREDICATE =
  /^\s{0,2}(?:\([^)]{0,50}\)?)?[\s,]{0,2}(?:(?:only|also|currently|still|just|now|silently|often|sometimes|wrongly|already) )?(?:[a-z]{2,14}(?:s|ed|n't)\b|should|must|can|may|will|has|have|need|is\b|are\b|was\b|to\b|in\b|on\b|under\b|when\b|if\b|with\b|from\b|never|always|[\u3400-\u9fff]|:)/;
/** Whatever stands before it: what should, must or fails to do something is there. */
const MODAL =
  /^\s?(?:\([^)]{0,50}\))?\s(?:should|must|shall|has to|needs to|ought to|doesn't|does not|ignores|drops|leaves|returns|throws|fails)\b/;
const EXAMPLE_AFTER = /^\s?(?:gives?|yields?|becomes?|turns into|is an example|->|=>|→|得到|变成)/;
const IN_PLACE = new RegExp(`^\\s(?:in|of|from|inside)\\s(?:the )?[${PATH}${CODE}${QUOTE}]`);

/** True when the words before or after say outright that the thing is to be created. */
export function isCreated(before: string, after: string): boolean {
  return (CREATED.test(before) && !EXISTING.test(before)) || CREATED_AFTER.test(after);
}

/** True when a missing name is spoken of as existing: as subject, as object of a change, or in its place. */
export function namedAsExisting(before: string, after: string, called: boolean): boolean {
  if (EXISTING.test(before)) return true;
  if (ACTED_ON.test(before)) return true;
  if (INTRODUCED.test(before)) return false;
  // "MyRepo gives myrepo" is an input and its output.
  if (EXAMPLE_AFTER.test(after)) return false;
  if (DEFINITE.test(before) && LABEL.test(after)) return true;
  if (OF_PLACE.test(before) || IN_PLACE.test(after)) return true;
  if (MODAL.test(after)) return true;
  return (called || CLAUSE_START.test(before)) && PREDICATE.test(after);
}

const PLACE_OF = new RegExp(`${NAME}(?:\\(\\))?\\s?\\($`);
/** "add f(x) in src/new.ts": what is new may stand in a new file. */
const NEW_IN = new RegExp(
  `(?:\\b(?:adds?|creates?|implements?|write)|新增|增加|添加|新建|创建|实现)[^.;。；]{0,12}[${NAME}${CODE}][^.;。；]{0,50}?(?:\\bin|在)\\s?$`,
);

/** True when a missing path is spoken of as existing: worked on, or the place of something named before it. */
export function pathAsExisting(before: string): boolean {
  if (NEW_IN.test(before)) return false;
  return PLACE_OF.test(before) || ACTED_ON.test(before) || CLAUSE_START.test(before);
}
