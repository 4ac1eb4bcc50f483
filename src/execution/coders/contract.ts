import { mkdir } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import type { Coder, CoderCommand, CoderResult, CoderStart } from './coder.ts';
import { type CliEvent, keepsOfClaude, readEvents } from './envelope.ts';
import { putFile, readLeft } from './safe-file.ts';

/** The files of the contract between aedev and every coder, in the run's workspace. */
export const PROMPT_FILE = 'prompt.txt';
export const RESULT_FILE = 'result.json';
export const ENVELOPE_FILE = 'cli-envelope.json';
/** Folder of the workspace that holds what the coder's program needs beside the tree. */
export const PRIVATE_FOLDER = 'private';

/** What every coder is told by its environment. */
export function contractEnv(start: CoderStart): Record<string, string> {
  return {
    CLAUDE_ROLE: start.role,
    CLAUDE_MODEL: start.model ?? '',
    CLAUDE_PERMISSION_MODE: start.permissionMode,
    CLAUDE_ALLOWED_TOOLS: start.allowedTools.join(' '),
    ...(start.generation === undefined ? {} : { AEDEV_GENERATION: String(start.generation) }),
    ...(start.attempt === undefined ? {} : { AEDEV_ATTEMPT: String(start.attempt) }),
  };
}

/**
 * Lays the prompt and what the command asks for into a workspace that no coder has touched yet.
 * @returns host path of the prompt, for standard input
 */
export async function prepareRun(
  workspace: string,
  prompt: string,
  command: CoderCommand,
): Promise<string> {
  for (const folder of command.makeDirs) {
    await mkdir(under(workspace, folder), { recursive: true, mode: 0o700 });
  }
  for (const { path, content } of command.files) {
    const folder = dirname(under(workspace, path));
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await putFile(folder, path.slice(path.lastIndexOf('/') + 1), content, 0o400);
  }
  await putFile(workspace, PROMPT_FILE, prompt, 0o400);
  return join(workspace, PROMPT_FILE);
}

function under(workspace: string, path: string): string {
  const full = join(workspace, path);
  if (!full.startsWith(workspace + sep)) throw new Error(`not inside the workspace: ${path}`);
  return full;
}

/**
 * After the sandbox is gone: writes `cli-envelope.json`, reads the run, writes `result.json`. In
 * this order, so that the CLI's token counts are kept even when the reading fails. A disk that
 * refuses the files costs the files, not the result.
 */
export async function finishRun(
  coder: Coder,
  left: Parameters<Coder['read']>[0],
): Promise<CoderResult> {
  const envelope = join(left.workspace, ENVELOPE_FILE);
  const events = await readEvents(left.stdout, envelope, coder.keeps ?? keepsOfClaude);
  await keep(left.workspace, ENVELOPE_FILE, envelopeText(events));
  const result = await coder.read(left);
  await keep(left.workspace, RESULT_FILE, `${JSON.stringify(result, null, 1)}\n`);
  return result;
}

const envelopeText = (events: readonly CliEvent[]): string => {
  try {
    return `${JSON.stringify(events, null, 1)}\n`;
  } catch {
    // Nested deeper than can be written again: a forgery, and nobody needs it.
    return '[]\n';
  }
};

async function keep(workspace: string, file: string, content: string): Promise<void> {
  try {
    await putFile(workspace, file, content);
  } catch {
    // They are copies for people: the run's output itself lies outside the workspace.
  }
}

/** Bytes of the coder's standard error for the people who read its result. */
export async function readErrors(path: string): Promise<string> {
  const left = await readLeft(path, 64 << 10);
  return left?.bytes.toString('utf8') ?? '';
}
