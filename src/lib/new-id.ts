/** Fresh ids: short enough to type, too many to meet by chance. */
import { randomBytes } from 'node:crypto';

/** `prefix-` and ten characters of an alphabet without look-alikes. */
export function newId(prefix: string): string {
  const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
  return `${prefix}-${[...randomBytes(10)].map((byte) => alphabet[byte % 32]).join('')}`;
}
