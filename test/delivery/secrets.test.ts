import { deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type SettingsKind, settingsKind } from '../../src/delivery/push-gate/assignments.ts';
import { decodings } from '../../src/delivery/push-gate/decode.ts';
import { SECRET_RULES } from '../../src/delivery/push-gate/rules.ts';
import { lint, SECRETLINT_RULES } from '../../src/delivery/push-gate/secretlint.ts';
import { MAX_HITS, scanBytes } from '../../src/delivery/push-gate/secrets.ts';
import { ALNUM, chars, synthetics } from './tokens.ts';

const all = synthetics();
const by = (name: string) => all.find((one) => one.name === name)!;
const github = by('github ghp');
const scan = (text: string | Buffer, kind: SettingsKind | null = null) =>
  scanBytes(typeof text === 'string' ? Buffer.from(text) : text, kind);

/** Formats that stand on their own; the others need the words around them. */
const whole = all.filter(({ text, secret }) => text === `const value = "${secret}";\n`);
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const wrap = (text: string, width: number): string =>
  (text.match(new RegExp(`.{1,${width}}`, 'g')) ?? []).join('\n');
const percent = (text: string): string =>
  [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');

const ENCODINGS: Record<string, (text: string) => string | Buffer> = {
  base64: (text) => `blob = "${base64(text)}"`,
  'base64 twice': (text) => `blob = "${base64(base64(text))}"`,
  'base64url after a path': (text) => `/files/a/${Buffer.from(`:${text}`).toString('base64url')}`,
  'base64 wrapped': (text) => `data:\n${wrap(base64(`some words before ${text}`), 40)}\nend\n`,
  'base64 as strings': (text) => `x = ("${wrap(base64(text), 40).replaceAll('\n', '"\n  "')}")`,
  'base64 of UTF-16': (text) => Buffer.from(text, 'utf16le').toString('base64'),
  hex: (text) => `0x${Buffer.from(text).toString('hex')}`,
  'hex of base64': (text) => Buffer.from(base64(text)).toString('hex'),
  'base64 of hex': (text) => base64(Buffer.from(text).toString('hex')),
  'byte list': (text) => `new Uint8Array([${[...Buffer.from(text)].join(', ')}])`,
  url: (text) => `https://a.example/?q=${percent(text)}`,
  'url in base64': (text) => base64(`q=${percent(text)}`),
  '\\x escapes': (text) => `"${percent(text).replaceAll('%', '\\x')}"`,
  '\\u escapes': (text) => `"${percent(text).replaceAll('%', '\\u00')}"`,
  'HTML entities': (text) => [...text].map((char) => `&#${char.charCodeAt(0)};`).join(''),
  'one escaped letter': (text) => `"${percent(text.slice(0, 1))}${text.slice(1)}"`,
  'UTF-16 LE': (text) => Buffer.from(`\ufeffkey: ${text}\r\n`, 'utf16le'),
  'UTF-16 BE': (text) => Buffer.from(`\ufeffkey: ${text}\r\n`, 'utf16le').swap16(),
  'UTF-16 without a mark': (text) => Buffer.from(`key: ${text}`, 'utf16le'),
  'base64 of gzip': (text) => `blob = "${gzipSync(`k=${text}\n`).toString('base64')}"`,
  'hex of zlib': (text) => deflateSync(text).toString('hex'),
  gzip: (text) => gzipSync(`one\n${text}\n`),
  'gzip cut off': (text) => gzipSync(`${text}\n${chars(5)(ALNUM, 2000)}`).subarray(0, -500),
  'added literals': (text) => `key = "${text.slice(0, 9)}" +\n    "${text.slice(9)}";\n`,
  'literals in a row': (text) => `key = ('${text.slice(0, 12)}'\n       '${text.slice(12)}')\n`,
  'a joined list': (text) =>
    `const k = [${(text.match(/.{1,8}/g) ?? []).map((part) => `'${part}'`).join(', ')}].join('');`,
  'two lines': (text) => `key: >-\n  ${text.slice(0, 16)}\n  ${text.slice(16)}\nnext: 1\n`,
  'a continued line': (text) => `KEY=${text.slice(0, 14)}\\\n${text.slice(14)}\nX=1\n`,
  'comment lines': (text) => `# use ${text.slice(0, 15)}\n# ${text.slice(15)}\n\nx\n`,
  CRLF: (text) => `a\r\n${text}\r\nb\r\n`,
  'among binary bytes': (text) =>
    Buffer.concat([Buffer.from([0, 255, 7, 0]), Buffer.from(text), Buffer.from([0, 1])]),
};

describe('synthetic secrets', () => {
  it('has more than sixty formats', () => {
    expect(all.length).toBeGreaterThanOrEqual(60);
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
  });

  it.each(all.map((one) => [one.name, one] as const))('finds %s', async (_name, { text }) => {
    const hits = await scan(`first line\n${text}last line\n`);
    expect(hits.length).toBeGreaterThan(0);
    expect(hits[0]?.line).toBe(2);
  });

  it('finds every format with other random bytes', async () => {
    for (const seed of [11, 12, 13]) {
      for (const { name, text } of synthetics(seed)) {
        expect((await scan(text)).length, `${name}, seed ${seed}`).toBeGreaterThan(0);
      }
    }
  });

  it.each(Object.entries(ENCODINGS))('finds every format behind %s', async (_name, encode) => {
    const missed: string[] = [];
    for (const { name, secret } of whole) {
      if ((await scan(encode(secret))).length === 0) missed.push(name);
    }
    expect(missed).toEqual([]);
  });

  it('finds a private key as one line of JSON, and in base64', async () => {
    const { text } = by('PKCS8 key');
    expect(await scan(JSON.stringify({ private_key: text }))).not.toEqual([]);
    expect(await scan(base64(text))).not.toEqual([]);
  });

  it('names the encodings, and the line where the encoded text begins', async () => {
    const [hit] = await scan(`one\ntwo\n  blob: ${base64(base64(github.secret))}\n`);
    expect(hit).toMatchObject({ rule: 'github-token', line: 3 });
    expect(hit?.what).toMatch(/behind base64, behind base64$/);
  });

  it('reads a packed file as far as it goes, also one that unpacks to far too much', async () => {
    const bomb = gzipSync(`${github.secret}\n${'0'.repeat(40_000_000)}`);
    expect((await scan(bomb)).map(({ rule }) => rule)).toEqual(['github-token']);
  });

  it('says nothing of the secret', async () => {
    for (const { text, secret } of all) {
      const said = JSON.stringify(await scan(text));
      expect(said).not.toContain(secret);
      expect(said).not.toContain(secret.slice(4, 16));
    }
  });

  it('gives the same secret the same hash wherever it stands, and others another', async () => {
    const other = synthetics(99).find(({ name }) => name === github.name)!;
    const hash = async (text: string) => (await scan(text))[0]?.secretHash;
    expect(await hash(`a ${github.secret} b`)).toBe(await hash(`\n\nkey="${github.secret}"`));
    expect(await hash(github.secret)).not.toBe(await hash(other.secret));
  });

  it('is not fooled by a letter in front', async () => {
    for (const front of ['x', '9', '_', 'é', '字']) {
      expect(await scan(front + github.secret), front).not.toEqual([]);
    }
  });
});

describe('large and hostile text', () => {
  it('finds a secret anywhere in one line of five megabytes', async () => {
    const noise = chars(3)(`${ALNUM} .;`, 1000).repeat(5000);
    for (const at of [0, 256 * 1024 - 20, 256 * 1024, 3_000_001, 4_999_900]) {
      const hits = await scan(`${noise.slice(0, at)} ${github.secret} ${noise.slice(at)}`);
      expect(
        hits.map(({ rule, line }) => [rule, line]),
        `at ${at}`,
      ).toEqual([['github-token', 1]]);
    }
  });

  it('finds an encoded secret across the border of two windows', async () => {
    for (let shift = -80; shift <= 20; shift += 20) {
      const hits = await scan(
        `${'. '.repeat(128 * 1024 + shift / 2)}${base64(github.secret)}${' .'.repeat(4000)}`,
      );
      expect(
        hits.map(({ rule }) => rule),
        `shift ${shift}`,
      ).toEqual(['github-token']);
    }
  });

  it('finds a long secret wherever a border of two windows cuts it', async () => {
    const { secret } = by('azure storage');
    for (const before of [10, 40, 70, 90]) {
      const hits = await scan(
        `${'. '.repeat(128 * 1024 - before / 2)}${secret}${' .'.repeat(4000)}`,
      );
      expect(
        hits.map(({ rule }) => rule),
        `${before} before`,
      ).toEqual(['azure-storage-key']);
    }
  });

  it('counts lines across windows', async () => {
    const hits = await scan(`${'line\n'.repeat(100_000)}${github.secret}\n`);
    expect(hits.map(({ line }) => line)).toEqual([100_001]);
  });

  it('lets the process hear others while it scans', async () => {
    const turns: number[] = [];
    const timer = setInterval(() => turns.push(1), 1);
    await scan(chars(4)(`${ALNUM} .;`, 1000).repeat(5000));
    clearInterval(timer);
    expect(turns.length).toBeGreaterThan(0);
  });

  it('stops listing, but never says clean', async () => {
    const many = Array.from(
      { length: 500 },
      (_, at) => `k${at}="gh${'p'}_${chars(at + 1)(ALNUM, 36)}"`,
    );
    expect((await scan(many.join('\n'))).length).toBe(MAX_HITS + 1);
  });

  it('has patterns that all carry the global flag, and no sticky state', () => {
    for (const { pattern } of SECRET_RULES) expect(pattern.flags).toMatch(/^g/);
  });

  it('decodes to no more than it was given', () => {
    const text = base64('plain words, long enough to be seen here');
    for (const { text: decoded } of decodings(text))
      expect(decoded.length).toBeLessThan(text.length);
  });
});

describe('secretlint without its directives', () => {
  const comments = [
    '// secretlint-disable',
    '/* secretlint-disable */',
    '# secretlint-disable',
    '<!-- secretlint-disable -->',
    '-- secretlint-disable',
    '; secretlint-disable',
    "' secretlint-disable",
    '{/* secretlint-disable */}',
    '% secretlint-disable -- because',
    'secretlint-disable',
    '// secretlint-disable @secretlint/secretlint-rule-github',
    '// secretlint-disable-line',
    '// secretlint-disable-next-line',
    '/* secretlint-disable-next-line @secretlint/secretlint-rule-github */',
  ];

  it.each(comments)('still finds a token after %s', async (comment) => {
    for (const text of [
      `${comment}\n${github.text}`,
      `${github.text.trim()} ${comment}\n`,
      `${comment}\r\n\r\n${github.text}secretlint-enable\r\n`,
    ]) {
      expect(lint(text).map(({ rule }) => rule)).toContain('secretlint/github');
      expect((await scan(text)).map(({ rule }) => rule)).toContain('github-token');
    }
  });

  it('runs every recommended rule but the comment filter', () => {
    expect(SECRETLINT_RULES.length).toBe(24);
    expect(SECRETLINT_RULES.join()).not.toContain('filter');
  });

  it('looks for AWS key ids, and not for account numbers', () => {
    expect(lint(by('aws key id').text).map(({ rule }) => rule)).toEqual(['secretlint/aws']);
    expect(lint('account_id = 123456789012')).toEqual([]);
  });

  it('never opens a file named by the repo', () => {
    // The one rule that reads from disk does so for this extension only; it is never told a name.
    expect(lint('not a key').length).toBe(0);
  });
});

describe('named secrets in settings files', () => {
  const value = chars(21)(ALNUM, 20);
  const settings = (text: string, path: string) => scan(text, settingsKind(path));

  it.each([
    ['.env', `DB_PASS${'WORD'}=${value}\n`],
    ['app/.env.production', `export API_${'KEY'}='${value}'\n`],
    ['.envrc', `export SESSION_${'SECRET'}="${value}" # rotate\n`],
    ['config/app.properties', `mail.${'password'}: ${value}\n`],
    ['prod.tfvars', `api_${'token'} = "${value}"\n`],
    ['config/secrets.yml', `  signing_${'key'}: ${value}\r\n`],
    ['.env', `ADMIN_PASS${'WORD'}=myR3alWord77\n`],
    ['.netrc', `machine git.internal\n  login bot\n  password ${value}\n`],
    ['.pgpass', `db.internal:5432:app:bot:${value}\n`],
    ['.htpasswd', `bot:$apr1$${chars(5)(ALNUM, 8)}$${chars(6)(ALNUM, 22)}\n`],
  ])('finds one in %s', async (path, text) => {
    expect((await settings(text, path)).length).toBe(1);
  });

  it.each([
    [
      '.env.example',
      `DB_PASS${'WORD'}=change-me-please1\nAPI_${'KEY'}=<your key 1>\nTOKEN=\${CI_TOKEN_1}\n`,
    ],
    [
      '.env',
      'LOG_LEVEL=debug-verbose-1\nKEYBOARD_LAYOUT=de-latin1-nodeadkeys\nTOKEN_URL=https://id.example.com/token1\n',
    ],
    ['.env', `SECRET_${'FILE'}=/run/secrets/db_1\nPASSWORD_MIN_LENGTH=12345678\n`],
    ['.env', `SITE_PUBLIC_${'KEY'}=${value}\nAPI_${'KEY'}=changeme123\nTOKEN=your-token-here-1\n`],
    ['src/login.ts', `const pass${'word'} = readPassword("${value}");\n`],
  ])('leaves %s alone', async (path, text) => {
    expect(await settings(text, path)).toEqual([]);
  });
});
