/** Parts of the srt tier that need no sandbox: the filter, what is readable, what is missing, Seatbelt. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chooseTier } from '../../../src/execution/sandboxes/choose.ts';
import type { SandboxExit, SandboxSpec } from '../../../src/execution/sandboxes/sandbox.ts';
import { seatbelt } from '../../../src/execution/sandboxes/srt-macos.ts';
import { prove } from '../../../src/execution/sandboxes/srt-proof.ts';
import { seccompFilter } from '../../../src/execution/sandboxes/srt-seccomp.ts';
import { findProgram, findToolchain } from '../../../src/execution/sandboxes/srt-toolchain.ts';
import { findTools, whyNot } from '../../../src/execution/sandboxes/srt-tools.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'aedev-srt-parts-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** What the kernel would do with a call, by the rules of bpf(4) as far as the filter uses them. */
function decide(filter: Buffer, arch: number, nr: number, args: bigint[] = []): string {
  const data = Buffer.alloc(64);
  data.writeUInt32LE(nr, 0);
  data.writeUInt32LE(arch, 4);
  for (const [index, value] of args.entries()) data.writeBigUInt64LE(value, 16 + 8 * index);
  let value = 0;
  for (let at = 0; at < filter.length; at += 8) {
    const code = filter.readUInt16LE(at);
    const k = filter.readUInt32LE(at + 4);
    const jump = (yes: boolean) => {
      at += 8 * filter.readUInt8(at + (yes ? 2 : 3));
    };
    if (code === 0x20) value = data.readUInt32LE(k);
    else if (code === 0x15) jump(value === k);
    else if (code === 0x45) jump((value & k) !== 0);
    else if (code === 0x35) jump(value >= k);
    else if (code === 0x06)
      return { 2147418112: 'allow', 327681: 'EPERM', 327718: 'ENOSYS' }[k] ?? '?';
    else throw new Error(`instruction ${code}`);
  }
  throw new Error('fell off its end');
}

describe('the filter of system calls', () => {
  const NEWUSER = 0x10000000n;
  const machines = [
    {
      arch: 'x64',
      audit: 0xc000003e,
      read: 0,
      clone: 56,
      unshare: 272,
      ioctl: 16,
      mount: 165,
      keyctl: 250,
      setns: 308,
      affinity: 203,
    },
    {
      arch: 'arm64',
      audit: 0xc00000b7,
      read: 63,
      clone: 220,
      unshare: 97,
      ioctl: 29,
      mount: 40,
      keyctl: 219,
      setns: 268,
      affinity: 122,
    },
  ];
  for (const m of machines) {
    it(`keeps from namespaces, keyrings and mounts on ${m.arch}, and lets the rest be`, () => {
      const filter = seccompFilter(m.arch) as Buffer;
      const of = (nr: number, ...args: bigint[]) => decide(filter, m.audit, nr, args);
      for (const nr of [m.read, m.clone, m.unshare, m.ioctl]) expect(of(nr)).toBe('allow');
      for (const nr of [m.mount, m.keyctl, m.setns, m.affinity, 425, 426, 427, 429, 442]) {
        expect(of(nr)).toBe('EPERM');
      }
      expect(of(435)).toBe('ENOSYS');
      for (const nr of [m.clone, m.unshare]) {
        expect(of(nr, NEWUSER)).toBe('EPERM');
        expect(of(nr, NEWUSER | 0x20000n)).toBe('EPERM');
        // What threads and child processes are made with.
        expect(of(nr, 0x3d0f00n)).toBe('allow');
      }
      expect(of(m.ioctl, 0n, 0x5412n)).toBe('EPERM');
      expect(of(m.ioctl, 0n, 0x541cn)).toBe('EPERM');
      // The kernel reads the low half only, so the upper one must not hide it.
      expect(of(m.ioctl, 0n, 0x1_0000_5412n)).toBe('EPERM');
      expect(of(m.ioctl, 0n, 0x5413n)).toBe('allow');
      expect(of(m.ioctl, 0x5412n, 0n)).toBe('allow');
      // Other machines' numbers mean other calls.
      expect(decide(filter, 0x40000003, m.read)).toBe('ENOSYS');
    });
  }

  it('has no second set of numbers on x64, and does not exist where numbers are unknown', () => {
    const filter = seccompFilter('x64') as Buffer;
    expect(decide(filter, 0xc000003e, 0x40000000 + 165)).toBe('ENOSYS');
    expect(seccompFilter('riscv64')).toBeNull();
  });
});

