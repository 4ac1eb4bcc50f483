import { userInfo } from 'node:os';
import { initHome } from '../../../config/init.ts';
import type { Host } from '../host.ts';
import { inkFor, safe, say, sayJson } from '../output.ts';

/** The login name where it can be an operator's name. */
function loginName(): string {
  let name = '';
  try {
    name = userInfo().username;
  } catch {
    // Accounts without an entry in the system's list exist, e.g. in containers.
  }
  return /^[\w.@-]{1,64}$/.test(name) ? name : 'owner';
}

export async function init(
  host: Host,
  options: { operator?: string; json?: boolean },
): Promise<void> {
  const report = initHome(host.paths(), { operator: options.operator ?? loginName() });
  if (options.json) return sayJson(host, report);
  const paint = inkFor(host);
  const made = report.made.length;
  say(
    host,
    made === 0
      ? `The home ${safe(report.home)} is complete; nothing was changed.`
      : `${paint.green('Made')} the home ${safe(report.home)} (${made} files and folders).`,
  );
  for (const name of report.corrected) say(host, `Corrected: ${safe(name)}`);
  if (made > 0) say(host, 'Next: `aedev repo add PATH`, then `aedev daemon start`.');
}
