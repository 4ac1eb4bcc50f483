/**
 * Title and body of a pull request, made from evidence, risk and verdicts alone. Everything that a
 * coder, a repo or a model may have written (paths, commands, judges' sentences) is escaped, so
 * that it can neither forge a section, a marker, a link or a mention, nor close an issue.
 */

export interface PullDocument {
  task: string;
  mission: string;
  /** The operator's words. */
  title: string;
  specDigest: string;
  evidenceDigest: string;
  base: string;
  head: string;
  tree: string;
  /** Rounds of rework so far. */
  round: number;
  files: { path: string; change: string; added: number | null; removed: number | null }[];
  /** More changed files than `files` lists. */
  moreFiles: number;
  verify: { command: string[]; before: PullCheck | null; after: PullCheck | null }[];
  verdicts: {
    family: string;
    model: string;
    verdict: string;
    findings: { severity: string; file: string | null; line: number | null; sentence: string }[];
  }[];
  risk: { score: number; band: string; reasons: { points: number; why: string }[] } | null;
}

/** Outcome of one verify command; `tests` null when its output does not count them. */
export interface PullCheck {
  code: number | null;
  tests: { total: number; passed: number; failed: number; skipped: number } | null;
}

/** Bytes; GitHub refuses bodies of more than 65,536 characters. */
export const MAX_BODY = 60_000;
const MAX_ROWS = 60;
const MAX_FINDINGS = 20;
const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

/** The comment by which a task's pull request is found again. Throws on an id that is no id. */
export function taskMarker(task: string): string {
  if (!ID.test(task) || task.includes('--')) {
    throw new TypeError('A task id has letters, digits, dots, single dashes and underscores only.');
  }
  return `<!-- aedev:task=${task} -->`;
}

/** One line, without control characters, at most 200 characters. */
export function pullTitle(title: string): string {
  return clip(flat(title), 200) || 'Untitled task';
}

/** The body, beginning with the task's marker; at most {@link MAX_BODY} bytes. Deterministic. */
export function pullBody(document: PullDocument): string {
  const head = [
    taskMarker(document.task),
    '',
    `${prose(document.title, 400)}`,
    '',
    '| | |',
    '|---|---|',
    ...Object.entries({
      Mission: document.mission,
      Task: document.task,
      Spec: document.specDigest,
      Evidence: document.evidenceDigest,
      Base: document.base,
      Head: document.head,
      Tree: document.tree,
      'Rounds of rework': String(document.round),
    }).map(([name, value]) => `| ${name} | ${code(value, 200)} |`),
  ];
  const sections = [
    riskSection(document),
    verdictSection(document),
    verifySection(document),
    fileSection(document),
  ];
  const foot = [
    '',
    'Made by aedev from sealed evidence; it quotes nothing that the coder wrote.',
    '',
  ];
  let body = head.join('\n');
  for (const section of sections) {
    const next = `${body}\n\n${section.join('\n')}`;
    const left = MAX_BODY - 200 - Buffer.byteLength(next);
    body =
      left >= 0
        ? next
        : `${body}\n\n${section[0]}\n\nLeft out because it is too long; see the evidence.`;
  }
  return `${body}\n${foot.join('\n')}`;
}

function riskSection({ risk }: PullDocument): string[] {
  if (!risk) return ['## Risk', '', 'Not scored.'];
  return [
    '## Risk',
    '',
    `Score ${risk.score} of 100, band ${prose(risk.band, 20)}.`,
    '',
    ...risk.reasons
      .slice(0, MAX_ROWS)
      .map(({ points, why }) => `- ${points >= 0 ? '+' : ''}${points}: ${prose(why, 300)}`),
    ...more(risk.reasons.length - MAX_ROWS, 'reasons'),
  ];
}

function verdictSection({ verdicts }: PullDocument): string[] {
  const lines = ['## Verdicts', ''];
  if (verdicts.length === 0) lines.push('None.');
  for (const { family, model, verdict, findings } of verdicts.slice(0, 8)) {
    lines.push(`- ${prose(family, 40)} (${code(model, 100)}): **${prose(verdict, 20)}**`);
    for (const finding of findings.slice(0, MAX_FINDINGS)) {
      const line = finding.line === null ? '' : `:${finding.line}`;
      const where = finding.file === null ? '' : ` ${code(`${finding.file}${line}`, 200)}`;
      lines.push(`  - ${prose(finding.severity, 20)}${where}: ${prose(finding.sentence, 400)}`);
    }
    lines.push(...more(findings.length - MAX_FINDINGS, 'findings').map((text) => `  ${text}`));
  }
  return lines;
}

function verifySection({ verify }: PullDocument): string[] {
  if (verify.length === 0) return ['## Checks', '', 'No verify command is configured.'];
  return [
    '## Checks',
    '',
    '| Command | Before | After |',
    '|---|---|---|',
    ...verify
      .slice(0, MAX_ROWS)
      .map(
        ({ command, before, after }) =>
          `| ${code(command.join(' '), 200)} | ${check(before)} | ${check(after)} |`,
      ),
    ...more(verify.length - MAX_ROWS, 'commands'),
  ];
}

function check(result: PullCheck | null): string {
  if (!result) return 'not run';
  const ended = result.code === null ? 'did not end by itself' : `exit ${result.code}`;
  const { tests } = result;
  if (!tests) return ended;
  return `${ended}; ${tests.passed} of ${tests.total} tests passed, ${tests.failed} failed, ${tests.skipped} skipped`;
}

function fileSection({ files, moreFiles }: PullDocument): string[] {
  const hidden = Math.max(0, files.length - MAX_ROWS) + Math.max(0, moreFiles);
  return [
    '## Files',
    '',
    '| File | Change | Added | Removed |',
    '|---|---|---|---|',
    ...files
      .slice(0, MAX_ROWS)
      .map(
        ({ path, change, added, removed }) =>
          `| ${code(path, 300)} | ${prose(change, 40)} | ${added ?? '?'} | ${removed ?? '?'} |`,
      ),
    ...more(hidden, 'files'),
  ];
}

function more(count: number, what: string): string[] {
  return count > 0 ? ['', `… and ${count} more ${what}.`] : [];
}

function clip(text: string, max: number): string {
  const chars = Array.from(text);
  return chars.length > max ? `${chars.slice(0, max - 1).join('')}…` : text;
}

/** One line: control, invisible and reordering characters become spaces. */
function flat(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/ {2,}/g, ' ')
    .trim();
}

/** Every character that means something to Markdown or HTML, as an entity. */
function entities(text: string): string {
  return text.replace(/[^\p{L}\p{N}\p{M} .,…-]/gu, (char) => `&#${char.codePointAt(0)};`);
}

/**
 * Running text. Forges turn `@name`, `#1`, `GH-1` and addresses into links after entities are
 * resolved; a zero-width space inside keeps them plain.
 */
export function prose(text: string, max: number): string {
  const calm = clip(flat(text), max)
    .replace(/[@#]|:(?=\/)|www(?=\.)|gh(?=-\d)/gi, '$&\u200b')
    .replace(/^([-.\d]+)/, '\u200b$1');
  return entities(calm);
}

/** A name or value: forges link nothing inside `code`. */
function code(text: string, max: number): string {
  return `<code>${entities(clip(flat(text), max)) || ' '}</code>`;
}
