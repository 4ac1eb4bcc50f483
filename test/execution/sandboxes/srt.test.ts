/** What the srt tier holds, beside what every tier must (test/conformance/sandbox.test.ts). */
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { hostTable } from '../../../src/execution/sandboxes/process-table.ts';
import { RunRecords } from '../../../src/execution/sandboxes/run-records.ts';
import type { SandboxSpec } from '../../../src/execution/sandboxes/sandbox.ts';
import { SrtSandbox } from '../../../src/execution/sandboxes/srt.ts';
import { compile } from '../../support/compile.ts';
import { NO_SRT, type SandboxBed, sandboxBed } from '../../support/sandboxes.ts';
import { until } from '../../support/until.ts';

const forever = () => new AbortController().signal;
const sh = (script: string) => ['sh', '-c', script];
const limits = (over: Partial<SandboxSpec['limits']>): Partial<SandboxSpec> => ({
  limits: { wallMs: 30_000, idleMs: 30_000, memoryMb: 256, cpus: 2, pids: 128, ...over },
});
const CANARY = 'aedev-canary-of-the-host-5519';

/** Looks for the canary (written backwards here, so that it does not find itself) in all it can read. */
const LOOK = `
const fs = require('node:fs'); const needle = Buffer.from([...'${[...CANARY].reverse().join('')}'].reverse().join(''));
const found = { files: 0, canaries: [] };
const look = (path) => { try { const data = fs.readFileSync(path); found.files++; if (data.includes(needle)) found.canaries.push(path); } catch {} };
const walk = (dir) => { let all = []; try { all = fs.readdirSync(dir, { withFileTypes: true }); } catch {}
  for (const one of all) { const path = dir + '/' + one.name;
    if (one.isDirectory()) walk(path); else if (one.isFile() || one.isSymbolicLink()) look(path); } };
for (const dir of ['/workspace', '/home', '/tmp', '/run', '/etc', '/opt', '/root', '/var', '/srv', '/mnt', '/dev/shm', '/sys', ...process.argv.slice(1)]) walk(dir);
const pids = fs.readdirSync('/proc').filter((name) => /^\\d+$/.test(name));
for (const pid of pids) for (const file of ['environ', 'cmdline']) look('/proc/' + pid + '/' + file);
const there = (path) => { try { fs.statSync(path); return true; } catch { return false; } };
console.log(JSON.stringify({ ...found, pids: pids.length, root: fs.readdirSync('/'), there: process.argv.slice(1).filter(there) }));`;

