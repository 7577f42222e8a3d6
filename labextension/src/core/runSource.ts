/** A conversation's events from streams of single runs: while no run goes on, no connection is held. */
import type { Clock } from './clock';
import type { Lifecycle } from './lifecycle';
import { Problem } from './problem';
import type { Follower, RunStatus, Source } from './source';
import type { Connection } from './state';
import { EventStream, type Frame } from './stream';
import type { Transport } from './transport';

/** What such a source needs. */
export interface RunSourceOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: () => number;
  readonly lifecycle: Lifecycle;
  /** What a run has to wait for before it starts, such as the page that carries out its actions. */
  readonly ready: () => Promise<void>;
}

/** A run that is being followed. */
interface Following {
  readonly runId: string;
  readonly stream: EventStream;
}

/** Without a run there is nothing to be connected to. */
const AT_REST: Connection = { status: 'live', detail: null };

/** Promises: at most one stream, and only from the begin of a run to its last event. One follower at a time. */
export class RunSource implements Source {
  private follower: Follower | null = null;
  private following: Following | null = null;
  /** The run that was told of last: a thread that was read before it began does not know it yet. */
  private heard: { readonly threadId: string; readonly runId: string } | null = null;
  /** Highest seq that was read: what follows begins after it. */
  private position: number | null = null;
  private readonly listeners = new Set<() => void>();

  constructor(private readonly options: RunSourceOptions) {}

  get connection(): Connection {
    return this.following?.stream.connection ?? AT_REST;
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  attach(follower: Follower, cursor: number | null, runs: readonly RunStatus[] = []): void {
    this.follower = follower;
    this.rest();
    this.position = cursor;
    const { heard } = this;
    this.heard = null;
    const unknown = heard?.threadId === follower.threadId && !runs.some((run) => run.runId === heard.runId);
    const goingOn = unknown ? heard.runId : runs.find((run) => run.status !== 'finished')?.runId;
    if (goingOn !== undefined) {
      this.follow(goingOn);
    }
  }

  detach(follower: Follower): void {
    if (this.follower === follower) {
      this.follower = null;
      this.rest();
    }
  }

  ready(): Promise<void> {
    return this.options.ready();
  }

  begun(threadId: string, runId: string): void {
    this.heard = { threadId, runId };
    if (this.follower?.threadId === threadId && this.following?.runId !== runId) {
      this.follow(runId);
    }
  }

  private follow(runId: string): void {
    this.rest();
    let openings = 0;
    const stream = new EventStream({
      ...this.options,
      prepare: () => (openings++ === 0 ? Promise.resolve() : this.probe(runId)),
      open: (after, handlers) => this.options.transport.followRun(runId, after, handlers),
      onFrame: (frame) => this.take(runId, frame),
      onConnection: () => this.notify(),
    });
    this.following = { runId, stream };
    stream.open(this.position);
  }

  /** Before a line is opened again: a run that was read to its end, or is gone, has nothing more to tell. */
  private async probe(runId: string): Promise<void> {
    try {
      const { status, lastSeq } = await this.options.transport.readRun(runId);
      if (status === 'finished' && lastSeq !== null && lastSeq <= (this.position ?? 0)) {
        this.end(runId);
      }
    } catch (error) {
      if (!(error instanceof Problem && error.status === 404)) {
        throw error;
      }
      this.end(runId);
      // Deleted, perhaps with its thread: what is left is read anew.
      this.follower?.gap(0, -1);
    }
  }

  private take(runId: string, { event, seq }: Frame): void {
    if (event.type === 'CUSTOM' && event.name === 'gap') {
      this.follower?.gap(event.from, event.to);
      return;
    }
    if (seq !== null) {
      this.position = Math.max(this.position ?? 0, seq);
      this.follower?.receive(seq, runId, event);
    }
    if (event.type === 'RUN_FINISHED' || event.type === 'RUN_ERROR') {
      this.end(runId);
    }
  }

  private end(runId: string): void {
    if (this.following?.runId === runId) {
      this.rest();
    }
  }

  /** Closes what is open. */
  private rest(): void {
    const { following } = this;
    this.following = null;
    following?.stream.dispose();
    if (following !== null && following.stream.connection.status !== 'live') {
      this.notify();
    }
  }

  private notify(): void {
    this.listeners.forEach((listener) => listener());
  }
}
