import { ClientError } from '../../api/client-error.ts';
import { startDaemon } from '../daemon-start.ts';
import { CliError, type ExitName } from '../exit-codes.ts';
import type { Host } from '../host.ts';
import { livingDaemon } from '../living-daemon.ts';
import { openClient, withClient } from '../open.ts';
import { ago, inkFor, safe, say, sayJson } from '../output.ts';

interface StartOptions {
  foreground?: boolean;
  port?: number;
  json?: boolean;
}

/** Be the daemon, in this process. */
export const run = (host: Host, options: { port?: number }): Promise<number> =>
  host.serve({ port: options.port ?? null });

export async function start(host: Host, options: StartOptions): Promise<number | ExitName> {
  if (options.foreground) return run(host, options);
  const started = await startDaemon(host, options.port ?? null);
  const { pid, port, version } = started.daemon;
  if (options.json) sayJson(host, { started: !started.already, daemon: started.daemon });
  else if (started.already) say(host, `The daemon runs already: pid ${pid}, port ${port}.`);
  else
    say(
      host,
      `${inkFor(host).green('Started')} daemon ${safe(version)}: pid ${pid}, http://127.0.0.1:${port}, log in ${safe(host.paths().logs)}.`,
    );
  return 'ok';
}

export async function stop(host: Host, options: { json?: boolean }): Promise<void> {
  const file = livingDaemon(host);
  if (!file) {
    if (options.json) return sayJson(host, { stopped: false, running: false });
    return say(host, 'The daemon is not running.');
  }
  await withClient(host, (client) => client.post('/v1/stop', { reason: 'aedev daemon stop' }));
  // It ends what it must not leave half done; that has a limit, and so has this.
  const until = Date.now() + 60_000;
  while (livingDaemon(host)?.boot === file.boot) {
    if (host.interrupted.aborted) throw new CliError('interrupted', 'Interrupted.');
    if (Date.now() > until)
      throw new CliError(
        'daemon',
        `The daemon (pid ${file.pid}) was told to stop and still lives after a minute.`,
        `Look at its log in ${safe(host.paths().logs)}; as a last resort: kill ${file.pid}.`,
      );
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  if (options.json) return sayJson(host, { stopped: true, running: false });
  say(host, `Stopped the daemon (pid ${file.pid}); work goes on where it was at the next start.`);
}

export async function status(host: Host, options: { json?: boolean }): Promise<ExitName> {
  try {
    const client = await openClient(host, 5000);
    client.close();
    const { daemon } = client;
    if (options.json) sayJson(host, { running: true, answers: true, daemon, problem: null });
    else
      say(
        host,
        `${inkFor(host).green('running')}: daemon ${safe(daemon.version)}, pid ${daemon.pid}, port ${daemon.port}, since ${ago(daemon.startedAt, Date.now())}; it answers.`,
      );
    return 'ok';
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    const daemon = livingDaemon(host);
    const { tag: code, sentence, remedy } = error;
    if (options.json)
      sayJson(host, {
        running: daemon !== null,
        answers: false,
        daemon,
        problem: { code, sentence, remedy },
      });
    else say(host, `${sentence} ${remedy}`);
    return 'daemon';
  }
}
