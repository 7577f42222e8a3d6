/** This page as the server knows it: its ids, its threads and notebooks, its one stream, and who gets which frame. */
import { ActionDesk, type ActionHost } from './actions';
import type { Clock } from './clock';
import { uuid } from './ids';
import type { Lifecycle } from './lifecycle';
import { Problem } from './problem';
import type { Follower, RunStatus, Source } from './source';
import type { Connection } from './state';
import { EventStream, type Frame } from './stream';
import type { Transport } from './transport';
import type { OpenDocument } from './wire';

/** What a page needs. */
export interface PageOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: () => number;
  readonly lifecycle: Lifecycle;
  readonly host: ActionHost;
  /** Fresh for each load of the page and never stored: a duplicated tab must not share it. */
  readonly pageId?: string;
  readonly clientId?: string;
}

/** Hears of a run that has begun. */
export type RunListener = (threadId: string, runId: string) => void;

const RETRY_DELAY = 3_000;

/** Promises: one stream for all followers; each gets every frame of its thread after the cursor that it named. */
export class Page implements Source {
  readonly pageId: string;
  readonly clientId: string;
  private readonly stream: EventStream;
  private readonly actions: ActionDesk;
  private readonly followers = new Set<Follower>();
  private readonly listeners = new Set<() => void>();
  private readonly runListeners = new Set<RunListener>();
  private readonly runThreads = new Map<string, string>();
  private documents: readonly OpenDocument[] = [];
  private current: Promise<void> = Promise.resolve();
  private next: Promise<void> | null = null;
  private started = false;

  constructor(private readonly options: PageOptions) {
    this.pageId = options.pageId ?? uuid();
    this.clientId = options.clientId ?? uuid();
    this.actions = new ActionDesk(options.host, options.transport, options.clock);
    // Before the stream's own subscription: the farewell is sent while the page still may.
    options.lifecycle.subscribe((event) => {
      if (event === 'hide') {
        options.transport.leavePage(this.pageId).catch(ignore);
      }
    });
    this.stream = new EventStream({
      ...options,
      prepare: () => this.register(),
      open: (after, handlers) => options.transport.follow(this.clientId, after, handlers),
      onFrame: (frame) => this.route(frame),
      onConnection: () => this.notify(),
    });
  }

  get connection(): Connection {
    return this.stream.connection;
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Tells of every run of this person that begins, wherever it was started. */
  onRun(listener: RunListener): () => void {
    this.runListeners.add(listener);
    return () => this.runListeners.delete(listener);
  }

  /** Names the notebooks that are open now. */
  setDocuments(documents: readonly OpenDocument[]): void {
    this.documents = documents;
    if (this.started) {
      this.announce();
    }
  }

  attach(follower: Follower, cursor: number | null, runs: readonly RunStatus[] = []): void {
    this.followers.add(follower);
    runs.forEach((run) => this.runThreads.set(run.runId, follower.threadId));
    if (this.started && cursor === null) {
      this.announce();
      return;
    }
    // Frames that passed before the server knew of this thread were not sent: go back to where it starts.
    this.started = true;
    this.stream.open(cursor);
  }

  detach(follower: Follower): void {
    if (this.followers.delete(follower)) {
      this.announce();
    }
  }

  /** Resolves when the server knows the page as it is now, and nothing that happens from now on can be missed. */
  async ready(): Promise<void> {
    await (this.next ?? this.current);
    if (!this.stream.positioned) {
      await new Promise<void>((resolve) => {
        const stop = this.subscribe(() => {
          if (this.stream.positioned) {
            stop();
            resolve();
          }
        });
      });
    }
  }

  /** The stream of a page tells by itself what begins. */
  begun(): void {
    // Nothing is left to do.
  }

  /** Leaves for good. */
  dispose(): void {
    this.stream.dispose();
    this.options.transport.leavePage(this.pageId).catch(ignore);
  }

  /** At most one registration is under way and one waits; the waiting one tells the newest state. */
  private register(): Promise<void> {
    this.next ??= this.current.catch(ignore).then(() => {
      this.next = null;
      this.current = this.options.transport.registerPage(this.pageId, {
        clientId: this.clientId,
        threads: [...new Set([...this.followers].map((follower) => follower.threadId))],
        documents: this.documents,
      });
      return this.current;
    });
    return this.next;
  }

  private announce(): void {
    this.register().catch((error: unknown) => {
      // A server that refuses will refuse again; a line that is lost registers anew when it comes back.
      const worthwhile = !(error instanceof Problem) || error.status >= 500;
      if (worthwhile && this.connection.status === 'live') {
        this.options.clock.after(RETRY_DELAY, () => this.announce());
      }
    });
  }

  private route(frame: Frame): void {
    const { event, seq } = frame;
    if (event.type === 'CUSTOM' && event.name === 'hello') {
      event.runs.forEach((run) => this.runThreads.set(run.runId, run.threadId));
      this.announce();
      return;
    }
    if (event.type === 'CUSTOM' && event.name === 'gap') {
      this.followers.forEach((follower) => follower.gap(event.from, event.to));
      return;
    }
    if (event.type === 'CUSTOM' && event.name === 'action') {
      if (event.action.pageId === this.pageId) {
        void this.actions.take(event.action, frame.live);
      }
      return;
    }
    const threadId = this.threadOf(frame);
    if (seq !== null) {
      this.followers.forEach((follower) => {
        if (follower.threadId === threadId) {
          follower.receive(seq, frame.runId, event);
        }
      });
    }
  }

  private threadOf({ event, runId }: Frame): string | undefined {
    if (event.type === 'RUN_STARTED') {
      this.runThreads.set(event.runId, event.threadId);
      this.runListeners.forEach((listener) => listener(event.threadId, event.runId));
      return event.threadId;
    }
    if (event.type === 'MESSAGES_SNAPSHOT' && event.threadId !== null) {
      return event.threadId;
    }
    return runId === null ? undefined : this.runThreads.get(runId);
  }

  private notify(): void {
    this.listeners.forEach((listener) => listener());
  }
}

const ignore = (): void => undefined;
