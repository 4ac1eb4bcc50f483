#!/usr/bin/env node
/** argv to the CLI; nothing else. */
import { createHost } from './compose/host.ts';
import { version } from './lib/version.ts';
import { run } from './surfaces/cli/run.ts';

// Whoever reads our output may stop reading, as `head` does: that is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

process.exitCode = await run(process.argv.slice(2), createHost(version()));
