/**
 * Our own secret patterns. They look at content alone, never at a file's name, so that renaming a
 * file hides nothing. Prefixed tokens are matched without a boundary in front: a letter glued
 * before a token hides nothing either.
 *
 * Every pattern must stay linear on hostile input: it starts with a literal (or a bounded class),
 * and an unbounded class is never followed by something that could fail inside the same class.
 * What must stand in front is looked back at from behind a literal: V8 searches for that at the
 * speed of memory, and stops at each character otherwise.
 */

export interface SecretRule {
  readonly id: string;
  /** What it is, for the finding's sentence. */
  readonly what: string;
  /** Global; group 1 is the secret where there is one, else the whole match. */
  readonly pattern: RegExp;
  /** A match that this refuses is no secret. */
  readonly accept?: (secret: string, match: RegExpMatchArray) => boolean;
}

/** Words that stand where a real value belongs; compared with the whole value. */
const PLACEHOLDER_WORDS = new Set(
  'pass password passwd passphrase pwd secret user username token apikey changeme example test none null undefined true false redacted foo bar hunter2 guest root admin postgres mysql'.split(
    ' ',
  ),
);

/** Values that a template fills in later, or that nobody could take for a credential. */
export function isPlaceholder(value: string): boolean {
  const bare = value.toLowerCase().replace(/[^a-z0-9]/g, '');
  return (
    PLACEHOLDER_WORDS.has(bare) ||
    /^(.)\1*$/.test(value) ||
    /^[<{$%]|\$\{|\{\{|^process\.env|^os\.environ|^env\(/i.test(value) ||
    /^(?:xxx|\*\*\*|\.\.\.)/i.test(value) ||
    // A telling word, and then nothing that a generator would have made.
    /^(?:your|my|change|replace|insert|enter|put|todo|dummy|fake|sample|example)(?:[-_ .]|me\d{0,4}$|[a-z]*$)/i.test(
      value,
    )
  );
}

/** Shannon entropy in bits per character. */
export function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const char of text) counts.set(char, (counts.get(char) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values())
    bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}

/** Looks like machine-made: digits and letters mixed, hardly any repetition. */
export function looksRandom(value: string, bits: number): boolean {
  return /\d/.test(value) && /[A-Za-z]/.test(value) && entropy(value) >= bits;
}

const LOCAL_HOST =
  /^(?:localhost|127\.|0\.0\.0\.0|\[?::1|host$|example\.|[^:/]*\.example(?:\.|:|\/|$))/i;
const rule = (
  id: string,
  what: string,
  pattern: RegExp,
  accept?: SecretRule['accept'],
): SecretRule => (accept ? { id, what, pattern, accept } : { id, what, pattern });

export const SECRET_RULES: readonly SecretRule[] = [
  rule('anthropic-token', 'an Anthropic token', /sk-ant-[a-z]{3,5}\d{2}-[\w-]{20,}/g),
  rule('openai-key', 'an OpenAI key', /sk-(?:proj|svcacct|admin|None)-[\w-]{20,}/g),
  rule('openai-key', 'an OpenAI key', /sk-[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20}/g),
  rule('openrouter-key', 'an OpenRouter key', /sk-or-v1-[0-9a-f]{40,}/g),
  rule('google-api-key', 'a Google API key', /AIza[\w-]{35}/g),
  rule('google-oauth', 'a Google OAuth secret', /GOCSPX-[\w-]{24,}/g),
  rule('google-oauth', 'a Google OAuth token', /ya29\.[\w-]{24,}/g),
  // The payload of a JWT is a JSON object, so it begins with {" in base64. Starting at the dot
  // before it keeps the pattern linear where a header of any length would not be.
  rule('jwt', 'a signed JSON web token', /\.eyJ[\w-]{8,}\.([\w-]{16,})/g),
  rule('stripe-key', 'a Stripe key', /[sr]k_(?:live|test|prod)_[A-Za-z0-9]{16,}/g),
  rule('webhook-secret', 'a webhook signing secret', /whsec_[A-Za-z0-9+/]{24,}/g),
  rule(
    'twilio-key',
    'a Twilio key or account id',
    /(?<![A-Za-z0-9])(?:SK|AC)[0-9a-f]{32}(?![A-Za-z0-9])/g,
  ),
  rule('github-token', 'a GitHub token', /gh[pousr]_[A-Za-z0-9]{36,}/g),
  // App installation tokens may also be longer, with a signed body.
  rule('github-token', 'a GitHub app token', /ghs_[\w.-]{60,}/g),
  rule('github-token', 'a GitHub fine-grained token', /github_pat_\w{60,}/g),
  rule(
    'gitlab-token',
    'a GitLab token',
    /gl(?:pat|dt|rt|cbt|ptt|ft|imt|agent|soat|ffct|oas)-[\w-]{20,}/g,
  ),
  rule('slack-token', 'a Slack token', /xox[abceoprs](?:\.xox[a-z])?-[\w-]{16,}/g),
  rule('slack-token', 'a Slack app token', /xapp-\d-[A-Za-z0-9]{6,}-\d{6,}-[A-Za-z0-9]{20,}/g),
  rule(
    'slack-webhook',
    'a Slack webhook',
    /hooks\.slack\.com\/(?:services|workflows|triggers)\/[\w/]{24,}/g,
  ),
  rule(
    'aws-key-id',
    'an AWS access key id',
    /(?<![A-Z0-9])(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Z0-9])/g,
  ),
  rule(
    'aws-secret-key',
    'an AWS secret access key',
    /aws[\w.-]{0,24}?(?:secret|key|sk)[\w.-]{0,24}["'\]]{0,2}[ \t]{0,8}(?:=>|:=|[:=,])[ \t]{0,8}["']?([A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])/gi,
    (secret) => looksRandom(secret, 3.5),
  ),
  rule('aws-bedrock-key', 'an AWS Bedrock key', /ABSK[A-Za-z0-9+/]{100,}/g),
  rule(
    'private-key',
    'a private key',
    /-{4,5} ?BEGIN (?:[A-Z0-9]{2,12} ){0,4}PRIVATE KEY(?: BLOCK)? ?-{4,5}(?:[^-]{0,80}?|[\s\S]{0,200}?DEK-Info[^\n\\]{0,100}[\s\\rn]{1,12})([A-Za-z0-9+/]{32,})/g,
  ),
  rule(
    'private-key',
    'a PuTTY private key',
    /PuTTY-User-Key-File-\d: [\s\S]{0,4000}?Private-Lines: \d+\s{1,4}([A-Za-z0-9+/]{32,})/g,
  ),
  rule('age-key', 'an age identity', /AGE-SECRET-KEY-(?:PQ-)?1[0-9A-Z]{50,}/gi),
  rule('npm-token', 'an npm token', /npm_[A-Za-z0-9]{36,}/g),
  rule(
    'npm-auth',
    'registry credentials',
    /:_(?:authToken|auth|password)[ \t]{0,8}=[ \t]{0,8}["']?([^\s"']{8,500})/g,
    (secret) => !isPlaceholder(secret),
  ),
  rule('pypi-token', 'a PyPI token', /pypi-Ag[\w-]{50,}/g),
  rule('rubygems-token', 'a RubyGems token', /rubygems_[0-9a-f]{48}/g),
  rule(
    'crates-token',
    'a crates.io token',
    /(?<![A-Za-z0-9])cio[A-Za-z0-9]{32}(?![A-Za-z0-9])/g,
    (secret) => looksRandom(secret, 3.5),
  ),
  rule('docker-token', 'a Docker Hub token', /dckr_(?:pat|oat)_[\w-]{24,}/g),
  rule('huggingface-token', 'a Hugging Face token', /(?<![A-Za-z0-9_])hf_[A-Za-z0-9]{30,}/g),
  rule('sendgrid-key', 'a SendGrid key', /SG\.[\w-]{20,24}\.[\w-]{39,50}/g),
  rule('mailgun-key', 'a Mailgun key', /(?<![A-Za-z0-9-])key-[0-9a-f]{32}(?![0-9a-f])/g),
  rule(
    'mailchimp-key',
    'a Mailchimp key',
    /-us\d{1,2}(?![0-9A-Za-z])(?<=(?<![0-9a-f])([0-9a-f]{32})-us\d{1,2})/g,
  ),
  rule('telegram-token', 'a Telegram bot token', /(?<!\d)\d{8,10}:AA[\w-]{33}(?![\w-])/g),
  rule(
    'discord-token',
    'a Discord bot token',
    /(?<![\w-])[MNO][\w-]{23,27}\.[\w-]{6}\.[\w-]{27,40}(?![\w-])/g,
    (secret) => /^\d{15,22}/.test(Buffer.from(secret.slice(0, 28), 'base64').toString('latin1')),
  ),
  rule(
    'discord-webhook',
    'a Discord webhook',
    /discord(?:app)?\.com\/api\/webhooks\/\d{15,22}\/[\w-]{50,}/g,
  ),
  rule('digitalocean-token', 'a DigitalOcean token', /do[opr]_v1_[0-9a-f]{64}/g),
  rule('heroku-key', 'a Heroku key', /HRKU-[\w-]{36,}/g),
  rule('shopify-token', 'a Shopify token', /shp(?:at|ca|pa|ss|tka)_[0-9a-fA-F]{32}/g),
  rule('square-token', 'a Square token', /sq0(?:atp|csp)-[\w-]{22,}/g),
  rule('linear-key', 'a Linear key', /lin_(?:api|oauth)_[A-Za-z0-9]{32,}/g),
  rule('vault-token', 'a Vault token', /(?<![A-Za-z0-9])hv[sbr]\.[\w-]{24,}/g),
  rule(
    'terraform-token',
    'a Terraform Cloud token',
    /\.atlasv1\.(?<=[A-Za-z0-9]{14}\.atlasv1\.)[\w-]{50,}/g,
  ),
  rule('databricks-token', 'a Databricks token', /(?<![A-Za-z0-9])dapi[0-9a-f]{32}/g),
  rule(
    'grafana-token',
    'a Grafana token',
    /glsa_[A-Za-z0-9]{32}_[0-9a-fA-F]{8}|glc_[A-Za-z0-9+/]{32,}/g,
  ),
  rule('newrelic-key', 'a New Relic key', /NRAK-[A-Z0-9]{27}/g),
  rule('sentry-token', 'a Sentry token', /sntry[su]_(?:eyJ[\w+/=-]{20,}|[0-9a-f]{64})/g),
  rule('planetscale-token', 'a PlanetScale token', /pscale_(?:tkn|pw|oauth)_[\w.-]{32,}/g),
  rule('supabase-key', 'a Supabase key', /sbp_[0-9a-f]{40}|sb_secret_[\w-]{20,}/g),
  rule('netlify-token', 'a Netlify token', /nfp_[A-Za-z0-9]{36}/g),
  rule(
    'fly-token',
    'a Fly.io token',
    /(?<![A-Za-z0-9])fm[12][ar]?_[A-Za-z0-9+/]{60,}|(?<![A-Za-z0-9])fo1_[\w-]{43}/g,
  ),
  rule('azure-storage-key', 'an Azure storage key', /AccountKey=[A-Za-z0-9+/]{86}==/g),
  rule(
    'azure-client-secret',
    'an Azure client secret',
    /(?<![\w~.-])[\w~.-]{3}\dQ~[\w~.-]{31,34}(?![\w~.-])/g,
  ),
  rule('tailscale-key', 'a Tailscale key', /tskey-[a-z]{3,8}-[A-Za-z0-9]{8,}-?[A-Za-z0-9]{16,}/g),
  rule('onepassword-token', 'a 1Password token', /(?<![A-Za-z0-9])ops_eyJ[A-Za-z0-9+/=]{100,}/g),
  rule('postman-key', 'a Postman key', /PMAK-[0-9a-f]{24}-[0-9a-f]{34}/g),
  rule('groq-key', 'a Groq key', /gsk_[A-Za-z0-9]{48,}/g),
  rule('xai-key', 'an xAI key', /xai-[A-Za-z0-9]{64,}/g),
  rule(
    'replicate-token',
    'a Replicate token',
    /(?<![A-Za-z0-9])r8_[A-Za-z0-9]{37}(?![A-Za-z0-9])/g,
  ),
  rule('perplexity-key', 'a Perplexity key', /pplx-[A-Za-z0-9]{40,}/g),
  rule(
    'ntfy-token',
    'an ntfy token',
    /(?<![A-Za-z0-9_])tk_[a-z0-9]{29}(?![A-Za-z0-9_])/g,
    (secret) => looksRandom(secret, 3.2),
  ),
  rule('notion-token', 'a Notion token', /ntn_[0-9]{11}[A-Za-z0-9]{35}/g),
  rule('atlassian-token', 'an Atlassian token', /AT[AC]TT3[\w=-]{60,}/g),
  rule('airtable-token', 'an Airtable token', /pat[A-Za-z0-9]{14}\.[0-9a-f]{64}/g),
  rule('figma-token', 'a Figma token', /fig[dou]r?_[\w-]{40,}/g),
  rule(
    'doppler-token',
    'a Doppler token',
    /(?<![A-Za-z0-9])dp\.(?:pt|st|ct|sa|scim|audit)\.[\w.-]{40,}/g,
  ),
  rule('pulumi-token', 'a Pulumi token', /(?<![A-Za-z0-9])pul-[0-9a-f]{40}/g),
  rule(
    'url-credentials',
    'a password inside a URL',
    /(?<![a-z])(?:https?|git\+https?|ftps?|sftp|ssh|rediss?|amqps?|mssql|sqlserver|smtps?|ldaps?|nats|mqtts?|clickhouse|mariadb|mysqlx?|postgres(?:ql)?|mongodb(?:\+srv)?|cockroachdb|couchdb|bolt|neo4j(?:\+s)?):\/\/[^\s:@/'"`<>]{0,100}:([^\s@/'"`<>]{4,200})@([\w.[\]:-]{2,120})/gi,
    (secret, match) =>
      !isPlaceholder(secret) && !/[{}$]/.test(match[0]) && !LOCAL_HOST.test(match[2] ?? ''),
  ),
  rule(
    'bearer-token',
    'a bearer token',
    /authorization["']?[ \t]{0,4}[:=,][ \t]{0,4}["'`]?bearer[ \t]{1,4}([\w.~+/-]{20,2000})/gi,
    (secret) => looksRandom(secret, 3.5),
  ),
  rule(
    'basic-credentials',
    'basic credentials',
    /authorization["']?[ \t]{0,4}[:=,][ \t]{0,4}["'`]?basic[ \t]{1,4}([A-Za-z0-9+/]{12,2000}={0,2})/gi,
    (secret) => {
      const [, password] = /^[\x20-\x7e]*?:([\x20-\x7e]{4,})$/.exec(
        Buffer.from(secret, 'base64').toString('latin1'),
      ) ?? [null, ''];
      return password !== undefined && password !== '' && !isPlaceholder(password);
    },
  ),
];
