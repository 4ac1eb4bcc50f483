import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** One recorded run of a real `claude` CLI: plain json (an object), an array, or stream events. */
export interface ClaudeSample {
  name: string;
  cli: string;
  exit_code: number;
  stderr: string;
  stdout: unknown;
}

const FOLDER = resolve(import.meta.dirname, '..', 'fixtures', 'claude-cli');

export function claudeSamples(): ClaudeSample[] {
  return ['.', 'streams'].flatMap((sub) =>
    readdirSync(join(FOLDER, sub))
      .filter((file) => file.endsWith('.json'))
      .sort()
      .map((file) => {
        const sample = JSON.parse(readFileSync(join(FOLDER, sub, file), 'utf8')) as ClaudeSample;
        return { ...sample, name: join(sub, file.replace('.json', '')) };
      }),
  );
}

/** The events as the CLI prints them: one per line. */
export function stdoutOf(sample: Pick<ClaudeSample, 'stdout'>): string {
  const events = Array.isArray(sample.stdout) ? sample.stdout : [sample.stdout];
  return events
    .filter((event) => typeof event === 'object')
    .map((event) => `${JSON.stringify(event)}\n`)
    .join('');
}

/** Lays a finished run out as a sandbox leaves it. */
export function leave(root: string, name: string, stdout: string | Buffer, stderr = '') {
  const workspace = join(root, name.replaceAll('/', '_'));
  mkdirSync(join(workspace, 'repo'), { recursive: true });
  writeFileSync(`${workspace}.out`, stdout);
  writeFileSync(`${workspace}.err`, stderr);
  return { workspace, stdout: `${workspace}.out`, stderr: `${workspace}.err` };
}
