// The cases that record-coder-samples.mjs records: what goes wrong at the provider's, or is asked oddly.

export const call = (name, input) => ({ calls: [{ name, input }] });

const status = (code, body, headers) => () => ({ kind: 'status', status: code, body, headers });
const stream =
  (...events) =>
  () => ({ kind: 'events', events });
const failed = (code, message) =>
  stream(
    { type: 'response.created', response: { id: 'r' } },
    { type: 'response.failed', response: { id: 'r', status: 'failed', error: { code, message } } },
  );
const incomplete = (reason) =>
  stream(
    { type: 'response.created', response: { id: 'r' } },
    {
      type: 'response.incomplete',
      response: { id: 'r', status: 'incomplete', incomplete_details: { reason } },
    },
  );
const answered = (candidate, usage) =>
  stream({
    ...candidate,
    usageMetadata: { promptTokenCount: 5, totalTokenCount: 5, ...usage },
    modelVersion: 'gemini-2.5-pro',
  });
const quota = (quotaId, retryDelay) => ({
  error: {
    code: 429,
    message: 'You exceeded your current quota, please check your plan and billing details.',
    status: 'RESOURCE_EXHAUSTED',
    details: [
      {
        '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
        violations: [
          {
            quotaMetric: 'generativelanguage.googleapis.com/generate_content_free_tier_requests',
            quotaId,
            quotaValue: '5',
          },
        ],
      },
      { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay },
    ],
  },
});
const onSecond = (fault) => (at) => (at.turn === 1 ? fault() : null);
const sleeping = [
  call('exec_command', { cmd: 'true' }),
  call('exec_command', { cmd: 'sleep 30' }),
  { text: 'x' },
];
const killed = (script, when) =>
  Object.fromEntries(
    ['SIGTERM', 'SIGINT', 'SIGKILL'].map((signal) => [
      `killed-${signal.toLowerCase()}`,
      { script, kill: { when, signal } },
    ]),
  );
const LIMIT = 1_795_370_400;
const MODEL = 'The model `gpt-5.5` does not exist';

/**
 * @param of.errorBody, of.googleError how the providers word an error, from the doubles
 * @param of.repo path of the tree, as the CLI sees it
 */
