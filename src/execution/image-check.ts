/** `aedev image check`: is this image fit to run coders in? Changes nothing. */
import { docker } from '../lib/docker-cli.ts';
import { findEngine } from './sandboxes/docker-engine.ts';
import { findImage, imageId, type PinnedImage } from './sandboxes/docker-image.ts';
import { cliProblems, inside, versionIn } from './sandboxes/image-probe.ts';

export interface ImageFinding {
  /** `image`: it is not here; `digest`: another one bears its name. */
  what: 'engine' | 'image' | 'digest' | 'programs' | 'cli' | 'contract' | 'user' | 'volumes';
  ok: boolean;
  sentence: string;
  /** Empty when it is fine. */
  remedy: string;
}

export interface ImageCheck {
  findings: ImageFinding[];
  problems: ImageFinding[];
  cliVersion: string | null;
}

const REBUILD = 'Run `aedev image build`, which also pins what it built.';

/**
 * Runs inside: the entrypoint's contract as the daemon's coders meet it, without a login, so that
 * nothing is asked of anybody. The CLI says that it is not logged in, and that has to come out as
 * the raw envelope and the result.
 */
const PROBE = `
const { spawnSync } = require('node:child_process'); const fs = require('node:fs');
const say = (argv) => { const r = spawnSync(argv[0], argv.slice(1), { encoding: 'utf8', timeout: 20000 }); return r.status === 0 ? r.stdout : null; };
fs.mkdirSync('/workspace/repo'); fs.writeFileSync('/workspace/prompt.txt', 'Say nothing.');
const env = { PATH: process.env.PATH, HOME: process.env.HOME, CLAUDE_ROLE: 'coder', CLAUDE_MODEL: '', CLAUDE_PERMISSION_MODE: 'acceptEdits', CLAUDE_ALLOWED_TOOLS: 'Read' };
const run = spawnSync(process.execPath, ['/opt/aedev/entrypoint.mjs'], { env, encoding: 'utf8', timeout: 40000 });
const read = (name) => { try { const path = '/workspace/' + name; return { value: JSON.parse(fs.readFileSync(path, 'utf8')), at: Number(fs.statSync(path, { bigint: true }).mtimeNs / 1000n) }; } catch { return null; } };
const envelope = read('cli-envelope.json'); const result = read('result.json');
console.log(JSON.stringify({ git: say(['git', '--version']), claude: say(['claude', '--version']), uid: process.getuid(),
  envelope: Array.isArray(envelope?.value) && envelope.value.some((one) => one?.type === 'result'),
  result: typeof result?.value?.outcome?.kind === 'string', first: envelope !== null && result !== null && envelope.at <= result.at,
  said: (run.stderr || '').trim().split('\\n')[0].slice(0, 200) }));`;

interface Probed {
  git: string | null;
  claude: string | null;
  uid: number;
  envelope: boolean;
  result: boolean;
  first: boolean;
  said: string;
}

export async function checkImage(image: PinnedImage): Promise<ImageCheck> {
  const engine = await findEngine();
  if ('problem' in engine) return ended([bad('engine', engine.problem)]);
  const findings = [fine('engine', `${engine.engine} answers.`)];
  const found = await findImage(image);
  if ('problem' in found) {
    const other = (await imageId(image.name)) !== null;
    return ended([...findings, bad(other ? 'digest' : 'image', found.problem)]);
  }
  findings.push(fine('image', `${image.name} is here, exactly as pinned: ${found.reference}.`));
  findings.push(...(await declared(found.reference)));
  const text = await inside(found.reference, ['node', '-e', PROBE]);
  const probed = parsed(text);
  const cliVersion = versionIn(probed?.claude ?? null);
  findings.push(...ofPrograms(probed), ...(await ofCli(probed, cliVersion)), ...ofContract(probed));
  return ended(findings, cliVersion);
}

const fine = (what: ImageFinding['what'], sentence: string): ImageFinding => ({
  what,
  ok: true,
  sentence,
  remedy: '',
});
const bad = (
  what: ImageFinding['what'],
  { sentence, remedy }: { sentence: string; remedy: string },
): ImageFinding => ({ what, ok: false, sentence, remedy });
const wrong = (what: ImageFinding['what'], sentence: string): ImageFinding =>
  bad(what, { sentence, remedy: REBUILD });

const ended = (findings: ImageFinding[], cliVersion: string | null = null): ImageCheck => ({
  findings,
  problems: findings.filter(({ ok }) => !ok),
  cliVersion,
});

/** What the image says of itself. aedev gives runs a number of its own all the same. */
async function declared(reference: string): Promise<ImageFinding[]> {
  const format = '{{json .Config.User}} {{json .Config.Volumes}}';
  const answer = await docker(['image', 'inspect', '--format', format, '--', reference]);
  const [, user = '', volumes = ''] = /^"([^"]*)" (.*)$/.exec(answer.stdout.trim()) ?? [];
  const name = user.split(':')[0] ?? '';
  return [
    name === '' || name === '0' || name === 'root'
      ? wrong('user', 'The image runs as root when nobody says otherwise.')
      : fine('user', `It runs as ${user}, not as root.`),
    volumes === '' || volumes === 'null' || volumes === '{}'
      ? fine('volumes', 'It declares no volumes.')
      : wrong('volumes', 'The image declares volumes: a run could fill the disk through them.'),
  ];
}

function parsed(text: string | null): Probed | null {
  try {
    return JSON.parse(text ?? 'null') as Probed | null;
  } catch {
    return null;
  }
}

function ofPrograms(probed: Probed | null): ImageFinding[] {
  if (probed === null)
    return [wrong('programs', 'In the runner image the entrypoint or node does not run.')];
  return [
    probed.git === null
      ? wrong('programs', 'In the runner image git does not run.')
      : fine('programs', 'Its entrypoint, node and git run.'),
  ];
}

async function ofCli(probed: Probed | null, version: string | null): Promise<ImageFinding[]> {
  if (probed === null) return [];
  const [problem] = await cliProblems(version);
  return [problem ? bad('cli', problem) : fine('cli', `It holds claude ${version}, as pinned.`)];
}

function ofContract(probed: Probed | null): ImageFinding[] {
  if (probed === null || probed.claude === null) return [];
  const { envelope, result, first, said } = probed;
  return envelope && result && first
    ? [fine('contract', 'The contract is kept: raw envelope first, then the result.')]
    : [wrong('contract', `The image does not keep the coder contract${said ? `: ${said}` : '.'}`)];
}
