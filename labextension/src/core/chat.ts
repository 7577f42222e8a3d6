/** What a person can do in one conversation, and what is shown of it: the seam between the core and a view. */
import type { ChatState, Connection, InputRequest } from './state';
import type { Capabilities } from './wire';

export type { Capabilities, ModelChoice, ModeChoice, ProviderChoice, ThreadSummary } from './wire';

/** How a person answers an approval. */
export interface AnswerOptions {
  readonly reason?: string;
  /** Edited arguments: they pass the gate again before anything happens. */
  readonly arguments?: Readonly<Record<string, unknown>>;
}

/** Promises: no method rejects; what went wrong is in `state` (delivery 'failed', `notice`), in words. */
export interface Chat {
  /** Replaced, never mutated. */
  readonly state: ChatState;
  readonly connection: Connection;
  /** null until loaded. */
  readonly capabilities: Capabilities | null;
  /** Calls `listener` after changes of anything above or below, at most once per frame. */
  subscribe(listener: () => void): () => void;
  send(text: string, images?: readonly Blob[]): Promise<void>;
  /** An image that a question names; null if it cannot be had. */
  image(name: string): Promise<Blob | null>;
  /** Asks the question of that run again; one that was never delivered is delivered. */
  retry(runId: string): Promise<void>;
  stop(): Promise<void>;
  answer(request: InputRequest, decision: 'approve' | 'deny', options?: AnswerOptions): Promise<void>;
  /** Answers a request of kind 'question'. */
  reply(request: InputRequest, text: string): Promise<void>;
  readonly mode: string;
  setMode(mode: string): void;
  readonly model: string;
  /** What the person chose, also while it cannot answer; null if they never chose. */
  readonly chosenModel: string | null;
  setModel(model: string): void;
  /** Asks the server again what it offers. */
  refresh(): Promise<void>;
}

/** What a person chose, and what was configured then: where something else is configured, the choice is void. */
export interface Remembered {
  readonly value: string;
  readonly instead: string;
}

/** What a person chose, kept over reloads. */
export interface Preferences {
  get(name: 'model' | 'mode'): Remembered | null;
  /** null forgets it. */
  set(name: 'model' | 'mode', choice: Remembered | null): void;
}