describe('what can be read', () => {
  const path = '/usr/local/bin:/usr/bin:/bin';

  it('refuses folders of the operator that would open what must stay closed', () => {
    const home = join(dir, 'aedev-home');
    const fine = join(dir, 'toolchain');
    mkdirSync(join(home, 'runs'), { recursive: true });
    mkdirSync(fine);
    symlinkSync(home, join(dir, 'link'));
    const bad = ['/', homedir(), dirname(home), home, join(home, 'runs'), join(dir, 'link')];
    for (const folder of [...bad, 'relative', join(dir, 'absent')]) {
      expect(() => findToolchain(path, [folder], [home])).toThrow(
        expect.objectContaining({ tag: 'spec' }),
      );
    }
    const { binds } = findToolchain(path, [fine], [home]);
    expect(binds).toContain(fine);
    for (const closed of ['/etc', '/etc/shadow', '/home', '/root', '/var', '/run', '/opt', '/']) {
      expect(binds).not.toContain(closed);
    }
  });

  it('puts only what can be read on the PATH', () => {
    const { path: inside } = findToolchain(`${dir}:relative:/usr/bin:/bin:/etc`, [], []);
    const node = dirname(process.execPath);
    expect(inside.split(':')).toEqual([...new Set(['/usr/bin', '/bin', node])]);
  });

  it('shows a program that lies elsewhere alone, with npm’s packages around it', () => {
    const toolchain = findToolchain(path, [], []);
    const alone = join(dir, 'bin', 'tool');
    const packaged = join(dir, 'lib', 'node_modules', 'some', 'bin', 'run.js');
    for (const file of [alone, packaged]) {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, '#!/bin/sh\n');
      chmodSync(file, 0o755);
    }
    symlinkSync(packaged, join(dir, 'bin', 'some'));
    const hostPath = `${join(dir, 'bin')}:${path}`;
    expect(findProgram(toolchain, 'tool', hostPath)).toEqual({ argv0: alone, binds: [alone] });
    expect(findProgram(toolchain, 'some', hostPath)).toEqual({
      argv0: packaged,
      binds: [join(dir, 'lib', 'node_modules')],
    });
    expect(findProgram(toolchain, 'sh', hostPath)).toEqual({ argv0: 'sh', binds: [] });
    expect(findProgram(toolchain, './check.sh', hostPath)).toEqual({
      argv0: './check.sh',
      binds: [],
    });
    writeFileSync(join(dir, 'bin', 'not-a-program'), '');
    for (const name of ['no-such-tool', 'not-a-program', join(dir, 'absent')]) {
      expect(() => findProgram(toolchain, name, hostPath)).toThrow(
        expect.objectContaining({ tag: 'not-found' }),
      );
    }
  });
});

describe('the tier in force', () => {
  it('is the engine’s where one answers, else srt; a named one is never replaced', async () => {
    const answers = async () => ({ engine: 'docker 1', takesProfile: true });
    const silent = async () => ({ problem: { code: 'sandbox-engine', sentence: '', remedy: '' } });
    expect(await chooseTier('auto', answers)).toBe('docker');
    expect(await chooseTier('auto', silent)).toBe('srt');
    for (const tier of ['docker', 'srt', 'process'] as const) {
      for (const engine of [answers, silent]) expect(await chooseTier(tier, engine)).toBe(tier);
    }
  });
});

describe('what is missing', () => {
  const machine = { arch: 'x64', folders: ['/usr/bin', '/bin'], kernel: '6.1.0' };
  const fake = (version: string): string => {
    const folder = mkdtempSync(join(dir, 'tools-'));
    for (const name of ['bwrap', 'prlimit', 'setpriv']) {
      writeFileSync(join(folder, name), `#!/bin/sh\necho bubblewrap ${version}\n`);
      chmodSync(join(folder, name), 0o755);
    }
    return folder;
  };

  it('is named, each with the one command that mends it', async () => {
    const problems = await findTools({ ...machine, folders: [dir] });
    expect(problems).toMatchObject([
      { code: 'sandbox-engine', sentence: expect.stringContaining('bwrap') },
      { sentence: expect.stringContaining('prlimit') },
      { sentence: expect.stringContaining('setpriv') },
    ]);
    for (const { remedy } of problems as { remedy: string }[]) {
      expect(remedy).toMatch(/bubblewrap|util-linux/);
      expect(remedy).toContain('docker tier');
    }
  });

  it('is also a bubblewrap that cannot bound a tmpfs, and a machine with unknown calls', async () => {
    const old = await findTools({ ...machine, folders: [fake('0.6.1')] });
    expect(old).toMatchObject([{ sentence: expect.stringContaining('0.6.1 is too old') }]);
    const fresh = await findTools({ ...machine, folders: [fake('0.11.0')] });
    expect(fresh).toMatchObject({ engine: 'bubblewrap 0.11.0', taskset: null });
    expect(await findTools({ ...machine, arch: 'riscv64' })).toHaveLength(1);
  });

  it('counts on the kernel for a run’s own processes only from 5.14 on', async () => {
    const folders = [fake('0.8.0')];
    const on = async (kernel: string) => findTools({ ...machine, folders, kernel });
    expect(await on('5.13.19')).toMatchObject({ countsProcesses: false });
    expect(await on('5.14.0-rc1')).toMatchObject({ countsProcesses: true });
    expect(await on('6.0.2')).toMatchObject({ countsProcesses: true });
  });

  it('is told by the setting that forbids user namespaces', () => {
    const forbids = [
      ['user/max_user_namespaces', '0', 'user.max_user_namespaces=15000'],
      ['kernel/unprivileged_userns_clone', '0', 'kernel.unprivileged_userns_clone=1'],
      ['kernel/apparmor_restrict_unprivileged_userns', '1', 'unprivileged_userns=0'],
    ];
    for (const [path, value, command] of forbids) {
      const why = whyNot('', false, (asked) => (asked === path ? (value ?? null) : null));
      expect(why.sentence).toContain(`${path?.replaceAll('/', '.')} is ${value}`);
      expect(why.remedy).toContain(`sudo sysctl -w`);
      expect(why.remedy).toContain(command);
    }
    expect(whyNot('bwrap: No permissions', false, () => null).sentence).toContain('No permissions');
    expect(whyNot('', true, () => '0').sentence).not.toContain('user namespaces');
  });
});

