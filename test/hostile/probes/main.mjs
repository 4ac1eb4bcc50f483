// Attacks that run inside a sandbox, as a program that a coder wrote. Each says what came of it; what
// begins with REACHED should not have been possible. Usage: node main.mjs TARGETS.json REPORT.jsonl [NAMES]
// Whatever is tried here would do no harm if it worked: times are set to what they are, calls get
// arguments that end them.
import fs from 'node:fs';
import { ESCAPE } from './escape.mjs';
import { PROXY } from './proxy.mjs';
import { REACH } from './reach.mjs';
import { THEFT } from './theft.mjs';

const [, , , reportFile, only] = process.argv;
const PROBES = { ...THEFT, ...REACH, ...ESCAPE, ...PROXY };

for (const [name, probe] of Object.entries(PROBES)) {
  if (only && !only.split(',').includes(name)) continue;
  let came;
  try {
    came = await probe();
  } catch (error) {
    came = `BROKEN ${error.stack}`;
  }
  fs.appendFileSync(reportFile, `${JSON.stringify({ name, came })}\n`);
}
process.exit(0);
