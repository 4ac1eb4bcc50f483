// Writes the reference pages that are made from the program's own tables; a test checks that the committed pages equal what this writes.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { sourceModule } from './setup.mjs';

const { referencePages } = await sourceModule('surfaces/reference.js');
for (const [name, text] of Object.entries(referencePages())) {
  writeFileSync(fileURLToPath(new URL(`../docs/reference/${name}`, import.meta.url)), text);
}
