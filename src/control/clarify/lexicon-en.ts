/**
 * English words of the gate. Data only: each list is one idea, and the idea, not a phrase seen
 * somewhere, decides what belongs in it. Entries are regular-expression sources without groups that
 * repeat, so every pattern stays linear; they are matched against lower-case prose in which quotes,
 * code, paths and names are already masked.
 */

/** Written like identifiers, but names of products and formats. */
export const PROPER_NAMES: ReadonlySet<string> = new Set(
  (
    'javascript typescript github gitlab postgresql mysql mariadb mongodb dynamodb clickhouse influxdb rabbitmq ' +
    'youtube oauth graphql openapi websocket websockets devops linkedin nodejs macos ios whatsapp paypal ' +
    'opentelemetry cloudflare cloudfront stackoverflow openai chatgpt webassembly readme bullmq'
  ).split(' '),
);

/** Names every JavaScript, Python or shell programmer has without the repo declaring them. */
export const LANGUAGE_NAMES: RegExp =
  /^(?:\w*Error|\w*Exception|Abort\w+|console(?:\.\w+)?|process(?:\.\w+)*|Promise(?:\.\w+)?|Date(?:\.\w+)?|JSON\.\w+|Math\.\w+|Object\.\w+|Array\.\w+|Number\.\w+|String\.\w+|Buffer(?:\.\w+)?|URL\w*|localStorage|sessionStorage|setTimeout|setInterval|clearTimeout|clearInterval|setImmediate|structuredClone|queueMicrotask|require|addEventListener|innerHTML|typeof|instanceof|useEffect|useState|README|E[A-Z]{4,})$/;

/** Verbs that ask for a change, in the form of a request ("add", "please make"). */
export const CHANGE_VERBS =
  'add|append|insert|put|write|create|build|generate|introduce|implement|provide|support|allow|accept|reject|refuse|' +
  'make|set|change|turn|switch|replace|swap|rename|move|extract|split|merge|inline|copy|convert|remove|delete|drop|' +
  'strip|trim|fix|correct|repair|return|throw|raise|lower|increase|decrease|reduce|extend|shorten|limit|cap|bump|' +
  'upgrade|downgrade|update|adjust|export|import|expose|hide|show|print|log|emit|send|skip|ignore|stop|use|call|' +
  'document|mention|list|describe|explain|test|cover|assert|check|validate|verify|mark|deprecate|enable|disable|' +
  'handle|catch|retry|cache|batch|sort|order|escape|quote|encode|decode|parse|format|render|wrap|unwrap|register|' +
  'pass|keep|leave|take|give|run|un-?skip|revert|restore|release|publish|lower-?case|upper-?case|freeze|pin|store|' +
  'require|treat|apply|default|fail|exit|abort|clean|refactor|rework|improve|optimi[sz]e|let|have|evict|encrypt|' +
  'resolve|reject|clear|close|cut|detect|normali[sz]e|prefix|count|wait|cancel|guard|round|say';

/** Modal words that turn a description into a demand. */
export const OBLIGATIONS =
  'should|must|shall|(?:has|have) to(?! do with)|needs? to|ought to|expected|expect|instead of|rather than|want|' +
  "i'd like|would like|would (?:much )?(?:rather|prefer)|would be (?:perfect|great|enough|fine|ideal)|may only|mustn't|may not|shouldn't|never|at most|at least";

/** Verbs whose effect somebody can watch happen or not happen. */
export const OBSERVABLE =
  'throws?|throwing|raises?|returns?|returning|prints?|printed|outputs?|exits?|rejects?|rejected|refused?|refuses|resolves?|' +
  'emits?|emitted|contains?|equals?|becomes?|shows?|shown|hides?|hidden|renders?|rendered|answers?|responds?|logs|logged|' +
  'fails?|pass|passes|compiles?|skips?|skipped|ignores?|ignored|sends?|sent|called|accepts?|accepted|lists?|listed|gives?|' +
  'reads?|reading|writes?|written|says?|saying|yields?|produces?|stays?|remains?|kept|carry|carries|carrying|unlocks?|unlocked|' +
  'locks?|deletes?|deleted|removed|removes?|stops?|settles?|appears?|absent|present|unchanged|untouched|' +
  'asserts?|matches|typed|assignable|includes?|mentions?|flush|flushes|escaped|trimmed|sorted|rounded|evicts?|closes?|' +
  'wins?|happens?|overrides?|applies|takes? (?:precedence|effect)|disappears?|behaves?|survives?|' +
  'prefixed|counted|exported|green|clears?|cancels?|aborts?|rendered|served|copied|parsed|encoded|decoded|disabled|enabled|gets? an?';

