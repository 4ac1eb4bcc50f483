/**
 * Lines of a log, a stack trace or a test run: what a machine said, not what somebody wants. A pasted log
 * alone demands nothing, and what stands in one is neither an order nor a sign of a result.
 */

const LEVEL = '(?:error|warn|warning|info|debug|fatal|trace|panic)';
const LINE = new RegExp(
  `^\\s*(?:${[
    // a date or a time of day
    '\\[?\\d{4}-\\d\\d-\\d\\d',
    '\\[?\\d\\d:\\d\\d(?::\\d\\d[.,\\d]{0,8})?\\]?\\s',
    // a level, with or without the part that says it
    `(?:\\[[^\\]\\n]{1,60}\\]\\s{0,2}){1,3}${LEVEL}\\b`,
    `${LEVEL}[:\\s]\\s?\\S`,
    '\\{[\\s\\uE003]{0,3}(?:level|time|ts|msg|severity)?[\\s\\uE003]{0,3}:',
    // a stack
    'at \\S{1,80} ?\\(|at (?:async )?\\S{1,80}:\\d|traceback|file "|caused by|process(?:tick|completed)',
    // npm, a test run, a shell, a database
    `npm err|#\\d{1,3} (?:\\d|\\[|${LEVEL}|done|cached)|-{4,}\\s*$|elifecycle|(?:fail|pass) {1,4}\\S*[/·]|✗|×|✓|test files|tests? +\\d|start at|duration`,
    '\\$ |exit (?:status|code)|err_|(?:detail|hint|context|line \\d+): |errno: |code: \\uE003',
  ].join('|')})`,
);
/** `TypeError: …`; a function may be called `coerceError`, so the capital decides. */
const THROWN = /^\s*(?:uncaught )?(?:[A-Z]\w{0,40})?(?:Error|Exception)(?: \[\w{1,60}\])?: /;

/** Whether a line that begins like this was written by a machine. `plain` is lower case, `raw` as written. */
export const isLogLine = (plain: string, raw: string): boolean =>
  LINE.test(plain) || THROWN.test(raw);
