/**
 * secretlint's recommended rules, run without its core. The core would let the scanned file switch
 * rules off (`secretlint-disable`), and its profiler keeps every mark it ever made, which a daemon
 * cannot afford. Here the comment filter is not among the rules, and a rule that asks to ignore a
 * range is not heard.
 */
import { createRequire } from 'node:module';
import { rules } from '@secretlint/secretlint-rule-preset-recommend';
import type {
  SecretLintRuleContext,
  SecretLintRuleReportHandler,
  SecretLintSourceCode,
} from '@secretlint/types';

const FILTER_COMMENTS = '@secretlint/secretlint-rule-filter-comments';
const AWS = '@secretlint/secretlint-rule-aws';
/** Names an account, opens nothing; infrastructure code is full of them. */
const NOT_SECRET = new Set(['AWSAccountID']);

export interface LintHit {
  rule: string;
  at: number;
  end: number;
}

const packageJson = createRequire(import.meta.url)(
  '@secretlint/secretlint-rule-preset-recommend/package.json',
) as { version: string };
export const SECRETLINT_VERSION: string = packageJson.version;

let sink: LintHit[] = [];

const handlers: SecretLintRuleReportHandler[] = rules
  .filter((rule) => rule.meta.id !== FILTER_COMMENTS)
  .map((rule) => {
    const name = rule.meta.id.replace('@secretlint/secretlint-rule-', 'secretlint/');
    const context: SecretLintRuleContext = {
      sharedOptions: {},
      // Messages carry the secret itself; only their id is wanted.
      createTranslator: () => (messageId) => ({
        message: '',
        messageId: String(messageId),
        data: {},
      }),
      report: ({ message, range }) => {
        if (!NOT_SECRET.has(message.messageId)) {
          sink.push({ rule: name, at: range[0], end: range[1] });
        }
      },
      ignore: () => {},
    };
    return rule.create(context, rule.meta.id === AWS ? { enableIDScanRule: true } : {});
  });

/** The rules in use, by id. */
export const SECRETLINT_RULES: readonly string[] = rules
  .map((rule) => rule.meta.id)
  .filter((id) => id !== FILTER_COMMENTS);

function unsupported(): never {
  throw new Error('positions are not available to rules');
}

/** Every hit in `text`, in rule order. Positions are offsets into `text`. */
export function lint(text: string): LintHit[] {
  const source: SecretLintSourceCode = {
    hasBOM: false,
    content: text,
    // No name and no extension: one rule would open the named file on the host's disk.
    filePath: undefined,
    physicalFilePath: undefined,
    contentType: 'text',
    ext: '',
    getFilePath: () => undefined,
    getPhysicalFilePath: () => undefined,
    locationToRange: unsupported,
    rangeToLocation: unsupported,
    positionToIndex: unsupported,
    indexToPosition: unsupported,
  };
  sink = [];
  for (const handler of handlers) {
    // An asynchronous rule would report after we have looked; fail closed rather than miss it.
    if (handler.file?.(source) instanceof Promise) {
      throw new Error('a secretlint rule became asynchronous; the scan cannot wait for it');
    }
  }
  return sink;
}
