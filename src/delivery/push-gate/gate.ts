/** The push gate over git objects. See `push-gate.ts` for what it promises. */
import { matches } from '../../control/glob.ts';
import { type SettingsKind, settingsKind } from './assignments.ts';
import { Findings, type Place } from './findings.ts';
import { problemsIn } from './look.ts';
import { type Change, changesOf, commitsBetween, isRemoval, readObjects } from './objects.ts';
import { badLinkTarget, isGitModules, oddPath, shownPath } from './paths.ts';
import { publishedIn } from './published.ts';
import type { GateRules, PushGate } from './push-gate.ts';
import { MAX_HITS, RULES_VERSION, type SecretHit, scanBytes, scanText } from './secrets.ts';
import { lookTogether } from './together.ts';

/** Beyond these a push is not looked through but held. */
export interface GateLimits {
  maxCommits: number;
  maxEntries: number;
  /** Largest object that is read. */
  maxObjectBytes: number;
  /** Sum of all objects read. */
  maxTotalBytes: number;
  maxFindings: number;
}

const LIMITS: GateLimits = {
  maxCommits: 2000,
  maxEntries: 100_000,
  maxObjectBytes: 32 * 1024 * 1024,
  maxTotalBytes: 256 * 1024 * 1024,
  maxFindings: 1000,
};

const FILE = /^100(?:644|755)$/;
const LINK = '120000';
const SUBMODULE = '160000';

export function createPushGate(overrides: Partial<GateLimits> = {}): PushGate {
  const limits = { ...LIMITS, ...overrides };
  return {
    async scan({ gitDir }, base, head, rules) {
      const commits = await commitsBetween(gitDir, base, head, limits.maxCommits);
      const list = new Findings(commits, limits.maxFindings);
      if (commits.length > limits.maxCommits) {
        list.notScanned(
          headOf(head),
          `More than ${limits.maxCommits} commits; nothing was scanned.`,
        );
      } else {
        await scanCommits(gitDir, commits, rules, limits, list, { base, head });
      }
      return { findings: list.sorted(), commits, rulesVersion: RULES_VERSION };
    },
  };
}

const headOf = (head: string): Place => ({ commit: head, path: '', shown: '' });

async function scanCommits(
  gitDir: string,
  commits: string[],
  rules: GateRules,
  limits: GateLimits,
  list: Findings,
  { base, head }: { base: string; head: string },
): Promise<void> {
  const changes = await changesOf(gitDir, commits);
  const total = [...changes.values()].reduce((sum, some) => sum + some.length, 0);
  if (total > limits.maxEntries) {
    list.notScanned(
      headOf(head),
      `More than ${limits.maxEntries} changed entries; none was scanned.`,
    );
    for await (const { oid, bytes } of readObjects(gitDir, commits, limits.maxObjectBytes))
      await lookAtMessage(list, oid, bytes);
    return;
  }
  // All names at once first: scanning each costs ten times as much, and hardly any holds a secret.
  const names = [...changes.values()].flatMap((some) => some.map(({ path }) => path));
  const plainNames = (await scanText([...new Set(names)].join('\n\0\n'), null)).length === 0;
  const lookAtPath = pathLooker(rules, list, plainNames);
  const uses = new Map<string, { place: Place; change: Change }[]>();
  for (const [commit, some] of changes) {
    for (const change of some) {
      const place = { commit, path: change.path, shown: await lookAtPath(commit, change) };
      if (isRemoval(change) || change.mode === SUBMODULE) continue;
      const known = uses.get(change.oid);
      if (known) known.push({ place, change });
      else uses.set(change.oid, [{ place, change }]);
    }
  }
  const published = publishedIn(gitDir, base, rules, limits.maxObjectBytes);
  let read = 0;
  const messages = new Set(commits);
  const objects = readObjects(gitDir, [...messages, ...uses.keys()], limits.maxObjectBytes);
  for await (const { oid, bytes, size, clean } of lookTogether(objects)) {
    if (messages.has(oid)) {
      if (!clean) await lookAtMessage(list, oid, bytes);
      continue;
    }
    read += bytes?.length ?? 0;
    const scanned = read <= limits.maxTotalBytes ? bytes : null;
    // One blob may stand at any number of paths; it is scanned once per kind of path.
    const hits = new Map<SettingsKind | null, SecretHit[]>(clean ? [[null, []]] : []);
    for (const { place, change } of uses.get(oid) ?? []) {
      lookAtContent(place, change, scanned, size, rules, list);
      if (scanned === null) continue;
      const kind = settingsKind(place.path);
      let found = hits.get(kind) ?? (await scanBytes(scanned, kind));
      hits.set(kind, found);
      // A list that was cut may hide a new one behind those that are known.
      if (found.length > 0 && found.length <= MAX_HITS) {
        const { secrets } = await published(place.path);
        found = found.filter((hit) => !isKnown(hit, secrets));
      }
      for (const hit of found.slice(0, MAX_HITS)) list.secret(place, hit, place.shown);
      if (found.length > MAX_HITS) {
        const sentence = `${place.shown} holds more than ${MAX_HITS} secrets; the rest is not listed.`;
        list.notScanned(place, sentence);
      }
      const { kind: look, problems } = problemsIn(place.path, scanned, rules);
      if (look === null || problems.length === 0) continue;
      const before = (await published(place.path)).problems;
      // What could not be read before excuses nothing that cannot be read now; but a lockfile that is
      // of a kind that nobody here reads would keep every change of its repo away.
      for (const one of problems)
        if (one.rule === 'workflow-unread' || !before.has(`${one.rule} ${one.key}`))
          list.problem(place, look, one);
    }
  }
}

