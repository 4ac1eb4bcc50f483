/**
 * The credentials of the claude coder: what aedev is given for each lane, and what the CLI says of the
 * login that it would use. Seen with 2.1.197; `claude auth status` is offline and knows nothing of
 * whether the credential is valid.
 */
import { putInto } from '../../lib/keychain.ts';
import type { CoderProblem, Lane } from './coder.ts';

export const TOKEN_VARIABLE = 'AEDEV_CLAUDE_OAUTH_TOKEN';
/** For the lane `api` only, which exists by policy or by the operator's approval of a run. */
export const API_KEY_VARIABLE = 'AEDEV_CLAUDE_API_KEY';

export const credentialOf = (lane: Lane): string =>
  lane === 'api' ? API_KEY_VARIABLE : TOKEN_VARIABLE;

/** What `claude setup-token` prints begins so. */
const SUBSCRIPTION = 'sk-ant-oat';
/** Credentials of other purposes, by how they begin; each is named, and refused. */
const OTHERS: readonly [start: string, is: string][] = [
  ['sk-ant-api', 'a key of the paid API'],
  ['sk-ant-admin', 'an administrator’s key of the paid API'],
  ['sk-ant-sid', 'the cookie of a web login'],
  ['sk-ant-ort', 'a refresh token, which the CLI does not take'],
  ['sk-or-', 'a key of OpenRouter'],
  ['sk-proj-', 'a key of OpenAI’s paid API'],
  ['AIza', 'a key of Google’s paid API'],
];
const KEY = 'sk-ant-api';

const problem = (sentence: string, remedy: string): CoderProblem => ({
  code: 'HOLD-CLAUDE-AUTH-IN-DOCKER',
  sentence,
  remedy,
});

/** Static: only what is certainly no credential of the lane is refused; whether it is valid shows a run. */
export function credentialProblem(value: string | undefined, lane: Lane): CoderProblem | null {
  const name = credentialOf(lane);
  const given = value?.trim() ?? '';
  const remedy =
    lane === 'api'
      ? `Set coders.claude.lane to subscription, or put a key of the paid API ${putInto(name)}.`
      : `Run \`claude setup-token\` and put what it prints ${putInto(name)}.`;
  if (given === '') return problem(`${name} is not set, and the keychain holds none.`, remedy);
  if (lane === 'api') {
    if (given.startsWith(SUBSCRIPTION))
      return problem(`${name} holds a token of a subscription, not a key of the paid API.`, remedy);
    if (!given.startsWith(KEY)) return problem(`${name} does not look like a key.`, remedy);
  } else {
    const [, other] = OTHERS.find(([start]) => given.startsWith(start)) ?? [];
    if (other !== undefined)
      return problem(`${name} holds ${other}, not a token of a subscription.`, remedy);
  }
  if (!/^[\x21-\x7e]{16,4096}$/.test(given))
    return problem(`${name} does not look like a ${lane === 'api' ? 'key' : 'token'}.`, remedy);
  return null;
}

/** Does it begin as such tokens are known to? For advice only: the form may change. */
export const looksLikeToken = (value: string): boolean => value.trim().startsWith(SUBSCRIPTION);

/** What `claude auth status` printed, against the lane that is wanted. */
export function loginProblem(stdout: string, lane: Lane): CoderProblem | null {
  const remedy =
    'Run `aedev doctor`; then see that nothing but aedev’s own credential is set where the coder runs.';
  const said = parsed(stdout);
  if (said === null)
    return problem(
      'The claude CLI does not tell, where it runs, which login it would use.',
      remedy,
    );
  if (said['loggedIn'] !== true)
    return problem('The claude CLI sees no login where it runs.', remedy);
  // With both, the CLI would pay by the key and call it a subscription's login.
  const method = said['apiKeySource'] === undefined ? said['authMethod'] : 'api_key';
  const wanted = lane === 'api' ? 'api_key' : 'oauth_token';
  if (method === wanted && said['apiProvider'] === 'firstParty') return null;
  return problem(
    `The claude CLI would log in by ${word(method)} of ${word(said['apiProvider'])}, and the lane is ${lane}.`,
    remedy,
  );
}

function parsed(stdout: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(stdout);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

const word = (value: unknown): string =>
  typeof value === 'string' && /^[\w-]{1,40}$/.test(value) ? value : 'an unknown way';

/** The oldest that was driven by aedev; newer ones are taken, and looked at by what they answer. */
const OLDEST = [2, 1, 197] as const;

/** What `claude --version` printed. */
export function versionProblem(stdout: string): CoderProblem | null {
  const found = /^(\d{1,6})\.(\d{1,6})\.(\d{1,6})\b.*\(Claude Code\)/.exec(stdout.trim());
  const missing = { code: 'coder-missing' as const };
  const remedy = `Install @anthropic-ai/claude-code ${OLDEST.join('.')} or newer, or set coders.claude.executable.`;
  if (found === null)
    return {
      ...missing,
      sentence: 'The program of the claude coder is not the claude CLI, or does not start.',
      remedy,
    };
  const version = found.slice(1, 4).map(Number);
  const at = version.findIndex((part, index) => part !== OLDEST[index]);
  if (at < 0 || (version[at] ?? 0) > (OLDEST[at] ?? 0)) return null;
  const sentence = `The claude CLI is ${version.join('.')}, older than aedev can drive.`;
  return { ...missing, sentence, remedy };
}
