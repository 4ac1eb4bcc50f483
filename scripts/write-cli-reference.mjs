// Writes docs/reference/cli.md from the table of commands: node scripts/write-cli-reference.mjs
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { sourceModule } from './setup.mjs';

const { reference } = await sourceModule('surfaces/cli/reference.js');
const folder = fileURLToPath(new URL('../docs/reference/', import.meta.url));
mkdirSync(folder, { recursive: true });
writeFileSync(`${folder}cli.md`, reference());
