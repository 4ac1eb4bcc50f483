/**
 * Synthetic secrets, put together at run time: no file of this repo holds anything token-shaped.
 * All are random; none ever opened anything.
 */

const LOWER = 'abcdefghijklmnopqrstuvwxyz';
const DIGITS = '0123456789';
const UPPER = LOWER.toUpperCase();
export const ALNUM = LOWER + UPPER + DIGITS;
const HEX = `${DIGITS}abcdef`;
const WORD = `${ALNUM}_-`;
const BASE64 = `${ALNUM}+/`;

/** Seeded characters (mulberry32), so that a failure repeats. */
export function chars(seed: number): (alphabet: string, count: number) => string {
  let state = seed;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return (alphabet, count) =>
    Array.from({ length: count }, () => alphabet[Math.floor(next() * alphabet.length)]).join('');
}

const join = (...parts: string[]): string => parts.join('');
const url64 = (text: string): string => Buffer.from(text).toString('base64url');

export interface Synthetic {
  name: string;
  /** The secret alone. */
  secret: string;
  /** As it would stand in a file. */
  text: string;
}

/** One of each format. */
export function synthetics(seed = 7): Synthetic[] {
  const c = chars(seed);
  const plain = (name: string, secret: string): Synthetic => ({
    name,
    secret,
    text: `const value = "${secret}";\n`,
  });
  const within = (name: string, secret: string, text: string): Synthetic => ({
    name,
    secret,
    text,
  });
  const pem = (label: string): Synthetic => {
    const body = join('MII', c(BASE64, 61), '\n', c(BASE64, 64), '\n', c(BASE64, 64));
    const dashes = '-'.repeat(5);
    const words = `${label}${join('PRIV', 'ATE')} KEY`;
    const text = `${dashes}BEGIN ${words}${dashes}\n${body}\n${dashes}END ${words}${dashes}\n`;
    return within(`${label.trim() || 'PKCS8'} key`, body.split('\n')[1] ?? '', text);
  };
  const password = c(ALNUM, 18);
  const awsSecret = join(c(BASE64, 38), '4a');
  return [
    plain('anthropic api', join('sk-', 'ant-', 'api03-', c(WORD, 93), 'AA')),
    plain('anthropic oauth', join('sk-', 'ant-', 'oat01-', c(WORD, 93), 'AA')),
    plain('anthropic admin', join('sk-', 'ant-', 'admin01-', c(WORD, 80))),
    plain('openai project', join('sk-', 'proj-', c(WORD, 74), 'T3Blbk', 'FJ', c(ALNUM, 74))),
    plain('openai classic', join('sk-', c(ALNUM, 20), 'T3Blbk', 'FJ', c(ALNUM, 20))),
    plain('openrouter', join('sk-', 'or-v1-', c(HEX, 64))),
    plain('google api', join('AI', 'za', c(WORD, 35))),
    plain('google oauth secret', join('GOC', 'SPX-', c(WORD, 28))),
    plain('google oauth token', join('ya', '29.', c(WORD, 60))),
    plain(
      'jwt',
      join(
        url64('{"alg":"HS256","typ":"JWT"}'),
        '.',
        url64('{"sub":"1234","name":"n"}'),
        '.',
        c(WORD, 43),
      ),
    ),
    plain('stripe live', join('sk', '_live_', c(ALNUM, 24))),
    plain('stripe restricted', join('rk', '_test_', c(ALNUM, 24))),
    plain('webhook secret', join('wh', 'sec_', c(ALNUM, 32))),
    plain('twilio', join('S', 'K', c(HEX, 32))),
    ...['p', 'o', 'u', 's', 'r'].map((kind) =>
      plain(`github gh${kind}`, join('gh', kind, '_', c(ALNUM, 36))),
    ),
    plain('github fine-grained', join('github', '_pat_', c(ALNUM, 22), '_', c(ALNUM, 59))),
    plain('gitlab pat', join('gl', 'pat-', c(ALNUM, 20))),
    plain('gitlab runner', join('gl', 'rt-', c(ALNUM, 20))),
    plain('slack bot', join('xo', 'xb-', c(DIGITS, 12), '-', c(DIGITS, 12), '-', c(ALNUM, 24))),
    plain('slack app', join('xa', 'pp-1-', c(UPPER, 11), '-', c(DIGITS, 13), '-', c(HEX, 64))),
    plain(
      'slack webhook',
      join(
        'https://hooks.',
        'slack.com/services/T',
        c(UPPER, 9),
        '/B',
        c(UPPER, 9),
        '/',
        c(ALNUM, 24),
      ),
    ),
    plain('aws key id', join('AK', 'IA', c(UPPER, 16))),
    plain('aws session key id', join('AS', 'IA', c(UPPER, 16))),
    within('aws secret', awsSecret, `aws_secret_access_key = ${awsSecret}\n`),
    pem(''),
    pem('RSA '),
    pem('EC '),
    pem('OPENSSH '),
    plain('age', join('AGE-', 'SECRET-', 'KEY-1', c(UPPER + DIGITS, 58))),
    plain('npm', join('np', 'm_', c(ALNUM, 36))),
    within('npmrc', password, join('//registry.example.com/:_auth', 'Token=', password, '\n')),
    plain('pypi', join('py', 'pi-AgEIcHlwaS5vcmc', c(WORD, 70))),
    plain('rubygems', join('ruby', 'gems_', c(HEX, 48))),
    plain('docker', join('dckr', '_pat_', c(WORD, 27))),
    plain('hugging face', join('h', 'f_', c(LOWER + UPPER, 34))),
    plain('sendgrid', join('S', 'G.', c(ALNUM, 22), '.', c(ALNUM, 43))),
    plain('mailgun', join('ke', 'y-', c(HEX, 32))),
    plain('mailchimp', join(c(HEX, 32), '-u', 's14')),
    plain('telegram', join(c('123456789', 10), ':A', 'A', c(ALNUM, 33))),
    plain(
      'discord webhook',
      join('https://discord', '.com/api/webhooks/', c('123456789', 18), '/', c(ALNUM, 68)),
    ),
    plain('digitalocean', join('do', 'p_v1_', c(HEX, 64))),
    plain('shopify', join('shp', 'at_', c(HEX, 32))),
    plain('linear', join('lin', '_api_', c(ALNUM, 40))),
    plain('vault', join('hv', 's.', c(ALNUM, 95))),
    plain('terraform', join(c(ALNUM, 14), '.atlas', 'v1.', c(ALNUM, 67))),
    plain('databricks', join('da', 'pi', c(HEX, 32))),
    plain('grafana', join('gl', 'sa_', c(ALNUM, 32), '_', c(HEX, 8))),
    plain('new relic', join('NR', 'AK-', c(UPPER, 27))),
    plain('sentry', join('snt', 'ryu_', c(HEX, 64))),
    plain('planetscale', join('pscale', '_tkn_', c(ALNUM, 43))),
    plain('supabase', join('sb', 'p_', c(HEX, 40))),
    plain('netlify', join('nf', 'p_', c(ALNUM, 36))),
    plain('azure storage', join('Account', 'Key=', c(BASE64, 86), '==')),
    plain('azure client secret', join(c(ALNUM, 3), '8Q', '~', c(ALNUM, 34))),
    plain('tailscale', join('ts', 'key-auth-', c(ALNUM, 12), '-', c(ALNUM, 32))),
    plain('postman', join('PM', 'AK-', c(HEX, 24), '-', c(HEX, 34))),
    plain('groq', join('gs', 'k_', c(ALNUM, 52))),
    plain('xai', join('xa', 'i-', c(ALNUM, 80))),
    plain('replicate', join('r', '8_', c(ALNUM, 37))),
    plain('ntfy', join('t', 'k_', c(LOWER + DIGITS, 29))),
    plain('notion', join('nt', 'n_', c(DIGITS, 11), c(ALNUM, 35))),
    plain('atlassian', join('ATA', 'TT3x', c(ALNUM, 180))),
    plain('airtable', join('pa', 't', c(ALNUM, 14), '.', c(HEX, 64))),
    plain('figma', join('fi', 'gd_', c(ALNUM, 43))),
    plain('doppler', join('dp', '.pt.', c(ALNUM, 43))),
    plain('pulumi', join('pu', 'l-', c(HEX, 40))),
    within(
      'database url',
      password,
      join('db: postgres', '://app:', password, '@db.internal:5432/app\n'),
    ),
    within('redis url', password, join('cache: redis', '://:', password, '@cache.internal:6379\n')),
    within(
      'http url',
      password,
      join('origin = https', '://bot:', password, '@git.internal/x.git\n'),
    ),
    within('bearer', password, join('Author', 'ization: Bearer ', password, c(ALNUM, 20), '\n')),
    within(
      'basic',
      password,
      join('Author', 'ization: Basic ', Buffer.from(`bot:${password}`).toString('base64'), '\n'),
    ),
  ];
}
