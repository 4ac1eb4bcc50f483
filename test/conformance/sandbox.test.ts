import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hostTable } from '../../src/execution/sandboxes/process-table.ts';
import type { SandboxSpec } from '../../src/execution/sandboxes/sandbox.ts';
import { below } from '../../src/execution/sandboxes/srt-memory.ts';
import { compile } from '../support/compile.ts';
import { NO_DOCKER, NO_SRT, type SandboxBed, sandboxBed } from '../support/sandboxes.ts';
import { until } from '../support/until.ts';

const DAEMON = resolve(import.meta.dirname, '..', 'fixtures', 'sandbox', 'daemon.mjs');
const forever = () => new AbortController().signal;
const sh = (script: string) => ['sh', '-c', script];

for (const tier of ['process', 'srt', 'docker'] as const) {
  const missing = { process: null, srt: NO_SRT, docker: NO_DOCKER }[tier];
  const title = missing === null ? `sandbox ${tier}` : `sandbox ${tier} (skipped: ${missing})`;
  describe.skipIf(missing !== null)(title, () => {
    let bed: SandboxBed;
    beforeAll(() => {
      bed = sandboxBed(tier);
    });
    afterAll(() => bed.remove());

    const out = (spec: SandboxSpec) => readFileSync(spec.stdout, 'utf8');
    const made = (spec: SandboxSpec, name: string) =>
      until(`${name} of ${spec.run}`, () => existsSync(join(spec.workspace, name)));

    it('is ready, and tells the exit code and its provenance', async () => {
      expect(await bed.sandbox.check()).toEqual([]);
      const spec = bed.spec('exit', sh('echo out; echo err >&2; exit 7'));
      const exit = await bed.sandbox.run(spec, forever());
      expect(exit).toMatchObject({
        code: 7,
        signal: null,
        ended: 'exited',
        stdoutTruncated: false,
        stderrTruncated: false,
        provenance: { tier },
      });
      expect(out(spec)).toBe('out\n');
      expect(readFileSync(spec.stderr, 'utf8')).toBe('err\n');
      if (tier === 'docker') expect(exit.provenance.image).toMatch(/^sha256:[0-9a-f]{64}$/);
      if (tier === 'srt') expect(exit.provenance).toMatchObject({ unenforced: [] });
      if (tier === 'process') expect(exit.provenance.unenforced).toContain('network');
      expect(await bed.sandbox.orphans()).toEqual([]);
    });

    it('feeds standard input from a file, and an end of it when there is none', async () => {
      const input = join(bed.root, 'input');
      writeFileSync(input, 'from the prompt\n'.repeat(20_000));
      const spec = bed.spec('stdin', ['cat'], { stdin: input });
      expect((await bed.sandbox.run(spec, forever())).code).toBe(0);
      expect(out(spec)).toBe(readFileSync(input, 'utf8'));
      const none = bed.spec('no-stdin', ['cat']);
      expect((await bed.sandbox.run(none, forever())).code).toBe(0);
      expect(out(none)).toBe('');
    });

    it('works in the folder it is told, inside the workspace', async () => {
      const spec = bed.spec('cwd', sh('pwd; echo made > here'), { cwd: 'repo' });
      mkdirSync(join(spec.workspace, 'repo'));
      await bed.sandbox.run(spec, forever());
      const repo = join(spec.workspace, 'repo');
      expect(out(spec)).toBe(`${bed.sandbox.inside(spec, repo)}\n`);
      expect(readFileSync(join(repo, 'here'), 'utf8')).toBe('made\n');
    });

    it('inherits nothing of the host environment and gives a HOME of its own', async () => {
      process.env['AEDEV_TEST_LEAK'] = 'leak';
      try {
        const spec = bed.spec('env', ['env'], { env: { GIVEN: 'a b=c', EMPTY: '' } });
        await bed.sandbox.run(spec, forever());
        const names = out(spec)
          .split('\n')
          .filter((line) => line !== '')
          .map((line) => line.slice(0, line.indexOf('=')))
          .filter((name) => !['PWD', 'SHLVL', '_', 'HOSTNAME', 'SSL_CERT_FILE'].includes(name));
        const own = { process: ['AEDEV_INSTALL'], srt: ['AEDEV_SANDBOX'], docker: [] }[tier];
        expect(names.sort()).toEqual(
          ['AEDEV_RUN', 'EMPTY', 'GIVEN', 'HOME', 'PATH', 'TMPDIR', ...own].sort(),
        );
        expect(out(spec)).toContain('GIVEN=a b=c\n');
        expect(out(spec)).not.toContain(`HOME=${process.env['HOME']}\n`);
      } finally {
        delete process.env['AEDEV_TEST_LEAK'];
      }
    });

    it('shows a secret to the program alone: not in argv, labels, records or errors', async () => {
      const secret = 'dummy-secret-0123456789';
      const script = 'test "$TOKEN" = dummy-secret-0123456789 && : > ok; while :; do sleep 1; done';
      // The script names the secret only to compare it; it is passed by file, not in argv.
      const spec = bed.spec('secret', ['sh', 'compare.sh'], {
        env: { TOKEN: secret },
        secretEnv: ['TOKEN'],
      });
      writeFileSync(join(spec.workspace, 'compare.sh'), script);
      const stop = new AbortController();
      const running = bed.sandbox.run(spec, stop.signal);
      await made(spec, 'ok');
      const seen = execFileSync('ps', ['-axww', '-o', 'command='], { encoding: 'utf8' });
      expect(seen).not.toContain(secret);
      const records = join(bed.root, 'records');
      for (const name of readdirSync(records)) {
        expect(readFileSync(join(records, name), 'utf8')).not.toContain(secret);
      }
      if (tier === 'docker') {
        const format = '{{.Name}} {{json .Args}} {{json .Config.Labels}} {{json .Config.Cmd}}';
        const shown = execFileSync('docker', ['inspect', '--format', format, 'aedev-secret']);
        expect(shown.toString()).not.toContain(secret);
        expect(readdirSync(records)).toEqual([]);
      }
      stop.abort();
      await running;
    });

    it('tells that a program is missing without telling a secret', async () => {
      const secret = 'dummy-secret-0123456789';
      const spec = bed.spec('missing', ['/no/such/program'], {
        env: { TOKEN: secret },
        secretEnv: ['TOKEN'],
      });
      const end = await bed.sandbox.run(spec, forever()).catch((thrown: unknown) => thrown);
      // In a container the init process is started first, and answers like a shell.
      if (tier === 'docker') expect(end).toMatchObject({ code: 127, ended: 'exited' });
      else expect(end).toMatchObject({ name: 'SandboxError', tag: 'not-found' });
      expect(`${end} ${JSON.stringify(end)}`).not.toContain(secret);
      expect(await bed.sandbox.orphans()).toEqual([]);
      expect(readdirSync(join(bed.root, 'records'))).toEqual([]);
    });

    it('cuts output at the cap and lets the run go on', async () => {
      const spec = bed.spec(
        'cap',
        sh('i=0; while [ $i -lt 2000 ]; do echo 0123456789012345; i=$((i+1)); done; echo x > end'),
        { maxOutputBytes: 1000 },
      );
      const exit = await bed.sandbox.run(spec, forever());
      expect(exit).toMatchObject({ code: 0, stdoutTruncated: true, stderrTruncated: false });
      expect(out(spec)).toHaveLength(1000);
      expect(existsSync(join(spec.workspace, 'end'))).toBe(true);
    });

    const limits = (over: Partial<SandboxSpec['limits']>) => ({
      limits: { wallMs: 60_000, idleMs: 60_000, memoryMb: 256, cpus: 2, pids: 128, ...over },
    });

    it('ends a run at its wall limit, however busy it is', async () => {
      const spec = bed.spec('wall', sh('while :; do echo on; sleep 0.05; done'), {
        ...limits({ wallMs: 1500, idleMs: 1400 }),
      });
      const exit = await bed.sandbox.run(spec, forever());
      expect(exit).toMatchObject({ ended: 'wall', code: null });
      expect(out(spec)).toContain('on\n');
      expect(await bed.sandbox.orphans()).toEqual([]);
    });

    it('ends a run that has gone silent', async () => {
      const spec = bed.spec('idle', sh('echo last; exec sleep 600'), limits({ idleMs: 900 }));
      const exit = await bed.sandbox.run(spec, forever());
      expect(exit.ended).toBe('idle');
      expect(out(spec)).toBe('last\n');
      expect(await bed.sandbox.orphans()).toEqual([]);
    });

    it('lets a program say its last words, and kills one that ignores TERM', async () => {
      const polite = bed.spec(
        'polite',
        sh("trap 'echo bye; exit 3' TERM; : > up; while :; do sleep 0.05; done"),
      );
      const deaf = bed.spec('deaf', sh("trap '' TERM; : > up; while :; do sleep 0.05; done"));
      for (const [spec, code] of [[polite, 3] as const, [deaf, null] as const]) {
        const stop = new AbortController();
        const running = bed.sandbox.run(spec, stop.signal);
        await made(spec, 'up');
        stop.abort();
        expect(await running).toMatchObject({ ended: 'aborted', code });
      }
      expect(out(polite)).toBe('bye\n');
      expect(await bed.sandbox.orphans()).toEqual([]);
    });

    it('does not start what was aborted before', async () => {
      const spec = bed.spec('early', sh(': > ran; sleep 600'));
      const exit = await bed.sandbox.run(spec, AbortSignal.abort());
      expect(exit.ended).toBe('aborted');
      expect(await bed.sandbox.orphans()).toEqual([]);
    });

    const FORK_AWAY =
      'setsid sh -c \'trap "" TERM HUP; (trap "" TERM; echo $$ > away; while :; do sleep 1; done) & wait\'';

    it('leaves nothing of a child that forked away from its session', async () => {
      const spec = bed.spec(
        'fork',
        sh(`(${FORK_AWAY} >/dev/null 2>&1 &) ; until [ -s away ]; do sleep 0.02; done; exit 0`),
      );
      const exit = await bed.sandbox.run(spec, forever());
      expect(exit).toMatchObject({ code: 0, ended: 'exited' });
      expect(await bed.sandbox.orphans()).toEqual([]);
      if (tier === 'process') {
        const pid = Number(readFileSync(join(spec.workspace, 'away'), 'utf8'));
        const left = await hostTable.find(pid);
        expect(left === null || left.zombie).toBe(true);
      }
    });

    it('does not wait for a child that holds standard output open', async () => {
      const spec = bed.spec('hold', sh('sleep 600 & echo done'));
      const exit = await bed.sandbox.run(spec, forever());
      expect(exit).toMatchObject({ code: 0, ended: 'exited' });
      expect(out(spec)).toBe('done\n');
    });

    it('runs two side by side and ends each alone', async () => {
      const first = bed.spec('side-a', sh(': > up; until [ -e go ]; do sleep 0.02; done; echo a'));
      const second = bed.spec('side-b', sh('exec sleep 600'), limits({ wallMs: 800 }));
      const running = bed.sandbox.run(first, forever());
      await made(first, 'up');
      expect((await bed.sandbox.run(second, forever())).ended).toBe('wall');
      expect(await bed.sandbox.orphans()).toEqual(['side-a']);
      expect(await bed.sandbox.reap('side-b')).toMatchObject({ found: 0, ended: 0 });
      writeFileSync(join(first.workspace, 'go'), '');
      expect(await running).toMatchObject({ code: 0, ended: 'exited' });
      expect(out(first)).toBe('a\n');
    });

    it('finds and ends what a killed aedev left behind', async () => {
      const build = join(bed.root, 'build');
      mkdirSync(build);
      compile(build, [bed.recipe.module.replace('.js', '.ts')]);
      const spec = bed.spec(
        'crash',
        sh(`(${FORK_AWAY} &); until [ -s away ]; do sleep 0.02; done
        : > up; while :; do sleep 1; done`),
      );
      const { module, name, options } = bed.recipe;
      const daemon = spawn(
        process.execPath,
        [DAEMON, join(build, module), name, JSON.stringify(options), JSON.stringify(spec)],
        { stdio: 'inherit' },
      );
      const died = new Promise((done) => daemon.once('exit', done));
      await made(spec, 'up');
      const family = below(await hostTable.list(), daemon.pid as number);
      daemon.kill('SIGKILL');
      await died;
      // The kernel ends a run of the srt tier with the aedev that started it; nothing is left to find.
      if (tier === 'srt')
        await until('end', async () => (await bed.sandbox.orphans()).length === 0);
      else {
        expect(await bed.sandbox.orphans()).toEqual(['crash']);
        const reaped = await bed.sandbox.reap('crash');
        expect(reaped.found).toBeGreaterThan(0);
        expect(reaped.ended).toBe(reaped.found);
      }
      expect(await bed.sandbox.orphans()).toEqual([]);
      for (const pid of family) {
        await until(`end of ${pid}`, async () => (await hostTable.find(pid))?.zombie ?? true);
      }
      expect(await bed.sandbox.reap('crash')).toMatchObject({ found: 0, ended: 0 });
    });

    it('refuses what it could misread', async () => {
      const good = bed.spec('bad', ['true']);
      const bad: Partial<SandboxSpec>[] = [
        { run: '../up' },
        { run: '--privileged' },
        { argv: [] },
        { argv: ['a\0b'] },
        { cwd: '../outside' },
        { cwd: '/etc' },
        { env: { 'A B': 'x' } },
        { stdout: join(good.workspace, 'out') },
        { limits: { ...good.limits, wallMs: Number.NaN } },
      ];
      for (const over of bad) {
        await expect(bed.sandbox.run({ ...good, ...over }, forever())).rejects.toMatchObject({
          name: 'SandboxError',
          tag: 'spec',
        });
      }
      expect(await bed.sandbox.orphans()).toEqual([]);
    });
  });
}
