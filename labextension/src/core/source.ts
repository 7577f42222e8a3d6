/** Where a conversation's events come from, as a port: the one stream of a page, or a stream for each run. */
import type { AgentEvent } from './events';
import type { Connection } from './state';
import type { RunSummary } from './wire';

/** Which run it is, and whether it goes on. */
export type RunStatus = Pick<RunSummary, 'runId' | 'status'>;

/** Somebody in this page who follows one thread. */
export interface Follower {
  readonly threadId: string;
  receive(seq: number, runId: string | null, event: AgentEvent): void;
  /**
   * The server has no events from `from` to `to`: read the thread anew if you had not come that far. A `to` before
   * `from` means another log than the one that was followed: read it anew in any case.
   */
  gap(from: number, to: number): void;
}

/** Promises: whoever is attached gets every event of its thread after its cursor, in order, perhaps twice. */
export interface Source {
  readonly connection: Connection;
  /** Tells of changes of `connection`. */
  subscribe(listener: () => void): () => void;
  /**
   * Lets `follower` receive. `cursor`: what it knows already; null: its thread is new, nothing has happened in it.
   * `runs`: those that the stored thread tells of.
   */
  attach(follower: Follower, cursor: number | null, runs?: readonly RunStatus[]): void;
  /** Ends that. */
  detach(follower: Follower): void;
  /** Resolves when nothing that happens from now on can be missed: a run may be started. */
  ready(): Promise<void>;
  /** A run of this thread has begun, or goes on. */
  begun(threadId: string, runId: string): void;
}
