import {
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sha256Hex } from '../../src/lib/hash.ts';
import { DiskBlobStore } from '../../src/store/blobs.ts';
import { tempFolder } from './kit.ts';

const bytes = new TextEncoder().encode('evidence');
const digest = sha256Hex(bytes);

describe('blob store', () => {
  const make = () => new DiskBlobStore(join(tempFolder(), 'blobs'));

  it('gives back what was put, by its sha256', async () => {
    const blobs = make();
    expect(await blobs.has(digest)).toBe(false);
    await expect(blobs.get(digest)).rejects.toMatchObject({ tag: 'not-found' });
    const mine = Uint8Array.from(bytes);
    expect(await blobs.put(mine)).toBe(digest);
    mine.fill(0);
    expect(await blobs.put(bytes)).toBe(digest);
    expect(await blobs.has(digest)).toBe(true);
    expect(Buffer.from(await blobs.get(digest)).equals(bytes)).toBe(true);
    const empty = await blobs.put(new Uint8Array());
    expect((await blobs.get(empty)).byteLength).toBe(0);
  });

  it.each(['', '../../etc/passwd', digest.toUpperCase(), `${digest}0`, 'g'.repeat(64)])(
    'takes nothing but a digest for a name: %j',
    async (name) => {
      const blobs = make();
      await expect(blobs.get(name)).rejects.toMatchObject({ tag: 'invalid' });
      await expect(blobs.has(name)).rejects.toMatchObject({ tag: 'invalid' });
    },
  );
});

describe('blobs on disk', () => {
  it('are private files named by their digest, without leftovers', async () => {
    const folder = join(tempFolder(), 'deep', 'blobs');
    const blobs = new DiskBlobStore(folder);
    await Promise.all(Array.from({ length: 5 }, () => blobs.put(bytes)));
    const path = join(folder, digest.slice(0, 2), digest.slice(2));
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(folder, digest.slice(0, 2)))).toEqual([digest.slice(2)]);
    expect(readFileSync(path).equals(bytes)).toBe(true);
  });

  it('are verified when read; a put of the same content replaces one of the wrong size only', async () => {
    const folder = tempFolder();
    const blobs = new DiskBlobStore(folder);
    await blobs.put(bytes);
    const path = join(folder, digest.slice(0, 2), digest.slice(2));
    const before = statSync(path).ino;
    await blobs.put(bytes);
    expect(statSync(path).ino).toBe(before);
    writeFileSync(path, 'Evidence');
    await expect(blobs.get(digest)).rejects.toMatchObject({ tag: 'corrupt' });
    writeFileSync(path, 'evid');
    await expect(blobs.get(digest)).rejects.toMatchObject({ tag: 'corrupt' });
    await blobs.put(bytes);
    expect(Buffer.from(await blobs.get(digest)).equals(bytes)).toBe(true);
  });

  it('follow no symbolic link, and say what stands in their way', async () => {
    const folder = tempFolder();
    const outside = join(folder, 'outside');
    writeFileSync(outside, bytes);
    const root = join(folder, 'blobs');
    mkdirSync(join(root, digest.slice(0, 2)), { recursive: true });
    symlinkSync(outside, join(root, digest.slice(0, 2), digest.slice(2)));
    const blobs = new DiskBlobStore(root);
    await expect(blobs.get(digest)).rejects.toMatchObject({ tag: 'io' });
    rmSync(root, { recursive: true });
    writeFileSync(root, 'a file where the folder belongs');
    await expect(blobs.put(bytes)).rejects.toMatchObject({ tag: 'io' });
    expect(await blobs.has(digest)).toBe(false);
  });
});
