/** Everything the demo works with: a private home, a real repo with a bug, and loopback doubles. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { stringify } from 'yaml';
import { replaceFile } from '../config/files.ts';
import { type HomePaths, homePaths } from '../config/home.ts';
import { initHome } from '../config/init.ts';
import { addRepo } from '../config/registry.ts';
import type { SandboxTier } from '../execution/sandboxes/sandbox.ts';
import { git } from '../lib/git.ts';
import { brainReply } from './doubles/brain.ts';
import { startGeminiDouble } from './doubles/gemini.ts';
import type { JudgeDouble } from './doubles/judge-double.ts';
import { type MessagesDouble, startMessagesDouble } from './doubles/messages.ts';
import { startOpenAiDouble } from './doubles/openai.ts';
import { CLAUDE_TURNS, coderScript, madeUpCredential, SHOP, VERIFY } from './shop.ts';

export const OPERATOR = 'demo';
export const REPO = 'shop';
export const DEMO_PREFIX = 'aedev-demo-';
const CLAUDE_MODEL = 'claude-sonnet-5';

export interface Tools {
  sandbox: SandboxTier;
  /** The pinned runner image; only with docker. */
  image: { name: string; digest: string } | null;
  /** Full path of the real claude CLI when it is to do the first mission. */
  claude: string | null;
}

export interface Stage {
  /** Holds all of the demo; nothing outside it is written. */
  folder: string;
  paths: HomePaths;
  /** The repo as the operator has it. */
  source: string;
  /** The bare repo of the local forge, where merges land. */
  forge: string;
  /** The planted credential, to see that it is nowhere but in the script and the held change. */
  credential: string;
  /** The daemon's whole environment. */
  env: Record<string, string>;
  judges: readonly JudgeDouble[];
  messages: MessagesDouble | null;
  close(): Promise<void>;
}

/** A folder of its own under the system's temporary one, mode 0700. */
export const demoFolder = (): string => mkdtempSync(join(realpathSync(tmpdir()), DEMO_PREFIX));

/** Fills the folder. What it opened is closed again when it fails. */
export async function setStage(folder: string, tools: Tools): Promise<Stage> {
  const paths = homePaths({ AEDEV_HOME: join(folder, 'home') }, folder);
  initHome(paths, { operator: OPERATOR });
  const source = await makeShop(join(folder, 'shop'));
  const credential = madeUpCredential();
  const script = join(folder, 'coder-script.json');
  writeFileSync(script, JSON.stringify(coderScript(credential), null, 2), { mode: 0o600 });
  const secrets = { openai: random(), gemini: random(), claude: random() };
  const opened: { close(): Promise<void> }[] = [];
  const close = async () => {
    await Promise.all(opened.splice(0).map((one) => one.close()));
  };
  const opens = async <T extends { close(): Promise<void> }>(starting: Promise<T>): Promise<T> => {
    const one = await starting;
    opened.push(one);
    return one;
  };
  try {
    const openai = await opens(startOpenAiDouble({ key: secrets.openai, reply: brainReply }));
    const gemini = await opens(startGeminiDouble({ key: secrets.gemini, reply: brainReply }));
    const messages = tools.claude
      ? await opens(startMessagesDouble({ script: () => CLAUDE_TURNS, token: secrets.claude }))
      : null;
    const urls = { openai: openai.baseUrl, gemini: gemini.baseUrl, claude: messages?.url ?? null };
    replaceFile(paths.policiesFile, policies(tools, script, urls), 0o600);
    // Checks both files together, and so the policies too.
    await addRepo(paths, {
      id: REPO,
      source,
      branch: 'main',
      auto_merge: true,
      verify: [{ argv: VERIFY }],
    });
    return {
      folder,
      paths,
      source,
      forge: join(paths.forge, `${REPO}.git`),
      credential,
      env: daemonEnvironment(paths, secrets, tools),
      judges: [openai, gemini],
      messages,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

const random = () => `demo-${randomBytes(16).toString('hex')}`;

function policies(
  { sandbox, image, claude }: Tools,
  script: string,
  urls: { openai: string; gemini: string; claude: string | null },
): string {
  const judge = (family: 'openai' | 'gemini') => ({
    family,
    protocol: family,
    base_url: urls[family],
    model: 'double-without-a-model',
    key_env: `AEDEV_DEMO_${family.toUpperCase()}_KEY`,
  });
  const settings = {
    // Any free port: the operator's own daemon may have the usual one.
    system: { operator: OPERATOR, port: 0 },
    sandbox: {
      tier: sandbox,
      allow_process: sandbox === 'process',
      ...(image ? { image } : {}),
    },
    coders: {
      default: 'scripted',
      scripted: { script },
      ...(claude
        ? { claude: { executable: claude, base_url: urls.claude, model: CLAUDE_MODEL } }
        : {}),
    },
    judges: { families: [judge('openai'), judge('gemini')] },
  };
  const head =
    '# Written by `aedev demo`. The judges (and the Messages API, if named) were loopback doubles\n# that ended with the demo: new work here would wait for judges.\n';
  return head + stringify(settings);
}

/** What the container command needs to find its engine, as lib/docker-cli passes it on. */
const ENGINE =
  /^(USER|LOGNAME|TMPDIR|XDG_RUNTIME_DIR|XDG_CONFIG_HOME|CONTAINER_HOST|SSH_AUTH_SOCK|DOCKER_[A-Z_]+)$/;

/** Closed: no key and no token of the operator's reaches the demo. */
function daemonEnvironment(
  paths: HomePaths,
  secrets: { openai: string; gemini: string; claude: string },
  tools: Tools,
): Record<string, string> {
  const engine = Object.entries(process.env).flatMap(([name, value]) =>
    tools.sandbox === 'docker' && value !== undefined && ENGINE.test(name) ? [[name, value]] : [],
  );
  return {
    ...Object.fromEntries(engine),
    // The Node that runs the demo also runs the coder and the tests, whatever else is installed.
    PATH: [dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter),
    HOME: process.env['HOME'] ?? paths.home,
    AEDEV_HOME: paths.home,
    AEDEV_DEMO_OPENAI_KEY: secrets.openai,
    AEDEV_DEMO_GEMINI_KEY: secrets.gemini,
    ...(tools.claude ? { AEDEV_CLAUDE_OAUTH_TOKEN: secrets.claude } : {}),
  };
}

async function makeShop(dir: string): Promise<string> {
  for (const [path, content] of Object.entries(SHOP)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), content);
  }
  const who = { NAME: 'The operator', EMAIL: 'operator@localhost' };
  const env = Object.fromEntries(
    ['AUTHOR', 'COMMITTER'].flatMap((role) =>
      Object.entries(who).map(([key, value]) => [`GIT_${role}_${key}`, value]),
    ),
  );
  await git(['init', '--quiet', '--initial-branch=main', '--', dir]);
  const place = { gitDir: join(dir, '.git'), workTree: dir, env };
  await git(['add', '--all'], place);
  await git(['commit', '--quiet', '--message=Open the shop'], place);
  return dir;
}
