import { createHash } from 'node:crypto';
import type { StoredEvent, SurfaceCommand } from '../../../src/control/contract.ts';
import { type Policy, policiesFile } from '../../../src/control/policy.ts';
import { repoEntry } from '../../../src/control/policy-repo.ts';
import { createDispatcher } from '../../../src/engine/dispatch.ts';
import { prove } from '../../../src/lib/identity.ts';
import { StoreError } from '../../../src/store/event-store.ts';
import { type Api, createApi } from '../../../src/surfaces/api/app.ts';
import type { ApiDeps } from '../../../src/surfaces/api/deps.ts';
import { MemoryEventStore } from '../../support/memory-store.ts';

export const OPERATOR = 'aedev_op_for-tests-only';
export const AGENT = 'aedev_ag_for-tests-only';
export const PORT = 7247;
export const KEY = Buffer.alloc(32, 7);
export const BOOT = 'b-test';
export const BUNDLE = new TextEncoder().encode('{"sealed":"\u202e<script>"}\u0000');
export const BUNDLE_DIGEST = createHash('sha256').update(BUNDLE).digest('hex');

export interface World {
  store: MemoryEventStore;
  api: Api;
  calls: { stops: string[]; refreshes: number; logged: unknown[]; tokensSeen: string[] };
  dispatch: ReturnType<typeof createDispatcher>['dispatch'];
  /** In process, as the operator unless said otherwise. */
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
  command(command: unknown, options?: CallOptions & { id?: string }): Promise<Answer>;
  /** A submitted mission, brought to where it waits for approval; returns the digest to approve. */
  awaiting(mission: string): Promise<string>;
  events(): Promise<StoredEvent[]>;
}

export interface CallOptions {
  token?: string | null;
  host?: string | null;
  origin?: string;
  type?: string | null;
  body?: string | Uint8Array | ReadableStream<Uint8Array>;
  headers?: Record<string, string>;
  port?: number;
}

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look at all kinds of documents
  json: any;
}

/** The real control plane, dispatcher and documents over the memory store. */
export function world(over: Partial<ApiDeps> = {}, port: () => number = () => PORT): World {
  const store = new MemoryEventStore();
  const policy: Policy = {
    hash: 'f'.repeat(64),
    policies: policiesFile.parse({}),
    repos: { app: repoEntry.parse({ id: 'app', source: 'https://example.invalid/app.git' }) },
  };
  let ids = 0;
  let now = Date.UTC(2026, 0, 1);
  const { dispatch } = createDispatcher({
    store,
    now: () => (now += 1000),
    newId: (prefix) => `${prefix}-${String(++ids).padStart(8, '0')}`,
    sha256: (text) => createHash('sha256').update(text).digest('hex'),
    policy: () => policy,
  });
  const calls: World['calls'] = { stops: [], refreshes: 0, logged: [], tokensSeen: [] };
  const api = createApi({
    dispatch,
    reader: store,
    events: store,
    checkEvidence: async () => true,
    async readEvidence(digest) {
      if (digest === BUNDLE_DIGEST) return BUNDLE;
      throw new StoreError('not-found', 'not here');
    },
    actorOf(token) {
      calls.tokensSeen.push(token);
      return token === OPERATOR ? 'operator:owner' : token === AGENT ? 'agent:mcp' : null;
    },
    halted: () => false,
    policyProblems: () => [],
    async refresh() {
      calls.refreshes += 1;
      return [];
    },
    identity: {
      boot: BOOT,
      version: '0.0.0-test',
      pid: process.pid,
      prove: (nonce) => prove(KEY, nonce, BOOT, port()),
    },
    prune: async () => ({ removed: [], left: [], bytes: 0, more: false }),
    stop: (reason) => calls.stops.push(reason),
    logs: async (run, which) =>
      run === 'r-00000001' ? { text: `\u001b[31m${which}`, truncated: true } : null,
    log: (_level, message, data) => calls.logged.push({ message, data }),
    ...over,
  });
  const call: World['call'] = async (method, path, options = {}) => {
    const { token = OPERATOR, host = `127.0.0.1:${PORT}`, type = 'application/json' } = options;
    const headers = new Headers(options.headers);
    if (host !== null) headers.set('host', host);
    if (token !== null) headers.set('authorization', `Bearer ${token}`);
    if (options.origin !== undefined) headers.set('origin', options.origin);
    if (type !== null && method === 'POST') headers.set('content-type', type);
    const request = new Request(`http://127.0.0.1:${PORT}${path}`, {
      method,
      headers,
      ...(options.body === undefined ? {} : { body: options.body, duplex: 'half' }),
    } as RequestInit);
    if (type === null) request.headers.delete('content-type');
    const response = await api.fetch(request, { port: options.port ?? PORT });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.startsWith('application/json');
    return {
      status: response.status,
      headers: response.headers,
      text,
      json: isJson && text !== '' ? JSON.parse(text) : null,
    };
  };
  const command: World['command'] = (body, { id = `test-${++ids}-command`, ...options } = {}) =>
    call('POST', '/v1/commands', { ...options, body: JSON.stringify({ id, command: body }) });
  const settle = async (mission: string, kind: string, result: unknown) => {
    const move = (await store.openMoves()).find(
      (one) => one.stream === `mission/${mission}` && one.kind === kind,
    );
    if (!move) throw new Error(`no open ${kind} of ${mission}`);
    await dispatch({
      id: `settle:${move.key}`,
      actor: 'system:runner',
      command: {
        type: 'mission.settle',
        mission,
        key: move.key,
        kind,
        outcome: { ok: true, result },
      },
    });
  };
  return {
    store,
    api,
    calls,
    dispatch,
    call,
    command,
    async awaiting(mission) {
      await dispatch({
        id: 'seed-repo',
        actor: 'operator:owner',
        command: { type: 'repo.register', repo: 'app', entry: policy.repos['app']! },
      });
      await command(submit(mission));
      const signal = { score: 0, because: [] };
      const assessment = {
        rules: 'test',
        language: 'en',
        score: 10,
        ask: false,
        signals: { target: signal, acceptance: signal, vagueness: signal, hazard: signal },
        questions: [],
        assumptions: [],
        acceptance: ['npm test passes'],
        outOfScope: [],
      };
      await settle(mission, 'assess', { assessment, base: { app: 'a'.repeat(40) } });
      if ((await store.openMoves()).some(({ kind }) => kind === 'write-spec'))
        await settle(mission, 'write-spec', null);
      const { approvals } = (await call('GET', '/v1/approvals')).json;
      return approvals.find((one: { id: string }) => one.id === mission).digest;
    },
    events: () => store.read({}),
  };
}

export const submit = (mission: string): SurfaceCommand => ({
  type: 'mission.submit',
  mission,
  text: 'Add a line to README.md',
  repos: ['app'],
  coder: null,
  plan: null,
});
