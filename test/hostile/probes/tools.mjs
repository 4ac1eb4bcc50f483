// What the probes share: what they aim at, how they try, and how they say what came of it.
import fs from 'node:fs';
import net from 'node:net';
import { syscalls } from './syscalls.mjs';

const [, , targetsFile] = process.argv;
export const targets = JSON.parse(fs.readFileSync(targetsFile, 'utf8'));
// Stands backwards in what this program was given, so that finding its own copy is no success.
export const canary = Buffer.from([...targets.yranac].reverse().join(''));

export const read = (path) => {
  try {
    return fs.readFileSync(path);
  } catch (error) {
    return error.code;
  }
};
export const first = (list) => list.find((one) => one !== null) ?? null;
export const reached = (what) => `REACHED ${what}`;
export const held = (how) => `held: ${[...new Set([how].flat())].join(', ')}`;
export const tried = (work) => {
  try {
    work();
    return null;
  } catch (error) {
    return error.code ?? error.message;
  }
};

/** Errors of each, or the first that worked. */
export const each = (things, work) => {
  const codes = [];
  for (const thing of things) {
    const code = work(thing);
    if (code === null) return reached(thing);
    codes.push(code);
  }
  return held(codes);
};

const connectTo = (to) =>
  new Promise((done) => {
    const socket = net.connect(to);
    socket.setTimeout(1500, () => socket.destroy(new Error('silence')));
    socket.once('connect', () => {
      socket.destroy();
      done(null);
    });
    socket.once('error', (error) => done(error.code ?? error.message));
  });
export const anyOf = async (list) => {
  const codes = await Promise.all(list.map(connectTo));
  const at = codes.indexOf(null);
  return at < 0 ? held(codes) : reached(JSON.stringify(list[at]));
};

/** Every readable file under a folder, links not followed, a bounded number. */
export function* under(dir, left = { files: 20_000 }) {
  let entries;
  try {
    entries = fs.readdirSync(dir, { withFileTypes: true });
  } catch {
    return;
  }
  for (const entry of entries) {
    const path = `${dir}/${entry.name}`;
    if (left.files-- <= 0) return;
    if (entry.isDirectory()) yield* under(path, left);
    else yield { path, entry };
  }
}
export const pids = () => fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name));

/** What the calls of a group answered; `denied` must not even be looked into by the kernel. */
export const calls = (group) => () => {
  const answers = syscalls(group, targets.bystander);
  if (answers === null) return 'SKIPPED: these call numbers are of x86-64';
  const worked = answers.find(
    ({ result, allowed }) => result >= 0 || allowed.includes(result) === false,
  );
  return worked
    ? reached(`${worked.name} answered ${worked.result}`)
    : held(answers.map(({ name, result }) => `${name} ${result}`));
};