/** Verbs whose outcome is fully told by what they are applied to. */
export const CLOSED_VERBS =
  '(?:un-?)?export|re-?export|expose|hide|mark|hoist|reorder|comment out|remove|delete|drop|inline|revert|un-?skip|deprecate|uninstall|sort|alphabeti[sz]e|strip|take out|get rid of|git rm|git mv|import';

/** Nouns for a quantity or a text that somebody has to choose. */
export const PARAMETER_NOUNS =
  'defaults?|default values?|values?|status(?: codes?)?|codes?|limits?|caps?|ceilings?|thresholds?|maximum|minimum|max|min|timeouts?|time-?outs?|intervals?|' +
  'delays?|pauses?|sizes?|lengths?|counts?|retries|attempts|numbers?|amounts?|rates?|ttl|expiry|expiration|lifetime|' +
  'names?|titles?|labels?|messages?|texts?|wording|formats?|colou?rs?|ports?|levels?|versions?|url|prefix|suffix|' +
  'pool size|concurrency|buffer|window|width|height|padding|font|icon|logo|key|max ?age|period|frequency|quota|budget|duration';

/** Verbs that give a parameter another value. */
export const VALUE_VERBS =
  'increase|raise|lower|reduce|decrease|shorten|lengthen|extend|bump|change|set|adjust|tune|tweak|rename|switch|replace|swap';

/** Adjectives that leave the choice of a value to taste. */
export const TASTE =
  'right|correct|proper|agreed|usual|desired|preferred|intended|sensible|reasonable|appropriate|suitable|good|decent|sane|better|best|nice|nicer|fitting|' +
  'meaningful|useful|adequate|acceptable|modern|generic|descriptive|clearer|shorter|longer|higher|larger|bigger|smaller|lower|realistic|safer?|friendlier';

/** Verbs that name an effort instead of an outcome. */
export const VAGUE_VERBS =
  'improve|optimi[sz]e|refactor|rework|clean ?up|tidy(?: up)?|moderni[sz]e|harden|enhance|polish|streamline|simplify|' +
  'unify|revamp|overhaul|beautify|look into|have a (?:look|go)|take a look|sort (?:it|this|that|them) out|' +
  'check why|investigate|deal with|take care of|work on|tune|tweak|rethink|revisit|go (?:through|over)|bring up to date|fix it|make sense|get rid of the problem|find out (?:why|what|how)|(?:put|make|set) (?:it|this|that|them|things) right|bring (?:it|this|that|them) down|get to the bottom|(?:some|a little) love|into a (?:good |better )?state|better shape|have a look|into shape|do something|second pair of eyes|go away';

/** Qualities without a measure, and comparatives that need one. */
export const VAGUE_QUALITIES =
  'faster|quicker|better|nicer|cleaner|simpler|easier|friendlier|smarter|safer|lighter|slicker|cooler|leaner|' +
  'user[- ]friendly|developer[- ]friendly|modern|intuitive|robust|scalable|performant|elegant|approachable|' +
  'natural|correctly|edge cases|rock[- ]solid|solid|bullet[- ]?proof|reliable|stable|snappy|snappier|responsive|smooth|smoother|readable|maintainable|understandable|better shape|in shape|well[- ]structured|professional|beautiful|pretty|cool|good enough|not (?:that |so |very )?good|confusing|slow|messy|ugly|' +
  'weird|strange|flaky|bad|significantly|properly|nicely|seamless(?:ly)?|state of the art|world[- ]class|production[- ]ready|' +
  'more (?:modern|readable|robust|useful|stable|reliable|flexible|efficient|user)';

/** Words that hand the decision over. */
export const OPEN_ENDED =
  'surprise me|whatever (?:[a-z]+ (?:come|comes|you|it takes|is needed)|you|suits|works|has|makes|appears|fits|is needed)|as you see fit|up to you|where(?:ver)? (?:appropriate|it makes sense|needed|necessary|possible)|' +
  "if possible|don't (?:have|want) a (?:specific|particular)|" +
  "while you(?:'re| are) (?:at it|there)|do it properly|" +
  '(?:fix|improve|change|update|rewrite|clean|do|redo|handle|check|cover|rework|touch) everything|the whole thing|the code ?base';

