/**
 * A small server in memory that keeps the contract's promises about both streams: one log, replay from a cursor; for a
 * client hello, and at each delivery the filter by the threads that its pages name at that moment; for a run its events,
 * to the last one.
 */
import { asObject } from '../../src/core/json';
import { HttpTransport, type EventSourceLike } from '../../src/core/transport';

export interface Entry {
  readonly seq: number;
  readonly runId: string;
  readonly threadId: string;
  readonly event: Record<string, unknown>;
}

export interface Request {
  readonly method: string;
  readonly path: string;
  readonly body: Record<string, unknown>;
}

const ANNOUNCED = new Set(['RUN_STARTED', 'RUN_FINISHED', 'RUN_ERROR']);

class FakeEventSource implements EventSourceLike {
  onmessage: ((event: MessageEvent<string>) => void) | null = null;
  onerror: ((event: Event) => void) | null = null;
  lastEventId = '';
  closed = false;
  private readonly beats: (() => void)[] = [];

  constructor(
    readonly url: URL,
    private readonly gone: (source: FakeEventSource) => void,
  ) {}

  get client(): string {
    return this.url.searchParams.get('client') ?? '';
  }

  /** The run whose stream it is; null for a client's. */
  get runId(): string | null {
    return /\/runs\/([^/]+)\/events$/.exec(this.url.pathname)?.[1] ?? null;
  }

  addEventListener(_type: 'beat', listener: () => void): void {
    this.beats.push(listener);
  }

  close(): void {
    this.closed = true;
    this.gone(this);
  }

  say(event: object, id?: string): void {
    if (!this.closed) {
      this.lastEventId = id ?? this.lastEventId;
      this.onmessage?.({ data: JSON.stringify(event), lastEventId: this.lastEventId } as MessageEvent<string>);
    }
  }

  beat(): void {
    if (!this.closed) {
      this.beats.forEach((listener) => listener());
    }
  }

  fail(): void {
    if (!this.closed) {
      this.onerror?.({} as Event);
    }
  }
}

export class FakeServer {
  readonly log: Entry[] = [];
  readonly requests: Request[] = [];
  readonly opened: string[] = [];
  /** Answers by "METHOD path"; a function is asked each time. `'unreachable'` is a network failure. */
  readonly answers = new Map<string, { status: number; body?: unknown } | 'unreachable'>();
  unreachable = false;
  private readonly pages = new Map<string, { clientId: string; threads: string[] }>();
  private sources: FakeEventSource[] = [];
  private seq = 0;

  readonly transport = new HttpTransport({
    baseUrl: 'http://test/v1/',
    fetch: (url, init) => this.fetch(url, init),
    openEventSource: (url) => this.open(url),
  });

  get cursor(): number {
    return this.seq;
  }

  get connections(): number {
    return this.sources.length;
  }

  /** Appends an event and delivers it. */
  append(threadId: string, runId: string, event: Record<string, unknown>): number {
    this.seq += 1;
    const entry = { seq: this.seq, runId, threadId, event };
    this.log.push(entry);
    this.sources.forEach((source) => this.deliver(source, entry));
    return this.seq;
  }

  /** Says something that is not in the log. */
  say(event: object): void {
    this.sources.forEach((source) => source.say(event));
  }

  beat(): void {
    this.sources.forEach((source) => source.beat());
  }

  /** The line breaks; the client notices. */
  cut(): void {
    [...this.sources].forEach((source) => source.fail());
  }

  /** All that was asked of one path, as bodies. */
  asked(method: string, path: string): Record<string, unknown>[] {
    return this.requests.filter((one) => one.method === method && one.path === path).map((one) => one.body);
  }

  private async fetch(url: string, init: RequestInit): Promise<Response> {
    const path = url.slice('http://test/v1/'.length);
    const method = init.method ?? 'GET';
    await Promise.resolve();
    const scripted = this.answers.get(`${method} ${path}`);
    if (this.unreachable || scripted === 'unreachable') {
      throw new TypeError('network');
    }
    const body = asObject(typeof init.body === 'string' ? (JSON.parse(init.body) as unknown) : {});
    this.requests.push({ method, path, body });
    const { status, body: answer } = scripted ?? this.answer(method, path, body);
    return new Response(answer === undefined ? null : JSON.stringify(answer), { status });
  }

