// Writes docs/reference/cli.md from the built program.
// Usage: npm run build && node scripts/write-cli-reference.mjs
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const { reference } = await import('../dist/surfaces/cli/reference.js');
const folder = fileURLToPath(new URL('../docs/reference/', import.meta.url));
mkdirSync(folder, { recursive: true });
writeFileSync(`${folder}cli.md`, reference());
