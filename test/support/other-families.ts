/** The codex and gemini coders, their doubles, and a small task for both: mend sum.js, run its tests. */
import { CodexCoder } from '../../src/execution/coders/codex.ts';
import { GeminiCoder } from '../../src/execution/coders/gemini.ts';
import type { OtherCoder } from './coder-clis.ts';
import { googleError, startGeminiStreamDouble } from './doubles/gemini-stream.ts';
import { errorBody, startResponsesDouble } from './doubles/responses.ts';
import type { Fault, ScriptTurn, ToolDouble, ToolDoubleOptions } from './doubles/tool-script.ts';

export const KEY = 'dummy-key-of-a-test-4711';
const PACKAGE = JSON.stringify({ type: 'module', scripts: { test: 'node --test' } });
export const TREE = {
  'package.json': PACKAGE,
  'sum.js': 'export const sum = (a, b) => a - b;\n',
  'sum.test.js':
    "import test from 'node:test';\nimport assert from 'node:assert';\nimport { sum } from './sum.js';\ntest('adds', () => assert.equal(sum(1, 2), 3));\n",
};
const TEST = 'node --test > tested.txt 2>&1; echo "ended with $?" >> tested.txt; env > env.txt';

interface Family {
  start(options: ToolDoubleOptions): Promise<ToolDouble>;
  coder(url: string, program?: string): CodexCoder | GeminiCoder;
  variable: string;
  model: string;
  /** Mends sum.js, then runs the tests, as the model of this family would call its tools. */
  script(repo: string): ScriptTurn[];
  refused: Fault;
  overloaded: Fault;
}

export const FAMILIES: Record<OtherCoder, Family> = {
  codex: {
    start: startResponsesDouble,
    coder: (url, executable = 'codex') =>
      new CodexCoder({ executable, baseUrl: `${url}/v1`, maxRetries: 1 }),
    variable: 'AEDEV_CODEX_API_KEY',
    // The CLI's own default: it calls tools by a program that it runs in an isolate.
    model: 'gpt-6.1-sol',
    script: () => [
      {
        calls: [
          {
            name: 'exec',
            input: `await tools.apply_patch(${JSON.stringify('*** Begin Patch\n*** Update File: sum.js\n@@\n-export const sum = (a, b) => a - b;\n+export const sum = (a, b) => a + b;\n*** End Patch\n')}); text('ok');`,
          },
        ],
      },
      {
        calls: [
          {
            name: 'exec',
            input: `const r = await tools.exec_command(${JSON.stringify({ cmd: TEST })}); text(r.output);`,
          },
        ],
      },
      { text: 'Mended it.' },
    ],
    refused: { kind: 'status', status: 401, body: errorBody('bad', 'x', 'invalid_api_key') },
    overloaded: { kind: 'status', status: 503, body: errorBody('busy', 'server_error', null) },
  },
  gemini: {
    start: startGeminiStreamDouble,
    coder: (baseUrl, executable = 'gemini') =>
      new GeminiCoder({ executable, baseUrl, maxAttempts: 1 }),
    variable: 'AEDEV_GEMINI_API_KEY',
    model: 'gemini-2.5-pro',
    script: (repo) => [
      { calls: [{ name: 'read_file', input: { file_path: `${repo}/sum.js` } }] },
      {
        calls: [
          {
            name: 'replace',
            input: {
              file_path: `${repo}/sum.js`,
              old_string: 'a - b',
              new_string: 'a + b',
              instruction: 'add instead of subtracting',
            },
          },
        ],
      },
      { calls: [{ name: 'run_shell_command', input: { command: TEST, dir_path: repo } }] },
      { text: 'Mended it.' },
    ],
    refused: {
      kind: 'status',
      status: 400,
      body: googleError(400, 'INVALID_ARGUMENT', 'API key not valid.', 'API_KEY_INVALID'),
    },
    overloaded: { kind: 'status', status: 503, body: googleError(503, 'UNAVAILABLE', 'busy') },
  },
};
