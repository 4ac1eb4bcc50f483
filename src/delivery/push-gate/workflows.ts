/**
 * Looks at GitHub workflows and actions for what hands the repo's secrets or its write access to
 * strangers. After the incidents of 2025 (tj-actions, reviewdog, s1ngularity): tags that moved, and
 * `pull_request_target` that ran the code of the pull request.
 */
import { type Document, isAlias, isMap, isScalar, isSeq, parseDocument, visit } from 'yaml';
import { matches } from '../../control/glob.ts';
import { printable } from '../../lib/escape.ts';
import type { Problem } from './problem.ts';

/** Larger is not read: nobody wrote it by hand. */
const MAX_BYTES = 256 * 1024;
/** Triggers that run with the base's secrets for the sake of foreign code. */
const PRIVILEGED = ['pull_request_target', 'workflow_run', 'issue_comment'];
/** Refs of the foreign side. */
const FOREIGN =
  /github\.head_ref|event\.pull_request\.(?:head|merge_commit_sha)|event\.workflow_run\.head|refs\/pull\/|event\.number|event\.issue\.number/;
const FETCHES =
  /\bgh\s+pr\s+(?:checkout|diff)\b|\bgit\s+(?:fetch|pull)\b[^\n]{0,200}\bpull\/|\bgit\s+checkout\b[^\n]{0,200}FETCH_HEAD/;
/** Texts that anybody may write: in a shell they are code. */
const FREE_TEXT =
  /\$\{\{[^}]{0,200}\bgithub(?:\.|\[["'])(?:head_ref|event\b[^}]{0,160}(?:\b(?:title|body|message|email|page_name|description)|author\.name|\bhead\.(?:ref|label)|\bhead_ref|\bhead_branch))\b[^}]{0,200}\}\}/;

export function isWorkflow(path: string): boolean {
  return /^\.github\/workflows\/[^/]+\.ya?ml$/i.test(path) || /(?:^|\/)action\.ya?ml$/i.test(path);
}

const show = (text: string): string => printable(text, 120);

/** `allowed`: globs of `owner/name` whose tags are trusted. Never throws. */
export function workflowProblems(text: string, allowed: readonly string[]): Problem[] {
  if (text.length > MAX_BYTES)
    return [{ rule: 'workflow-unread', what: 'is too large a workflow to be looked at', key: '' }];
  let document: Document;
  try {
    document = parseDocument(text, { uniqueKeys: true, stringKeys: true });
    if (document.errors.length > 0) throw document.errors[0];
    if (document.contents !== null && !isMap(document.contents)) throw new Error('not a workflow');
    // Aliases are expanded in no more than this many places.
    document.toJS({ maxAliasCount: 100 });
  } catch {
    return [{ rule: 'workflow-unread', what: 'is a workflow that cannot be read', key: '' }];
  }
  const found = new Map<string, Problem>();
  const add = (rule: string, what: string, key: string): void =>
    void found.set(`${rule} ${key}`, { rule, what, key });
  const root = document.contents;
  const triggers = isMap(root) ? names(root.get('on', true) ?? root.get('true', true)) : [];
  const privileged = triggers.filter((name) => PRIVILEGED.includes(name));
  let foreign = false;
  visit(document, {
    Pair(_, { key, value }) {
      const name = isScalar(key) ? String(key.value) : '';
      const plain = isAlias(value) ? value.resolve(document) : value;
      const scalar = isScalar(plain) && typeof plain.value === 'string' ? plain.value : null;
      if (name === 'uses' && scalar !== null && !isPinned(scalar, allowed))
        add('unpinned-action', `uses ${show(scalar)}, which is not pinned to a commit`, scalar);
      if (name === 'run' && scalar !== null) {
        const text = FREE_TEXT.exec(scalar)?.[0];
        if (text !== undefined)
          add('workflow-injection', `puts ${show(text)} into a shell, where it is code`, text);
        if (FETCHES.test(scalar)) foreign = true;
      }
      if ((name === 'ref' || name === 'repository') && scalar !== null && FOREIGN.test(scalar))
        foreign = true;
      if (name === 'permissions' && scalar === 'write-all')
        add('workflow-write-all', 'gives its token every right', 'write-all');
    },
  });
  if (privileged.length > 0 && foreign)
    add(
      'privileged-foreign-code',
      `checks out foreign code in a workflow that runs with the repo’s secrets (${privileged.join(', ')})`,
      privileged.join(' '),
    );
  return [...found.values()];
}

function names(on: unknown): string[] {
  if (isScalar(on)) return [String(on.value)];
  if (isSeq(on)) return on.items.flatMap((item) => (isScalar(item) ? [String(item.value)] : []));
  if (isMap(on)) return on.items.flatMap(({ key }) => (isScalar(key) ? [String(key.value)] : []));
  return [];
}

function isPinned(uses: string, allowed: readonly string[]): boolean {
  if (uses.startsWith('./')) return true;
  if (uses.startsWith('docker://')) return /@sha256:[0-9a-f]{64}$/.test(uses);
  const [name = '', ref = ''] = uses.split('@');
  if (/^[0-9a-f]{40}$/i.test(ref)) return true;
  return matches([...allowed], name.split('/').slice(0, 2).join('/')) && ref !== '';
}
