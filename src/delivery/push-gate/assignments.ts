/**
 * Secrets that only their name betrays: `DB_PASSWORD=…` in files that hold settings. Looked for in
 * such files alone, because in ordinary code the same shape is nearly always harmless.
 */
import { isPlaceholder, looksRandom } from './rules.ts';

const SETTINGS_FILE =
  /(?:^|\/)(?:\.env(?:rc|\.[^/]*)?|[^/]*\.env|\.npmrc|\.pypirc|\.htpasswd|credentials(?:\.[^/]*)?|secrets?\.[^/]*|[^/]*\.(?:properties|ini|tfvars|conf|cfg))$/i;
const NAME =
  /(?:secret|token|passw(?:or)?d|passphrase|pwd|api_?key|private_?key|access_?key|signing_?key|encryption_?key|master_?key|credential|auth_?key|_key$|_pass$|_salt$)/i;
// Both parts are bounded: a line of any length costs one short look.
const ASSIGNMENT =
  /^[ \t]{0,40}(?:export[ \t]{1,8}|set[ \t]{1,8}|-[ \t]{1,8})?["']?([\w.-]{2,80})["']?[ \t]{0,20}[=:][ \t]{0,20}(.{8,4000})/;
const NETRC = /\bmachine[ \t]{1,8}\S{1,200}[\s\S]{0,300}?\bpassword[ \t]{1,8}(\S{4,200})/g;
const PGPASS = /^[^:\s]{1,200}:(?:\d{1,5}|\*):[^:\n]{1,100}:[^:\n]{1,100}:(.{4,200})$/;
const HTPASSWD = /^[^:\s]{1,100}:(\$(?:apr1|2[aby]|5|6)\$\S{20,200}|\{SHA\}\S{20,60})/;

export interface Assignment {
  rule: string;
  what: string;
  at: number;
  secret: string;
}

export type SettingsKind = 'settings' | 'pgpass' | 'netrc';

/** What a path's name says it is for: settings or credentials, or null for anything else. */
export function settingsKind(path: string): SettingsKind | null {
  if (/(?:^|\/)\.?pgpass(?:\.conf)?$/i.test(path)) return 'pgpass';
  if (/(?:^|\/)[._]netrc$/i.test(path)) return 'netrc';
  return SETTINGS_FILE.test(path) ? 'settings' : null;
}

/** Finds named secrets in the text of a settings file. */
export function findAssignments(text: string, kind: SettingsKind): Assignment[] {
  const found: Assignment[] = [];
  const add = (rule: string, what: string, at: number, secret: string): void => {
    found.push({ rule, what, at, secret });
  };
  let at = 0;
  for (const raw of text.split('\n')) {
    const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
    const assignment = ASSIGNMENT.exec(line);
    if (assignment) {
      const [, name = '', rest = ''] = assignment;
      const secret = bareValue(rest);
      if (NAME.test(name) && !/public|publishable/i.test(name) && isCredential(secret)) {
        add('named-secret', 'a value with the name of a secret', at, secret);
      }
    }
    if (kind === 'pgpass') {
      const secret = PGPASS.exec(line)?.[1];
      if (secret && !isPlaceholder(secret)) add('pgpass', 'a database password', at, secret);
    }
    const hash = HTPASSWD.exec(line)?.[1];
    if (hash) add('htpasswd', 'a password hash', at, hash);
    at += raw.length + 1;
  }
  if (kind === 'netrc') {
    for (const match of text.matchAll(NETRC)) {
      const secret = match[1] ?? '';
      if (!isPlaceholder(secret)) add('netrc', 'a login password', match.index, secret);
    }
  }
  return found;
}

/** Takes quotes and a trailing comment off a value. */
function bareValue(rest: string): string {
  const quoted = /^(["'])(.*?)\1/.exec(rest);
  if (quoted) return quoted[2] ?? '';
  return (/^[^\s#;]*/.exec(rest)?.[0] ?? '').replace(/,$/, '');
}

function isCredential(value: string): boolean {
  if (value.length < 8 || isPlaceholder(value) || /\s/.test(value)) return false;
  // A path, an address without credentials or a reference is not a secret by itself.
  if (/^(?:[a-z][a-z0-9+.-]*:\/\/|\.{0,2}\/|arn:|\$|@)/i.test(value)) return false;
  return looksRandom(value, value.length >= 16 ? 3 : 2.5);
}