export function casesOf({ errorBody, googleError, repo }) {
  const shell = (command) => call('run_shell_command', { command, dir_path: repo });
  return {
    codex: {
      success: {},
      'success-default-model': {
        model: 'gpt-6.1-sol',
        script: [
          call(
            'exec',
            'await tools.apply_patch("*** Begin Patch\\n*** Add File: made.txt\\n+made\\n*** End Patch\\n"); text("ok")',
          ),
          { text: 'Made it.' },
        ],
      },
      'no-change': { script: [{ text: 'Nothing to do.' }] },
      'command-failed': {
        script: [call('exec_command', { cmd: 'exit 3' }), { text: 'It failed.' }],
      },
      'api-401': { key: 'dummy-wrong-key' },
      'no-key': { key: null },
      'api-402': { fault: status(402, errorBody('Payment required', 'billing', 'x')) },
      'api-403-region': {
        fault: status(
          403,
          errorBody(
            'Country not supported',
            'request_forbidden',
            'unsupported_country_region_territory',
          ),
        ),
      },
      'api-403-model': {
        fault: status(
          403,
          errorBody(
            'Project does not have access to model `gpt-5.5`',
            'invalid_request_error',
            'model_not_found',
          ),
        ),
      },
      'api-404-model': {
        fault: status(404, errorBody(MODEL, 'invalid_request_error', 'model_not_found')),
      },
      'api-400': {
        fault: status(
          400,
          errorBody('Unsupported parameter', 'invalid_request_error', 'unsupported_parameter'),
        ),
      },
      'api-429-rate': {
        fault: status(429, errorBody('Rate limit reached', 'tokens', 'rate_limit_exceeded'), {
          'retry-after': '1',
        }),
      },
      'api-429-quota': {
        fault: status(
          429,
          errorBody('You exceeded your current quota', 'insufficient_quota', 'insufficient_quota'),
        ),
      },
      'api-429-limit': {
        fault: status(
          429,
          {
            error: {
              ...errorBody('The usage limit has been reached', 'usage_limit_reached', null).error,
              resets_at: LIMIT,
            },
          },
          {
            'x-codex-primary-used-percent': '100',
            'x-codex-primary-window-minutes': '300',
            'x-codex-primary-reset-at': String(LIMIT),
          },
        ),
      },
      'api-500': { fault: status(500, errorBody('The server had an error', 'server_error', null)) },
      'api-503-overloaded': {
        fault: status(503, errorBody('overloaded', 'server_error', 'server_is_overloaded')),
      },
      'api-503': { fault: status(503, errorBody('unavailable', 'server_error', null)) },
      'api-401-mid-run': { fault: onSecond(status(401, errorBody('expired', 'x', 'y'))) },
      'stream-cut': { fault: () => ({ kind: 'cut' }) },
      'connection-reset': { fault: () => ({ kind: 'reset' }) },
      'context-too-long': {
        fault: failed('context_length_exceeded', 'Your input exceeds the context window'),
      },
      'stream-rate-limit': { fault: failed('rate_limit_exceeded', 'Please try again in 0.1s') },
      refusal: { fault: failed('invalid_prompt', 'flagged') },
      'max-output-tokens': { fault: incomplete('max_output_tokens') },
      'content-filter': { fault: incomplete('content_filter') },
      ...killed(sleeping, 'sleep 30'),
      'empty-prompt': { stdin: '' },
      'invalid-flag': { argv: ['--nope'] },
      'unknown-feature': { argv: ['--disable', 'nope'] },
      'connection-refused': { nobody: true },
    },
    gemini: {
      success: {},
      'no-change': { script: [{ text: 'Nothing to do.' }] },
      'command-failed': { script: [shell('exit 3'), { text: 'It failed.' }] },
      'denied-tool': { script: [call('google_web_search', { query: 'x' }), { text: 'Done.' }] },
      'api-400-key': { key: 'dummy-wrong-key' },
      'no-key': { key: null },
      'api-400': { fault: status(400, googleError(400, 'INVALID_ARGUMENT', 'Unsupported value')) },
      'api-401': {
        fault: status(
          401,
          googleError(401, 'UNAUTHENTICATED', 'Request had invalid authentication credentials.'),
        ),
      },
      'api-402': {
        fault: status(402, googleError(402, 'FAILED_PRECONDITION', 'Payment required')),
      },
      'api-403': {
        fault: status(
          403,
          googleError(403, 'PERMISSION_DENIED', 'Your project has been denied access.'),
        ),
      },
      'api-404-model': {
        fault: status(
          404,
          googleError(
            404,
            'NOT_FOUND',
            'models/gemini-2.5-pro is not found for API version v1beta',
          ),
        ),
      },
      'api-429': {
        fault: status(429, googleError(429, 'RESOURCE_EXHAUSTED', 'Resource has been exhausted')),
      },
      'api-429-minute': {
        fault: status(429, quota('GenerateRequestsPerMinutePerProjectPerModel-FreeTier', '1s')),
      },
      'api-429-day': {
        fault: status(429, quota('GenerateRequestsPerDayPerProjectPerModel-FreeTier', '3600s')),
      },
      'api-500': {
        fault: status(500, googleError(500, 'INTERNAL', 'An internal error has occurred.')),
      },
      'api-503': {
        fault: status(503, googleError(503, 'UNAVAILABLE', 'The model is overloaded.')),
      },
      'api-401-mid-run': {
        fault: onSecond(status(401, googleError(401, 'UNAUTHENTICATED', 'expired'))),
      },
      'stream-cut': { fault: () => ({ kind: 'cut' }) },
      'connection-reset': { fault: () => ({ kind: 'reset' }) },
      safety: { fault: answered({ candidates: [{ index: 0, finishReason: 'SAFETY' }] }, {}) },
      'prompt-blocked': { fault: answered({ promptFeedback: { blockReason: 'SAFETY' } }, {}) },
      'max-output-tokens': {
        fault: answered(
          {
            candidates: [
              {
                index: 0,
                content: { role: 'model', parts: [{ text: 'half' }] },
                finishReason: 'MAX_TOKENS',
              },
            ],
          },
          { candidatesTokenCount: 2, totalTokenCount: 7 },
        ),
      },
      'max-turns': { script: [1, 2, 3, 4, 5].map((turn) => shell(`echo ${turn}`)), maxTurns: 2 },
      ...killed([shell('sleep 30'), { text: 'x' }], 'tool_use'),
      'empty-prompt': { stdin: '' },
      'invalid-flag': { argv: ['--nope'] },
      'connection-refused': { nobody: true },
    },
  };
}
