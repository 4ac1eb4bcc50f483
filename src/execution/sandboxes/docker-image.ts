import { docker } from '../../lib/docker-cli.ts';
import type { SandboxProblem } from './sandbox.ts';

export interface PinnedImage {
  /** Name for people and for pulling, e.g. `aedev-runner:0.1.0`. */
  name: string;
  /** `sha256:<64 hex>`: the image id, or the digest of the repository's manifest. */
  digest: string;
}

const DIGEST = /^sha256:[0-9a-f]{64}$/;
const NAME = /^[a-z0-9][A-Za-z0-9._:/-]{0,199}$/;

const hold = (sentence: string, remedy: string): SandboxProblem => ({
  code: 'HOLD-CLAUDE-DOCKER-IMAGE',
  sentence,
  remedy,
});

/** Finds the pinned image on this machine. @returns a reference that is addressed by content, and its id */
export async function findImage(
  image: PinnedImage,
): Promise<{ reference: string; id: string } | { problem: SandboxProblem }> {
  if (!NAME.test(image.name) || !DIGEST.test(image.digest)) {
    const sentence = 'No runner image is pinned: `sandbox.image.digest` is not set.';
    return {
      problem: hold(sentence, 'Run `aedev image build`, which sets it, or pin an image of yours.'),
    };
  }
  // By id first; a manifest digest is only known together with the repository's name.
  const repository = image.name.replace(/:[^:/]*$/, '');
  for (const reference of [image.digest, `${repository}@${image.digest}`]) {
    const id = await imageId(reference);
    if (id !== null) return { reference, id };
  }
  const other = await imageId(image.name);
  return {
    problem:
      other === null
        ? hold(
            `The runner image ${image.name} (${image.digest}) is not on this machine.`,
            'Run `aedev image build`, which also pins what it built.',
          )
        : hold(
            `The image ${image.name} on this machine is ${other}, not the pinned ${image.digest}.`,
            `Find out who changed it. If you did, run \`aedev image check ${other} --record\`; else \`aedev image build\`.`,
          ),
  };
}

/** Image id, or null when there is no such image. */
export async function imageId(reference: string): Promise<string | null> {
  const answer = await docker(['image', 'inspect', '--format', '{{.Id}}', '--', reference]);
  return answer.code === 0 ? answer.stdout.trim() : null;
}
