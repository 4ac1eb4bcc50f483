/** Homes with real history for the doctor, and ways to harm a copy of one. */
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { parse, stringify } from 'yaml';
import { diagnose } from '../../src/compose/doctor.ts';
import { runDaemon } from '../../src/compose/serve.ts';
import { type HomePaths, homePaths } from '../../src/config/home.ts';
import type { Diagnosis } from '../../src/control/diagnosis.ts';
import type { Task } from '../../src/control/task.ts';
import { sha256Hex } from '../../src/lib/hash.ts';
import { type Installation, install } from '../support/installation.ts';
import { deliver } from '../support/mission.ts';

export const ENV = {
  PATH: process.env['PATH'],
  AEDEV_KEYCHAIN: 'off',
  TEST_OPENAI_KEY: 'dummy-openai',
  TEST_GEMINI_KEY: 'dummy-gemini',
};

export interface History {
  installation: Installation;
  /** A home whose daemon was killed at rest: its log has an open life and a WAL. */
  crashed: string;
  /** The same after a daemon started and stopped properly. */
  rested: string;
  task: Task;
  end(): Promise<void>;
}

/** One mission, from its request to the merge. */
export async function makeHistory(): Promise<History> {
  const installation = await install();
  const task = await deliver(installation);
  expect(task).toMatchObject({ status: 'remembered' });
  const [crashed, rested] = ['crashed', 'rested'].map((name) => join(installation.dir, name)) as [
    string,
    string,
  ];
  for (const copy of [crashed, rested]) cpSync(installation.home, copy, { recursive: true });
  const stop = new AbortController();
  await runDaemon({ ...daemonOptions(pathsOf(rested), stop.signal), ready: () => stop.abort() });
  return { installation, crashed, rested, task, end: () => installation.end() };
}

export const pathsOf = (home: string): HomePaths => homePaths({ AEDEV_HOME: home }, '/');

export const daemonOptions = (paths: HomePaths, signal: AbortSignal) => ({
  paths,
  env: ENV,
  version: '0.0.0-test',
  port: 0,
  log: () => undefined,
  signal,
});

const folders: string[] = [];

export function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'aedev-doctor-'));
  folders.push(folder);
  return folder;
}

export function removeFolders(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

export function copyOf(home: string): HomePaths {
  const copy = join(tempFolder(), 'home');
  cpSync(home, copy, { recursive: true });
  return pathsOf(copy);
}

/** A folder for PATH with these programs only: links to the machine's own, or shell scripts. */
export function toolbox(tools: Record<string, string | null>): string {
  const folder = join(tempFolder(), 'bin');
  mkdirSync(folder);
  for (const [name, script] of Object.entries(tools)) {
    const path = join(folder, name);
    if (script !== null) writeFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    else symlinkSync(execFileSync('which', [name], { encoding: 'utf8' }).trim(), path);
  }
  return folder;
}

/** Runs `work` while the programs of this process are those in `path`. */
export async function withPath<T>(path: string, work: () => Promise<T>): Promise<T> {
  const before = process.env['PATH'];
  process.env['PATH'] = path;
  try {
    return await work();
  } finally {
    process.env['PATH'] = before;
  }
}

/** Every name, kind, mode and content below a folder, except SQLite's shared index of a WAL. */
export function allOf(folder: string, prefix = ''): Record<string, string> {
  const found: Record<string, string> = {};
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return found;
  }
  for (const name of names.filter((each) => !each.endsWith('-shm'))) {
    const path = join(folder, name);
    const info = lstatSync(path);
    const content = info.isFile() ? sha256Hex(readFileSync(path)) : '';
    found[prefix + name] = `${info.mode} ${info.size} ${info.mtimeMs} ${content}`;
    if (info.isDirectory()) {
      found[prefix + name] = `${info.mode} ${info.mtimeMs}`;
      Object.assign(found, allOf(path, `${prefix}${name}/`));
    }
  }
  return found;
}

/** The doctor's lines; fails when it changed a byte, named a secret, or left somebody helpless. */
export async function examined(
  paths: HomePaths,
  options: { env?: Record<string, string | undefined>; moving?: boolean } = {},
): Promise<Diagnosis[]> {
  const before = allOf(paths.home);
  const lines = await diagnose(paths, options.env ?? ENV);
  if (!options.moving) expect(allOf(paths.home)).toEqual(before);
  const said = JSON.stringify(lines);
  for (const secret of ['aedev_op_', 'aedev_ag_', 'PRIVATE KEY', 'dummy-openai', 'dummy-oauth'])
    expect(said).not.toContain(secret);
  for (const line of lines) {
    expect(line.what).not.toBe('');
    expect(line.sentence).toMatch(/^\S.*[.?)…]$/s);
    if (line.state === 'broken' || line.state === 'missing') expect(line.remedy).not.toBe('');
    if (line.state === 'ok') expect(line.remedy).toBe('');
  }
  return lines;
}

/** Lines about one thing. */
export const about = (lines: readonly Diagnosis[], what: string) =>
  lines.filter((line) => line.what === what);

/** Lines that make the doctor fail. */
export const failing = (lines: readonly Diagnosis[]) =>
  lines.filter(
    ({ state, kind }) => (state === 'broken' || state === 'missing') && kind !== 'advice',
  );

const HARM = `
import Database from 'libsql';
const [path, keep, ...statements] = process.argv.slice(1);
const db = new Database(path, { timeout: 5000 });
const triggers = keep === 'keep' ? [] : db.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").all();
for (const { name } of triggers) db.exec('DROP TRIGGER ' + name);
for (const sql of statements) db.exec(sql);
for (const { sql } of triggers) db.exec(sql);
db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
`;

/**
 * Runs SQL on a log behind its triggers (or, with `keep`, under them). In a process of its own:
 * libsql closes a connection only when memory is collected, and that would change the file later.
 */
export function harm(path: string, triggers: 'keep' | 'drop', ...statements: string[]): void {
  const args = ['--input-type=module', '-e', HARM, path, triggers, ...statements];
  execFileSync(process.execPath, args, { stdio: 'pipe' });
}

/** Changes one of the two configuration files. */
export function edit(file: string, change: (value: Record<string, never>) => void): void {
  const value = parse(readFileSync(file, 'utf8')) as Record<string, never>;
  change(value);
  writeFileSync(file, stringify(value), { mode: 0o600 });
}
