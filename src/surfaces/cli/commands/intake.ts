import { MAX_REQUEST, type PlanTask } from '../../../control/contract.ts';
import type { CoderName } from '../../../control/families.ts';
import { newId } from '../../../lib/new-id.ts';
import { loadPolicy } from '../config-access.ts';
import { CliError } from '../exit-codes.ts';
import { after, missionSettled, type Settled, untilMission } from '../follow.ts';
import type { Host } from '../host.ts';
import { missionLines, nextLines } from '../mission-text.ts';
import { send, withClient } from '../open.ts';
import { inkFor, safe, say, sayJson } from '../output.ts';
import { parsePlan } from '../plan-file.ts';
import { readNamed } from '../read-file.ts';

interface IntakeOptions {
  file?: string;
  repo?: string[];
  coder?: CoderName;
  plan?: string;
  wait?: boolean;
  json?: boolean;
}

/** How long intake stays to show the score: reading a large repo for the first time takes longer. */
const STAY_MS = 10_000;

export async function intake(
  host: Host,
  options: IntakeOptions,
  words: string[],
): Promise<Settled | undefined> {
  const text = await requestOf(host, options, words);
  const plan: PlanTask[] | null = options.plan
    ? await parsePlan(options.plan, readText(host, options.plan))
    : null;
  const repos = reposOf(host, options, plan);
  const mission = newId('m');
  return withClient(host, async (client) => {
    const coder = options.coder ?? null;
    const receipt = await send(client, {
      type: 'mission.submit',
      mission,
      text,
      repos,
      coder,
      plan,
    });
    if (!options.json) say(host, mission);
    const doc = await untilMission(host, client, mission, {
      from: after(receipt),
      ...(options.wait ? {} : { within: STAY_MS }),
    });
    const settled = missionSettled(doc);
    if (options.json) sayJson(host, doc);
    else {
      const paint = inkFor(host);
      const now = Date.now();
      for (const line of missionLines(paint, doc, now).slice(1)) say(host, line);
      for (const line of nextLines(paint, doc, now)) say(host, line);
    }
    return options.wait ? (settled ?? undefined) : undefined;
  });
}

async function requestOf(host: Host, options: IntakeOptions, words: string[]): Promise<string> {
  if (options.file !== undefined && words.length > 0)
    throw new CliError(
      'usage',
      'The request is given twice: as words and as --file.',
      'Leave one out.',
    );
  const text =
    options.file !== undefined
      ? readText(host, options.file)
      : words.length === 1 && words[0] === '-'
        ? await host.readStdin()
        : words.length > 0
          ? words.join(' ')
          : await asked(host);
  if (text.trim() === '')
    throw new CliError('usage', 'The request is empty.', 'Say in words what should change.');
  if (text.length > MAX_REQUEST)
    throw new CliError(
      'usage',
      `The request is ${text.length} characters long; at most ${MAX_REQUEST} are read.`,
      'Say the change in fewer words, or split it.',
    );
  return text;
}

async function asked(host: Host): Promise<string> {
  if (host.interactive && host.columns !== null)
    return (await host.prompts()).text('What should change?');
  throw new CliError(
    'usage',
    'No request was given.',
    'Write `aedev intake "what should change"`, or `-` to read standard input.',
  );
}

/** UTF-8 takes at most four bytes for what counts as one. */
const readText = (host: Host, name: string): string =>
  readNamed(host, name, 4 * MAX_REQUEST).toString('utf8');

function reposOf(host: Host, options: IntakeOptions, plan: PlanTask[] | null): string[] {
  const given = (options.repo ?? []).flatMap((word) => word.split(',')).filter((id) => id !== '');
  const named = [...new Set([...given, ...(given.length === 0 ? (plan ?? []) : []).map(repoOf)])];
  const known = Object.keys(loadPolicy(host).repos).sort();
  const stranger = named.find((id) => !known.includes(id));
  if (stranger !== undefined)
    throw new CliError(
      'not-found',
      `No repo ${safe(stranger, 80)} is registered${known.length > 0 ? `; there are: ${known.slice(0, 20).join(', ')}` : ''}.`,
      'Register it with `aedev repo add PATH`.',
      'unknown-repo',
    );
  if (named.length > 0) return named;
  // With one repo there is no doubt which is meant.
  if (known.length === 1) return known;
  throw new CliError(
    'usage',
    known.length === 0
      ? 'No repo is registered.'
      : `Say which repo it is about; there are: ${known.slice(0, 20).join(', ')}.`,
    known.length === 0 ? 'Register one with `aedev repo add PATH`.' : 'Add --repo ID.',
  );
}

const repoOf = (value: string | PlanTask): string =>
  typeof value === 'string' ? value : value.repo;
