/**
 * The `codex` CLI as a judge, on the operator's ChatGPT login. Seen with 0.169.0: with the catalogue
 * and the settings below it offers the model no tool, sends the instructions as they are and the
 * evidence as it came, and nothing else.
 */
import { join } from 'node:path';
import { CODEX_FEATURES_OFF, CODEX_QUIET } from '../../lib/codex-features.ts';
import { ANSWER_JSON_SCHEMA } from './answer.ts';
import {
  type CliEnd,
  type CliFamily,
  type CliSaid,
  count,
  error,
  type Fields,
  object,
  odd,
} from './cli.ts';
import { INSTRUCTIONS } from './prompt.ts';

/** Each brings tools, words or connections of its own. Names of 0.169.0, which refuses unknown ones. */
const FEATURES_OFF = [
  ...CODEX_FEATURES_OFF,
  'shell_tool',
  'unified_exec',
  'view_image',
  'code_mode_host',
  'tool_suggest',
  'skill_search',
  'guardian_approval',
  'workspace_dependencies',
  'remote_plugin',
];

const PROVIDER = 'model_providers.aedev';
const SETTINGS = [
  'model_provider="aedev"',
  `${PROVIDER}.name="aedev"`,
  // The login's own address follows from this; the built-in provider begins with a WebSocket.
  `${PROVIDER}.requires_openai_auth=true`,
  `${PROVIDER}.wire_api="responses"`,
  `${PROVIDER}.supports_websockets=false`,
  `${PROVIDER}.request_max_retries=1`,
  `${PROVIDER}.stream_max_retries=0`,
  'cli_auth_credentials_store="file"',
  'tools.experimental_request_user_input.enabled=false',
  'include_permissions_instructions=false',
  'include_environment_context=false',
  'include_apps_instructions=false',
  ...CODEX_QUIET,
];

/** The model as the CLI is to know it: what a model may do stands in its entry of the catalogue. */
const catalogue = (model: string): string =>
  JSON.stringify({
    models: [
      {
        slug: model,
        display_name: model,
        description: null,
        default_reasoning_level: null,
        supported_reasoning_levels: [],
        shell_type: 'disabled',
        visibility: 'list',
        supported_in_api: true,
        priority: 1,
        base_instructions: INSTRUCTIONS,
        supports_reasoning_summaries: false,
        default_reasoning_summary: 'none',
        support_verbosity: false,
        default_verbosity: null,
        apply_patch_tool_type: null,
        truncation_policy: { mode: 'tokens', limit: 10_000 },
        supports_parallel_tool_calls: false,
        experimental_supported_tools: [],
        input_modalities: ['text'],
        context_window: 272_000,
        availability_nux: null,
        upgrade: null,
        supports_search_tool: false,
      },
    ],
  });

export const codexCli: CliFamily = {
  program: 'codex',
  version: '0.169.0',
  package: '@openai/codex',
  loginRemedy:
    'Run `codex login` with a ChatGPT account; the login must be in a file, so set `cli_auth_credentials_store = "file"` in its config.toml if there is none.',

  loginProblem(content) {
    let login: Fields | null = null;
    try {
      login = object(JSON.parse(content));
    } catch {
      // Said below.
    }
    if (login === null) return 'the login of its CLI cannot be read';
    // Such a login is billed by the API, which is what the protocol `openai` is for.
    if (login['OPENAI_API_KEY'] != null)
      return 'its CLI is logged in by an API key, not by a subscription';
    const refresh = object(login['tokens'])?.['refresh_token'];
    return typeof refresh === 'string' && refresh !== ''
      ? null
      : 'nobody is logged in with its CLI';
  },

  command({ program, folder, model, login }) {
    const home = join(folder, 'codex');
    const argv: [string, ...string[]] = [program, 'exec', '--json', '--strict-config'];
    argv.push('--color', 'never', '--ignore-user-config', '--ignore-rules');
    argv.push('--skip-git-repo-check', '--sandbox', 'read-only');
    for (const feature of FEATURES_OFF) argv.push('--disable', feature);
    const paths = [`model_catalog_json=${JSON.stringify(join(folder, 'catalogue.json'))}`];
    for (const setting of [...SETTINGS, ...paths]) argv.push('-c', setting);
    argv.push('--model', model, '--output-schema', join(folder, 'schema.json'), '-');
    return {
      argv,
      env: { CODEX_HOME: home },
      cwd: 'cwd',
      dirs: ['codex', 'cwd'],
      files: [
        { path: 'catalogue.json', content: catalogue(model) },
        { path: 'schema.json', content: JSON.stringify(ANSWER_JSON_SCHEMA) },
      ],
      // A link: a refreshed login must reach the operator's own file, for the old one is then void.
      links: [{ path: 'codex/auth.json', target: login.path }],
      records: 'codex/sessions',
    };
  },

  read(end, events) {
    const usage = object(events.findLast((event) => event['type'] === 'turn.completed')?.['usage']);
    return {
      said: saidOf(end, events),
      inputTokens: count(usage?.['input_tokens']),
      outputTokens: count(usage?.['output_tokens']),
    };
  },
};

