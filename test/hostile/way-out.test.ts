/**
 * What a run can do with the ways out that it is given: the proxy's allowed host and the coder's own
 * API, behind both of which the attacker listens. The credential of the operator reaches neither the run
 * nor that listener by any other way than the one header of the API's own call.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Egress, startEgress } from '../../src/execution/egress/proxy.ts';
import { NO_DOCKER, NO_SRT, type SandboxBed, sandboxBed } from '../support/sandboxes.ts';
import { CALL, WAYS } from './ways.ts';

const TOKEN = 'sk-ant-oat01-dummy-of-the-hostile-suite';

/** Sends raw bytes to the proxy's socket and prints what comes back. */
const SAY = `const socket = require('node:net').connect('/run/aedev/egress.sock');
socket.setTimeout(2000, () => socket.destroy());
socket.on('data', (data) => process.stdout.write(data)).on('error', (error) => console.log(error.code));
let [first, ...more] = JSON.parse(process.argv[1]);
socket.write(first); if (more.length > 0) socket.once('data', () => socket.write(more.join('')));`;

for (const [tier, missing] of [
  ['docker', NO_DOCKER],
  ['srt', NO_SRT],
] as const) {
  const title = `ways out in ${tier}${missing === null ? '' : ` (skipped: ${missing})`}`;
  describe.skipIf(missing !== null)(title, () => {
    let bed: SandboxBed;
    let sink: Server;
    let egress: Egress;
    let dir: string;
    const seen: { url: string; headers: string; body: string }[] = [];
    const answer = async (request: IncomingMessage, response: ServerResponse) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      const headers = JSON.stringify(request.headers);
      seen.push({ url: request.url ?? '', headers, body });
      const test = request.headers['anthropic-test'];
      if (test === 'header') response.setHeader('x-repeated', request.headers.authorization ?? '');
      if (test === 'redirect') response.writeHead(307, { location: 'http://evil.test/' });
      response.end(`you said ${headers} ${body}`);
    };
    beforeAll(async () => {
      bed = sandboxBed(tier);
      dir = mkdtempSync(join(tmpdir(), 'aedev-way-'));
      sink = createServer((request, response) => void answer(request, response).catch(() => {}));
      await new Promise<void>((done) => sink.listen(0, '127.0.0.1', done));
      const { port } = sink.address() as AddressInfo;
      const api = { baseUrl: `http://127.0.0.1:${port}`, authorization: `Bearer ${TOKEN}` };
      egress = await startEgress({
        allow: [`allowed.test:${port}`, 'rebound.test'],
        api,
        log: join(dir, 'log'),
        now: Date.now,
        resolve: async () => ['127.0.0.1'],
        loopback: [`allowed.test:${port}`],
      });
    });
    afterAll(async () => {
      await egress.close();
      await new Promise((done) => sink.close(done));
      await bed.remove();
      rmSync(dir, { recursive: true, force: true });
    });

    it.each(WAYS.map((one) => [one.name, one.tries, one] as const))(
      '%s: %s',
      async (name, _tries, { says, answer: expected }) => {
        const { port } = sink.address() as AddressInfo;
        const texts = says.map((text) => text.replace('PORT', String(port)));
        seen.length = 0;
        const spec = bed.spec(name, ['node', '-e', SAY, JSON.stringify(texts)], {
          network: { socket: egress.socket },
        });
        await bed.sandbox.run(spec, new AbortController().signal);
        const came = readFileSync(spec.stdout, 'utf8');
        expect(came).toMatch(expected);
        // Nothing of the credential inside, whole or begun …
        expect(came).not.toContain('sk-ant');
        expect(readFileSync(join(dir, 'log'), 'utf8')).not.toContain('sk-ant');
        expect(JSON.stringify(egress.records())).not.toContain('sk-ant');
        // … and at the listener only where the host itself put it.
        for (const { url, headers, body } of seen) {
          expect(body).not.toContain('sk-ant');
          expect(headers).not.toContain('mine');
          if (url !== CALL) expect(headers).not.toContain('sk-ant');
        }
        expect(seen.map(({ url }) => url).filter((url) => ![CALL, '/take'].includes(url))).toEqual(
          [],
        );
      },
    );
  });
}
