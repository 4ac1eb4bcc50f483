/** The table of `surface.ts` as a commander program. */
import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import type { Entry, Flag } from './entry.ts';
import { EXIT } from './exit-codes.ts';
import type { Host } from './host.ts';
import { COMMANDS, GROUPS } from './surface.ts';

export interface Outcome {
  code: number;
  /** The command ends itself when the operator interrupts. */
  patient: boolean;
}

const FIRST_STEPS = `
First steps:
  aedev init                                       make the home folder
  aedev repo add ~/code/shop --verify "npm test"   register a repo
  aedev daemon start                               let it work
  aedev intake "Fix the rounding in cart.ts: total(0.1, 0.2) must be 0.30" --repo shop
  aedev mission approve m-x7k2m9                   approve the spec
  aedev watch                                      see what happens

Exit codes: docs/reference/cli.md. To try it without accounts: aedev demo`;

/** Builds the commands; running one sets `outcome`. Throws CommanderError for a wrong command line. */
export function buildProgram(host: Host, outcome: Outcome): Command {
  const aedev = new Command('aedev')
    .description(
      'A local-first autonomous coding coworker: say what should change, approve, watch.',
    )
    .version(host.version, '-V, --version')
    .configureOutput({
      writeOut: (text) => host.out(text),
      writeErr: (text) => host.err(text),
      // Said once, in one sentence, by run().
      outputError: () => undefined,
      getOutHelpWidth: () => host.columns ?? 100,
      getErrHelpWidth: () => host.columns ?? 100,
    })
    .exitOverride()
    .helpCommand('help [command]', 'help for a command')
    .addHelpText('after', FIRST_STEPS);
  const groups = new Map<string, Command>();
  for (const entry of COMMANDS) {
    const [first = '', second = ''] = entry.use.split(' ');
    const about = GROUPS[first];
    if (about === undefined) {
      add(aedev, first, entry, host, outcome);
      continue;
    }
    const group = groups.get(first) ?? aedev.command(first).description(about);
    groups.set(first, group);
    add(group, second, entry, host, outcome);
  }
  return aedev;
}

function add(above: Command, name: string, entry: Entry, host: Host, outcome: Outcome): void {
  const command = above.command(name, { hidden: entry.hidden === true }).description(entry.does);
  const names = entry.use.split(' ').filter((word) => /^[<[]/.test(word));
  names.forEach((word, index) => {
    command.addArgument(new Argument(word, entry.args?.[index] ?? ''));
  });
  for (const flag of entry.flags ?? []) command.addOption(optionOf(flag));
  const examples = entry.examples ?? [];
  if (examples.length > 0)
    command.addHelpText('after', `\nExamples:\n${examples.map((line) => `  ${line}`).join('\n')}`);
  command.action(async (...given: unknown[]) => {
    outcome.patient = entry.patient === true;
    const words = given.slice(0, names.length);
    const work = await entry.load();
    const ended = (await work(host, command.opts() as never, ...(words as never[]))) ?? 'ok';
    outcome.code = typeof ended === 'number' ? ended : EXIT[ended].code;
  });
}

function optionOf({ flag, does, choices, many, port }: Flag): Option {
  const option = new Option(flag, many ? `${does}; may be given again` : does);
  if (choices) option.choices(choices);
  if (many) option.argParser((value, before: string[] | undefined) => [...(before ?? []), value]);
  if (port) option.argParser(portOf);
  return option;
}

function portOf(value: string): number {
  if (/^\d{1,5}$/.test(value) && Number(value) <= 65535) return Number(value);
  throw new InvalidArgumentError('A port is a number from 0 to 65535.');
}
