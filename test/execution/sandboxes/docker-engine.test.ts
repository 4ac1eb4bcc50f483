/** Why no container engine can be used, told apart by what is there. */
import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findEngine } from '../../../src/execution/sandboxes/docker-engine.ts';
import { compile } from '../../support/compile.ts';
import { NO_DOCKER } from '../../support/sandboxes.ts';

let dir = '';
const before = { ...process.env };
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'aedev-find-'));
});
afterEach(() => {
  for (const name of ['PATH', 'DOCKER_HOST'])
    if (before[name] === undefined) delete process.env[name];
    else process.env[name] = before[name];
  rmSync(dir, { recursive: true, force: true });
});
const problem = async () => {
  const found = await findEngine();
  return 'problem' in found ? found.problem : found;
};

const plays = (script: string) => {
  writeFileSync(join(dir, 'docker'), `#!/bin/sh\n${script}\n`);
  chmodSync(join(dir, 'docker'), 0o755);
  process.env['PATH'] = `${dir}:/usr/bin:/bin`;
};

it.each([
  ['docker', 'echo "29.1.0 arm64,Engine,containerd,runc"', 'docker 29.1.0', true],
  ['another machine', 'echo "29.1.0 s390x,Engine,containerd,runc"', 'docker 29.1.0', false],
  [
    'podman behind its API',
    'echo "4.3.1 amd64,Podman Engine,Conmon,Engine"',
    'docker 4.3.1',
    false,
  ],
  [
    'podman by docker’s name',
    'case "$*" in *Components*) exit 125;; *) echo 4.3.1;; esac',
    'docker 4.3.1',
    false,
  ],
])('%s: which filter of system calls it is given', async (_name, script, engine, takesProfile) => {
  plays(script);
  expect(await findEngine()).toEqual({ engine, takesProfile });
});

it('the docker command is missing', async () => {
  process.env['PATH'] = dir;
  expect(await problem()).toEqual({
    code: 'sandbox-engine',
    sentence: 'The docker command is not installed.',
    remedy: expect.stringMatching(/install/i),
  });
});

describe.skipIf(NO_DOCKER !== null)(
  NO_DOCKER === null
    ? 'with the docker command'
    : `with the docker command (skipped: ${NO_DOCKER})`,
  () => {
    it('the engine answers', async () => {
      expect(await findEngine()).toEqual({
        engine: expect.stringMatching(/^docker \d+\./),
        takesProfile: ['x64', 'arm64'].includes(process.arch),
      });
    });

    it('its socket is not there', async () => {
      process.env['DOCKER_HOST'] = `unix://${dir}/none.sock`;
      expect(await problem()).toMatchObject({
        sentence: expect.stringContaining(`${dir}/none.sock is not there`),
        remedy: expect.stringContaining('systemctl start docker'),
      });
    });

    it('its socket is there, and what listens is none', async () => {
      const server = createServer((socket) => socket.destroy());
      await new Promise<void>((done) => server.listen(join(dir, 's'), done));
      process.env['DOCKER_HOST'] = `unix://${dir}/s`;
      expect(await problem()).toMatchObject({
        sentence: expect.stringContaining('answers on its socket'),
        remedy: expect.stringContaining('restart docker'),
      });
      server.close();
    });

    it('it is on another machine that does not answer', async () => {
      process.env['DOCKER_HOST'] = 'tcp://127.0.0.1:9';
      expect(await problem()).toMatchObject({ sentence: 'No container engine answers.' });
    });

    it.skipIf(process.getuid?.() !== 0)('this account may not use it', async () => {
      // A socket that root alone may use, seen by somebody else: as by an account that is not in
      // the engine's group.
      const server = createServer();
      await new Promise<void>((done) => server.listen(join(dir, 's'), done));
      chmodSync(join(dir, 's'), 0o660);
      const build = join(dir, 'build');
      mkdirSync(build);
      compile(build, ['execution/sandboxes/docker-engine.ts']);
      chmodSync(dir, 0o755);
      const script = join(build, 'ask.mjs');
      const module = join(build, 'execution/sandboxes/docker-engine.js');
      writeFileSync(
        script,
        `const { findEngine } = await import(${JSON.stringify(module)}); process.stdout.write(JSON.stringify(await findEngine()));`,
      );
      const env = { PATH: process.env['PATH'] ?? '', HOME: '/', DOCKER_HOST: `unix://${dir}/s` };
      const child = spawn(process.execPath, [script], { uid: 65534, gid: 65534, env });
      let said = '';
      child.stdout.on('data', (chunk) => {
        said += chunk;
      });
      await new Promise((done) => child.once('close', done));
      server.close();
      expect(JSON.parse(said).problem).toEqual({
        code: 'sandbox-engine',
        sentence: `This account may not use the socket ${dir}/s of the container engine.`,
        remedy: expect.stringContaining('usermod -aG docker'),
      });
    });
  },
);
