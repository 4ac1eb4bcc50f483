import { execFileSync } from 'node:child_process';
import {
  closeSync,
  fstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DockerSandbox } from '../../../src/execution/sandboxes/docker.ts';
import {
  EGRESS_SOCKET_INSIDE,
  envFileText,
  runArgs,
} from '../../../src/execution/sandboxes/docker-args.ts';
import { runScratch, sweepScratch } from '../../../src/execution/sandboxes/docker-scratch.ts';
import { NO_DOCKER, type SandboxBed, sandboxBed } from '../../support/sandboxes.ts';
import { until } from '../../support/until.ts';

const forever = () => new AbortController().signal;
const title = NO_DOCKER === null ? 'docker tier' : `docker tier (skipped: ${NO_DOCKER})`;

describe.skipIf(NO_DOCKER !== null)(title, () => {
  let bed: SandboxBed;
  beforeAll(() => {
    bed = sandboxBed('docker');
  });
  afterAll(() => bed.remove());

  const run = async (name: string, script: string, over = {}) => {
    const spec = bed.spec(name, ['sh', '-c', script], over);
    const exit = await bed.sandbox.run(spec, forever());
    const read = (path: string) => readFileSync(path, 'utf8');
    return { spec, exit, stdout: read(spec.stdout), stderr: read(spec.stderr) };
  };

  it('can write the workspace and its temporary folders, and nothing else', async () => {
    const data = join(bed.root, 'read-only, "odd" name');
    mkdirSync(data);
    writeFileSync(join(data, 'file'), 'readable\n');
    const { spec, stdout } = await run(
      'write',
      `for p in / /etc /usr/bin /dev /run /data /home; do
         if (: > $p/made) 2>/dev/null; then echo "wrote $p"; fi; done
       : > /workspace/made && echo workspace; : > /tmp/made && echo tmp; : > $HOME/made && echo home
       cat /data/file; mkdir /tmp/m; mount -t tmpfs x /tmp/m 2>/dev/null && echo mounted
       cp /usr/bin/id /tmp/id && /tmp/id -u; (: > /data/made) 2>/dev/null && echo data; grep -E "^(CapEff|NoNewPrivs)" /proc/self/status`,
      { readOnly: [{ source: data, target: '/data' }] },
    );
    expect(stdout).not.toContain('wrote');
    expect(stdout).toContain('workspace\ntmp\nhome\nreadable\n');
    expect(stdout).not.toMatch(/mounted|data/);
    expect(stdout).toMatch(/CapEff:\s+0000000000000000/);
    expect(stdout).toMatch(/NoNewPrivs:\s+1/);
    const uid = process.getuid?.() === 0 ? 10001 : process.getuid?.();
    expect(stdout).toContain(`${uid}\n`);
    expect(statSync(join(spec.workspace, 'made')).uid).toBe(uid);
  });

  it('gives the workspace away without following a link out of it', async () => {
    const outside = join(bed.root, 'outside');
    writeFileSync(outside, 'mine');
    const before = statSync(outside).uid;
    const spec = bed.spec('link', ['true']);
    mkdirSync(join(spec.workspace, 'deep'));
    symlinkSync(outside, join(spec.workspace, 'deep', 'link'));
    await bed.sandbox.run(spec, forever());
    expect(statSync(outside).uid).toBe(before);
  });

  it('has no network: neither the outside nor a service of the host', async () => {
    const server = createServer((_request, response) => response.end('reached'));
    await new Promise<void>((done) => server.listen(0, '0.0.0.0', done));
    const { port } = server.address() as AddressInfo;
    const script = `
      const { networkInterfaces } = require('node:os');
      console.log('interfaces', Object.keys(networkInterfaces()).join());
      for (const host of ['127.0.0.1', '172.17.0.1', '10.0.0.1'])
        fetch('http://' + host + ':${port}', { signal: AbortSignal.timeout(2000) })
          .then(() => console.log('reached ' + host), () => {});`;
    const spec = bed.spec('net', ['node', '-e', script]);
    await bed.sandbox.run(spec, forever());
    server.close();
    expect(readFileSync(spec.stdout, 'utf8')).toMatch(/^interfaces (lo)?\n$/);
    await expect(
      bed.sandbox.run(bed.spec('host', ['true'], { network: 'host' }), forever()),
    ).rejects.toMatchObject({ tag: 'spec' });
  });

  it('reaches the egress socket when one is given', async () => {
    const socket = join(bed.root, 'egress.sock');
    const server = createServer((_request, response) => response.end('by the socket'));
    await new Promise<void>((done) => server.listen(socket, done));
    execFileSync('chmod', ['666', socket]);
    const script = `require('node:http').get({ socketPath: '${EGRESS_SOCKET_INSIDE}', path: '/' },
      (response) => response.pipe(process.stdout))`;
    const spec = bed.spec('egress', ['node', '-e', script], { network: { socket } });
    await bed.sandbox.run(spec, forever());
    server.close();
    expect(readFileSync(spec.stdout, 'utf8')).toBe('by the socket');
  });

  it('ends a program that takes more memory than it may', async () => {
    const script = 'const a = []; for (;;) a.push(Buffer.alloc(8 << 20, 1));';
    const limits = { wallMs: 60_000, idleMs: 60_000, memoryMb: 96, cpus: 1, pids: 64 };
    const spec = bed.spec('memory', ['node', '-e', script], { limits });
    expect(await bed.sandbox.run(spec, forever())).toMatchObject({ ended: 'memory', code: null });
  });

  it('refuses more processes than it may have', async () => {
    const limits = { wallMs: 60_000, idleMs: 60_000, memoryMb: 256, cpus: 1, pids: 16 };
    const { exit, stderr } = await run(
      'pids',
      'i=0; while [ $i -lt 60 ]; do sleep 60 & i=$((i+1)); done; echo all',
      { limits },
    );
    expect(exit.code).not.toBe(0);
    expect(stderr).toMatch(/fork/i);
    expect(await bed.sandbox.orphans()).toEqual([]);
  });

  it('gives back what it learned when the container is removed under it', async () => {
    const spec = bed.spec('removed', ['sh', '-c', ': > up; exec sleep 600']);
    const running = bed.sandbox.run(spec, forever()).catch((thrown: unknown) => thrown);
    await until('start', () => {
      try {
        return statSync(join(spec.workspace, 'up'));
      } catch {
        return null;
      }
    });
    execFileSync('docker', ['rm', '--force', 'aedev-removed'], { stdio: 'ignore' });
    expect(await running).toMatchObject({ name: 'SandboxError', tag: 'cut' });
  });

  it('never touches a container of another installation', async () => {
    const other = sandboxBed('docker');
    const spec = bed.spec('mine', ['sh', '-c', ': > up; until [ -e go ]; do sleep 0.05; done']);
    const running = bed.sandbox.run(spec, forever());
    await until('start', () => bed.sandbox.orphans().then((runs) => runs.includes('mine')));
    expect(await other.sandbox.orphans()).toEqual([]);
    expect(await other.sandbox.reap('mine')).toMatchObject({ found: 0 });
    writeFileSync(join(spec.workspace, 'go'), '');
    expect(await running).toMatchObject({ code: 0 });
    await other.remove();
  });

  it('holds for an image that is missing, not pinned, or another one', async () => {
    const options = bed.recipe.options as ConstructorParameters<typeof DockerSandbox>[0];
    const zero = `sha256:${'0'.repeat(64)}`;
    const cases = [
      { image: { name: 'aedev-no-such-image:1', digest: zero }, says: 'not on this machine' },
      { image: { name: 'aedev-test-image:latest', digest: zero }, says: 'not the pinned' },
      { image: { name: 'aedev-test-image', digest: 'latest' }, says: 'No runner image is pinned' },
    ];
    for (const { image, says } of cases) {
      const sandbox = new DockerSandbox({ ...options, image });
      const [problem] = await sandbox.check();
      expect(problem?.code).toBe('HOLD-CLAUDE-DOCKER-IMAGE');
      expect(problem?.sentence).toContain(says);
      expect(problem?.remedy).not.toBe('');
      await expect(sandbox.run(bed.spec('image', ['true']), forever())).rejects.toMatchObject({
        tag: 'image',
      });
    }
  });

  it('holds when no engine answers', async () => {
    const before = process.env['DOCKER_HOST'];
    process.env['DOCKER_HOST'] = `unix://${join(bed.root, 'no.sock')}`;
    try {
      const fresh = new DockerSandbox(
        bed.recipe.options as ConstructorParameters<typeof DockerSandbox>[0],
      );
      expect(await fresh.check()).toMatchObject([{ code: 'sandbox-engine' }]);
      await expect(fresh.run(bed.spec('engine', ['true']), forever())).rejects.toMatchObject({
        tag: 'engine',
      });
    } finally {
      if (before === undefined) delete process.env['DOCKER_HOST'];
      else process.env['DOCKER_HOST'] = before;
    }
  });
});

