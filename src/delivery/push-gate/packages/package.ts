/** What a manifest or lockfile says of one package. */
export interface Package {
  /** As it is named there. */
  name: string;
  /** The name that it has where it comes from, when that is another. */
  real: string | null;
  /** Another package that is put in its place though nothing that chose it says so. */
  instead: string | null;
  /** Its address, where the file says one; null: the registry, or a folder of the repo. */
  from: Origin | null;
  /** Chosen by this repo, not by another package. */
  direct: boolean;
  licence: string | null;
}

export interface Origin {
  kind: 'registry' | 'archive' | 'git';
  /** As the file has it: hostile text. */
  at: string;
  /** The archive must be that of the package of this name: nothing else in the repo chose it. */
  named: boolean;
}

/** Made by hand with what differs. */
export const packageOf = (name: string, more: Partial<Package> = {}): Package => ({
  name,
  real: null,
  instead: null,
  from: null,
  direct: false,
  licence: null,
  ...more,
});

const GIT =
  /^(?:git(?:\+\w{1,8})?:|git@|ssh:|github:|gitlab:|bitbucket:|gist:)|^https?:[^#]{1,500}\.git(?:#|$)/i;
/** `owner/name` is a repository of GitHub's for every tool of npm's kind. */
const SHORT = /^[A-Za-z0-9][\w.-]{0,99}\/[\w.-]{1,100}(?:#[^\s]{0,200})?$/;

/** What a range in a manifest of npm's kind chooses. */
export function chosen(name: string, range: string): Package {
  const alias = /^npm:(@?[^@]{1,300})(?:@|$)/.exec(range)?.[1];
  // `npm:^4` is berry's way to say `^4`.
  if (alias !== undefined && /^@?[A-Za-z_]/.test(alias))
    return packageOf(name, { direct: true, real: alias === name ? null : alias });
  if (GIT.test(range) || SHORT.test(range)) {
    const at = SHORT.test(range) ? `github:${range}` : range;
    return packageOf(name, { direct: true, from: { kind: 'git', at, named: false } });
  }
  const from: Origin | null = /^https?:/i.test(range)
    ? { kind: 'archive', at: range, named: false }
    : null;
  return packageOf(name, { direct: true, from });
}