/** References to something only the speaker has in mind. */
export const DANGLING =
  'the (?:other )?thing|(?:this|that|the|an) idea (?:with|about|of)|in the (?:thread|ticket|mail|email|meeting)|(?:see|as in|from|per|in) (?:the|my|our) (?:mock-?ups?|screenshots?|attachment|spreadsheet|wiki|figma|notion|confluence|jira|slack|google doc|design doc)|(?:attached|i sent)|(?:put|bring|get) that in|(?:talking|talked|spoke|chatted?|chatting) (?:to|with)|(?:he|she|they) (?:agreed|said|suggested|proposed|told|mentioned)|not ideal|the previous one|what was (?:started|begun)|the stuff|the usual|what we (?:discussed|said|agreed|talked about)|as (?:we )?(?:discussed|agreed|said|usual|last time)|' +
  'like (?:last time|we said|before)|we (?:discussed|talked about|agreed on|said)|from last (?:week|time|month|friday)|' +
  'in the (?:meeting|call|chat)|the (?:new|old|other) (?:database|system|service|version|server|customer|tool|provider)|' +
  'same (?:change|thing|fix) as|that (?:issue|problem|bug|thing)|this (?:issue|problem|thing)|you know (?:the|which|what|like)|the (?:issue|problem) (?:from|with)';

/** "And so on": the list is longer than what is written. */
export const TRAILING_OFF =
  'etc|and so on|and so forth|and such|and the like|or so|or something|somehow|kind of|sort of|some kind|stuff|things like that|and more|a bit';

/** Hedges that say the speaker does not know either. */
export const HEDGES =
  'i think|i guess|i believe|maybe|perhaps|not sure|sometimes|probably|or was it|could be|would be cool|would be nice|would love';

/** The vocabulary of issue templates. A text made of little else is a form that nobody filled in. */
export const TEMPLATE_WORDS: ReadonlySet<string> = new Set(
  (
    'acceptance criteria criterion expected actual expectation steps step reproduce reproduction repro example examples test tests ' +
    'testing pass passes passing fail fails failing command commands file files coverage regression regressions assert asserts ' +
    'tobe must should given when then done result results return returns throws throw null true false ok number numbers exit ' +
    'definition todo fix bug feature input output value status code yes description summary priority spec rows'
  ).split(' '),
);

/** Words that carry grammar instead of content. */
export const FUNCTION_WORDS: ReadonlySet<string> = new Set(
  'the a an is are be to of in on at for with and or it its this that not by as so if from was were has have do does'.split(
    ' ',
  ),
);

/** Names of tools and units: neither content nor grammar. */
export const TOOL_WORDS: ReadonlySet<string> = new Set(
  'run no npm pnpm yarn bun ms s sec kb mb px'.split(' '),
);

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

/** Words that begin clauses without being verbs of an order. */
export const NO_VERBS =
  'the|an?|this|that|these|those|it|its|i|we|you|he|she|they|there|here|our|my|your|their|in|on|at|for|from|with|without|when|if|while|since|' +
  'because|as|after|before|during|under|over|above|below|and|but|or|so|also|however|maybe|perhaps|hi|hey|hello|thanks|thank|please|no|not|yes|' +
  'only|every|each|all|some|any|most|many|both|what|why|how|who|which|where|is|are|was|were|do|does|did|can|could|would|should|will|may|might|' +
  'must|has|have|had|of|to|by|into|onto|than|then|about|like|via|per|until|unless|between|across|through|against|behind|beyond|inside|outside|' +
  'even|just|still|already|again|once|now|today|currently|well|okay|ok|um|uh|yeah|right|same|such|one|two|three|being|nothing|everything|something|' +
  'whatever|whether|though|although|given|besides|instead|plus|minus|more|less|first|second|last|next|new|old|see|sees|gets?|means|shows?|says?|' +
  'know|think|guess|believe|hope|wish|love|feel|feels|saw|seen|noticed|found|read|reads|had|got|went|came|been|shows|keeps?|needs?';

/** Qualities that a reader or a compiler can check, unlike "nicer". */
export const CHECKABLE =
  '(?:module-)?private|public|protected|internal|optional|required|mandatory|nullable|read-?only|async(?:hronous)?|sync(?:hronous)?|lazy|static|' +
  'exported|deprecated|idempotent|case-(?:in)?sensitive|generic|abstract|final|const|immutable|lower-?case|upper-?case|executable|bold|italic|' +
  'alphabetical|sorted|unique|non-?null|strict|opt-in|singular|plural';

/** Defects that tell their own repair. */
export const TELLING_DEFECTS =
  'lacks?|is missing|are missing|misses|missing an?|misspel(?:led|t)|spelled wrong|typo|dead link|is dead|broken link|is duplicated|' +
  'is unused|are unused|never used|nobody (?:uses|imports)|nothing (?:uses|references|refers)|not exported|outdated link|off by one|unclosed|unbalanced';
