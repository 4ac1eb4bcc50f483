/**
 * What the base already holds at a path is out in the world: a change that leaves it there, or only
 * moves it to another line, publishes nothing. At another path it counts again.
 */
import { settingsKind } from './assignments.ts';
import { problemsIn } from './look.ts';
import { blobAt, readObjects } from './objects.ts';
import type { GateRules } from './push-gate.ts';
import { scanBytes } from './secrets.ts';

export interface Published {
  /** Rule and hash of each secret. */
  secrets: ReadonlySet<string>;
  /** Rule and key of each problem. */
  problems: ReadonlySet<string>;
}
const NOTHING: Published = { secrets: new Set(), problems: new Set() };

/** Reads each path of the base once, and only those that are asked for. */
export function publishedIn(
  gitDir: string,
  base: string,
  rules: GateRules,
  maxBytes: number,
): (path: string) => Promise<Published> {
  const known = new Map<string, Promise<Published>>();
  const read = async (path: string): Promise<Published> => {
    const oid = await blobAt(gitDir, base, path);
    if (oid === null) return NOTHING;
    for await (const { bytes } of readObjects(gitDir, [oid], maxBytes)) {
      if (bytes === null) return NOTHING;
      const hits = await scanBytes(bytes, settingsKind(path));
      const { problems } = problemsIn(path, bytes, rules);
      return {
        secrets: new Set(hits.map((hit) => `${hit.rule} ${hit.secretHash}`)),
        problems: new Set(problems.map((one) => `${one.rule} ${one.key}`)),
      };
    }
    return NOTHING;
  };
  return (path) => {
    const found = known.get(path) ?? read(path);
    known.set(path, found);
    return found;
  };
}