describe('the proof', () => {
  /** A sandbox that holds nothing. */
  const open = async (spec: SandboxSpec): Promise<SandboxExit> => {
    let code = 0;
    const [program, ...args] = spec.argv as [string, ...string[]];
    try {
      execFileSync(program, args, { cwd: spec.workspace, stdio: 'ignore' });
    } catch (error) {
      code = (error as { status: number }).status;
    }
    writeFileSync(spec.stdout, '');
    return { code, signal: null, ended: 'exited' } as SandboxExit;
  };

  it('refuses a sandbox that does not hold, and leaves nothing behind', async () => {
    const scratch = join(dir, 'scratch');
    mkdirSync(scratch);
    await expect(prove(scratch, open)).rejects.toMatchObject({
      tag: 'engine',
      message: expect.stringContaining('could read a file beside its workspace'),
    });
    const told = async (spec: SandboxSpec) => {
      writeFileSync(spec.stdout, '');
      return { code: 42, signal: null, ended: 'exited' } as SandboxExit;
    };
    // Only words: it has written nothing where it must be able to.
    await expect(prove(scratch, told)).rejects.toMatchObject({ tag: 'engine' });
    expect(execFileSync('ls', ['-A', scratch]).toString()).toBe('');
  });
});

describe('Seatbelt', () => {
  const spec: SandboxSpec = {
    run: 'mac',
    task: 't',
    argv: ['sh', '-c', 'printf "%s\\n" "$@"', 'sh', "it's", '$(id)', '', '-n', '`id`;\n"\\'],
    workspace: '',
    cwd: '.',
    readOnly: [],
    env: { TOKEN: 'dummy-secret-0123456789' },
    secretEnv: ['TOKEN'],
    stdin: null,
    stdout: '/o',
    stderr: '/e',
    maxOutputBytes: 1,
    network: 'none',
    limits: { wallMs: 1, idleMs: 1, memoryMb: 64, cpus: 1, pids: 16 },
  };
  const options = () => ({
    records: dir,
    scratch: dir,
    install: 'i',
    read: [],
    hidden: [dir],
    path: '/usr/bin:/bin',
  });

  it('denies by default, lets read the system and write the workspace alone', async () => {
    const workspace = mkdtempSync(join(dir, 'ws-'));
    const line = await seatbelt({ ...spec, workspace }, options());
    expect(line).toContain('(deny default');
    expect(line).toMatch(/\(deny file-read\*\n {2}\(subpath "\/"\)/);
    expect(line).toContain('/usr/bin/sandbox-exec');
    const writes = line.slice(line.indexOf('; File write'));
    expect(writes).toContain(`(subpath "${workspace}")`);
    expect(writes.slice(0, writes.indexOf('(deny file-write*'))).not.toContain(homedir());
    expect(line).not.toContain('network-outbound');
    expect(line).not.toContain('dummy-secret');
  });

  it('has one way out: the socket, and the port that leads to it', async () => {
    const workspace = mkdtempSync(join(dir, 'ws-'));
    const socket = join(dir, 's');
    writeFileSync(socket, '');
    const env = { ...spec.env, AEDEV_EGRESS_PORT: '40123' };
    const line = await seatbelt({ ...spec, env, workspace, network: { socket } }, options());
    const outbound = line.match(/allow network-outbound \(.*/g);
    expect(outbound).toEqual([
      `allow network-outbound (remote unix-socket (subpath "${socket}")))`,
      'allow network-outbound (remote ip "localhost:40123"))',
    ]);
    expect(line).toContain('entrypoint.mjs');
  });

  it('passes arguments as they are, whatever they hold', async () => {
    const workspace = mkdtempSync(join(dir, 'ws-'));
    const line = await seatbelt({ ...spec, workspace }, options());
    // Run by a shell that stands in for sandbox-exec: it starts what follows the profile.
    const stand = join(dir, 'sandbox-exec');
    writeFileSync(stand, '#!/bin/sh\nshift 2\nexec "$@"\n');
    chmodSync(stand, 0o755);
    const said = execFileSync('sh', ['-c', line.replaceAll('/usr/bin/sandbox-exec', stand)], {
      env: { PATH: '/usr/bin:/bin', HOME: '/nonexistent/home' },
      stdio: ['ignore', 'pipe', 'ignore'],
      encoding: 'utf8',
    });
    expect(said).toBe(`${spec.argv.slice(4).join('\n')}\n`);
  });
});
