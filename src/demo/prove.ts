/** Looks with other eyes whether the demo did what it says: git, the tests, the standalone verifier. */
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { evidenceKeyPath } from '../config/keys.ts';
import { git, text } from '../lib/git.ts';
import { DiskBlobStore } from '../store/blobs.ts';
import { loadOrCreateKey } from '../store/signer.ts';
import type { Client } from '../surfaces/api/client.ts';
import type { LogText } from '../surfaces/api/deps.ts';
import type { Stage } from './stage.ts';

interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

function run(argv: string[], cwd: string, signal: AbortSignal): Promise<Ran> {
  return new Promise((resolve) => {
    const env = { PATH: process.env['PATH'] ?? '', HOME: cwd };
    const options = { cwd, env, signal, timeout: 120_000, maxBuffer: 16 << 20 };
    execFile(process.execPath, argv, options, (error, stdout, stderr) => {
      const code = error ? (typeof error.code === 'number' ? error.code : 1) : 0;
      resolve({ code, stdout, stderr });
    });
  });
}

const VERIFIER = fileURLToPath(new URL('../judgement/evidence/verify.mjs', import.meta.url));

/** Checks a bundle by the standalone script, as a process of its own, with the installation's public key. */
export async function verifyEvidence(
  stage: Stage,
  digest: string,
  signal: AbortSignal,
): Promise<{ verified: boolean; said: string }> {
  const dir = join(stage.folder, 'evidence');
  mkdirSync(dir, { recursive: true });
  const bundle = join(dir, `${digest}.json`);
  const key = join(dir, 'installation.pub.pem');
  writeFileSync(bundle, await new DiskBlobStore(stage.paths.blobs).get(digest));
  writeFileSync(key, loadOrCreateKey(evidenceKeyPath(stage.paths)).publicKeyPem);
  const { code, stdout, stderr } = await run([VERIFIER, bundle, '--key', key], dir, signal);
  const said = (code === 0 ? stdout : stderr).trim().split('\n')[0] ?? '';
  // The script tells the digest of what it read: it must be the one that the task names.
  return { verified: code === 0 && stdout.includes(digest), said };
}

export interface CloneResult {
  commit: string;
  passed: number;
  failed: number;
  ok: boolean;
}

/** Clones the bare repository, as anybody could, and runs the tests that are in it. */
export async function testClone(stage: Stage, signal: AbortSignal): Promise<CloneResult> {
  const dir = join(stage.folder, 'clone');
  await git(['clone', '--quiet', '--branch=main', '--', stage.forge, dir], {
    protocols: ['file'],
    signal,
  });
  const commit = await text(['rev-parse', 'HEAD'], { gitDir: join(dir, '.git') });
  const { code, stdout } = await run(['--test', '--test-reporter=tap'], dir, signal);
  const count = (name: string) =>
    Number(new RegExp(`^# ${name} (\\d+)$`, 'm').exec(stdout)?.[1] ?? 0);
  const [passed, failed] = [count('pass'), count('fail')];
  return { commit, passed, failed, ok: code === 0 && passed > 0 && failed === 0 };
}

/**
 * Whether the coder's own test run, a tool call of the real CLI, came back green: from the results
 * that the CLI put into its output, not from what the double asked for.
 */
export async function coderSawTestsPass(client: Client, run: string): Promise<boolean> {
  const { text: output } = await client.get<LogText>(`/v1/runs/${run}/logs?which=stdout`);
  return output.split('\n').some((line) => {
    if (!line.includes('"tool_result"')) return false;
    const { message } = JSON.parse(line) as { message?: { content?: ToolResult[] } };
    return (message?.content ?? []).some(
      ({ type, is_error, content }) =>
        type === 'tool_result' &&
        is_error === false &&
        typeof content === 'string' &&
        /^# pass [1-9]/m.test(content) &&
        /^# fail 0$/m.test(content),
    );
  });
}

interface ToolResult {
  type?: unknown;
  is_error?: unknown;
  content?: unknown;
}

/** Names of all refs in the bare repository. */
export async function forgeRefs(stage: Stage): Promise<string[]> {
  const refs = await text(['for-each-ref', '--format=%(refname)'], { gitDir: stage.forge });
  return refs.split('\n');
}

/** A file on the forge's main branch; null when it is not there. */
export async function onMain(stage: Stage, path: string): Promise<string | null> {
  const { code, stdout } = await git(['cat-file', 'blob', `refs/heads/main:${path}`], {
    gitDir: stage.forge,
    okCodes: [0, 128],
  });
  return code === 0 ? stdout.toString('utf8') : null;
}
