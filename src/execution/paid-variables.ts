/**
 * The one list of environment variables that make a coder, or a tool that it starts, use a paid API
 * or another login than aedev's. None of the host's ever reaches a run: the environment of a run is an
 * allow-list, what a coder is shown of the host's is without these, and before every start it is
 * looked at once more.
 */

const NAMES: ReadonlySet<string> = new Set([
  'CLAUDE_CODE_USE_BEDROCK',
  'CLAUDE_CODE_USE_VERTEX',
  'CLAUDE_CODE_USE_FOUNDRY',
  'CLAUDE_CODE_USE_MANTLE',
  'CLAUDE_CODE_API_KEY_HELPER_TTL_MS',
  'CLAUDE_CODE_API_BASE_URL',
  'CLAUDE_CODE_OAUTH_TOKEN_FILE_DESCRIPTOR',
  'CLAUDE_CODE_API_KEY_FILE_DESCRIPTOR',
  'CODEX_API_KEY',
  'CODEX_ACCESS_TOKEN',
  'GOOGLE_API_KEY',
  'GOOGLE_APPLICATION_CREDENTIALS',
  'HF_TOKEN',
  'HUGGING_FACE_HUB_TOKEN',
  'REPLICATE_API_TOKEN',
]);

/** Families of names: the provider's keys, its addresses, its headers, its projects. */
const PREFIXES = [
  'ANTHROPIC_',
  'AWS_',
  'VERTEX_',
  'CLOUD_ML_',
  'GOOGLE_CLOUD_',
  'GOOGLE_GENAI_',
  'GOOGLE_GEMINI_',
  'GEMINI_API_',
  'GEMINI_CLI_USE_',
  'OPENAI_',
  'AZURE_',
  'OPENROUTER_',
  'MISTRAL_',
  'DEEPSEEK_',
  'GROQ_',
  'XAI_',
  'COHERE_',
  'TOGETHER_',
  'FIREWORKS_',
  'PERPLEXITY_',
  'DASHSCOPE_',
  'MOONSHOT_',
  'ZHIPU',
  'LITELLM_',
] as const;

export const isPaidVariable = (name: string): boolean => {
  // Windows does not tell names apart by case, and a tool may read either.
  const upper = name.toUpperCase();
  return NAMES.has(upper) || PREFIXES.some((prefix) => upper.startsWith(prefix));
};

type Env = Readonly<Record<string, string | undefined>>;

/** The host's environment as a coder may see it. */
export const withoutPaid = (env: Env): Record<string, string | undefined> =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !isPaidVariable(name)));

/**
 * Names in the environment of a run that must not be there.
 * @param lent names that the coder sets on purpose: its own proxied address, or the credential of the
 * lane that was wanted
 */
export const paidVariablesIn = (env: Env, lent: readonly string[]): string[] =>
  Object.keys(env).filter((name) => isPaidVariable(name) && !lent.includes(name));
