/** Flags that several commands share. */
import { CODERS } from '../../../control/families.ts';
import type { Flag } from '../entry.ts';

export const json: Flag = { flag: '--json', does: 'print one stable JSON document' };
export const plain: Flag = { flag: '--plain', does: 'print SMS-sized text' };
export const wait: Flag = { flag: '--wait', does: 'follow it until it ends or waits for somebody' };
export const yes: Flag = { flag: '--yes', does: 'approve what is shown without asking' };
export const digest: Flag = {
  flag: '--digest <sha256>',
  does: 'approve exactly this, seen before',
};
export const all: Flag = { flag: '--all', does: 'also those that ended' };
export const coder: Flag = {
  flag: '--coder <family>',
  does: 'who writes code',
  choices: [...CODERS],
};
