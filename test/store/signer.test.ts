import { generateKeyPairSync } from 'node:crypto';
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { KeyError, loadOrCreateKey, loadVerifier } from '../../src/store/signer.ts';
import { tempFolder } from './kit.ts';

const tagged = (tag: string) => expect.objectContaining({ name: 'KeyError', tag });

it('makes a private key file once and signs with the same key ever after', () => {
  const path = join(tempFolder(), 'keys', 'log.pem');
  expect(() => loadVerifier(path)).toThrow(tagged('missing'));
  const key = loadOrCreateKey(path);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(statSync(join(path, '..')).mode & 0o777).toBe(0o700);
  expect(readdirSync(join(path, '..'))).toEqual(['log.pem']);
  const again = loadOrCreateKey(path);
  const verifier = loadVerifier(path);
  expect([again.keyId, verifier.keyId]).toEqual([key.keyId, key.keyId]);
  expect(key.publicKeyPem).toMatch(/^-----BEGIN PUBLIC KEY-----/);
  const bytes = Buffer.from('head');
  expect(verifier.verify(bytes, key.sign(bytes))).toBe(true);
  expect(again.verify(Buffer.from('heaD'), key.sign(bytes))).toBe(false);
  expect(Object.keys(verifier).sort()).toEqual(['keyId', 'publicKeyPem', 'verify']);
  const other = loadOrCreateKey(`${path}.2`);
  expect(other.keyId).not.toBe(key.keyId);
  expect(other.verify(bytes, key.sign(bytes))).toBe(false);
});

it.each([0o640, 0o604, 0o660, 0o602])(
  'refuses a key file with mode %o and says what to do',
  (mode) => {
    const path = join(tempFolder(), 'log.pem');
    loadOrCreateKey(path);
    chmodSync(path, mode);
    expect(() => loadOrCreateKey(path)).toThrow(tagged('exposed'));
    expect(() => loadOrCreateKey(path)).toThrow(/chmod 600/);
  },
);

it('refuses what is not an Ed25519 key without showing what it is', () => {
  const folder = tempFolder();
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const contents = ['', 'hunter2', rsa.export({ type: 'pkcs8', format: 'pem' }).toString()];
  for (const [index, content] of contents.entries()) {
    const path = join(folder, `${index}.pem`);
    writeFileSync(path, content, { mode: 0o600 });
    expect(() => loadOrCreateKey(path)).toThrow(tagged('not-a-key'));
    try {
      loadOrCreateKey(path);
    } catch (error) {
      expect(error).toBeInstanceOf(KeyError);
      expect(String((error as Error).stack)).not.toContain('hunter2');
      expect((error as Error).cause).toBeUndefined();
    }
    expect(readFileSync(path, 'utf8')).toBe(content);
  }
});

it('refuses links, folders and paths that cannot be', () => {
  const folder = tempFolder();
  const path = join(folder, 'log.pem');
  loadOrCreateKey(path);
  symlinkSync(path, join(folder, 'link.pem'));
  mkdirSync(join(folder, 'folder.pem'));
  for (const name of ['link.pem', 'folder.pem', 'log.pem/below.pem']) {
    expect(() => loadOrCreateKey(join(folder, name)), name).toThrow(tagged('unreadable'));
  }
});
