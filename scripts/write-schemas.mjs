// Writes the JSON Schemas of the configuration files into docs/reference:
// node scripts/write-schemas.mjs
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { sourceModule } from './setup.mjs';

const { SCHEMAS, schemaName, schemaText } = await sourceModule('config/json-schema.js');
const folder = fileURLToPath(new URL('../docs/reference/', import.meta.url));
mkdirSync(folder, { recursive: true });
for (const file of Object.keys(SCHEMAS))
  writeFileSync(`${folder}${schemaName(file)}`, schemaText(file));