function saidOf(end: CliEnd, events: readonly Fields[]): CliSaid {
  const last = events.at(-1);
  if (last?.['type'] === 'turn.failed')
    return failed(end.records, object(last['error'])?.['message']);
  const items = events.filter((event) => String(event['type']).startsWith('item.'));
  const kinds = items.map((event) => object(event['item'])?.['type']);
  if (kinds.some((kind) => kind !== 'agent_message' && kind !== 'reasoning'))
    return odd('tool-call');
  // A call of a tool that it was not given is answered with an error, and shows in the record only.
  if (calledIn(end.records)) return odd('tool-call');
  const known = ['thread.started', 'turn.started', 'turn.completed'];
  const others = events.filter(
    (event) => !items.includes(event) && !known.includes(String(event['type'])),
  );
  if (end.code !== 0 || last?.['type'] !== 'turn.completed') return odd('unexpected-finish');
  if (others.length > 0) return odd('unexpected-finish');
  const said = items.flatMap((event) => {
    const item = object(event['item']);
    const whole = event['type'] === 'item.completed' && item?.['type'] === 'agent_message';
    return whole ? [String(item?.['text'] ?? '')] : [];
  });
  const [text] = said;
  return said.length > 1 ? odd('malformed') : { kind: 'answer', text: text ?? '' };
}

const CONNECTIONS = [
  'http_connection_failed',
  'response_stream_connection_failed',
  'response_stream_disconnected',
  'response_too_many_failed_attempts',
];

/** By the code in the session's record; a sentence counts only where the code is `other`. */
function failed(records: string, message: unknown): CliSaid {
  const { kind, status, resetsAt } = errorOf(records);
  if (kind === 'unauthorized' || status === 401 || status === 403)
    return error('auth', 'its login was refused; log in again with `codex login`');
  if (status === 402) return error('auth', 'its account has no credit left (status 402)');
  if (kind === 'model_not_found' || status === 404)
    return error('config', 'its login does not know the model; set another one');
  if (kind === 'usage_limit_exceeded' || kind === 'rate_limit_exceeded' || status === 429)
    return error('rate-limit', 'its subscription is at a limit', resetsAt);
  if (kind === 'context_window_exceeded') return odd('too-long');
  if (kind === 'invalid_prompt' || kind === 'cyber_policy') return odd('refusal');
  if (kind === 'internal_server_error' || kind === 'server_overloaded' || (status ?? 0) >= 500)
    return error('unavailable', 'its server is in trouble');
  if (CONNECTIONS.includes(kind) || status === 408)
    return error('unavailable', 'its server cannot be reached or broke off');
  const sentence = typeof message === 'string' ? message : '';
  if (sentence.endsWith('Incomplete response returned, reason: content_filter'))
    return odd('blocked');
  if (sentence === 'Incomplete response returned, reason: max_output_tokens') return odd('cut');
  if (/^(?:stream disconnected before completion: |Connection failed: )/.test(sentence))
    return error('unavailable', 'its server cannot be reached or broke off');
  return odd('unexpected-finish');
}

function* payloadsOf(records: string): Generator<{ type: unknown; payload: Fields }> {
  for (const line of records.split('\n')) {
    try {
      const event = object(JSON.parse(line));
      const payload = object(event?.['payload']);
      if (payload !== null) yield { type: event?.['type'], payload };
    } catch {
      // An empty or half-written line.
    }
  }
}

const calledIn = (records: string): boolean =>
  [...payloadsOf(records)].some(
    ({ type, payload }) =>
      type === 'response_item' && !['message', 'reasoning'].includes(String(payload['type'])),
  );

function errorOf(records: string): {
  kind: string;
  status: number | null;
  resetsAt: string | null;
} {
  const found = { kind: 'other', status: null as number | null, resetsAt: null as string | null };
  for (const { payload } of payloadsOf(records)) {
    if (payload['type'] === 'token_count') found.resetsAt = resetOf(object(payload['rate_limits']));
    if (payload['type'] !== 'task_complete') continue;
    const info = object(payload['error'])?.['codex_error_info'];
    const [name] = typeof info === 'string' ? [info] : Object.keys(object(info) ?? {});
    found.kind = name ?? 'other';
    found.status = count(object(object(info)?.[found.kind])?.['http_status_code']);
  }
  return found;
}

/** Of the window that is full; with several, the last to open. UTC ISO. */
function resetOf(limits: Fields | null): string | null {
  const times = ['primary', 'secondary'].flatMap((key) => {
    const window = object(limits?.[key]);
    const full = Number(window?.['used_percent'] ?? 0) >= 100;
    return full ? (count(window?.['resets_at']) ?? []) : [];
  });
  const at = new Date(Math.max(...times) * 1000);
  return times.length === 0 || Number.isNaN(at.getTime()) ? null : at.toISOString();
}
