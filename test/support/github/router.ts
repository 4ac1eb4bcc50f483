/** Finds the route of a path by GitHub's own path templates. */
import type { Route } from './reply.ts';

/** Parameters that may contain slashes. */
const LONG = new Set(['ref', 'branch', 'basehead']);

interface Pattern {
  route: Route;
  regexp: RegExp;
  names: string[];
}

export interface Found {
  route: Route;
  params: Record<string, string>;
}

function patternOf(route: Route): Pattern {
  const names: string[] = [];
  const source = route.path
    .split(/(\{[^}]+\})/)
    .map((part) => {
      const name = /^\{(.+)\}$/.exec(part)?.[1];
      if (name === undefined) return part.replace(/[.+?^${}()|[\]\\]/g, '\\$&');
      names.push(name);
      return LONG.has(name) ? '(.+?)' : '([^/]+)';
    })
    .join('');
  return { route, regexp: new RegExp(`^${source}$`), names };
}

export class Router {
  readonly #patterns: Pattern[];

  /** Earlier routes win. */
  constructor(routes: Route[]) {
    this.#patterns = routes.map(patternOf);
  }

  find(method: string, path: string): Found | null {
    for (const { route, regexp, names } of this.#patterns) {
      if (route.method !== method) continue;
      const match = regexp.exec(path);
      if (match === null) continue;
      const params: Record<string, string> = {};
      for (const [at, name] of names.entries()) {
        try {
          params[name] = decodeURIComponent(match[at + 1] ?? '');
        } catch {
          return null;
        }
      }
      return { route, params };
    }
    return null;
  }
}
