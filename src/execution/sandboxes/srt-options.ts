export interface SrtOptions {
  /** Host-only folder for the records of live runs. */
  records: string;
  /** Host-only folder for what is short-lived. */
  scratch: string;
  /** Id of this installation: processes of another one are never touched. */
  install: string;
  /** PATH of the programs on the host. */
  path?: string;
  /** Folders of the host that runs may read, beside the system's programs. */
  read: readonly string[];
  /** Folders of which nothing may ever be readable, e.g. the aedev home. */
  hidden: readonly string[];
  /** Between TERM and KILL, milliseconds. */
  graceMs?: number;
  /** Size of /tmp and of HOME, megabytes each; where the system has no such bound, unused. */
  tmpMb?: number;
  /** Largest single file that the run can write. */
  maxFileMb?: number;
}
