/** The chat over a transport and a source of events. */
import type { AnswerOptions, Chat, Preferences } from './chat';
import { pause, type Clock } from './clock';
import { contentImages, contentText } from './content';
import { Delivery } from './delivery';
import type { AgentEvent } from './events';
import { uuid } from './ids';
import { contentOf, Images } from './images';
import { asText } from './json';
import { Offers } from './offers';
import { Problem } from './problem';
import { emptyChat, reduce } from './reduce';
import { fromSnapshot } from './snapshot';
import type { Follower, Source } from './source';
import type { ChatState, Connection, InputRequest, Turn, UserTurn } from './state';
import type { Transport } from './transport';
import { withQuestion } from './turns';
import type { Capabilities, InputAnswer, MessageContext, RunInput } from './wire';

/** What a chat needs. */
export interface ChatOptions {
  readonly threadId: string;
  readonly transport: Transport;
  readonly source: Source;
  readonly clock: Clock;
  /** Runs its function soon, at most about once per animation frame. */
  readonly schedule: (run: () => void) => void;
  /** Where the next message comes from. */
  readonly context: () => MessageContext;
  readonly preferences: Preferences;
  /** The thread has just been invented: there is nothing to read yet. */
  readonly fresh?: boolean;
  /** What is known already from another chat of this page. */
  readonly capabilities?: Capabilities | null;
  readonly newId?: () => string;
}

/** The run that has to end before this thread takes another message, if that is why one was refused. */
const runGoingOn = (refusal: Problem): string | null =>
  refusal.type === 'run-going-on' ? asText(refusal.body['runId']) : null;

const isUndelivered = (turn: Turn): turn is UserTurn => turn.role === 'user' && turn.delivery !== 'sent';

/** Promises what `Chat` does, from the stored thread and what its source tells after it. */
export class ThreadChat implements Chat, Follower {
  readonly threadId: string;
  state: ChatState;
  private readonly listeners = new Set<() => void>();
  private readonly stopSource: () => void;
  /** Bodies of messages that were not accepted: asked again under the same id, they must be the same. */
  private readonly undelivered = new Map<string, RunInput>();
  private readonly refused = new Set<string>();
  private readonly newId: () => string;
  private readonly delivery: Delivery;
  private readonly images: Images;
  private readonly offers: Offers;
  private scheduled = false;
  private disposed = false;
  private opening: Promise<void> | null = null;

  constructor(private readonly options: ChatOptions) {
    this.threadId = options.threadId;
    this.state = emptyChat(options.threadId);
    this.newId = options.newId ?? uuid;
    this.offers = new Offers(options, () => this.notify());
    this.images = new Images(options.threadId, options.transport);
    this.delivery = new Delivery({
      clock: options.clock,
      send: async (body) => options.transport.send(await this.images.uploaded(body)),
      ready: () => this.open().then(() => options.source.ready()),
      connection: () => this.connection,
    });
    this.stopSource = options.source.subscribe(() => this.notify());
  }

  get connection(): Connection {
    return this.options.source.connection;
  }

  get capabilities(): Capabilities | null {
    return this.offers.capabilities;
  }

  get mode(): string {
    return this.offers.mode;
  }

  get model(): string {
    return this.offers.model;
  }

  get chosenModel(): string | null {
    return this.offers.chosenModel;
  }

  setMode(mode: string): void {
    this.offers.choose('mode', mode);
  }

  setModel(model: string): void {
    this.offers.choose('model', model);
  }

  async refresh(): Promise<void> {
    await this.offers.refresh();
  }

