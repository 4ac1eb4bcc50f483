/**
 * GitHub, and GitHub Enterprise, as a forge. Everything is read anew before it is decided on, every
 * write is found again after a lost answer, and what anybody wrote there is data.
 */
import { prose } from '../../pull-body.ts';
import { branchRef } from '../bare-repo.ts';
import { type Forge, ForgeError, type PullRequest, type RemoteWriteGate } from '../forge.ts';
import { addressOf, type GitHubAddress } from './address.ts';
import { type Api, createApi } from './api.ts';
import type { AppSettings } from './app-token.ts';
import { type Credentials, credentialsFor } from './credentials.ts';
import { gitAccess, push, tipOf } from './git-remote.ts';
import { mergePull } from './landing.ts';
import {
  closePull,
  comment,
  findNumber,
  label,
  markReady,
  notFound,
  openDraft,
  setStatus,
} from './pulls.ts';
import { createReader, type Found } from './read.ts';
import { createWatch } from './watch.ts';

export interface GitHubForge extends Forge {
  readonly kind: 'github';
  readonly outward: true;
  readonly address: GitHubAddress;
  /** In words, for people. */
  readonly credentialFrom: string;
  observe(numbers: readonly number[]): Promise<Map<number, PullRequest>>;
  /** Settings with which git may fetch from its address; see {@link gitAccess}. */
  gitAccess(): Promise<[string, string][]>;
  /** Requests so far, and those of them that a 304 answered for free. */
  readonly calls: { counted: number; unchanged: number };
}

export interface GitHubOptions {
  /** `owner/name`. */
  repo: string;
  /** Clone URL, without credentials. */
  gitUrl: string;
  apiUrl: string | null;
  tokenEnv: string | null;
  app: AppSettings | null;
  labels: readonly string[];
  env: Readonly<Record<string, string | undefined>>;
  gate: RemoteWriteGate;
  /** Milliseconds since the epoch. */
  now(): number;
  fetch?: typeof fetch;
  /** False: no pauses between calls; against a double on this machine only. */
  paced?: boolean;
}

/** The API and the credential of a repository on GitHub, for the forge and for the doctor. */
export function openApi(options: GitHubOptions): { api: Api; credentials: Credentials } {
  const address = addressOf(options.repo, options.gitUrl, options.apiUrl);
  const { env, now, tokenEnv, app, gate, paced } = options;
  const given = options.fetch ? { fetch: options.fetch } : {};
  const credentials = credentialsFor({
    host: address.host,
    apiUrl: address.apiUrl,
    tokenEnv,
    app,
    env,
    now,
    ...given,
  });
  const pace = paced === undefined ? {} : { paced };
  return { api: createApi({ address, credentials, gate, now, ...given, ...pace }), credentials };
}

export function createGitHubForge(options: GitHubOptions): GitHubForge {
  const { api, credentials } = openApi(options);
  const { gate } = options;
  const reader = createReader(api);
  const watch = createWatch(api, reader);

  async function found(number: number): Promise<Found> {
    const one = (await reader.read([number])).get(number);
    if (!one) throw notFound(number);
    return one;
  }
  const pull = async (number: number) => (await found(number)).pull;

  return {
    kind: 'github',
    outward: true,
    address: api.address,
    credentialFrom: credentials.from,
    calls: api.counts,
    gitAccess: () => gitAccess(api.address.gitUrl, credentials),
    tip: (branch) => tipOf(api, branch),

    async push(from, commit, branch, expected) {
      await push({ api, credentials, gate }, from, commit, branch, expected);
      watch.touch();
    },

    async findPull(marker, headBranch) {
      const number = await findNumber(api, marker, headBranch ?? null);
      return number === null ? null : pull(number);
    },

    async openPull(input) {
      const { marker, headBranch, baseBranch } = input;
      if (marker === '' || headBranch === baseBranch || !/^aedev\/./.test(headBranch)) {
        throw new ForgeError(
          'refused',
          'A pull request needs a marker and a head branch under aedev/.',
        );
      }
      branchRef(headBranch);
      const number = await openDraft(api, input);
      const opened = await pull(number);
      if (opened.state === 'draft' || opened.state === 'open')
        await label(api, number, options.labels);
      watch.touch(number);
      return opened;
    },

    pull,
    observe: (numbers) => watch.observe(numbers),

    async markReady(number) {
      const { pull: now, nodeId } = await found(number);
      if (now.state === 'open') return;
      if (now.state !== 'draft')
        throw new ForgeError('refused', 'The pull request is closed or merged.');
      await markReady(api, nodeId);
      watch.touch(number);
    },

    async comment(number, marker, body) {
      await comment(api, number, marker, body);
    },

    async setCheck(number, check) {
      const now = await pull(number);
      if (now.head !== check.head) {
        const sentence = 'The branch is not where it was expected; someone else moved it.';
        throw new ForgeError('head-moved', sentence);
      }
      await setStatus(api, check);
      watch.touch(number);
    },

    async merge(number, expected, method, message) {
      try {
        return await mergePull(api, reader, number, expected, method, message);
      } finally {
        watch.touch(number);
      }
    },

    async close(number, reason) {
      const now = await pull(number);
      if (now.state === 'closed') return;
      if (now.state === 'merged') throw new ForgeError('refused', 'The pull request is merged.');
      await tolerated(comment(api, number, 'closed', `aedev closes this: ${prose(reason, 1000)}`));
      await closePull(api, number);
      watch.touch(number);
    },
  };
}

/** A locked conversation takes no comment, and is closed all the same. */
async function tolerated(call: Promise<void>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof ForgeError) || !['forbidden', 'refused'].includes(error.tag))
      throw error;
  }
}
