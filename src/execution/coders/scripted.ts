import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { printable } from '../../lib/escape.ts';
import { ClaudeCoder } from './claude.ts';
import type { Coder, CoderCommand, CoderProblem, CoderResult, CoderStart } from './coder.ts';
import { contractEnv, PRIVATE_FOLDER, readErrors } from './contract.ts';

export type ScriptedCoderOptions =
  /** Host path of a script, read anew for every run; see scripted-coder.mjs for its form. */
  | { scriptFile: string | null; node?: string }
  /** A command of the operator's own instead; its exit code is its result. */
  | { argv: readonly string[] };

const PROGRAM = new URL('./scripted-coder.mjs', import.meta.url);
const PROGRAM_FILE = `${PRIVATE_FOLDER}/scripted-coder.mjs`;
const SCRIPT_FILE = `${PRIVATE_FOLDER}/script.json`;

/** Outcomes of a program that ended by itself without a result event. */
const WITHOUT_RESULT = ['no-result', 'cli-refused'];

/** A coder without a model: for the demo, for tests, and for benches of everything around it. */
export class ScriptedCoder implements Coder {
  readonly family = 'scripted';
  readonly executable: string;
  readonly #options: ScriptedCoderOptions;
  /** It prints the same events as the claude CLI, so the same reader says what they mean. */
  readonly #reader = new ClaudeCoder();

  constructor(options: ScriptedCoderOptions) {
    this.#options = options;
    this.executable = 'argv' in options ? (options.argv[0] ?? '') : (options.node ?? 'node');
  }

  async check(): Promise<CoderProblem[]> {
    if ('argv' in this.#options) return [];
    const { scriptFile } = this.#options;
    if (scriptFile === null) {
      const sentence = 'The scripted coder has neither a script nor a command.';
      return [
        { code: 'coder-missing', sentence, remedy: 'Configure one of them, or another coder.' },
      ];
    }
    const args = [fileURLToPath(PROGRAM), '--check', scriptFile];
    const said = await new Promise<string | null>((resolve) => {
      const options = { env: {}, timeout: 10_000 };
      execFile(process.execPath, args, options, (error, _stdout, stderr) =>
        resolve(error === null ? null : stderr),
      );
    });
    if (said === null) return [];
    return [
      {
        code: 'coder-missing',
        sentence: printable(said.trim() || 'The script of the scripted coder cannot be read.', 500),
        remedy: 'Correct the script that the configuration of the scripted coder names.',
      },
    ];
  }

  /** @throws Error with `code` when the script cannot be read: {@link check} says so before */
  command(start: CoderStart): CoderCommand {
    const env = contractEnv(start);
    const common = { env, secretEnv: [], makeDirs: [PRIVATE_FOLDER] };
    if ('argv' in this.#options) {
      return { ...common, argv: [...this.#options.argv], stdin: 'prompt', files: [] };
    }
    return {
      ...common,
      argv: [this.executable, `${start.workspaceInside}/${PROGRAM_FILE}`, start.workspaceInside],
      // It chooses by the prompt's file: standard input stays free.
      stdin: null,
      files: [
        { path: PROGRAM_FILE, content: readFileSync(PROGRAM, 'utf8') },
        { path: SCRIPT_FILE, content: readFileSync(this.#options.scriptFile ?? '', 'utf8') },
      ],
    };
  }

  async read(left: Parameters<Coder['read']>[0]): Promise<CoderResult> {
    const read = await this.#reader.read(left);
    const result: CoderResult = {
      ...read,
      usage: { ...read.usage, lane: 'none' },
      laneProof: 'no model was asked',
    };
    const { outcome } = read;
    const silent = outcome.kind === 'failure' && WITHOUT_RESULT.includes(outcome.code);
    // A plain command says nothing about itself: its exit code is all there is.
    if (!('argv' in this.#options) || !silent) return result;
    const { code } = left.exit;
    if (code === 0) return { ...result, outcome: { kind: 'success', summary: '' } };
    const line = printable((await readErrors(left.stderr)).trim().split('\n').at(-1) ?? '', 300);
    const reason = line === '' ? `The command ended with exit code ${code}.` : line;
    return { ...result, outcome: { kind: 'failure', code: 'exit-code', reason } };
  }
}
