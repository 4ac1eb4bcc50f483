/** The image that coders run in: building it, looking at it, and pinning it. */
import { pinImage } from '../../../config/pin-image.ts';
import { loadPolicy, tellDaemon } from '../config-access.ts';
import { CliError, type ExitName } from '../exit-codes.ts';
import type { Host, ImageFinding } from '../host.ts';
import { inkFor, safe, say, sayJson, table } from '../output.ts';

interface BuildOptions {
  base?: string;
  name?: string;
  coder?: 'codex' | 'gemini';
  pin?: boolean;
  json?: boolean;
}

export async function build(host: Host, options: BuildOptions): Promise<void> {
  const { policies, repos } = loadPolicy(host);
  const configured = policies.sandbox.image.name;
  const used = [policies.coders.default, ...Object.values(repos).map(({ coder }) => coder)];
  const coders = (['codex', 'gemini'] as const).filter(
    (one) => used.includes(one) || options.coder === one,
  );
  const images = await host.images();
  const paint = inkFor(host);
  const built = await images.build({
    name: options.name ?? configured,
    base: options.base ?? null,
    coders,
    signal: host.interrupted,
    // Progress is for people: a program reads one document.
    progress: (line) => host.err(`${paint.dim(safe(line, 300))}\n`),
  });
  const pinned = options.pin !== false;
  if (pinned) await pin(host, built);
  if (options.json) return sayJson(host, { ...built, pinned });
  say(
    host,
    `${paint.green('Built')} ${safe(built.name)} with ${[`claude ${safe(built.cliVersion)}`, ...coders].join(' and ')}.`,
  );
  say(host, `  image  ${safe(built.digest)}`);
  say(host, `  from   ${safe(built.base)}`);
  say(
    host,
    pinned
      ? 'Runs start only from exactly this image now: its digest is in policies.yaml.'
      : `Not pinned; \`aedev image check ${safe(built.digest)} --record\` does that.`,
  );
}

interface CheckOptions {
  record?: boolean;
  json?: boolean;
}

export async function check(host: Host, options: CheckOptions, which?: string): Promise<ExitName> {
  const configured = loadPolicy(host).policies.sandbox.image;
  const images = await host.images();
  const image = which === undefined ? configured : await named(images, which, configured.name);
  if (image.digest === null)
    throw new CliError(
      'config',
      'No image is pinned: `sandbox.image.digest` is not set.',
      'Run `aedev image build`, or `aedev image check IMAGE --record` for one that is here.',
    );
  const { name, digest } = image;
  const { findings, cliVersion } = await images.check({ name, digest });
  const wrong = findings.filter(({ ok }) => !ok);
  const recorded = options.record === true && wrong.length === 0;
  if (recorded) await pin(host, { name, digest });
  if (options.json) {
    sayJson(host, {
      ok: wrong.length === 0,
      image: { name, digest },
      cliVersion,
      recorded,
      findings,
    });
    return exitOf(wrong);
  }
  const paint = inkFor(host);
  const rows = findings.map(({ ok, what, sentence, remedy }) => [
    ok ? paint.green('ok') : paint.red('wrong'),
    what,
    `${safe(sentence)}${remedy === '' ? '' : ` → ${safe(remedy)}`}`,
  ]);
  say(host, await table(['', 'looked at', 'found'], rows, host.columns));
  if (recorded) say(host, 'Pinned: runs start only from exactly this image now.');
  else if (options.record) say(host, 'Not pinned, because of what is wrong with it.');
  return exitOf(wrong);
}

/** Another image under the pinned one's name is damage or a forgery; all else the machine lacks. */
const exitOf = (wrong: readonly ImageFinding[]): ExitName =>
  wrong.some(({ what }) => what === 'digest') ? 'integrity' : wrong.length > 0 ? 'machine' : 'ok';

/** An id stays under the configured name; a name comes with the id that it has here now. */
async function named(
  images: Awaited<ReturnType<Host['images']>>,
  which: string,
  configured: string,
): Promise<{ name: string; digest: string }> {
  const id = await images.idOf(which);
  if (id === null)
    throw new CliError(
      'not-found',
      `There is no image ${safe(which, 200)} on this machine.`,
      'See `docker image ls --no-trunc` for those that are.',
    );
  return { name: /^(?:sha256:)?[0-9a-f]{12,64}$/.test(which) ? configured : which, digest: id };
}

async function pin(host: Host, image: { name: string; digest: string }): Promise<void> {
  await pinImage(host.paths(), { name: image.name, digest: image.digest });
  await tellDaemon(host);
}