describe('the place for a container’s id', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'aedev-cid-'));
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));
  const id = 'a'.repeat(64);
  const never = new Promise(() => {});

  it('gives it once it is written whole, or null when there will be none', async () => {
    const cid = await runScratch(scratch);
    writeFileSync(cid.cidFile, 'aaaa');
    const asked = cid.id(never);
    writeFileSync(cid.cidFile, id);
    expect(await asked).toBe(id);
    const file = cid.hidden('TOKEN=dummy\n');
    expect(fstatSync(file)).toMatchObject({ nlink: 0 });
    expect(fstatSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, 'utf8')).toBe('TOKEN=dummy\n');
    closeSync(file);
    await cid.remove();
    const none = await runScratch(scratch);
    expect(await none.id(Promise.resolve())).toBeNull();
    expect(await none.id(Promise.reject(new Error('no')))).toBeNull();
    const late = await runScratch(scratch);
    writeFileSync(late.cidFile, id);
    expect(await late.id(Promise.resolve())).toBe(id);
    for (const one of [none, late]) await one.remove();
    expect(readdirSync(scratch)).toEqual([]);
  });

  it('of a killed aedev is swept, one in use is not', async () => {
    for (const name of ['env-old', 'env-new', 'other']) mkdirSync(join(scratch, name));
    for (const name of ['env-old', 'other']) utimesSync(join(scratch, name), 1, 1);
    await sweepScratch(scratch);
    expect(readdirSync(scratch).sort()).toEqual(['env-new', 'other']);
    await sweepScratch(join(scratch, 'not-there'));
  });
});

