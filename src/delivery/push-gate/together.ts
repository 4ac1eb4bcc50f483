/**
 * Looks at many small blobs at once. Each pass of the rules has a price of its own, and hardly any
 * blob holds a secret: only those of a group that does are looked at one by one.
 */
import type { ObjectRead } from './objects.ts';
import { scanText } from './secrets.ts';

const SMALL = 64 * 1024;
/** One window of the scan. */
const GROUP = 192 * 1024;
/** On lines of its own, so that nothing reads across it. */
const BETWEEN = '\n\0\n';

/** Text of one byte a character: what is packed or UTF-16 is unfolded by itself. */
const isPlain = (bytes: Buffer): boolean =>
  bytes.length <= SMALL && !bytes.includes(0) && bytes[0] !== 0x1f && bytes[0] !== 0x78;

/** The same objects in groups' order; `clean`: no rule that looks at any file finds something. */
export async function* lookTogether(
  objects: AsyncIterable<ObjectRead>,
): AsyncGenerator<ObjectRead & { clean: boolean }> {
  let group: { object: ObjectRead; text: string }[] = [];
  let size = 0;
  async function* flush() {
    const done = group;
    group = [];
    size = 0;
    const clean = (await scanText(done.map(({ text }) => text).join(BETWEEN), null)).length === 0;
    for (const { object } of done) yield { ...object, clean };
  }
  for await (const object of objects) {
    if (object.bytes === null || !isPlain(object.bytes)) {
      yield { ...object, clean: false };
      continue;
    }
    group.push({ object, text: object.bytes.toString('latin1') });
    size += object.bytes.length + BETWEEN.length;
    if (size >= GROUP) yield* flush();
  }
  if (group.length > 0) yield* flush();
}
