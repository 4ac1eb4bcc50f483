/** The coders: program, credential, login. What is said of a credential is its name and where it lies. */
import type { Diagnosis } from '../../control/diagnosis.ts';
import { broken, missing, ok, type Problem, shellWord, warning } from './words.ts';

export interface CoderFacts {
  family: string;
  /** Who uses it, in words: the default, repos, open tasks. */
  usedBy: string[];
  /** Who is to pay for its runs. */
  lane: string;
  problems: Problem[];
  program: string | null;
  /** `image`: it comes with the runner image. null: not found. */
  at: 'image' | { path: string } | null;
  /** What it says of itself; null when it does not, undefined when it was not asked. */
  version?: string | null;
  /** null: it needs none of aedev's. */
  credential: {
    /** Variable that it stands for. */
    name: string;
    from: 'environment' | 'keychain' | 'nowhere';
    /** Why the keychain could not be asked. */
    problem: string | null;
  } | null;
  /** Its credential does not begin as such ones are known to. */
  odd: boolean;
  /** What the program itself says against its login, where it would run; undefined when not asked. */
  login?: Problem[];
}

/** What npm calls their CLIs; of those that are driven in one version alone, in that. */
const PACKAGES: Readonly<Record<string, string>> = {
  claude: '@anthropic-ai/claude-code',
  codex: '@openai/codex@0.169.0',
  gemini: '@google/gemini-cli@0.61.0',
};

export const ofCoders = (coders: readonly CoderFacts[]): Diagnosis[] => coders.flatMap(ofCoder);

function ofCoder(coder: CoderFacts): Diagnosis[] {
  const { family, problems, program, at, version, credential, odd, login = [] } = coder;
  const what = `coder ${family}`;
  const lines = problems.map(({ sentence, remedy }) => missing(what, 'config', sentence, remedy));
  if (credential?.problem)
    lines.push(warning(what, `For ${credential.name}, ${credential.problem}.`));
  if (program !== null && at === null)
    lines.push(
      missing(
        what,
        'machine',
        `The program ${program} of the ${family} coder is not on the PATH.`,
        family in PACKAGES
          ? `Run \`npm install -g ${PACKAGES[family]}\`, or set coders.${family}.executable to its full path.`
          : 'Install it for this account, or configure its full path.',
      ),
    );
  if (version === null && at !== null && at !== 'image')
    lines.push(
      broken(
        what,
        'machine',
        `${at.path} does not tell its version.`,
        `Run \`${shellWord(at.path)} --version\` and mend what it says.`,
      ),
    );
  lines.push(...login.map(({ sentence, remedy }) => broken(what, 'machine', sentence, remedy)));
  if (lines.some(({ state }) => state !== 'warning')) return lines;
  if (odd && credential)
    lines.push(
      warning(
        what,
        `${credential.name} does not begin as the tokens of \`claude setup-token\` do; it is tried all the same.`,
      ),
    );
  return [ok(what, fine(coder)), ...lines];
}

function fine({ family, usedBy, at, version, credential, lane, login }: CoderFacts): string {
  const shown = usedBy.length > 4 ? [...usedBy.slice(0, 4), `${usedBy.length - 4} more`] : usedBy;
  const where =
    at === 'image'
      ? 'its program comes with the runner image'
      : at === null
        ? 'ready'
        : `${at.path}${version ? ` ${version}` : ''}`;
  const parts = [where];
  if (credential) {
    const from =
      credential.from === 'keychain'
        ? 'from the keychain'
        : 'from the environment of this command; the daemon needs it too';
    parts.push(`lane ${lane}`, `${credential.name} ${from}`);
  }
  if (login && family === 'claude') parts.push('it would log in by it');
  // The others that are asked are driven in one version alone; a scripted one is not asked.
  else if (login && (family === 'codex' || family === 'gemini'))
    parts.push('its version is the one that is driven');
  return `Used by ${shown.join(', ')}: ${parts.join('; ')}.`;
}
