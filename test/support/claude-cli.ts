/** The pinned `claude` CLI of this machine, where it is installed. */
import { fileURLToPath } from 'node:url';
import { CLAUDE_CLI_VERSION, findClaudeCli } from '../../src/demo/claude-cli.ts';

export const CLAUDE_FOLDER =
  process.env['AEDEV_CLAUDE_BIN'] ?? fileURLToPath(new URL('../../.tools/claude', import.meta.url));
/** Path of the program; null where it is not installed. */
export const CLAUDE = await findClaudeCli(CLAUDE_FOLDER);
export const NO_CLAUDE = `no claude CLI ${CLAUDE_CLI_VERSION} in AEDEV_CLAUDE_BIN or .tools/claude`;
