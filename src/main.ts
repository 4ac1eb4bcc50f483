#!/usr/bin/env node
/** argv to the CLI; nothing else. */
import { sayPlainStatus } from './compose/plain-status.ts';

const argv = process.argv.slice(2);
const [command, flag] = argv;
const plain = argv.length === 2 && command === 'status' && flag === '--plain';
if (!(plain && (await sayPlainStatus(process.env)))) {
  const { cli } = await import('./compose/cli.ts');
  process.exitCode = await cli(argv);
}
