/** The keychain, by fake tools in the PATH that write down how they were asked. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { storeCommand, systemKeychain } from '../../src/lib/keychain.ts';

const NAME = 'AEDEV_CLAUDE_OAUTH_TOKEN';
const SECRET = 'sk-ant-oat01-dummy-of-a-test-4711';
let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'aedev-keychain-'));
  mkdirSync(join(dir, 'bin'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const seen = () => readFileSync(join(dir, 'seen'), 'utf8');
function tool(name: string, then: string): void {
  const path = join(dir, 'bin', name);
  const write = `printf '%s\\n' "$@" >"${dir}/seen"; env >>"${dir}/seen"`;
  writeFileSync(path, `#!/bin/sh\n${write}\n${then}\n`);
  chmodSync(path, 0o755);
}
const env = (more: Record<string, string> = {}) => ({
  PATH: `${join(dir, 'bin')}:/usr/bin:/bin`,
  HOME: dir,
  ...more,
});

describe.each([
  ['darwin', 'security', ['find-generic-password', '-s', 'aedev', '-a', NAME, '-w'], 44],
  ['linux', 'secret-tool', ['lookup', 'service', 'aedev', 'name', NAME], 1],
] as const)('on %s', (platform, program, args, absent) => {
  const get = (more: Record<string, string> = {}, limitMs = 5000) =>
    systemKeychain(env(more), platform, limitMs).get(NAME);

  it('asks by name; the value comes over the pipe, without its line end', async () => {
    tool(program, `echo '${SECRET}'`);
    expect(await get({ DBUS_SESSION_BUS_ADDRESS: 'unix:path=/x' })).toEqual({ value: SECRET });
    expect(seen().split('\n').slice(0, args.length)).toEqual(args);
    expect(seen()).not.toContain(SECRET);
    expect(seen()).toContain('DBUS_SESSION_BUS_ADDRESS=unix:path=/x');
  });
  it('passes nothing else of the environment on', async () => {
    tool(program, 'exit 3');
    await get({ ANTHROPIC_API_KEY: 'dummy-key', AEDEV_CLAUDE_API_KEY: 'dummy-key' });
    expect(seen()).not.toContain('dummy-key');
  });
  it('knows what is not there', async () => {
    tool(program, `exit ${absent}`);
    expect(await get()).toEqual({ absent: true });
    tool(program, 'exit 0');
    expect(await get()).toEqual({ absent: true });
    rmSync(join(dir, 'bin', program));
    expect(await systemKeychain({ PATH: join(dir, 'bin') }, platform).get(NAME)).toEqual({
      absent: true,
    });
  });
  it('says what keeps it from answering, and none of what the tool said', async () => {
    tool(program, 'echo "secret in an error" >&2; exit 36');
    expect(await get()).toEqual({ problem: 'the keychain could not be read (36)' });
    tool(program, 'exec sleep 60');
    expect(await get({}, 200)).toEqual({ problem: 'the keychain did not answer within 0.2 s' });
    tool(program, 'head -c 100000 /dev/zero');
    expect(await get()).toMatchObject({ problem: expect.stringContaining('too large') });
  });
  it('is not asked where the operator says so, nor for an odd name', async () => {
    tool(program, `echo '${SECRET}'`);
    expect(await get({ AEDEV_KEYCHAIN: 'off' })).toEqual({ absent: true });
    const odd = systemKeychain(env(), platform);
    expect(await odd.get('-w')).toEqual({ absent: true });
    expect(existsSync(join(dir, 'seen'))).toBe(false);
  });
  it('tells the operator a command without the value in it', () => {
    const command = storeCommand(NAME, platform);
    expect(command.startsWith(program)).toBe(true);
    expect(command).toContain(NAME);
  });
});

it('knows no keychain elsewhere', async () => {
  expect(await systemKeychain(env(), 'win32').get(NAME)).toEqual({ absent: true });
});
