// Writes the JSON Schemas of the configuration files from the built program into docs/reference.
// Usage: npm run build && node scripts/write-schemas.mjs
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const { SCHEMAS, schemaName, schemaText } = await import('../dist/config/json-schema.js');
const folder = fileURLToPath(new URL('../docs/reference/', import.meta.url));
mkdirSync(folder, { recursive: true });
for (const file of Object.keys(SCHEMAS))
  writeFileSync(`${folder}${schemaName(file)}`, schemaText(file));
