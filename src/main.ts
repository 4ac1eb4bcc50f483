#!/usr/bin/env node
/** argv to the CLI; nothing else. */
import { createHost } from './compose/host.ts';
import { version } from './lib/version.ts';
import { run } from './surfaces/cli/run.ts';

process.exitCode = await run(process.argv.slice(2), createHost(version()));
