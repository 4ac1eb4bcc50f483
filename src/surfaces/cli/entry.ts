/** What one row of the command surface says. */
import type { ExitName } from './exit-codes.ts';
import type { Host } from './host.ts';

/** Exit code or its name; nothing is `ok`. */
export type Ended = ExitName | number | undefined;

export interface Flag {
  flag: string;
  does: string;
  choices?: readonly string[];
  /** May be given again; the values become a list. */
  many?: boolean;
  /** A number from 0 to 65535. */
  port?: boolean;
}

export interface Entry {
  /** Words and arguments as commander writes them: `repo show <id>`. */
  use: string;
  does: string;
  /** What each argument is, where its name does not say it. */
  args?: readonly string[];
  flags?: readonly Flag[];
  examples?: readonly string[];
  /** Ends itself properly when the operator interrupts. */
  patient?: boolean;
  /** Not in the help: called by aedev itself. */
  hidden?: boolean;
  load(): Promise<
    (host: Host, options: never, ...words: never[]) => Promise<Ended> | Promise<void>
  >;
}
