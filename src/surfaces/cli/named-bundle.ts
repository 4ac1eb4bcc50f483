/** A bundle of evidence as the operator names it: by task, by digest, or as a file. */

import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { streamOf } from '../../control/streams.ts';
import type { Task } from '../../control/task.ts';
import { codeOf } from '../../lib/small-file.ts';
import { CliError } from './exit-codes.ts';
import type { Host } from './host.ts';
import { notFound, withReader } from './open.ts';
import { safe, shortDigest } from './output.ts';
import { readNamed } from './read-file.ts';

const MAX_BUNDLE = 256 * 1024 * 1024;
const DIGEST = /^[0-9a-f]{64}$/;
/** As the screens print them, or a little shorter. */
const DIGEST_START = /^[0-9a-f]{8,63}$/;
const TASK_ID = /^t-[a-z0-9]{4,32}$/;

/** The bytes, and the digest they must have when one was named. */
export async function bundleOf(
  host: Host,
  which: string,
): Promise<{ bytes: Uint8Array; digest: string | null }> {
  if (TASK_ID.test(which)) {
    const task = await withReader(
      host,
      async (reader) => (await reader.state(streamOf.task(which)))?.state as Task | undefined,
    );
    if (!task) throw notFound('task', which);
    if (!task.evidence)
      throw new CliError(
        'not-found',
        `Task ${which} has no evidence yet: it is ${safe(task.status)}.`,
      );
    return sealed(host, task.evidence.digest);
  }
  if (DIGEST.test(which)) return sealed(host, which);
  if (!existsSync(resolve(host.cwd, which))) {
    const digests = DIGEST_START.test(which) ? blobsFrom(host, which) : [];
    if (digests.length === 1) return sealed(host, digests[0] ?? '');
    if (digests.length > 1)
      throw new CliError(
        'usage',
        `${digests.length} things that are kept here begin with ${which}.`,
        'Give more digits of the digest.',
      );
    throw new CliError(
      'not-found',
      `"${safe(which, 120)}" is neither a task, nor the sha256 of a bundle or its first 8 digits, nor a file.`,
      'See `aedev task list`.',
    );
  }
  return { bytes: readNamed(host, which, MAX_BUNDLE), digest: null };
}

/** Digests of blobs that begin so. */
function blobsFrom(host: Host, start: string): string[] {
  const folder = start.slice(0, 2);
  let names: string[];
  try {
    names = readdirSync(join(host.paths().blobs, folder));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
  return names
    .map((name) => `${folder}${name}`)
    .filter((digest) => DIGEST.test(digest) && digest.startsWith(start));
}

async function sealed(host: Host, digest: string) {
  const bytes = await host.readBlob(digest);
  if (bytes) return { bytes, digest };
  throw new CliError(
    'not-found',
    `There is no sound bundle ${shortDigest(digest)}… here.`,
    'Look with `aedev doctor` whether blobs are damaged.',
  );
}