  image(name: string): Promise<Blob | null> {
    return this.images.read(name);
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Reads the stored thread, if there is one, and begins to follow. Tries until it succeeds. */
  open(): Promise<void> {
    if (this.opening === null) {
      this.opening = this.options.fresh === true ? this.follow() : this.load();
      void this.offers.load(() => !this.disposed);
    }
    return this.opening;
  }

  dispose(): void {
    this.disposed = true;
    this.stopSource();
    this.options.source.detach(this);
    this.listeners.clear();
  }

  async send(text: string, images: readonly Blob[] = []): Promise<void> {
    await this.ask(text, images.map((file) => this.images.hold(file)));
  }

  async retry(runId: string): Promise<void> {
    const body = this.undelivered.get(runId);
    const question = this.state.turns.findLast((turn): turn is UserTurn => turn.role === 'user' && turn.runId === runId);
    if (body !== undefined) {
      // What was refused has begun nothing: it may be asked of another model.
      await this.deliver(this.refused.has(runId) ? { ...body, forwardedProps: this.forwardedProps() } : body);
    } else if (question !== undefined) {
      await this.ask(question.text, question.images);
    }
  }

  async stop(): Promise<void> {
    const runId = this.state.activeRun;
    if (runId !== null) {
      // 404: it has ended meanwhile, which is what was wanted.
      await this.attempt(() => this.options.transport.cancel(runId), [404]);
    }
  }

  async answer(request: InputRequest, decision: 'approve' | 'deny', options: AnswerOptions = {}): Promise<void> {
    const { requestId, hash } = request;
    await this.post(request, { requestId, hash, decision, ...options });
  }

  async reply(request: InputRequest, text: string): Promise<void> {
    await this.post(request, { requestId: request.requestId, answer: text });
  }

  /** The person has given the thread another name. */
  rename(title: string): void {
    this.become({ ...this.state, title });
  }

  receive(seq: number, runId: string | null, event: AgentEvent): void {
    this.become(reduce(this.state, seq, runId, event));
  }

  gap(from: number, to: number): void {
    if (this.state.seq < to || from > to) {
      // The snapshot that follows shows something at once; the stored thread then shows it with its runs.
      void this.load();
    }
  }

  private async load(): Promise<void> {
    for (let delay = 500; !this.isDisposed(); delay = Math.min(15_000, delay * 2)) {
      try {
        const thread = await this.options.transport.readThread(this.threadId);
        if (!this.isDisposed()) {
          const stored = fromSnapshot({ ...thread, threadId: this.threadId });
          const has = (id: string): boolean => stored.turns.some((turn) => turn.role === 'user' && turn.id === id);
          const ours = this.state.turns.filter((turn) => isUndelivered(turn) && !has(turn.id));
          this.become({ ...stored, turns: [...stored.turns, ...ours], notice: this.state.notice });
          this.options.source.attach(this, thread.cursor, thread.runs);
        }
        return;
      } catch (error) {
        if (error instanceof Problem && error.status === 404 && error.type === 'unknown-thread') {
          this.become({ ...emptyChat(this.threadId), turns: this.state.turns.filter(isUndelivered) });
          return this.follow();
        }
        this.say(error instanceof Problem ? error.message : null);
      }
      await pause(this.options.clock, delay);
    }
  }

  /** The thread is new: follow it from now on. */
  private follow(): Promise<void> {
    this.options.source.attach(this, null);
    return Promise.resolve();
  }

  private async ask(text: string, images: readonly string[]): Promise<void> {
    if (text.trim() === '' && images.length === 0) {
      return;
    }
    await this.deliver({
      threadId: this.threadId,
      runId: this.newId(),
      messages: [{ id: this.newId(), role: 'user', content: contentOf(text, images) }],
      state: {},
      tools: [],
      context: [],
      forwardedProps: this.forwardedProps(),
    });
  }

  private forwardedProps(): RunInput['forwardedProps'] {
    const { model, mode } = this;
    return { jupyterAgent: { ...this.options.context(), ...(model === '' ? {} : { model }), mode } };
  }

  private async deliver(body: RunInput): Promise<void> {
    const message = body.messages[0];
    if (message === undefined) {
      return;
    }
    const turn: UserTurn = {
      role: 'user',
      id: message.id,
      text: contentText(message.content),
      images: contentImages(message.content),
      runId: body.runId,
      delivery: 'pending',
    };
    this.undelivered.set(body.runId, body);
    this.become({ ...withQuestion(this.state, turn), notice: null });
    const refusal = await this.delivery.deliver(body);
    const present = this.state.turns.find((other): other is UserTurn => other.role === 'user' && other.id === turn.id);
    // The stream may have been faster than the answer to the request, and it is the log that counts.
    const accepted = refusal === null || present?.delivery === 'sent';
    if (accepted) {
      this.undelivered.delete(body.runId);
    } else if (refusal.status < 500) {
      this.refused.add(body.runId);
    }
    const goingOn = accepted ? body.runId : runGoingOn(refusal);
    if (goingOn !== null) {
      this.options.source.begun(this.threadId, goingOn);
    }
    this.become({
      ...withQuestion(this.state, { ...turn, delivery: accepted ? 'sent' : 'failed' }),
      notice: accepted ? this.state.notice : refusal.message,
    });
  }

  private async post(request: InputRequest, answer: InputAnswer): Promise<void> {
    await this.attempt(async () => {
      const runId = await this.options.transport.answer(request.runId, answer);
      this.options.source.begun(this.threadId, runId);
    });
  }

  /** A request whose success shows in the stream and whose failure is told in words. */
  private async attempt(request: () => Promise<void>, harmless: readonly number[] = []): Promise<void> {
    try {
      await request();
      this.say(null);
    } catch (error) {
      const known = error instanceof Problem;
      if (!known || !harmless.includes(error.status)) {
        this.say(known ? error.message : 'The server could not be reached. Please try again.');
      }
    }
  }

  /** A function, because it may change while something is awaited. */
  private isDisposed(): boolean {
    return this.disposed;
  }

  private say(notice: string | null): void {
    if (notice !== this.state.notice) {
      this.become({ ...this.state, notice });
    }
  }

  private become(state: ChatState): void {
    if (state !== this.state) {
      this.state = state;
      this.notify();
    }
  }

  private notify(): void {
    if (this.scheduled) {
      return;
    }
    this.scheduled = true;
    this.options.schedule(() => {
      this.scheduled = false;
      this.listeners.forEach((listener) => listener());
    });
  }
}
