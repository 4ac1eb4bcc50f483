// The program of the scripted coder: does what a JSON script says, with no model, and speaks the
// same contract as every coder. Usage: node scripted-coder.mjs <workspace>   (cwd: the tree)
//        node scripted-coder.mjs --check <script.json>
// It is copied into the run's workspace, so it stands alone; few imports, because its start counts.
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';

const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value) => typeof value === 'string';
const isCount = (value) => Number.isInteger(value) && value >= 0;
const isNumber = (value) => typeof value === 'number' && Number.isFinite(value) && value >= 0;
const isTexts = (value) => Array.isArray(value) && value.length > 0 && value.every(isText);
const maybe = (is) =>
  Object.assign((value) => value === undefined || is(value), { optional: true });
const oneOf =
  (...values) =>
  (value) =>
    values.includes(value);
const isAny = () => true;

const ROLES = ['coder', 'fixer', 'planner'];
const USAGE = {
  inputTokens: maybe(isCount),
  outputTokens: maybe(isCount),
  cacheReadTokens: maybe(isCount),
  cacheWriteTokens: maybe(isCount),
  costUsd: maybe(isNumber),
  turns: maybe(isCount),
  model: maybe(isText),
};
const WHEN = {
  promptContains: maybe(isText),
  promptLacks: maybe(isText),
  generation: maybe(isCount),
  attempt: maybe(isCount),
};
/** What a step may hold; a bare value stands for the only field. */
const STEPS = {
  write: { path: isText, content: isText, mode: maybe(oneOf('644', '755')) },
  replace: { path: isText, find: isText, with: isText },
  delete: { path: isText },
  mkdir: { path: isText },
  symlink: { path: isText, target: isText },
  run: { argv: isTexts, expect: maybe(isCount) },
  print: { text: isText },
  sleepUntilKilled: {
    ignoreTerm: maybe(oneOf(true, false)),
    afterResult: maybe(oneOf(true, false)),
  },
  exit: { code: isCount },
  fail: { envelope: isAny, exit: maybe(isCount), stderr: maybe(isText) },
};

class ScriptError extends Error {}
const refuse = (where, what) => {
  throw new ScriptError(`The script is wrong at ${where}: ${what}`);
};

function checkFields(value, fields, where) {
  if (!isObject(value)) refuse(where, 'an object is expected.');
  for (const key of Object.keys(value)) {
    if (!Object.hasOwn(fields, key)) {
      refuse(where, `"${key}" is unknown; known are ${Object.keys(fields).join(', ')}.`);
    }
  }
  for (const [key, is] of Object.entries(fields)) {
    if (value[key] === undefined && !is.optional) refuse(where, `"${key}" is missing.`);
    if (!is(value[key])) refuse(`${where}.${key}`, 'this value does not fit.');
  }
}

/** Returns the step as [kind, fields]. */
function checkStep(step, where) {
  const kinds = isObject(step) ? Object.keys(step) : [];
  const [kind] = kinds;
  if (kinds.length !== 1 || !Object.hasOwn(STEPS, kind)) {
    refuse(where, `a step is an object with one of ${Object.keys(STEPS).join(', ')}.`);
  }
  const [first] = Object.keys(STEPS[kind]);
  const bare = step[kind];
  const given =
    kind === 'sleepUntilKilled' && bare === true ? {} : isObject(bare) ? bare : { [first]: bare };
  checkFields(given, STEPS[kind], `${where}.${kind}`);
  return [kind, given];
}

function checkScript(script) {
  checkFields(script, { pace: maybe(isCount), entries: Array.isArray }, 'the top');
  return script.entries.map((entry, index) => {
    const where = `entries[${index}]`;
    const fields = {
      role: maybe(oneOf(...ROLES)),
      when: maybe(isObject),
      steps: Array.isArray,
      usage: maybe(isObject),
      summary: maybe(isText),
    };
    checkFields(entry, fields, where);
    if (entry.when) checkFields(entry.when, WHEN, `${where}.when`);
    if (entry.usage) checkFields(entry.usage, USAGE, `${where}.usage`);
    const steps = entry.steps.map((step, at) => checkStep(step, `${where}.steps[${at}]`));
    return { ...entry, when: entry.when ?? {}, usage: entry.usage ?? {}, steps };
  });
}

function fits(entry, { role, prompt, generation, attempt }) {
  const { when } = entry;
  return (
    (entry.role === undefined || entry.role === role) &&
    (when.promptContains === undefined || prompt.includes(when.promptContains)) &&
    (when.promptLacks === undefined || !prompt.includes(when.promptLacks)) &&
    (when.generation === undefined || when.generation === generation) &&
    (when.attempt === undefined || when.attempt === attempt)
  );
}

const start = Date.now();
const sleep = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
const say = (event) => fs.writeSync(1, `${JSON.stringify(event)}\n`);

function readScript(path) {
  try {
    return JSON.parse(fs.readFileSync(path, 'utf8'));
  } catch (error) {
    throw new ScriptError(`The script cannot be read as JSON: ${error.message}`);
  }
}