/** Rules whose match is only a part of the secret: another one may begin alike. */
const PARTIAL: ReadonlySet<string> = new Set(['private-key', 'url-credentials', 'pgpass', 'netrc']);

const isKnown = (hit: SecretHit, known: ReadonlySet<string>): boolean =>
  !PARTIAL.has(hit.rule) &&
  !hit.rule.startsWith('secretlint/privatekey') &&
  known.has(`${hit.rule} ${hit.secretHash}`);

/** Scans a whole commit: a secret may stand in any of its lines. */
async function lookAtMessage(list: Findings, oid: string, bytes: Buffer | null): Promise<void> {
  const place = { commit: oid, path: '', shown: '' };
  if (bytes === null) list.notScanned(place, 'The commit itself is too large to be scanned.');
  else
    for (const hit of await scanBytes(bytes, null)) list.secret(place, hit, 'The commit message');
}

/** Checks a path and gives it back fit to be shown. `clean`: no path holds a secret. */
function pathLooker(
  rules: GateRules,
  list: Findings,
  clean: boolean,
): (commit: string, change: Change) => Promise<string> {
  const known = new Map<string, { shown: string; hits: SecretHit[] }>();
  // Some file systems fold case, so a forbidden path is forbidden in any.
  const forbidden = rules.forbiddenPaths.map((glob) => glob.toLowerCase());
  return async (commit, change) => {
    const { path, mode, oldModes } = change;
    let seen = known.get(path);
    if (!seen) {
      seen = { shown: shownPath(path, clean), hits: clean ? [] : await scanText(path, null) };
      known.set(path, seen);
    }
    const place = { commit, path, shown: seen.shown };
    const name = seen.shown;
    for (const hit of seen.hits) list.secret(place, { ...hit, line: 0 }, 'A path');
    if (matches(rules.forbiddenPaths, path) || matches(forbidden, path.toLowerCase())) {
      list.add(
        place,
        'forbidden-path',
        'forbidden-path',
        `${name} is a path that may not be changed.`,
      );
    }
    if (rules.allowedPaths.length > 0 && !matches(rules.allowedPaths, path)) {
      list.add(
        place,
        'outside-allowed-paths',
        'outside-allowed-paths',
        `${name} is outside the paths this task may change.`,
      );
    }
    if (mode === SUBMODULE || oldModes.includes(SUBMODULE)) {
      list.add(place, 'submodule', 'submodule', `${name} adds, changes or removes a submodule.`);
    }
    if (isGitModules(path)) {
      list.add(place, 'gitmodules', 'submodule', `${name} declares submodules.`);
    }
    if (isRemoval(change)) return name;
    const odd = oddPath(path);
    if (odd !== null) list.add(place, 'odd-path', 'odd-path', `The path ${name} ${odd}.`);
    // git reads any regular file as one of two modes and what it does not know as a submodule; this
    // stands here for the day it learns another.
    if (!FILE.test(mode) && mode !== LINK && mode !== SUBMODULE) {
      list.add(
        place,
        'mode',
        'mode',
        `${name} has the unusual mode ${/^\d{5,6}$/.test(mode) ? mode : '?'}.`,
      );
    }
    return name;
  };
}

function lookAtContent(
  place: Place,
  change: Change,
  bytes: Buffer | null,
  size: number,
  rules: GateRules,
  list: Findings,
): void {
  const { shown } = place;
  if (size > rules.maxFileBytes) {
    list.add(
      place,
      'oversized',
      'oversized',
      `${shown} has ${size} bytes; at most ${rules.maxFileBytes} may be pushed.`,
      change.oid,
    );
  }
  if (bytes === null) {
    list.notScanned(place, `${shown} could not be scanned: it is missing, or too much to read.`);
    return;
  }
  if (change.mode === LINK) {
    const why = badLinkTarget(place.path, bytes.toString('utf8'));
    if (why !== null)
      list.add(
        place,
        'symlink',
        'symlink',
        `The link ${shown} has a target that ${why}.`,
        change.oid,
      );
  } else if (!rules.allowBinary && isBinary(bytes)) {
    list.add(place, 'binary', 'binary', `${shown} is a binary file.`, change.oid);
  }
}

/** NUL bytes make a file binary, unless it says at its start that it is UTF-16. */
function isBinary(bytes: Buffer): boolean {
  const start = bytes.subarray(0, 2).toString('hex');
  if ((start === 'fffe' || start === 'feff') && bytes.length % 2 === 0) {
    // Two NULs in a row at an even place are no character that text contains.
    for (let at = 2; at < bytes.length; at += 2) {
      if (bytes[at] === 0 && bytes[at + 1] === 0) return true;
    }
    return false;
  }
  return bytes.includes(0);
}
