/** How shut a container is: looked at from inside, and asked of the engine while it runs. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DockerSandbox } from '../../../src/execution/sandboxes/docker.ts';
import { SECCOMP_PROFILE } from '../../../src/execution/sandboxes/docker-seccomp.ts';
import { hostTable } from '../../../src/execution/sandboxes/process-table.ts';
import type { SandboxSpec } from '../../../src/execution/sandboxes/sandbox.ts';
import { NO_DOCKER, type SandboxBed, sandboxBed } from '../../support/sandboxes.ts';
import { until } from '../../support/until.ts';

const forever = () => new AbortController().signal;
const uid = process.getuid?.() === 0 ? 10001 : (process.getuid?.() ?? 10001);
const limits = { wallMs: 60_000, idleMs: 60_000, memoryMb: 200, cpus: 1.5, pids: 77 };

/** Prints what a process in the container finds, as JSON. */
const PROBE = `
const fs = require('node:fs'); const { spawnSync } = require('node:child_process');
const read = (path) => { try { return fs.readFileSync(path, 'utf8') } catch (error) { return error.code } };
const field = (text, name) => new RegExp('^' + name + ':\\\\s*(\\\\S+)', 'm').exec(text)?.[1];
const limit = (name) => new RegExp('^' + name + '\\\\s+(\\\\S+)\\\\s+(\\\\S+)', 'm').exec(read('/proc/self/limits'))?.slice(1).join(' ');
const tried = (work) => { try { work(); return 'done' } catch (error) { return error.code } };
const write = (path) => tried(() => fs.writeFileSync(path, 'x'));
const ran = (...argv) => spawnSync(argv[0], argv.slice(1), { encoding: 'utf8' }).status === 0;
const size = (path) => { const s = fs.statfsSync(path); return (s.blocks * s.bsize) / (1 << 20) };
const status = read('/proc/self/status');
const mounts = read('/proc/self/mounts').split('\\n').map((line) => line.split(' '));
const flags = (at) => mounts.find((one) => one[1] === at)?.[3].split(',') ?? [];
spawnSync('sh', ['-c', '(sleep 0.05 &) ; (true &) ; exit 0']);
setTimeout(() => {
  const zombies = fs.readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name) && /^State:\\s+Z/m.test(read('/proc/' + name + '/status')));
  console.log(JSON.stringify({
    uid: process.getuid(), gid: process.getgid(), groups: process.getgroups(),
    capabilities: ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'].map((name) => field(status, name)),
    noNewPrivs: field(status, 'NoNewPrivs'), seccomp: field(status, 'Seccomp'),
    oom: read('/proc/self/oom_score_adj').trim(),
    files: limit('Max file size'), open: limit('Max open files'), core: limit('Max core file size'),
    wrote: Object.fromEntries(['/x', '/etc/x', '/usr/bin/x', '/workspace/x', '/tmp/x', process.env.HOME + '/x', '/given/x', '/proc/sys/kernel/core_pattern', '/sys/kernel/x', '/proc/sysrq-trigger'].map((path) => [path, write(path)])),
    sizes: { tmp: size('/tmp'), home: size(process.env.HOME), shm: size('/dev/shm') },
    flags: { tmp: flags('/tmp'), home: flags(process.env.HOME), given: flags('/given') },
    did: { mount: ran('mount', '-t', 'tmpfs', 'x', '/tmp'), node: tried(() => fs.mkdirSync('/tmp/m')) && ran('mknod', '/tmp/m/d', 'b', '8', '0'), userns: ran('unshare', '-U', 'true'), chroot: ran('chroot', '/', 'true') },
    hidden: ['/proc/keys', '/proc/timer_list'].map((path) => read(path).length),
    sockets: ['/var/run/docker.sock', '/run/docker.sock'].filter((path) => fs.existsSync(path)),
    devices: fs.readdirSync('/dev').filter((name) => fs.lstatSync('/dev/' + name).isBlockDevice()),
    first: read('/proc/1/comm').trim(), zombies: zombies.length,
  }));
}, 200);`;

/** An x86-64 program whose first call is getpid of the 32-bit table, and its second is exit with the answer. */
const OTHER_MACHINE = (() => {
  const code = [0xb8, 20, 0, 0, 0, 0xcd, 0x80, 0x89, 0xc7, 0xb8, 60, 0, 0, 0, 0x0f, 0x05];
  const head = Buffer.alloc(120);
  head.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  head.writeUInt16LE(2, 16);
  head.writeUInt16LE(0x3e, 18);
  head.writeUInt32LE(1, 20);
  head.writeBigUInt64LE(0x400078n, 24);
  head.writeBigUInt64LE(64n, 32);
  for (const [at, value] of [64, 56, 1].entries()) head.writeUInt16LE(value, 52 + 2 * at);
  head.writeUInt32LE(1, 64);
  head.writeUInt32LE(5, 68);
  head.writeBigUInt64LE(0x400000n, 80);
  for (const at of [96, 104]) head.writeBigUInt64LE(BigInt(120 + code.length), at);
  return Buffer.concat([head, Buffer.from(code)]).toString('base64');
})();