/** The events of a run of this program itself, in the form of the claude CLI's. */
function eventsOf({ usage, summary }, error) {
  const model = usage.model ?? 'scripted';
  const counted = usage.inputTokens !== undefined || usage.outputTokens !== undefined;
  // What the script does not tell stays out: unknown is not 0.
  const used = {
    inputTokens: usage.inputTokens,
    outputTokens: usage.outputTokens,
    cacheReadInputTokens: usage.cacheReadTokens,
    cacheCreationInputTokens: usage.cacheWriteTokens,
  };
  return [
    {
      type: 'system',
      subtype: 'init',
      model,
      apiKeySource: 'none',
      claude_code_version: 'scripted',
    },
    {
      type: 'result',
      subtype: error === null ? 'success' : 'error_during_execution',
      is_error: error !== null,
      result: error === null ? (summary ?? 'Done.') : error,
      duration_ms: Date.now() - start,
      num_turns: usage.turns,
      total_cost_usd: usage.costUsd,
      modelUsage: counted ? { [model]: used } : {},
      permission_denials: [],
    },
  ];
}

/** cli-envelope.json first: it is the raw word, and must be there whatever comes after it. */
function finish(workspace, events) {
  fs.rmSync(`${workspace}/cli-envelope.json`, { recursive: true, force: true });
  fs.writeFileSync(`${workspace}/cli-envelope.json`, JSON.stringify(events), { flag: 'wx' });
  const result = events.at(-1);
  const outcome = result.is_error
    ? { kind: 'failure', code: 'execution', reason: result.result }
    : { kind: 'success', summary: result.result };
  fs.rmSync(`${workspace}/result.json`, { recursive: true, force: true });
  fs.writeFileSync(`${workspace}/result.json`, JSON.stringify({ outcome }), { flag: 'wx' });
  for (const event of events) say(event);
}

const ACTIONS = {
  write({ path, content, mode }) {
    const slash = path.lastIndexOf('/');
    if (slash > 0) fs.mkdirSync(path.slice(0, slash), { recursive: true });
    fs.writeFileSync(path, content);
    if (mode !== undefined) fs.chmodSync(path, Number.parseInt(mode, 8));
  },
  replace({ path, find, with: to }) {
    const parts = fs.readFileSync(path, 'utf8').split(find);
    if (find === '' || parts.length !== 2) {
      throw new Error(`"find" must be in ${path} once, and is there ${parts.length - 1} times`);
    }
    fs.writeFileSync(path, parts.join(to));
  },
  delete: ({ path }) => fs.rmSync(path, { recursive: true }),
  mkdir: ({ path }) => fs.mkdirSync(path, { recursive: true }),
  symlink: ({ path, target }) => fs.symlinkSync(target, path),
  run({ argv: [program, ...args], expect = 0 }) {
    const done = spawnSync(program, args, { stdio: ['ignore', 2, 2] });
    if (done.error) throw new Error(`${program} cannot be started (${done.error.code})`);
    if (done.status !== expect) {
      throw new Error(`${program} ended with ${done.status ?? done.signal}, not ${expect}`);
    }
  },
  print: ({ text }) => fs.writeSync(1, `${text}\n`),
};

function play(workspace) {
  const script = readScript(`${workspace}/private/script.json`);
  const entries = checkScript(script);
  const prompt = fs.readFileSync(`${workspace}/prompt.txt`, 'utf8');
  const number = (name) =>
    process.env[name] === undefined ? undefined : Number(process.env[name]);
  const role = process.env.CLAUDE_ROLE;
  const entry = entries.find((each) =>
    fits(each, {
      role,
      prompt,
      generation: number('AEDEV_GENERATION'),
      attempt: number('AEDEV_ATTEMPT'),
    }),
  );
  if (!entry)
    throw new ScriptError(`No entry of the script fits the role ${role} and this prompt.`);
  const { pace } = script;
  for (const [index, [kind, fields]] of entry.steps.entries()) {
    if (pace !== undefined) {
      say({ type: 'system', subtype: 'progress', step: index + 1, of: entry.steps.length, kind });
      sleep(pace);
    }
    if (kind === 'exit') return fields.code;
    if (kind === 'fail') return fail(fields);
    if (kind === 'sleepUntilKilled') {
      if (fields.afterResult) finish(workspace, eventsOf(entry, null));
      if (fields.ignoreTerm) process.on('SIGTERM', () => {});
      setInterval(() => {}, 2 ** 30);
      return null;
    }
    try {
      ACTIONS[kind](fields);
    } catch (error) {
      finish(workspace, eventsOf(entry, `Step ${index + 1} (${kind}) failed: ${error.message}.`));
      return 1;
    }
  }
  finish(workspace, eventsOf(entry, null));
  return 0;
}

/** Replays what a real CLI printed: one event, several, or nothing at all. */
function fail({ envelope, exit = 1, stderr = '' }) {
  const events = Array.isArray(envelope) ? envelope : [envelope];
  for (const event of events.filter(isObject)) say(event);
  fs.writeSync(2, stderr);
  return exit;
}

try {
  const [first, second] = process.argv.slice(2);
  if (first === '--check') checkScript(readScript(second));
  else {
    const code = play(first);
    if (code !== null) process.exitCode = code;
  }
} catch (error) {
  fs.writeSync(2, `${error instanceof ScriptError ? error.message : (error.stack ?? error)}\n`);
  process.exitCode = error instanceof ScriptError ? 64 : 70;
}
