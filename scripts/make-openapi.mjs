// Writes docs/reference/openapi.json from the routes: node scripts/make-openapi.mjs
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, sourceModule } from './setup.mjs';

const { openApiDocument } = await sourceModule('surfaces/api/openapi.js');
const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
const file = join(ROOT, 'docs', 'reference', 'openapi.json');
writeFileSync(file, `${JSON.stringify(openApiDocument(version), null, 2)}\n`);
const biome = join(ROOT, 'node_modules', '@biomejs', 'biome', 'bin', 'biome');
spawnSync(process.execPath, [biome, 'format', '--write', file], { stdio: 'inherit' });
