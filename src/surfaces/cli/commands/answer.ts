import type { MissionDoc } from '../../documents.ts';
import { CliError } from '../exit-codes.ts';
import { after, missionSettled, type Settled, untilMission } from '../follow.ts';
import type { Host } from '../host.ts';
import { missionLines, nextLines } from '../mission-text.ts';
import { idOf, send, withClient } from '../open.ts';
import { inkFor, safe, say, sayJson } from '../output.ts';

interface AnswerOptions {
  interactive?: boolean;
  waive?: boolean;
  renew?: boolean;
  wait?: boolean;
  json?: boolean;
}
type Questions = MissionDoc['clarification']['questions'];
type Given = { question: string; text: string };

/** How long to stay for the new score. */
const STAY_MS = 10_000;
const OTHER = '\u0000other';

export async function answer(
  host: Host,
  options: AnswerOptions,
  word: string,
  pairs: string[],
): Promise<Settled | undefined> {
  const mission = idOf('mission', word);
  return withClient(host, async (client) => {
    const before = await client.get<MissionDoc>(`/v1/missions/${mission}`);
    const { questions } = before.clarification;
    const answers = pairs.length > 0 ? pairs.map((pair) => pairOf(pair, questions)) : [];
    const nothing = answers.length === 0 && !options.waive && !options.renew;
    if (options.interactive || (nothing && questions.length > 0))
      answers.push(...(await ask(host, options, before, questions)));
    const waive = options.waive === true;
    const receipt = await send(client, { type: 'mission.answer', mission, answers, waive });
    const doc = await untilMission(host, client, mission, {
      from: after(receipt),
      ...(options.wait ? {} : { within: STAY_MS }),
    });
    if (options.json) sayJson(host, doc);
    else {
      const paint = inkFor(host);
      const now = Date.now();
      for (const line of missionLines(paint, doc, now)) say(host, line);
      for (const line of nextLines(paint, doc, now)) say(host, line);
    }
    return options.wait ? (missionSettled(doc) ?? undefined) : undefined;
  });
}

/** `QUESTION=TEXT`; a small number counts the open questions from 1. */
function pairOf(pair: string, questions: Questions): Given {
  const at = pair.indexOf('=');
  const name = at < 0 ? '' : pair.slice(0, at).trim();
  const text = at < 0 ? '' : pair.slice(at + 1).trim();
  if (name === '' || text === '')
    throw new CliError(
      'usage',
      `"${safe(pair, 80)}" is not QUESTION=TEXT.`,
      'Write e.g. 1="round half to even".',
    );
  const numbered = /^[1-9]$/.test(name) ? questions[Number(name) - 1] : undefined;
  if (/^[1-9]$/.test(name) && !numbered)
    throw new CliError('usage', `There is no question ${name}; ${questions.length} are open.`);
  return { question: numbered?.id ?? name, text };
}

async function ask(
  host: Host,
  options: AnswerOptions,
  mission: MissionDoc,
  questions: Questions,
): Promise<Given[]> {
  if (questions.length === 0)
    throw new CliError(
      'refused',
      `Mission ${mission.id} is ${safe(mission.state)}: it asks nothing now.`,
      '',
      'not-clarifying',
    );
  if (options.json || !host.interactive || host.columns === null)
    throw new CliError(
      'usage',
      `No answer was given; ${questions.length} questions are open.`,
      `Write QUESTION=TEXT for: ${questions.map(({ id }) => safe(id, 80)).join(', ')}; or --waive.`,
    );
  const prompts = await host.prompts();
  const given: Given[] = [];
  for (const question of questions) {
    const shown = safe(question.text);
    const options = question.options.map((option) => ({ value: option, label: safe(option) }));
    const chosen =
      options.length === 0
        ? OTHER
        : await prompts.select(shown, [...options, { value: OTHER, label: 'something else' }]);
    const text = chosen === OTHER ? await prompts.text(shown) : chosen;
    given.push({ question: question.id, text });
  }
  return given;
}
