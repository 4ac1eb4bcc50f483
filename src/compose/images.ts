/** Runner images for the CLI. */
import { existsSync } from 'node:fs';
import type { HomePaths } from '../config/home.ts';
import { evidenceKeyPath } from '../config/keys.ts';
import { buildImage, ImageError } from '../execution/image.ts';
import { checkImage } from '../execution/image-check.ts';
import { findEngine } from '../execution/sandboxes/docker-engine.ts';
import { imageId } from '../execution/sandboxes/docker-image.ts';
import { loadVerifier } from '../store/signer.ts';
import { CliError } from '../surfaces/cli/exit-codes.ts';
import type { Images } from '../surfaces/cli/host.ts';

export function images(paths: HomePaths): Images {
  return {
    build: (options) =>
      buildImage({ ...options, install: installOf(paths) }).catch((error: unknown) => {
        if (!(error instanceof ImageError)) throw error;
        const exit = error.tag === 'input' ? 'usage' : 'machine';
        throw new CliError(exit, error.message, error.remedy, `image-${error.tag}`);
      }),
    check: checkImage,
    async idOf(which) {
      // Without an engine every image would seem to be missing.
      const engine = await findEngine();
      if ('problem' in engine)
        throw new CliError('machine', engine.problem.sentence, engine.problem.remedy);
      return imageId(which);
    },
  };
}

/** As the daemon names this installation; null before its first start. */
function installOf(paths: HomePaths): string | null {
  const path = evidenceKeyPath(paths);
  return existsSync(path) ? loadVerifier(path).keyId.slice(0, 16) : null;
}
