/**
 * Lines of a log, a stack trace or a test run: what a machine said, not what somebody wants. A pasted log
 * alone demands nothing, and what stands in one is neither an order nor a sign of a result.
 */

const LEVEL = '(?:error|warn|warning|info|debug|fatal|trace|panic)';
const lines = (...patterns: string[]): RegExp => new RegExp(`^\\s*(?:${patterns.join('|')})`);

/** No person begins a line like this: a date, a time, a level with its part, a stack, a step of a build. */
const CERTAIN = lines(
  '\\[?\\d{4}-\\d\\d-\\d\\d',
  '\\[?\\d\\d:\\d\\d:\\d\\d[.,\\d]{0,8}\\]?\\s',
  `(?:\\[[^\\]\\n]{1,60}\\]\\s{0,2}){1,3}${LEVEL}:`,
  '\\{[\\s\\uE003]{0,3}(?:level|time|ts|msg|severity)?[\\s\\uE003]{0,3}:',
  // a container's name before each of its lines
  `[a-z][\\w.-]{0,40}-\\d{1,3} {0,8}\\| `,
  'at \\S{1,80} \\(\\S{1,80}:\\d|at (?:async )?\\S{1,80}:\\d',
  `#\\d{1,3} (?:\\d|\\[|${LEVEL}|done|cached)|npm (?:err|error|warn)|-{4,}\\s*$`,
);
/** Seldom by a person: only that sentence is taken for a machine's. */
const LIKELY = lines(
  '\\[?\\d\\d:\\d\\d\\]?\\s',
  `${LEVEL}: ?\\S`,
  'at \\S{1,80} ?\\(|traceback|file "|caused by:|process(?:tick|completed)',
  'elifecycle|(?:fail|pass) {1,4}\\S*[/·]|✗|×|✓|test files {1,4}\\d|tests? +\\d|start at {1,4}\\d|duration:? {1,4}\\d',
  '\\$ |\\S{1,40} exited with code \\d|exit (?:status|code):? \\d|err_|(?:detail|hint|context|line \\d+): |errno: |code: \\uE003',
);
/** As written: `ERROR …`, and `TypeError: …` (a function may be called `coerceError`, so the capital decides). */
const SHOUTED =
  /^\s*(?:(?:ERROR|WARN|WARNING|INFO|DEBUG|FATAL|TRACE|PANIC)\b|(?:[Uu]ncaught )?(?:[A-Z]\w{0,40})?(?:Error|Exception)(?: \[\w{1,60}\])?: )/;

/**
 * Whether text that begins like this was written by a machine, and whether the rest of its line was as well.
 * `plain` is lower case, `raw` as written.
 */
export function logged(plain: string, raw: string): 'line' | 'sentence' | undefined {
  if (CERTAIN.test(plain)) return 'line';
  return LIKELY.test(plain) || SHOUTED.test(raw) ? 'sentence' : undefined;
}
