/** The real codex and gemini CLIs as judges: a loopback server in place of their providers, a dummy login. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { cliHost } from '../../src/compose/judge-cli.ts';
import type { CliHost, CliRun } from '../../src/judgement/judges/cli.ts';
import { createJudge, type JudgeDeps } from '../../src/judgement/judges/create.ts';
import type { CliProtocol, JudgeConfig } from '../../src/judgement/judges/endpoint.ts';
import { findCli as find, type OtherCoder } from './coder-clis.ts';
import { MATERIAL } from './judges.ts';

export const CLI_PROTOCOLS: [CliProtocol, OtherCoder][] = [
  ['codex-cli', 'codex'],
  ['gemini-cli', 'gemini'],
];

export type CliReply =
  | { kind: 'text'; text: string; cut?: boolean }
  | { kind: 'tool' }
  | { kind: 'status'; status: number; body?: unknown }
  | { kind: 'hang' };

/** What the provider got of one question. */
export interface CliAsked {
  tools: unknown;
  system: string;
  /** Of the operator's messages the last: the question. */
  text: string;
  authorization: string;
}

const found = new Map<OtherCoder, string | null>();
/** Looked for once: it starts the program. */
export function findCli(coder: OtherCoder): string | null {
  if (!found.has(coder)) found.set(coder, find(coder));
  return found.get(coder) ?? null;
}

const b64 = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const inAnHour = () => Math.floor(Date.now() / 1000) + 3600;
/** A token of ChatGPT's shape, signed by nobody. */
export const dummyToken = (expires = inAnHour()) =>
  `${b64({ alg: 'none' })}.${b64({
    exp: expires,
    email: 'operator@example.invalid',
    'https://api.openai.com/auth': { chatgpt_account_id: 'dummy', chatgpt_plan_type: 'plus' },
  })}.c2ln`;

export function codexLogin(access = dummyToken()) {
  const tokens = { id_token: dummyToken(), access_token: access, refresh_token: 'dummy-refresh-1' };
  return {
    auth_mode: 'chatgpt',
    OPENAI_API_KEY: null,
    tokens: { ...tokens, account_id: 'dummy' },
    last_refresh: new Date().toISOString(),
  };
}
export const GEMINI_LOGIN = {
  access_token: 'dummy-google-access',
  refresh_token: 'dummy-google-refresh',
  token_type: 'Bearer',
  expiry_date: 4_000_000_000_000,
};

function openaiEvents(reply: Extract<CliReply, { kind: 'text' | 'tool' }>): object[] {
  const response = { id: 'resp_1', object: 'response', status: 'in_progress' };
  const item =
    reply.kind === 'tool'
      ? { type: 'function_call', id: 'f1', call_id: 'c1', name: 'exec_command', arguments: '{}' }
      : {
          type: 'message',
          id: 'm1',
          role: 'assistant',
          status: 'completed',
          content: [{ type: 'output_text', text: reply.text, annotations: [] }],
        };
  const usage = {
    input_tokens: 321,
    input_tokens_details: { cached_tokens: 3 },
    output_tokens: 12,
    output_tokens_details: { reasoning_tokens: 2 },
    total_tokens: 333,
  };
  const cut = reply.kind === 'text' && reply.cut === true;
  return [
    { type: 'response.created', response },
    { type: 'response.output_item.done', output_index: 0, item },
    cut
      ? {
          type: 'response.incomplete',
          response: { ...response, incomplete_details: { reason: 'max_output_tokens' } },
        }
      : {
          type: 'response.completed',
          response: { ...response, status: 'completed', output: [item], usage },
        },
  ];
}

function googleEvents(reply: Extract<CliReply, { kind: 'text' | 'tool' }>): object[] {
  const part =
    reply.kind === 'tool'
      ? { functionCall: { name: 'read_file', args: { file_path: '/etc/passwd' } } }
      : { text: reply.text };
  const cut = reply.kind === 'text' && reply.cut === true;
  return [
    {
      response: {
        candidates: [
          {
            index: 0,
            content: { role: 'model', parts: [part] },
            finishReason: cut ? 'MAX_TOKENS' : 'STOP',
          },
        ],
        usageMetadata: {
          promptTokenCount: 321,
          candidatesTokenCount: 10,
          thoughtsTokenCount: 2,
          totalTokenCount: 333,
        },
        modelVersion: 'gemini-2.5-pro',
      },
      traceId: 't',
    },
  ];
}

interface Wire {
  tools?: unknown;
  request?: Wire;
  systemInstruction?: { parts: { text: string }[] };
  contents?: { role: string; parts: { text?: string }[] }[];
  input?: { role?: string; content?: { text?: string }[] }[];
}

function askedOf(body: string, headers: IncomingHttpHeaders): CliAsked {
  const whole = JSON.parse(body) as Wire;
  const wire = whole.request ?? whole;
  const authorization = headers.authorization ?? '';
  if (wire.contents) {
    const parts = wire.contents.flatMap((content) => content.parts);
    return {
      tools: wire.tools,
      system: wire.systemInstruction?.parts.map((part) => part.text).join('') ?? '',
      text: parts.at(-1)?.text ?? '',
      authorization,
    };
  }
  const said = (role: string) =>
    (wire.input ?? []).filter((item) => item.role === role).map((item) => item.content?.[0]?.text);
  return {
    tools: wire.tools,
    system: said('developer').join('\n'),
    text: said('user').at(-1) ?? '',
    authorization,
  };
}

