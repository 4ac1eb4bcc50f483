/** What the HTTP surface is given by `compose/serve.ts`. It knows no store, no engine and no file. */
import type { StoredEvent, SurfaceCommand } from '../../control/contract.ts';
import type { PruneReport } from '../../control/prune-report.ts';
import type { EvidenceCheck } from '../documents.ts';
import type { Reader } from '../reader.ts';

/** What became of a command. */
export interface CommandReceipt {
  outcome: 'accepted' | 'refused';
  code: string | null;
  sentence: string | null;
  seqs: number[];
  data: unknown;
}

export interface EventSource {
  /** In order from `fromSeq`, inclusive. */
  read(options: { fromSeq?: number; stream?: string; limit?: number }): Promise<StoredEvent[]>;
  lastSeq(): Promise<number>;
  /** Called after each durable commit; the events can be read by then. */
  onCommit(listener: (commit: { events: readonly { stream: string }[] }) => void): () => void;
}

export interface LogText {
  text: string;
  /** Only the end of a longer log. */
  truncated: boolean;
}

export interface ApiDeps {
  dispatch(request: {
    id: string;
    actor: string;
    command: SurfaceCommand;
  }): Promise<CommandReceipt>;
  reader: Reader;
  events: EventSource;
  checkEvidence: EvidenceCheck;
  /** The sealed bundle, verified against its digest; rejects with `{ tag: 'not-found' }`. */
  readEvidence(digest: string): Promise<Uint8Array>;
  /** In constant time; null for any text that is no token of this installation. */
  actorOf(token: string): string | null;
  /** The kill switch, also before the log knows of it. */
  halted(): boolean;
  policyProblems(): string[];
  /** Reads policy and registry again now; says what is wrong with them. */
  refresh(): Promise<string[]>;
  identity: { boot: string; version: string; pid: number; prove(nonce: string): string };
  /** Takes away what is no longer needed, or only says what would go. */
  prune(dryRun: boolean): Promise<PruneReport>;
  /** Returns at once; the life ends afterwards. */
  stop(reason: string): void;
  /** The end of a run's output, bounded; null when there is none. */
  logs(run: string, which: 'stdout' | 'stderr'): Promise<LogText | null>;
  log(level: 'info' | 'warn' | 'error', message: string, data?: Record<string, unknown>): void;
  /** Milliseconds between keep-alive comments on an event stream. Default 15000. */
  keepAliveMs?: number;
  /** Event streams that one actor may have open at once. Default 32. */
  maxStreams?: number;
}
