/**
 * Asks a model through an installed CLI of its family, on the operator's own login: in an empty
 * folder, without tools, with the evidence by standard input only.
 */
import type { InconclusiveReason } from './answer.ts';
import { readAnswer } from './answer.ts';
import type { Answered, Asker } from './assemble.ts';
import type { CliEnd, CliFamily, CliHost, CliRun } from './cli.ts';
import { codexCli } from './codex-cli.ts';
import { type CliProtocol, isCliProtocol, isModelName, type JudgeConfig } from './endpoint.ts';
import { geminiCli } from './gemini-cli.ts';
import { JudgeError, type JudgeProblem } from './judge.ts';

const FAMILIES: Record<CliProtocol, CliFamily> = { 'codex-cli': codexCli, 'gemini-cli': geminiCli };
const VERSION_MS = 30_000;
/** Marks of programs that said the right version: asking takes gemini a second. */
const tried = new Set<string>();

const familyOf = ({ protocol }: JudgeConfig): CliFamily =>
  FAMILIES[isCliProtocol(protocol) ? protocol : 'codex-cli'];

/** Name or path of the program, as configured. */
export const cliProgram = (config: JudgeConfig): string =>
  config.executable ?? familyOf(config).program;

/** What is wrong before anything is run. */
export function cliProblems(config: JudgeConfig, cli: CliHost | undefined): JudgeProblem[] {
  const { protocol, model } = config;
  const family = familyOf(config);
  const program = cliProgram(config);
  const problem = (code: JudgeProblem['code'], what: string, remedy: string): JudgeProblem => ({
    code,
    sentence: `Judge ${config.family}: ${what}.`,
    remedy,
  });
  const found: JudgeProblem[] = [];
  if (!isModelName(model))
    found.push(
      problem('judge-config', 'its model name is empty or has odd characters', 'Set a model name.'),
    );
  if (!(config.timeoutMs > 0))
    found.push(problem('judge-config', 'its time limit is not above zero', 'Set timeout_seconds.'));
  if (cli === undefined || !isCliProtocol(protocol))
    return [
      ...found,
      problem('judge-config', 'no program can be run here', 'Use another protocol.'),
    ];
  if (cli.find(program) === null)
    found.push(
      problem(
        'judge-missing',
        `its program ${program} is not on the PATH`,
        `Install it with \`npm install -g ${family.package}@${family.version}\`.`,
      ),
    );
  const login = cli.login(protocol);
  const why =
    login === null ? 'nobody is logged in with its CLI' : family.loginProblem(login.content);
  if (why !== null) found.push(problem('judge-auth', why, family.loginRemedy));
  return found;
}

export function overCli(config: JudgeConfig, cli: CliHost): Asker {
  const family = familyOf(config);
  const { model, timeoutMs } = config;
  const error = (tag: JudgeError['tag'], what: string, retryAt: string | null = null) =>
    new JudgeError(tag, `Judge ${config.family}: ${what}.`, retryAt);

  /** Settings that take the tools away are of one version: with another, nothing is asked. */
  async function checkVersion(program: string, signal: AbortSignal): Promise<void> {
    const mark = `${cli.mark(program)} ${family.version}`;
    if (tried.has(mark)) return;
    const bare = { env: {}, cwd: '.', dirs: [], files: [], links: [], stdin: '', records: null };
    const run = { ...bare, argv: [program, '--version'] as [string, string], wallMs: VERSION_MS };
    const { code, stdout } = await start(() => run, signal);
    const said = Buffer.from(stdout).toString('utf8').trim().split(/\s+/).at(-1) ?? '';
    if (code === 0 && said === family.version) {
      tried.add(mark);
      return;
    }
    const what = /^[\w.+-]{1,40}$/.test(said) ? `version ${said}` : 'no version that could be read';
    throw error(
      'config',
      `its program is ${what}, and only ${family.version} was seen to take every tool away; install that with \`npm install -g ${family.package}@${family.version}\``,
    );
  }

  async function start(make: (folder: string) => CliRun, signal: AbortSignal): Promise<CliEnd> {
    const end = await cli.run(make, signal).catch((thrown: unknown) => {
      signal.throwIfAborted();
      const { tag } = (thrown ?? {}) as { tag?: unknown };
      throw error(
        tag === 'not-found' ? 'config' : 'unavailable',
        `its program could not be run (${typeof tag === 'string' ? tag : 'unknown'})`,
      );
    });
    signal.throwIfAborted();
    return end;
  }

  return async (prompt, signal): Promise<Answered> => {
    const program = cli.find(cliProgram(config));
    const login = isCliProtocol(config.protocol) ? cli.login(config.protocol) : null;
    if (program === null || login === null)
      throw error('config', 'its program or login was removed while it was asked');
    await checkVersion(program, signal);
    const end = await start(
      (folder) => ({
        ...family.command({ program, folder, model, login }),
        stdin: prompt,
        wallMs: timeoutMs,
      }),
      signal,
    );
    const odd = (reason: InconclusiveReason): Answered => ({
      answer: end.stdout,
      reading: { readable: false, reason, findings: [] },
      inputTokens: null,
      outputTokens: null,
    });
    if (end.ended !== 'exited') return { ...odd('late'), answer: null };
    if (end.truncated) return odd('oversized');
    const events = eventsOf(end.stdout);
    if (events === null) return odd('malformed');
    const { said, inputTokens, outputTokens } = family.read(end, events, model, new Date());
    if (said.kind === 'error') throw error(said.tag, said.what, said.retryAt ?? null);
    if (said.kind === 'odd') return { ...odd(said.reason), inputTokens, outputTokens };
    return { answer: end.stdout, reading: readAnswer(said.text), inputTokens, outputTokens };
  };
}

/** JSON Lines, and nothing else; null when there is anything else. */
function eventsOf(stdout: Uint8Array): Record<string, unknown>[] | null {
  const lines = Buffer.from(stdout)
    .toString('utf8')
    .split('\n')
    .filter((line) => line.trim() !== '');
  const events: Record<string, unknown>[] = [];
  for (const line of lines) {
    try {
      const event: unknown = JSON.parse(line);
      if (typeof event !== 'object' || event === null || Array.isArray(event)) return null;
      events.push(event as Record<string, unknown>);
    } catch {
      return null;
    }
  }
  return events;
}
