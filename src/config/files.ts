/** Reading and writing of small files in the home folder; what fails is a ConfigError. */
import * as small from '../lib/small-file.ts';
import { fileError } from './errors.ts';

/** Bytes of a configuration file: room for the most repos there may be, with comments. */
export const MAX_CONFIG_BYTES = 256 * 1024;

/** `doing` completes "cannot …". */
const inWords =
  <A extends [path: string, ...rest: unknown[]], T>(doing: string, work: (...args: A) => T) =>
  (...args: A): T => {
    try {
      return work(...args);
    } catch (error) {
      throw fileError(error, doing, args[0]);
    }
  };

// Marked so that whoever bundles leaves out what nobody uses, and what that would load.
export const readSmall = inWords('read', small.readSmall);
export const writeNew = /* @__PURE__ */ inWords('write', small.writeNew);
export const replaceFile = /* @__PURE__ */ inWords('write', small.replaceFile);
