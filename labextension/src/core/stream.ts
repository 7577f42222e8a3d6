/**
 * A stream of events, of this page or of one run: opened, watched, and opened again after the last frame that was read.
 *
 * Each opening first calls `prepare`. That is also the probe: an EventSource hides the status of a refusal, an ordinary
 * request tells it. A line is given up when it ends, or when nothing was heard for 40 s.
 */
import type { Clock, Timer } from './clock';
import { parseEvent, parseFrameId, type AgentEvent } from './events';
import type { Lifecycle } from './lifecycle';
import { Problem } from './problem';
import type { Connection } from './state';
import type { Line, LineHandlers } from './transport';

/** One frame of the stream. */
export interface Frame {
  /** null for a frame that is not part of the log, such as hello. A snapshot stands at the end of the gap that it fills. */
  readonly seq: number | null;
  readonly runId: string | null;
  readonly event: AgentEvent;
  /** True if it happened after the present opening; false for history. */
  readonly live: boolean;
}

/** What a stream needs. */
export interface StreamOptions {
  readonly clock: Clock;
  /** A number from 0 to 1, so that many pages do not come back in one moment. */
  readonly random: () => number;
  readonly lifecycle: Lifecycle;
  /** Must resolve before each opening. */
  readonly prepare: () => Promise<void>;
  readonly open: (after: number | null, handlers: LineHandlers) => Line;
  readonly onFrame: (frame: Frame) => void;
  readonly onConnection: (connection: Connection) => void;
}

/** The server speaks at least every 15 s; after this much silence nobody is there any more. */
const SILENCE = 40_000;
const FIRST_DELAY = 500;
const LONGEST_DELAY = 30_000;
/** A refusal needs a person; looking again now and then finds out that they have acted. */
const REFUSED_DELAY = 60_000;
/** A line that lived this long was a good one: the next delay starts small again. */
const GOOD_LIFE = 5_000;

const LIVE: Connection = { status: 'live', detail: null };
const OFFLINE: Connection = {
  status: 'offline',
  detail: 'The connection to the server is interrupted. Trying again by itself; nothing is lost.',
};

/** Promises: frames arrive in order, none left out, perhaps twice; `position` is the last one that was read. */
export class EventStream {
  /** Frames that could not be read at all. */
  malformed = 0;
  private position: number | null = null;
  private cursor: number | null = null;
  private gapTo: number | null = null;
  private state: Connection = { status: 'connecting', detail: null };
  private line: Line | null = null;
  private timer: Timer | null = null;
  /** Grows with each opening and closing, so that late answers of an older one are known as such. */
  private generation = 0;
  private failures = 0;
  private openedAt = 0;
  private heardAt = 0;
  private running = false;
  private readonly unsubscribe: () => void;

  constructor(private readonly options: StreamOptions) {
    this.unsubscribe = options.lifecycle.subscribe((event) => {
      if (!this.running) {
        return;
      }
      if (event === 'hide') {
        this.close();
      } else if (event === 'show') {
        void this.connect();
      } else {
        this.check();
      }
    });
  }

  get connection(): Connection {
    return this.state;
  }

  /** True once a place in the log is known, from which nothing can be missed. */
  get positioned(): boolean {
    return this.position !== null;
  }

  /** Opens, or opens again so that everything after `after` (null: after the last frame read) arrives. */
  open(after: number | null): void {
    if (after !== null) {
      this.position = this.position === null ? after : Math.min(this.position, after);
    }
    this.running = true;
    void this.connect();
  }

  /** Ends for good. */
  dispose(): void {
    this.running = false;
    this.unsubscribe();
    this.close();
  }

  private close(): void {
    this.generation += 1;
    this.line?.close();
    this.line = null;
    this.timer?.cancel();
    this.timer = null;
    this.cursor = null;
  }

  private async connect(): Promise<void> {
    this.close();
    const { generation } = this;
    try {
      await this.options.prepare();
    } catch (error) {
      if (generation === this.generation) {
        this.fail(error);
      }
      return;
    }
    if (generation !== this.generation) {
      return;
    }
    this.openedAt = this.heardAt = this.options.clock.now();
    const mine = (act: () => void) => (): void => {
      if (generation === this.generation) {
        this.heardAt = this.options.clock.now();
        act();
      }
    };
    this.line = this.options.open(this.position, {
      frame: (id, data) => mine(() => this.read(id, data))(),
      beat: mine(() => this.beat()),
      lost: mine(() => this.lost()),
    });
    this.watch(SILENCE);
  }

  private read(id: string, data: string): void {
    const event = parseEvent(data);
    const place = parseFrameId(id);
    if (event === 'malformed') {
      this.malformed += 1;
    } else if (event !== 'ignored' && event.type === 'CUSTOM' && event.name === 'hello') {
      this.cursor = event.cursor;
      this.position ??= event.cursor;
      this.become(LIVE);
      this.options.onFrame({ seq: null, runId: null, event, live: false });
      return;
    }
    const seq = place?.seq ?? null;
    this.position = seq ?? this.position;
    if (event !== 'ignored' && event !== 'malformed') {
      // The stream of a run begins without a hello.
      this.become(LIVE);
      const live = seq !== null && this.cursor !== null && seq > this.cursor;
      this.options.onFrame({ seq: this.placeOf(event, seq), runId: place?.runId ?? null, event, live });
    }
  }

  private placeOf(event: AgentEvent, seq: number | null): number | null {
    if (event.type === 'CUSTOM' && event.name === 'gap') {
      this.gapTo = event.to;
    }
    return event.type === 'MESSAGES_SNAPSHOT' ? (this.gapTo ?? seq) : seq;
  }

  /** A beat means that all history has been told: what was not for us need not be asked for again. */
  private beat(): void {
    if (this.cursor !== null) {
      this.position = Math.max(this.position ?? 0, this.cursor);
    }
    this.become(LIVE);
  }

  private lost(): void {
    if (this.state.status === 'live' && this.options.clock.now() - this.openedAt >= GOOD_LIFE) {
      this.failures = 0;
    }
    this.fail(null);
  }

  private fail(error: unknown): void {
    this.close();
    const refused = error instanceof Problem && error.lasting;
    this.become(refused ? { status: 'refused', detail: error.message } : OFFLINE);
    const longest = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** this.failures);
    const delay = refused ? REFUSED_DELAY : longest * (0.5 + this.options.random() / 2);
    this.failures += 1;
    this.timer = this.options.clock.after(delay, () => void this.connect());
  }

  private watch(delay: number): void {
    this.timer = this.options.clock.after(delay, () => {
      const left = SILENCE - (this.options.clock.now() - this.heardAt);
      if (left > 0) {
        this.watch(left);
      } else {
        this.lost();
      }
    });
  }

  /** The person looks, or the network is back: no reason to wait any longer. */
  private check(): void {
    const quiet = this.options.clock.now() - this.heardAt;
    if (this.state.status !== 'live' || quiet > SILENCE / 2) {
      this.failures = 0;
      void this.connect();
    }
  }

  private become(connection: Connection): void {
    if (connection.status !== this.state.status || connection.detail !== this.state.detail) {
      this.state = connection;
      this.options.onConnection(connection);
    }
  }
}