  private answer(method: string, path: string, body: Record<string, unknown>): { status: number; body?: unknown } {
    const [room, id = ''] = path.split('/');
    if (room === 'pages') {
      if (method === 'PUT') {
        this.pages.set(id, body as { clientId: string; threads: string[] });
      } else {
        this.pages.delete(id);
      }
      return { status: 204 };
    }
    if (room === 'actions') {
      return { status: 204 };
    }
    if (room === 'capabilities') {
      return { status: 200, body: { jupyterAgent: { models: [], model: 'builtin', modes: [], mode: 'manual' } } };
    }
    if (room === 'runs') {
      return method === 'GET' ? this.run(id) : { status: 202, body: {} };
    }
    if (path.startsWith('threads?')) {
      return { status: 200, body: { threads: [] } };
    }
    return { status: 404, body: { type: 'unknown-thread', detail: 'There is no such thread.', status: 404 } };
  }

  private run(runId: string): { status: number; body: unknown } {
    const entries = this.log.filter((entry) => entry.runId === runId);
    const last = entries.findLast((entry) => isEnd(entry.event));
    const status = last === undefined ? 'running' : 'finished';
    return entries.length > 0
      ? { status: 200, body: { runId, status, firstSeq: entries[0]?.seq, lastSeq: last?.seq ?? null } }
      : { status: 404, body: { type: 'unknown-run', detail: 'There is no such run.', status: 404 } };
  }

  private open(url: string): FakeEventSource {
    this.opened.push(url);
    const source = new FakeEventSource(new URL(url), (gone) => {
      this.sources = this.sources.filter((other) => other !== gone);
    });
    this.sources.push(source);
    const after = source.url.searchParams.get('after');
    if (source.runId !== null) {
      queueMicrotask(() => this.replay(source, Number(after)));
      return source;
    }
    queueMicrotask(() => {
      const cursor = this.seq;
      const ended = new Set(this.log.filter((entry) => isEnd(entry.event)).map((entry) => entry.runId));
      const runs = new Map(this.log.filter((e) => !ended.has(e.runId)).map((e) => [e.runId, e.threadId]));
      const value = { cursor, runs: [...runs].map(([runId, threadId]) => ({ runId, threadId })) };
      source.say({ type: 'CUSTOM', name: 'jupyter_agent.hello', value });
      const from = after === null ? cursor : Number(after);
      this.log.filter((entry) => entry.seq > from).forEach((entry) => this.deliver(source, entry));
    });
    return source;
  }

  /** A run's stream from `after` on; one that was read to its end is answered with 204, which an EventSource takes ill. */
  private replay(source: FakeEventSource, after: number): void {
    const entries = this.log.filter((entry) => entry.runId === source.runId);
    entries.filter((entry) => entry.seq > after).forEach((entry) => this.deliver(source, entry));
    if (entries.some((entry) => isEnd(entry.event) && entry.seq <= after)) {
      source.fail();
    }
  }

  private deliver(source: FakeEventSource, entry: Entry): void {
    if (source.runId !== null) {
      if (source.runId === entry.runId) {
        source.say(entry.event, String(entry.seq));
        if (isEnd(entry.event)) {
          source.fail();
        }
      }
      return;
    }
    const mine = [...this.pages].filter(([, page]) => page.clientId === source.client);
    const named = mine.some(([, page]) => page.threads.includes(entry.threadId));
    const value = asObject(entry.event['value']);
    const action = entry.event['name'] === 'jupyter_agent.action' && mine.some(([id]) => id === value['pageId']);
    if (named || action || ANNOUNCED.has(String(entry.event['type']))) {
      source.say(entry.event, `${entry.seq}:${entry.runId}`);
    }
  }
}

const isEnd = (event: Record<string, unknown>): boolean =>
  event['type'] === 'RUN_FINISHED' || event['type'] === 'RUN_ERROR';