describe.skipIf(NO_SRT !== null)(
  `srt tier${NO_SRT === null ? '' : ` (skipped: ${NO_SRT})`}`,
  () => {
    let bed: SandboxBed;
    beforeAll(() => {
      bed = sandboxBed('srt');
    });
    afterAll(() => bed.remove());

    const run = async (name: string, argv: string[], over: Partial<SandboxSpec> = {}) => {
      const spec = bed.spec(name, argv, over);
      const exit = await bed.sandbox.run(spec, forever());
      const read = (path: string) => readFileSync(path, 'utf8');
      return { spec, exit, stdout: read(spec.stdout), stderr: read(spec.stderr) };
    };

    it('shows nothing of the host but the system’s programs: no home, keys, workspaces, processes', async () => {
      const other = bed.spec('neighbour', ['true']).workspace;
      const keys = join(bed.root, 'keys');
      mkdirSync(keys);
      writeFileSync(join(other, 'work'), CANARY);
      writeFileSync(join(keys, 'operator.token'), CANARY);
      const bystander = spawn('sleep', ['600'], { env: { SECRET: CANARY } });
      const spec = bed.spec('reads', ['node', '-e', LOOK, homedir(), bed.root, process.cwd()], {});
      symlinkSync(join(keys, 'operator.token'), join(spec.workspace, 'link'));
      symlinkSync(`/proc/${bystander.pid}/environ`, join(spec.workspace, 'process'));
      try {
        const { stdout } = await run('reads', spec.argv, spec);
        const found = JSON.parse(stdout);
        expect(found).toMatchObject({ canaries: [], there: [] });
        expect(found.files).toBeGreaterThan(50);
        // The namespace's first process, and this one.
        expect(found.pids).toBe(2);
        const known = 'bin dev etc home lib lib32 lib64 libx32 proc sbin tmp usr workspace'.split(
          ' ',
        );
        const unknown = found.root.filter((name: string) => !known.includes(name));
        // A node elsewhere than in /usr is shown where it is.
        expect(unknown).toEqual(process.execPath.startsWith('/usr/') ? [] : expect.any(Array));
      } finally {
        bystander.kill('SIGKILL');
      }
    });

    it('lets write the workspace and the run’s temporary folders, which are bounded and go', async () => {
      const script = `for at in / /etc /usr /usr/local/bin /dev /home /opt /proc/sys/kernel; do
        (: > $at/aedev-wrote) 2>/dev/null && echo $at; done
      : > /workspace/yes && : > "$HOME/yes" && : > "$TMPDIR/yes" && : > /dev/shm/yes && echo fine
      for at in /tmp /dev/shm "$HOME"; do head -c 100000000 /dev/zero 2>/dev/null > $at/big && echo $at; done`;
      const { stdout } = await run('writes', sh(script));
      expect(stdout).toBe('fine\n');
      expect((await run('again', sh('ls -A "$HOME" /tmp /dev/shm'))).stdout).not.toContain('yes');
    });

    describe('network', () => {
      const servers: Server[] = [];
      afterEach(async () => {
        for (const server of servers.splice(0)) await new Promise((done) => server.close(done));
      });
      const listen = async (on: object): Promise<Server> => {
        const server = createServer((client) => client.end('of the host'));
        servers.push(server);
        await new Promise<void>((done) => server.listen(on, done));
        return server;
      };

      it('reaches no service of the host, by TCP, by path or by abstract name', async () => {
        const tcp = await listen({ host: '0.0.0.0', port: 0 });
        const path = join(bed.root, 'service.sock');
        await listen({ path });
        const script = `const net = require('node:net');
        const ask = (to) => new Promise((done) => net.connect(to).on('data', () => done('reached')).on('error', (e) => done(e.code)));
        (async () => { const all = [];
          for (const to of JSON.parse(process.argv[1])) all.push(await ask(to));
          console.log(JSON.stringify({ all, names: Object.keys(require('node:os').networkInterfaces()) })); })();`;
        const { port } = tcp.address() as { port: number };
        const tried = [
          { host: '127.0.0.1', port },
          { host: '::1', port },
          { path },
          { path: '/var/run/docker.sock' },
          { host: '192.0.2.1', port: 80 },
        ];
        const { stdout } = await run('net', ['node', '-e', script, JSON.stringify(tried)]);
        const { all, names } = JSON.parse(stdout);
        expect(all).toEqual([
          'ECONNREFUSED',
          expect.any(String),
          'ENOENT',
          'ENOENT',
          'ENETUNREACH',
        ]);
        expect(all).not.toContain('reached');
        expect(names).toEqual(['lo']);
      });

      it('refuses the network of the host', async () => {
        const spec = bed.spec('host', ['true'], { network: 'host' });
        await expect(bed.sandbox.run(spec, forever())).rejects.toMatchObject({ tag: 'spec' });
      });
    });

    describe('limits', () => {
      it('keeps a fork bomb to its processes, and its neighbour untouched', async () => {
        const bomb = bed.spec(
          'bomb',
          sh('while :; do sleep 600 & done 2>/dev/null'),
          limits({ pids: 24, wallMs: 2500 }),
        );
        const running = bed.sandbox.run(bomb, forever());
        const calm = await run(
          'calm',
          sh('for i in 1 2 3 4 5 6 7 8; do sleep 0.1 & done; wait; echo on'),
        );
        expect(calm.stdout).toBe('on\n');
        // A shell that cannot fork may end itself.
        expect(['exited', 'wall']).toContain((await running).ended);
        const many = 'i=0; while [ $i -lt 60 ]; do sleep 20 & i=$((i+1)); done; echo all';
        expect((await run('many', sh(many), limits({ pids: 24 }))).stdout).toBe('');
        expect((await run('room', sh(many), limits({ pids: 100 }))).stdout).toBe('all\n');
      });

      it('ends a run that uses more memory than it may, over all its processes', async () => {
        const eat =
          'const b = Buffer.alloc(90 << 20, 1); setTimeout(() => console.log(b.length), 20000)';
        const script = `for i in 1 2 3 4; do node -e "${eat}" & done; wait`;
        const { exit } = await run('memory', sh(script), limits({ memoryMb: 250 }));
        expect(exit).toMatchObject({ ended: 'memory', code: null });
        const one = await run(
          'one',
          ['node', '-e', 'Buffer.alloc(900 << 20, 1)'],
          limits({ memoryMb: 250 }),
        );
        expect(one.exit.ended === 'memory' || one.exit.code !== 0).toBe(true);
      });

      it('caps a file, and keeps the processors it was given', async () => {
        const small = new SrtSandbox({
          ...(bed.recipe.options as never as object),
          maxFileMb: 1,
        } as never);
        const spec = bed.spec('file', sh('head -c 5000000 /dev/zero > big; wc -c < big'));
        await small.run(spec, forever());
        expect(readFileSync(spec.stdout, 'utf8').trim()).toBe(String(1 << 20));
        const script = 'nproc; taskset -c 0-63 nproc';
        const { stdout, stderr } = await run('cpus', sh(script), limits({ cpus: 1 }));
        expect(stdout).toBe('1\n');
        expect(stderr).toContain('Operation not permitted');
      });
    });

    it('takes every right away, and with it the ways to more', async () => {
      const script = `grep -E '^(CapEff|CapPrm|CapBnd|CapAmb|NoNewPrivs|Seccomp):' /proc/self/status
      unshare --user --map-root-user true && echo userns; unshare --net true && echo netns
      mount -t tmpfs none /tmp && echo mounted; echo x > /proc/sys/kernel/core_pattern && echo core; id -u`;
      const { stdout } = await run('rights', sh(`( ${script} ) 2>/dev/null`));
      const none = '0000000000000000';
      const [prm, eff, bnd, amb, nnp, seccomp, uid, ...rest] = stdout
        .trim()
        .split('\n')
        .map((line) => line.split('\t').at(-1));
      expect([prm, eff, bnd, amb]).toEqual([none, none, none, none]);
      expect([nnp, seccomp, rest]).toEqual(['1', '2', []]);
      expect(uid).not.toBe('0');
    });

    it('starts a program of its own that lies elsewhere, and shows nothing beside it', async () => {
      const tools = join(bed.root, 'tools');
      mkdirSync(tools);
      writeFileSync(join(tools, 'secret'), CANARY);
      cpSync('/bin/ls', join(tools, 'own-tool'));
      chmodSync(join(tools, 'own-tool'), 0o755);
      const { stdout } = await run('tool', [join(tools, 'own-tool'), tools]);
      expect(stdout).toBe('own-tool\n');
    });

    it('tells a program that only the workspace could hold, and does not, as a shell would', async () => {
      expect((await run('absent', ['./absent'])).exit).toMatchObject({
        code: 127,
        ended: 'exited',
      });
      const own = bed.spec('own', ['./own']);
      writeFileSync(join(own.workspace, 'own'), '#!/bin/sh\necho own\n', { mode: 0o755 });
      await bed.sandbox.run(own, forever());
      expect(readFileSync(own.stdout, 'utf8')).toBe('own\n');
    });

    it('leaves no file of its own behind, on the host or in the workspace', async () => {
      const { spec } = await run('clean', sh('ls -A /workspace; exit 0'), { network: 'none' });
      expect(readFileSync(spec.stdout, 'utf8')).toBe('');
      const left = execFileSync('ls', ['-A', spec.workspace, join(bed.root, 'scratch')]).toString();
      expect(left.split('\n').filter((line) => line !== '' && !line.endsWith(':'))).toEqual([]);
      expect(new RunRecords(join(bed.root, 'records')).list()).toEqual([]);
    });

    describe('reap', () => {
      const started: number[] = [];
      afterEach(() => {
        for (const pid of started.splice(0)) {
          try {
            process.kill(-pid, 'SIGKILL');
          } catch {
            // The test has ended it.
          }
        }
      });
      /** As a run would be that has lost its aedev in the moment before the kernel knew of both. */
      const leftover = async (install: string, name: string) => {
        const args = ['--setenv', 'AEDEV_SANDBOX', `srt:${install}`, '--setenv', 'AEDEV_RUN', name];
        args.push('--unshare-pid', '--ro-bind', '/', '/', '--dev', '/dev', '--', 'sleep', '600');
        const child = spawn('bwrap', args, {
          detached: true,
          stdio: 'ignore',
          env: { PATH: process.env['PATH'] },
        });
        const pid = child.pid as number;
        started.push(pid);
        const info = await until('bwrap', async () =>
          (await hostTable.list()).some(({ ppid }) => ppid === pid) ? hostTable.find(pid) : null,
        );
        return { pid, start: info.start };
      };

      it('finds a leftover by its mark, and none of another installation', async () => {
        const mine = await leftover(bed.install, 'left');
        const theirs = await leftover('another', 'left');
        expect(await bed.sandbox.orphans()).toEqual(['left']);
        const { found, ended } = await bed.sandbox.reap('left');
        expect(found).toBeGreaterThanOrEqual(2);
        expect(ended).toBe(found);
        expect(await bed.sandbox.orphans()).toEqual([]);
        expect((await hostTable.find(mine.pid))?.zombie ?? true).toBe(true);
        expect((await hostTable.find(theirs.pid))?.zombie).toBe(false);
      });

      it('finds it by its record: number, start time and boot, and spares whoever has the number now', async () => {
        const { pid, start } = await leftover('another', 'by-record');
        const records = new RunRecords(join(bed.root, 'records'));
        const boot = await hostTable.bootId();
        const record = { run: 'recorded', task: 't', boot, pid, start };
        for (const over of [
          { start: `${start}0` },
          { boot: 'another' },
          { pid: null, start: null },
        ]) {
          records.write({ ...record, ...over });
          expect(await bed.sandbox.orphans()).toEqual([]);
          expect(await bed.sandbox.reap('recorded')).toMatchObject({ found: 0, ended: 0 });
          expect(records.list()).toEqual([]);
        }
        records.write(record);
        expect(await bed.sandbox.orphans()).toEqual(['recorded']);
        expect((await bed.sandbox.reap('recorded')).ended).toBeGreaterThanOrEqual(2);
        expect((await hostTable.find(pid))?.zombie ?? true).toBe(true);
      });
    });

    it.skipIf(process.getuid?.() !== 0)('works for an account without rights as well', () => {
      const folder = join(bed.root, 'plain');
      mkdirSync(join(folder, 'build'), { recursive: true });
      compile(join(folder, 'build'), ['execution/sandboxes/srt.ts']);
      const program = join(folder, 'plain.mjs');
      const options = { install: 'plain', read: [], hidden: [], graceMs: 300 };
      const spec = { ...bed.spec('plain-run', ['true']), run: 'plain-run' };
      writeFileSync(
        program,
        `import { mkdtempSync, mkdirSync, readFileSync } from 'node:fs';
      import { SrtSandbox } from ${JSON.stringify(join(folder, 'build/execution/sandboxes/srt.js'))};
      const root = mkdtempSync('/tmp/aedev-plain-');
      const at = (name) => root + '/' + name;
      const sandbox = new SrtSandbox({ ...${JSON.stringify(options)}, records: at('r'), scratch: at('s') });
      const problems = await sandbox.check();
      mkdirSync(at('ws'));
      const spec = { ...${JSON.stringify(spec)}, workspace: at('ws'), stdout: at('out'), stderr: at('err') };
      const run = async (script, limits) => { const exit = await sandbox.run({ ...spec, argv: ['sh', '-c', script], limits: { ...spec.limits, ...limits } }, new AbortController().signal);
        return [exit.ended, exit.provenance.unenforced, readFileSync(at('out'), 'utf8')]; };
      const first = await run('id -u; prlimit --pid 1 --nproc=9999 2>/dev/null && echo raised; grep -c "processes *128 *128" /proc/1/limits; cat ' + at('out') + ' || echo hidden; cat /proc/sys/kernel/core_pattern > /dev/null; (: > /etc/x) || echo denied; touch mine');
      const bomb = await run('i=0; while [ $i -lt 60 ]; do sleep 20 & i=$((i+1)); done; echo all', { pids: 24 });
      const deaf = await run('trap "" TERM; echo up; while :; do sleep 1; done', { wallMs: 700 });
      const absent = await sandbox.run({ ...spec, argv: ['./absent'] }, new AbortController().signal);
      console.log(JSON.stringify({ absent: absent.code, uid: process.getuid(), problems, first, bomb, deaf, orphans: await sandbox.orphans() }));
      (await import('node:fs')).rmSync(root, { recursive: true });`,
      );
      for (const path of [bed.root, folder]) chmodSync(path, 0o755);
      const said = execFileSync(
        'setpriv',
        ['--reuid=65534', '--regid=65534', '--clear-groups', process.execPath, program],
        { encoding: 'utf8', env: { PATH: process.env['PATH'] } },
      );
      expect(JSON.parse(said)).toEqual({
        absent: 127,
        uid: 65534,
        problems: [],
        first: ['exited', [], '65534\n1\nhidden\ndenied\n'],
        bomb: ['exited', [], ''],
        deaf: ['wall', [], 'up\n'],
        orphans: [],
      });
    });
  },
);
