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

/** Does an engine answer? @returns its name and version, or the problem */
export async function findEngine(): Promise<{ engine: string } | { problem: SandboxProblem }> {
  const answer = await docker(['version', '--format', '{{.Server.Version}}'], 10_000);
  const version = answer.stdout.trim();
  if (answer.code === 0 && version !== '') return { engine: `docker ${version}` };
  const sentence = answer.missing
    ? 'The docker command is not installed.'
    : answer.timedOut
      ? 'The container engine did not answer within 10 seconds.'
      : 'No container engine answers.';
  return {
    problem: {
      code: 'sandbox-engine',
      sentence,
      remedy:
        'Install and start Docker (or podman with its docker command), and see that `docker info` works for this account.',
    },
  };
}

/** Finds the pinned image on this machine. @returns a reference that is addressed by content */
export async function findImage(
  image: PinnedImage,
): Promise<{ reference: string } | { problem: SandboxProblem }> {
  if (!NAME.test(image.name) || !DIGEST.test(image.digest)) {
    const sentence = 'The runner image is not pinned by a sha256 digest.';
    return { problem: hold(sentence, 'Give the image as a name and a digest `sha256:…`.') };
  }
  // By id first; a manifest digest is only known together with the repository's name.
  const repository = image.name.replace(/:[^:/]*$/, '');
  for (const reference of [image.digest, `${repository}@${image.digest}`]) {
    if ((await inspect(reference)) !== null) return { reference };
  }
  const other = await inspect(image.name);
  return {
    problem:
      other === null
        ? hold(
            `The runner image ${image.name} (${image.digest}) is not on this machine.`,
            `Build it, or pull ${repository}@${image.digest}.`,
          )
        : hold(
            `The image ${image.name} on this machine is ${other}, not the pinned ${image.digest}.`,
            'Build or pull the pinned image; or, if the new one is meant, change the pin.',
          ),
  };
}

/** Image id, or null when there is no such image. */
async function inspect(reference: string): Promise<string | null> {
  const answer = await docker(['image', 'inspect', '--format', '{{.Id}}', '--', reference]);
  return answer.code === 0 ? answer.stdout.trim() : null;
}