export interface CliBed {
  judge: ReturnType<typeof createJudge>;
  asked: CliAsked[];
  /** The operator's login file. */
  login: string;
  /** Runs as they were started. */
  runs: CliRun[];
  /** Working folders that are left. */
  scratch: string;
}

const beds: (() => Promise<void>)[] = [];
export async function closeBeds(): Promise<void> {
  for (const close of beds.splice(0)) await close();
}

export async function cliBed(
  protocol: CliProtocol,
  coder: OtherCoder,
  reply: (index: number) => CliReply,
  change: {
    config?: Partial<JudgeConfig>;
    login?: object | null;
    onRequest?: () => void;
    deps?: Partial<JudgeDeps>;
    path?: string;
    refreshed?: object;
  } = {},
): Promise<CliBed> {
  // Not below the temporary folder: codex warns of a home there.
  const home = mkdtempSync(join(homedir(), '.aedev-judge-'));
  const asked: CliAsked[] = [];
  const events = (response: ServerResponse, all: object[]) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end(all.map((event) => `data: ${JSON.stringify(event)}\n\n`).join(''));
  };
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => {
      body += chunk;
    });
    request.on('end', () => {
      const json = (value: unknown, status = 200) => {
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end(JSON.stringify(value));
      };
      const url = request.url ?? '';
      if (url === '/refresh')
        return change.refreshed ? json(change.refreshed) : json({ error: 'invalid_grant' }, 400);
      if (url.includes('loadCodeAssist'))
        return json({ currentTier: { id: 'free-tier', name: 'x' }, cloudaicompanionProject: 'p' });
      if (!url.includes('/responses') && !url.includes('streamGenerateContent')) return json({});
      change.onRequest?.();
      asked.push(askedOf(body, request.headers));
      const now = reply(asked.length - 1);
      if (now.kind === 'hang') return;
      if (now.kind === 'status') return json(now.body ?? { error: { message: 'no' } }, now.status);
      events(response, protocol === 'codex-cli' ? openaiEvents(now) : googleEvents(now));
    });
  });
  // Nothing leads to the real providers.
  server.on('connect', (_request, socket) => socket.end('HTTP/1.1 403 Forbidden\r\n\r\n'));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  beds.push(async () => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
    rmSync(home, { recursive: true, force: true });
  });
  const login = join(
    home,
    protocol === 'codex-cli' ? 'codex/auth.json' : '.gemini/oauth_creds.json',
  );
  mkdirSync(join(login, '..'), { recursive: true });
  const content = protocol === 'codex-cli' ? codexLogin() : GEMINI_LOGIN;
  if (change.login !== null) writeFileSync(login, JSON.stringify(change.login ?? content));
  const scratch = join(home, 'scratch');
  const real = cliHost({
    env: {
      PATH: change.path ?? process.env['PATH'],
      CODEX_HOME: join(home, 'codex'),
      GEMINI_CLI_HOME: home,
    },
    homedir: home,
    scratch,
    install: 'test-install',
    alone: false,
  });
  const runs: CliRun[] = [];
  /** Only the addresses of the providers are changed, and for Google the way to check a login. */
  const steered = (run: CliRun): CliRun => {
    if (run.argv.includes('--version')) return run;
    runs.push(run);
    const [program, ...rest] = run.argv;
    const address = ['-c', `model_providers.aedev.base_url="${url}/v1"`];
    return protocol === 'codex-cli'
      ? {
          ...run,
          argv: [program, ...rest.slice(0, -1), ...address, ...rest.slice(-1)],
          env: { ...run.env, CODEX_REFRESH_TOKEN_URL_OVERRIDE: `${url}/refresh` },
        }
      : {
          ...run,
          env: {
            ...run.env,
            CODE_ASSIST_ENDPOINT: url,
            GOOGLE_GENAI_USE_GCA: 'true',
            GOOGLE_CLOUD_ACCESS_TOKEN: GEMINI_LOGIN.access_token,
            HTTPS_PROXY: url,
            NO_PROXY: '127.0.0.1',
          },
        };
  };
  const cli: CliHost = {
    ...real,
    run: (make, signal) => real.run((at) => steered(make(at)), signal),
  };
  const judge = createJudge(
    {
      family: `family-${protocol}`,
      protocol,
      model: protocol === 'codex-cli' ? 'gpt-5.5' : 'gemini-2.5-pro',
      executable: findCli(coder) ?? coder,
      timeoutMs: 60_000,
      maxOutputTokens: 4000,
      ...change.config,
    },
    {
      env: () => undefined,
      material: () => ({ texts: [MATERIAL], truncated: false }),
      cli,
      ...change.deps,
    },
  );
  return { judge, asked, login, runs, scratch };
}

export const readJson = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));
