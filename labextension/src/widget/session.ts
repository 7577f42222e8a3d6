/** One widget's conversation, from the first place that shows it to the last. */
import { systemClock, type Clock } from '../core/clock';
import { Conversations } from '../core/conversations';
import { browserLifecycle, type Lifecycle } from '../core/lifecycle';
import { browserPreferences } from '../core/preferences';
import { Problem } from '../core/problem';
import { RunSource } from '../core/runSource';
import type { Transport } from '../core/transport';
import type { ViewEnvironment } from '../view';
import { findBridge } from '../view/bridge';
import { Place } from './place';
import { findServer, httpTransport } from './server';

/** The part of anywidget's model that we use. Its values are synced with the kernel, and may be saved in the notebook. */
export interface Model {
  get(name: 'thread' | 'height'): unknown;
  set(name: 'thread', value: string): void;
  save_changes(): void;
  on(event: string, listener: () => void): void;
  off(event: string, listener: () => void): void;
}

/** looking: whether there is a server · missing: why not, and whether it helps to look again · ready: it can be used */
export type Standing =
  | { readonly kind: 'looking' }
  | { readonly kind: 'missing'; readonly words: string; readonly again: boolean }
  | { readonly kind: 'ready'; readonly conversations: Conversations; readonly environment: ViewEnvironment };

/** What a session takes from the browser. */
export interface Surroundings {
  /** The assistant of this page's server; null where no server is behind the page. */
  readonly transport: () => Transport | null;
  readonly clock: Clock;
  readonly random: () => number;
  readonly lifecycle: Lifecycle;
}

export const browserSurroundings: Surroundings = {
  transport: () => {
    const server = findServer(document);
    return server && httpTransport(server);
  },
  clock: systemClock,
  random: Math.random,
  lifecycle: browserLifecycle,
};

const LOOKING: Standing = { kind: 'looking' };
const NO_SERVER =
  'The assistant needs a Jupyter server, and there is none behind this page. Open the notebook in JupyterLab or ' +
  'Jupyter Notebook with jupyter-agent installed, and run this cell again.';
const NO_ASSISTANT =
  'This Jupyter server does not have the assistant. Install jupyter-agent where the server runs, restart the server, ' +
  'and reload this page.';
const AWAY = 'The Jupyter server cannot be reached. Is it still running?';

/**
 * Promises: wherever a widget is shown, it is the same conversation, the one that its `thread` names; nothing is open
 * and nothing is asked once it is shown nowhere.
 */
export class Session {
  standing: Standing = LOOKING;
  readonly place = new Place(() => this.elements);
  private readonly elements = new Set<Element>();
  private readonly listeners = new Set<() => void>();
  private close: (() => void) | null = null;
  /** Grows with each look and each end, so that late answers of an older one are known as such. */
  private generation = 0;

  constructor(
    private readonly model: Model,
    private readonly surroundings: Surroundings = browserSurroundings,
  ) {}

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** It is shown in `element` until the returned function is called. */
  show(element: Element): () => void {
    this.elements.add(element);
    if (this.elements.size === 1) {
      void this.look();
    }
    return () => {
      if (this.elements.delete(element) && this.elements.size === 0) {
        this.end();
      }
    };
  }

  /** Looks for the server, and begins. */
  async look(): Promise<void> {
    this.end();
    const { generation } = this;
    const transport = this.surroundings.transport();
    if (transport === null) {
      this.become({ kind: 'missing', words: NO_SERVER, again: false });
      return;
    }
    const standing = await this.tried(transport);
    if (generation === this.generation) {
      this.become(standing ?? this.begin(transport));
    }
  }

  /** What keeps the assistant from answering, if something does. Any small question tells. */
  private async tried(transport: Transport): Promise<Standing | null> {
    try {
      await transport.listThreads({ limit: 1 });
      return null;
    } catch (error) {
      const status = error instanceof Problem ? error.status : 0;
      const words = error instanceof Problem ? error.message : AWAY;
      return { kind: 'missing', words: status === 404 ? NO_ASSISTANT : words, again: true };
    }
  }

  private begin(transport: Transport): Standing {
    const { model, place } = this;
    const source = new RunSource({ ...this.surroundings, transport, ready: () => place.ready() });
    const conversations = new Conversations({
      ...this.surroundings,
      transport,
      source,
      schedule: (run) => queueMicrotask(run),
      context: () => place.context(),
      preferences: browserPreferences,
      memory: { get: () => threadOf(model), set: (threadId) => keepThread(model, threadId) },
    });
    // Another page with the same widget has changed to another conversation.
    const changed = (): void => show(conversations, threadOf(model));
    model.on('change:thread', changed);
    const stopHearing = findBridge()?.onRun((threadId, runId) => source.begun(threadId, runId));
    show(conversations, threadOf(model));
    this.close = () => {
      model.off('change:thread', changed);
      stopHearing?.();
      conversations.dispose();
    };
    return { kind: 'ready', conversations, environment: environmentOf(conversations, place) };
  }

  private end(): void {
    this.generation += 1;
    this.close?.();
    this.close = null;
    this.become(LOOKING);
  }

  private become(standing: Standing): void {
    if (standing !== this.standing) {
      this.standing = standing;
      this.listeners.forEach((listener) => listener());
    }
  }
}

function show(conversations: Conversations, threadId: string | null): void {
  if (threadId === null) {
    conversations.create();
  } else {
    conversations.open(threadId);
  }
}

/** An id only: neither what was said nor a right to read it is in the notebook. */
function threadOf(model: Model): string | null {
  const thread = model.get('thread');
  return typeof thread === 'string' && thread !== '' ? thread : null;
}

function keepThread(model: Model, threadId: string): void {
  if (threadOf(model) !== threadId) {
    model.set('thread', threadId);
    model.save_changes();
  }
}

function environmentOf(conversations: Conversations, place: Place): ViewEnvironment {
  const bridge = findBridge();
  return {
    get notebook() {
      return place.code;
    },
    threads: conversations,
    context: place.question,
    ...(bridge?.highlight === undefined
      ? {}
      : { highlight: (code, language, element) => bridge.highlight?.(code, language, element) ?? Promise.resolve() }),
  };
}