describe('docker arguments', () => {
  const plan = {
    name: 'aedev-run-1',
    image: `sha256:${'1'.repeat(64)}`,
    install: 'here',
    boot: 'boot',
    uid: 10001,
    gid: 10001,
    cidFile: '/scratch/cid',
    profile: '/s/seccomp.json',
    tmpMb: 64,
    maxFileMb: 100,
  };
  const spec = {
    run: 'run-1',
    task: 'task-1',
    argv: ['--privileged', '-v', '/:/host'],
    workspace: '/runs/run-1',
    cwd: 'repo',
    readOnly: [{ source: '/objects', target: '/objects' }],
    env: { TOKEN: 'dummy-secret' },
    secretEnv: ['TOKEN'],
    stdin: null,
    stdout: '/runs/out',
    stderr: '/runs/err',
    maxOutputBytes: 1,
    network: 'none' as const,
    limits: { wallMs: 1, idleMs: 1, memoryMb: 100, cpus: 1, pids: 10 },
  };

  it('keeps the program behind the image, the secret out, and the container shut', () => {
    const args = runArgs(spec, plan);
    const image = args.indexOf(plan.image);
    expect(args.slice(image + 1)).toEqual(['-v', '/:/host']);
    expect(args.slice(0, image)).toContain('--entrypoint=--privileged');
    expect(args.join(' ')).not.toContain('dummy-secret');
    for (const option of [
      '--read-only',
      '--cap-drop=ALL',
      '--security-opt=no-new-privileges',
      '--security-opt=seccomp=/s/seccomp.json',
      '--network=none',
      '--pull=never',
      '--memory=100m',
      '--memory-swap=100m',
      '--pids-limit=10',
      '--init',
      '--label=aedev.run=run-1',
      '--name=aedev-run-1',
    ]) {
      expect(args).toContain(option);
    }
    expect(args).not.toContain('--rm');
    expect(runArgs(spec, { ...plan, profile: null }).join(' ')).not.toContain('seccomp');
  });

  it('refuses a value that its environment file cannot carry', () => {
    expect(envFileText(spec)).toContain('TOKEN=dummy-secret\n');
    expect(() => envFileText({ ...spec, env: { TOKEN: 'a\nDOCKER=1' } })).toThrow(/line break/);
    expect(() => envFileText({ ...spec, env: { TOKEN: 'a\nDOCKER=1' } })).not.toThrow(/DOCKER/);
  });
});
