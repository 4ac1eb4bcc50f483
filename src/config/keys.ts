/** Names of this installation's keys; what they are is the business of whoever loads them. */
import { join } from 'node:path';
import type { HomePaths } from './home.ts';

/** Signs the head of the log. */
export const logKeyPath = (paths: HomePaths): string => join(paths.keys, 'log-head.key');
/** Signs evidence bundles. */
export const evidenceKeyPath = (paths: HomePaths): string => join(paths.keys, 'evidence.key');
/** Its public half, for verifying bundles elsewhere. */
export const evidencePublicPath = (paths: HomePaths): string =>
  join(paths.keys, 'evidence.pub.pem');
/** Proves to the CLI that it talks to its own daemon. */
export const identityKeyPath = (paths: HomePaths): string => join(paths.keys, 'identity.key');
