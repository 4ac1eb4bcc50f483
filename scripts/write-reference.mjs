// Writes the reference pages that are made from the program's own tables. Run after `npm run build`;
// a test checks that the committed pages equal what this writes.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const dist = (path) => new URL(`../dist/${path}`, import.meta.url).href;
const { referencePages } = await import(dist('surfaces/reference.js'));
for (const [name, text] of Object.entries(referencePages())) {
  writeFileSync(fileURLToPath(new URL(`../docs/reference/${name}`, import.meta.url)), text);
}
