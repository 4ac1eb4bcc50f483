/** Completion scripts for shells, made from the command surface. */
import type { Entry, Flag } from './entry.ts';

export interface Surface {
  commands: readonly Entry[];
  groups: Readonly<Record<string, string>>;
}

interface Named {
  group: string | null;
  name: string;
  entry: Entry;
}

function named({ commands, groups }: Surface): Named[] {
  return commands
    .filter((entry) => !entry.hidden)
    .map((entry) => {
      const [first = '', second = ''] = entry.use.split(' ');
      return Object.hasOwn(groups, first)
        ? { group: first, name: second, entry }
        : { group: null, name: first, entry };
    });
}

const longOf = (flag: Flag): string => flag.flag.split(' ')[0] ?? '';

/** What may follow each beginning of a command line. */
function continuations(surface: Surface): [string, string[]][] {
  const all = named(surface);
  const tops = all.filter(({ group }) => group === null).map(({ name }) => name);
  const groups = Object.keys(surface.groups);
  return [
    ['', [...groups, ...tops, 'help', '--help', '--version'].sort()],
    ...groups.map((group): [string, string[]] => [
      group,
      all.filter((one) => one.group === group).map(({ name }) => name),
    ]),
    ...all.map(({ group, name, entry }): [string, string[]] => [
      group === null ? name : `${group} ${name}`,
      [...(entry.flags ?? []).map(longOf), '--help'],
    ]),
  ];
}

const cases = (surface: Surface): string =>
  continuations(surface)
    .map(([key, words]) => `    '${key}') next='${words.join(' ')}' ;;`)
    .join('\n');

const bash = (surface: Surface): string => `# aedev completion for bash
_aedev() {
  local key='' next=''
  ((COMP_CWORD > 1)) && key=\${COMP_WORDS[1]}
  case " ${Object.keys(surface.groups).join(' ')} " in
    *" $key "*) ((COMP_CWORD > 2)) && key="$key \${COMP_WORDS[2]}" ;;
  esac
  case $key in
${cases(surface)}
  esac
  COMPREPLY=($(compgen -W "$next" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _aedev aedev claude247
`;

const zsh = (surface: Surface): string => `#compdef aedev claude247
_aedev() {
  local key='' next=''
  ((CURRENT > 2)) && key=$words[2]
  case " ${Object.keys(surface.groups).join(' ')} " in
    *" $key "*) ((CURRENT > 3)) && key="$key $words[3]" ;;
  esac
  case $key in
${cases(surface)}
  esac
  compadd -- \${=next} || _files
}
compdef _aedev aedev claude247
`;

/** Single-quoted for fish, where only the quote and the backslash need care. */
const quoted = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`;

function fish(surface: Surface): string {
  const all = named(surface);
  const complete = (condition: string, rest: string) =>
    `complete -c aedev -n ${quoted(condition)} ${rest}`;
  const top = '__fish_use_subcommand';
  const seen = (word: string) => `__fish_seen_subcommand_from ${word}`;
  const lines = Object.entries(surface.groups).map(([group, about]) =>
    complete(top, `-f -a ${group} -d ${quoted(about)}`),
  );
  for (const { group, name, entry } of all) {
    const members = all.filter((one) => one.group === group).map((one) => one.name);
    const where = group === null ? top : `${seen(group)}; and not ${seen(members.join(' '))}`;
    lines.push(complete(where, `-f -a ${name} -d ${quoted(entry.does)}`));
    const inside = group === null ? seen(name) : `${seen(group)}; and ${seen(name)}`;
    for (const flag of entry.flags ?? []) {
      const value = flag.choices
        ? ` -x -a ${quoted(flag.choices.join(' '))}`
        : flag.flag.includes('<')
          ? ' -r'
          : '';
      lines.push(complete(inside, `-l ${longOf(flag).slice(2)}${value} -d ${quoted(flag.does)}`));
    }
  }
  return `# aedev completion for fish\n${lines.join('\n')}\n`;
}

export const SHELLS: Readonly<Record<string, (surface: Surface) => string>> = { bash, zsh, fish };
