/** Every request the double got, in order, so that a test can say "not one write". */
import { createHash } from 'node:crypto';

export interface Entry {
  at: number;
  surface: 'rest' | 'graphql' | 'git';
  method: string;
  /** Path and query, without the enterprise prefix. */
  path: string;
  /** Root of REST addresses: tells GitHub Enterprise Server's from github.com's. */
  api: string;
  /** Login behind the token; `app:<id>` for a JWT; null for nobody. */
  who: string | null;
  /** `write` would change something; `auth` only makes a token. */
  kind: 'read' | 'write' | 'auth';
  /** sha256 of the request's body. */
  digest: string;
  /** Names of GraphQL's fields, or of the refs a push wants to move. */
  operation: string[];
  /** Null when no answer was sent. */
  status: number | null;
  /** What GitHub's description says is wrong with the request. */
  problems: string[];
}

export class Journal {
  readonly entries: Entry[] = [];

  open(entry: Omit<Entry, 'digest' | 'status' | 'problems'>, body: Buffer): Entry {
    const digest = createHash('sha256').update(body).digest('hex');
    const whole = { ...entry, digest, status: null, problems: [] };
    this.entries.push(whole);
    return whole;
  }

  /** Requests that would change something, also refused ones. */
  writes(): Entry[] {
    return this.entries.filter(({ kind }) => kind === 'write');
  }

  /** `METHOD path status` of each, for short assertions. */
  lines(kind?: Entry['kind']): string[] {
    return this.entries
      .filter((entry) => kind === undefined || entry.kind === kind)
      .map(({ method, path, status, operation }) => {
        const what = operation.length > 0 ? ` ${operation.join(' ')}` : '';
        return `${method} ${path}${what} ${status ?? 'lost'}`;
      });
  }

  /** Requests that GitHub's own description does not allow, and why. */
  problems(): string[] {
    return this.entries.flatMap(({ method, path, problems }) =>
      problems.map((problem) => `${method} ${path}: ${problem}`),
    );
  }
}
