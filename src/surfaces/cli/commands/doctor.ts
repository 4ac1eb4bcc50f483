import type { ExitName } from '../exit-codes.ts';
import type { Diagnosis, Host } from '../host.ts';
import { inkFor, safe, say, sayJson, table } from '../output.ts';

export async function doctor(host: Host, options: { json?: boolean }): Promise<ExitName> {
  const found = await host.diagnose();
  // Advice is not a fault: a home without a repo, or a daemon that is simply not started, is in order.
  const faults = found
    .filter((one) => one.state === 'broken' || one.state === 'missing')
    .map((one) => one.kind);
  const exit: ExitName = faults.includes('integrity')
    ? 'integrity'
    : faults.includes('config')
      ? 'config'
      : faults.includes('machine')
        ? 'machine'
        : 'ok';
  if (options.json) {
    sayJson(host, { ok: exit === 'ok', diagnoses: found });
    return exit;
  }
  const paint = inkFor(host);
  const state = (one: Diagnosis): string =>
    one.state === 'ok'
      ? paint.green('ok')
      : // What the doctor warns of about the sandbox is that nothing isolates.
        one.state === 'warning' && one.what !== 'sandbox'
        ? paint.yellow('warning')
        : paint.red(one.state);
  const rows = found.map((one) => [
    state(one),
    safe(one.what),
    `${safe(one.sentence)}${one.remedy === '' ? '' : ` → ${safe(one.remedy)}`}`,
  ]);
  say(host, await table(['', 'looked at', 'found'], rows, host.columns));
  return exit;
}
