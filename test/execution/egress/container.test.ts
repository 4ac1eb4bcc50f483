import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Egress } from '../../../src/execution/egress/proxy.ts';
import { EGRESS_SOCKET_INSIDE } from '../../../src/execution/sandboxes/docker-args.ts';
import type { SandboxSpec } from '../../../src/execution/sandboxes/sandbox.ts';
import { NO_DOCKER, NO_SRT, type SandboxBed, sandboxBed } from '../../support/sandboxes.ts';
import { type EgressBed, egressBed } from './bed.ts';

const ENTRYPOINT = '/opt/aedev/entrypoint.mjs';
/** Opens a tunnel by the proxy variables, as npm and curl do, and says something through it. */
const THROUGH = `
const { hostname, port } = new URL(process.env.HTTPS_PROXY);
require('node:http').request({ host: hostname, port, method: 'CONNECT', path: process.argv[1] })
  .on('connect', (response, socket) => {
    if (response.statusCode !== 200) { console.log(response.statusCode); socket.destroy(); return; }
    socket.once('data', (data) => { console.log(String(data)); socket.destroy(); });
    socket.write('hello');
  }).end();`;

const TIERS = [
  { tier: 'docker', missing: NO_DOCKER },
  { tier: 'srt', missing: NO_SRT },
] as const;

for (const { tier, missing } of TIERS) {
  describe.skipIf(missing !== null)(`the way out in ${tier}`, () => {
    let bed: SandboxBed;
    let host: EgressBed;
    beforeAll(() => {
      bed = sandboxBed(tier);
    });
    afterAll(() => bed.remove());
    beforeEach(() => {
      host = egressBed();
    });
    afterEach(() => host.end());

    const run = async (
      name: string,
      argv: string[],
      egress: Egress | null,
      over: Partial<SandboxSpec> = {},
    ) => {
      // The srt tier puts the entrypoint before what it is given.
      const entry = tier === 'docker' ? ['node', ENTRYPOINT, '--'] : [];
      const spec = bed.spec(name, [...entry, ...argv], {
        network: egress === null ? 'none' : { socket: egress.socket },
        ...over,
      });
      const exit = await bed.sandbox.run(spec, new AbortController().signal);
      const read = (path: string) => readFileSync(path, 'utf8');
      return { exit, stdout: read(spec.stdout), stderr: read(spec.stderr) };
    };

    it('leads to what is allowed and to nothing else', async () => {
      const { port, seen } = await host.echo();
      const target = `ok.test:${port}`;
      const egress = await host.start({ allow: [target], loopback: [target] });
      const yes = await run('allowed', ['node', '-e', THROUGH, target], egress);
      expect(yes).toMatchObject({ stdout: 'echo:hello\n', stderr: '' });
      const no = await run('refused', ['node', '-e', THROUGH, `evil.test:${port}`], egress);
      expect(no.stdout).toBe('403\n');
      expect(seen).toEqual(['hello']);
      expect(egress.records()).toMatchObject([
        { host: 'ok.test', allowed: true, bytes: 15 },
        { host: 'evil.test', allowed: false },
      ]);
    });

    it('is not there when none was opened', async () => {
      const script = "console.log(process.env.HTTPS_PROXY, require('fs').existsSync('/run/aedev'))";
      expect((await run('none', ['node', '-e', script], null)).stdout).toBe('undefined false\n');
    });

    it('does not change how the coder starts and ends', async () => {
      const egress = await host.start();
      const input = join(bed.root, 'input');
      writeFileSync(input, 'asked\n');
      const said = await run('code', ['sh', '-c', 'cat; echo no >&2; exit 7'], egress, {
        stdin: input,
      });
      expect(said).toMatchObject({ stdout: 'asked\n', stderr: 'no\n', exit: { code: 7 } });
      const absent = run('absent', ['no-such-program'], egress);
      if (tier === 'docker') expect((await absent).exit.code).toBe(127);
      else await expect(absent).rejects.toMatchObject({ tag: 'not-found' });
      const killed = await run('killed', ['sh', '-c', 'kill -9 $$'], egress);
      // 128+9: as the container's init tells it.
      expect([killed.exit.code, killed.exit.signal]).toEqual([137, null]);
    });

    it('passes the end on to the coder, and ends with it', async () => {
      const egress = await host.start();
      const script = 'trap "echo asked to end; exit 0" TERM; echo up; while :; do sleep 0.05; done';
      const limits = { wallMs: 60_000, idleMs: 1500, memoryMb: 256, cpus: 1, pids: 64 };
      const { exit, stdout } = await run('ends', ['sh', '-c', script], egress, { limits });
      expect(exit.ended).toBe('idle');
      expect(stdout).toBe('up\nasked to end\n');
    });

    it('stands a coder that opens hundreds of connections and says nothing', async () => {
      const { port } = await host.echo();
      const target = `ok.test:${port}`;
      const egress = await host.start({ allow: [target], loopback: [target] });
      const flood = `const net = require('node:net'); let closed = 0;
      for (let i = 0; i < 500; i++) net.connect('${EGRESS_SOCKET_INSIDE}')
        .on('error', () => {}).on('close', () => { if (++closed === 400) process.exit(0); });`;
      expect((await run('flood', ['node', '-e', flood], egress)).exit.code).toBe(0);
      const after = await run('after', ['node', '-e', THROUGH, target], egress);
      expect(after.stdout).toBe('echo:hello\n');
    });

    it('gives a coder that speaks to the socket itself no more', async () => {
      const secret = createServer((_request, response) => response.end('of the host'));
      await new Promise<void>((done) => secret.listen(0, '127.0.0.1', done));
      const { port } = secret.address() as AddressInfo;
      const egress = await host.start({ allow: ['ok.test'] });
      const script = `const http = require('node:http');
      for (const [method, path] of [['GET', 'http://127.0.0.1:${port}/'], ['CONNECT', '127.0.0.1:${port}'], ['CONNECT', 'localhost:${port}'], ['CONNECT', '[::1]:${port}']]) {
        const asking = http.request({ socketPath: '${EGRESS_SOCKET_INSIDE}', method, path });
        const say = (response) => { console.log(response.statusCode); response.destroy?.(); };
        asking.on('response', say).on('connect', say).on('error', () => {}).end();
      }`;
      const { stdout } = await run('itself', ['node', '-e', script], egress);
      await new Promise((done) => secret.close(done));
      expect(stdout.trim().split('\n').sort()).toEqual(['400', '400', '400', '405']);
    });
  });
}