describe.skipIf(NO_DOCKER !== null)(
  NO_DOCKER === null ? 'a container' : `a container (skipped: ${NO_DOCKER})`,
  () => {
    let bed: SandboxBed;
    beforeAll(() => {
      bed = sandboxBed('docker');
    });
    afterAll(() => bed.remove());
    const out = (spec: SandboxSpec) => readFileSync(spec.stdout, 'utf8');

    it('gives a program nothing but its workspace and bounded memory', async () => {
      const given = join(bed.root, 'given');
      mkdirSync(given);
      const readOnly = [{ source: given, target: '/given' }];
      const spec = bed.spec('inside', ['node', '-e', PROBE], { limits, readOnly });
      const exit = await bed.sandbox.run(spec, forever());
      expect({ code: exit.code, errors: readFileSync(spec.stderr, 'utf8') }).toEqual({
        code: 0,
        errors: '',
      });
      const seen = JSON.parse(out(spec));
      const none = '0000000000000000';
      expect(seen).toMatchObject({
        uid,
        capabilities: [none, none, none, none, none],
        noNewPrivs: '1',
        // 2: a filter is in force.
        seccomp: '2',
        oom: '500',
        files: `${2 ** 31} ${2 ** 31}`,
        open: '8192 8192',
        core: '0 0',
        sizes: { tmp: 16, home: 16, shm: 64 },
        did: { mount: false, node: false, userns: false, chroot: false },
        hidden: [0, 0],
        sockets: [],
        devices: [],
        first: 'docker-init',
        zombies: 0,
      });
      expect(seen.groups.filter((group: number) => group === 0)).toEqual([]);
      const wrote = Object.keys(seen.wrote).filter((path) => seen.wrote[path] === 'done');
      expect(wrote).toEqual(['/workspace/x', '/tmp/x', '/home/aedev/x']);
      for (const at of ['tmp', 'home'])
        expect(seen.flags[at]).toEqual(expect.arrayContaining(['rw', 'nosuid', 'nodev']));
      expect(seen.flags.given).toContain('ro');
    });

    it.skipIf(process.arch !== 'x64')('makes no call of a 32-bit machine', async () => {
      const script = `
        const fs = require('node:fs'); const { spawnSync } = require('node:child_process');
        fs.writeFileSync('/tmp/x', Buffer.from('${OTHER_MACHINE}', 'base64'), { mode: 0o755 });
        const { signal, status } = spawnSync('/tmp/x'); console.log(signal ?? 'answered ' + status);`;
      const spec = bed.spec('other-machine', ['node', '-e', script]);
      await bed.sandbox.run(spec, forever());
      expect(out(spec)).toMatch(/^SIG(?:SYS|SEGV)$/m);
    });

    it('is what the engine was told, with a label for everything that finds it again', async () => {
      const spec = bed.spec('asked', ['sh', '-c', ': > up; until [ -e go ]; do sleep 0.05; done'], {
        limits,
      });
      const running = bed.sandbox.run(spec, forever());
      await until('start', () => existsSync(join(spec.workspace, 'up')));
      const [container] = JSON.parse(
        execFileSync('docker', ['container', 'inspect', 'aedev-asked'], { encoding: 'utf8' }),
      );
      writeFileSync(join(spec.workspace, 'go'), '');
      await running;
      expect(container.HostConfig).toMatchObject({
        NetworkMode: 'none',
        ReadonlyRootfs: true,
        Privileged: false,
        Init: true,
        AutoRemove: false,
        CapDrop: ['ALL'],
        SecurityOpt: ['no-new-privileges', `seccomp=${SECCOMP_PROFILE}`],
        Memory: 200 << 20,
        MemorySwap: 200 << 20,
        NanoCpus: 1.5e9,
        PidsLimit: 77,
        OomScoreAdj: 500,
        ShmSize: 64 << 20,
        LogConfig: { Type: 'none', Config: {} },
        RestartPolicy: { Name: 'no' },
        UsernsMode: '',
        PidMode: '',
        UTSMode: '',
      });
      // Engines say nothing, null or an empty list.
      for (const nothing of ['CapAdd', 'Binds', 'VolumesFrom', 'Devices', 'PortBindings'])
        expect(Object.keys(container.HostConfig[nothing] ?? {})).toEqual([]);
      expect(['', 'private']).toContain(container.HostConfig.IpcMode);
      expect(container.Config.Labels).toMatchObject({
        'aedev.install': bed.install,
        'aedev.task': 'task-1',
        'aedev.run': 'asked',
        'aedev.boot': await hostTable.bootId(),
      });
      expect(container.Config.Healthcheck).toEqual({ Test: ['NONE'] });
      expect(container.Config.User).toMatch(new RegExp(`^${uid}:`));
      const mounts = container.Mounts.map(
        ({ Type, Destination, RW }: { Type: string; Destination: string; RW: boolean }) =>
          `${Type} ${Destination} ${RW}`,
      );
      expect(mounts).toEqual(['bind /workspace true']);
    });

    it('ends a program that writes one file beyond its limit, and leaves no more of it', async () => {
      const options = bed.recipe.options as ConstructorParameters<typeof DockerSandbox>[0];
      const small = new DockerSandbox({ ...options, maxFileMb: 1 });
      const script = 'while :; do echo 0123456789012345678901234567890123456789; done > big';
      const spec = bed.spec('fsize', ['sh', '-c', script]);
      const exit = await small.run(spec, forever());
      expect(exit.code).not.toBe(0);
      expect(readFileSync(join(spec.workspace, 'big')).length).toBeLessThanOrEqual(1 << 20);
    });

    it('takes its name back from what an earlier life left, running or not', async () => {
      const make = (run: string, install: string) =>
        execFileSync(
          'docker',
          [
            ...['create', '--name', `aedev-${run}`, '--network', 'none'],
            ...['--label', `aedev.install=${install}`, '--label', `aedev.run=${run}`],
            ...['aedev-test-image', 'sleep', '600'],
          ],
          { encoding: 'utf8' },
        ).trim();
      const stopped = make('stale-a', bed.install);
      const running = make('stale-b', bed.install);
      execFileSync('docker', ['start', running], { stdio: 'ignore' });
      for (const run of ['stale-a', 'stale-b']) {
        const spec = bed.spec(run, ['echo', run]);
        expect(await bed.sandbox.run(spec, forever())).toMatchObject({ code: 0 });
        expect(out(spec)).toBe(`${run}\n`);
      }
      const there = (id: string) =>
        execFileSync('docker', ['ps', '-aq', '--no-trunc', '--filter', `id=${id}`], {
          encoding: 'utf8',
        }).trim();
      expect([there(stopped), there(running)]).toEqual(['', '']);
      expect(await bed.sandbox.orphans()).toEqual([]);

      // Of another installation, or of nobody: left alone, and no obstacle.
      const foreign = make('stale-c', 'somebody-else');
      try {
        const spec = bed.spec('stale-c', ['echo', 'mine']);
        expect(await bed.sandbox.run(spec, forever())).toMatchObject({ code: 0 });
        expect(out(spec)).toBe('mine\n');
        expect(there(foreign)).toBe(foreign);
      } finally {
        execFileSync('docker', ['rm', '-f', foreign], { stdio: 'ignore' });
      }
    });

    it('takes the anonymous volumes of an image away with it', async () => {
      const args = ['build', '--quiet', '--network', 'none', '-'];
      const input = 'FROM aedev-test-image\nVOLUME /data\nLABEL aedev.test-image=\n';
      const built = execFileSync('docker', args, { input, encoding: 'utf8' }).trim().split('\n');
      const digest = built.at(-1) ?? '';
      const volumes = () => execFileSync('docker', ['volume', 'ls', '-q'], { encoding: 'utf8' });
      try {
        const options = bed.recipe.options as ConstructorParameters<typeof DockerSandbox>[0];
        const sandbox = new DockerSandbox({ ...options, image: { name: 'with-volume', digest } });
        const before = volumes();
        const spec = bed.spec('volume', ['sh', '-c', 'ls -d /data']);
        expect(await sandbox.run(spec, forever())).toMatchObject({ code: 0 });
        expect(volumes()).toBe(before);
        const id = execFileSync(
          'docker',
          [
            'create',
            '--label',
            `aedev.install=${bed.install}`,
            '--label',
            'aedev.run=left',
            digest,
            'true',
          ],
          { encoding: 'utf8' },
        );
        expect(id).not.toBe('');
        expect(volumes()).not.toBe(before);
        expect(await sandbox.orphans()).toEqual(['left']);
        expect(await sandbox.reap('left')).toMatchObject({ found: 1, ended: 1 });
        expect(volumes()).toBe(before);
      } finally {
        execFileSync('docker', ['image', 'rm', '--force', digest], { stdio: 'ignore' });
      }
    });
  },
);
