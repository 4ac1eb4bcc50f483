/** The configuration files for commands that need more than the log. */
import { existsSync } from 'node:fs';
import { invalidConfig } from '../../config/errors.ts';
import { type LoadedConfig, loadConfig } from '../../config/load.ts';
import type { Policy } from '../../control/policy.ts';
import { ClientError } from '../api/client-error.ts';
import { CliError } from './exit-codes.ts';
import type { Host } from './host.ts';
import { withClient } from './open.ts';
import { safe } from './output.ts';

/** Both files of an initialised home. Throws CliError or ConfigError. */
export function loadFiles(host: Host): LoadedConfig {
  const paths = host.paths();
  if (!existsSync(paths.config))
    throw new CliError(
      'config',
      `There is no aedev home at ${safe(paths.home, 300)} yet.`,
      'Run `aedev init`.',
    );
  return loadConfig(paths);
}

export function loadPolicy(host: Host): Policy {
  const loaded = loadFiles(host);
  if (!loaded.ok) throw invalidConfig(loaded.problems);
  return loaded.policy;
}

/** After the files changed: the daemon reads them now instead of at its next look. */
export async function tellDaemon(host: Host): Promise<'told' | 'not-running'> {
  try {
    await withClient(host, (client) => client.post('/v1/refresh', {}));
    return 'told';
  } catch (error) {
    if (error instanceof ClientError && ['not-running', 'stale'].includes(error.tag))
      return 'not-running';
    throw error;
  }
}
