/**
 * What is shown: the state of one conversation, as immutable values.
 *
 * `reduce` (reduce.ts) is the only maker of a new `ChatState`; the view only reads it. A part of the state that an
 * event does not touch keeps its identity, so the view can skip it by comparing references.
 */

/** A piece of one answer, in the order in which the model made it. */
export type Part =
  | { readonly kind: 'text'; readonly id: string; readonly text: string; readonly open: boolean }
  | { readonly kind: 'reasoning'; readonly id: string; readonly text: string; readonly open: boolean }
  | ToolPart;

/** One call of a tool: what the model asked for, whether a person must allow it, how it ended. */
export interface ToolPart {
  readonly kind: 'tool';
  /** The tool call's id, as AG-UI has it. */
  readonly id: string;
  readonly name: string;
  /** JSON text; grows while `status` is "calling". */
  readonly arguments: string;
  readonly status: ToolStatus;
  /** What a person is, or was, asked about this call. */
  readonly request: InputRequest | null;
  /** Lines that a long-running call reported meanwhile; the newest last. */
  readonly progress: readonly string[];
  /** What the model was told about the outcome; null until there is one. */
  readonly result: string | null;
  /** The same in one plain sentence for a person; null where there is nothing to add to the card's title. */
  readonly summary: string | null;
}

/**
 * calling: arguments still arrive · waiting: a person is asked · running: allowed and under way ·
 * done · denied · failed: refused by the notebook or ended in an error · stopped: the run ended first
 */
export type ToolStatus = 'calling' | 'waiting' | 'running' | 'done' | 'denied' | 'failed' | 'stopped';

export interface Target {
  readonly documentId: string;
  readonly path: string;
  readonly cellId: string | null;
}

/** The exact thing that will happen when a person allows it. Cards show this and nothing else. */
export interface Exact {
  readonly tool: string;
  readonly title: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly code: string | null;
  readonly language: string | null;
  readonly before: string | null;
  readonly target: Target | null;
}

export interface InputRequest {
  readonly requestId: string;
  readonly runId: string;
  readonly threadId: string;
  /** What is waited for: a person's yes, a person's words, or an application that carries out a tool of its own. */
  readonly kind: 'approval' | 'question' | 'tool';
  readonly toolCallId: string;
  readonly exact: Exact;
  readonly hash: string;
  readonly risk: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  /** null while it is open. */
  readonly outcome: 'approved' | 'denied' | 'answered' | 'edited' | 'expired' | 'withdrawn' | null;
  /** An earlier request for the same call was allowed, but what it was about has changed before it could be done. */
  readonly again: boolean;
}

/** A question of the person. `pending`: the server has not confirmed it yet. `failed`: it was not accepted. */
export interface UserTurn {
  readonly role: 'user';
  readonly id: string;
  readonly text: string;
  /** Names of images, for `Chat.image`. */
  readonly images: readonly string[];
  readonly runId: string;
  readonly delivery: 'pending' | 'sent' | 'failed';
}

/** One answer: everything that one run did. */
export interface AssistantTurn {
  readonly role: 'assistant';
  readonly runId: string;
  readonly parts: readonly Part[];
  readonly status: 'running' | 'finished' | 'failed' | 'cancelled' | 'interrupted';
  /** Words for the person when the run failed. */
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly model: string | null;
  /** The provider asks for patience; null once anything else happens. */
  readonly waiting: Waiting | null;
  /** What its run used; null while it runs, and where nobody counted. */
  readonly spent: Spent | null;
}

/** Why nothing happens just now, and for how long: the `attempt`-th of `of` tries begins in `seconds`. */
export interface Waiting {
  readonly reason: string;
  readonly seconds: number;
  readonly attempt: number;
  readonly of: number;
}

/** What a run used, all its requests together. */
export interface Spent {
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** About; null where prices are not known. */
  readonly cost: { readonly amount: number; readonly currency: string } | null;
}

export type Turn = UserTurn | AssistantTurn;

/** connecting · live · offline: trying again by itself · refused: the person must do something, `detail` says what */
export interface Connection {
  readonly status: 'connecting' | 'live' | 'offline' | 'refused';
  readonly detail: string | null;
}

export interface ChatState {
  readonly threadId: string;
  readonly title: string | null;
  readonly turns: readonly Turn[];
  /** The run that goes on in this thread, if any. */
  readonly activeRun: string | null;
  /** Highest seq that was applied; frames at or below it are ignored. */
  readonly seq: number;
  /** Runs that the snapshot already holds whole: runId -> last seq. */
  readonly settled: Readonly<Record<string, number>>;
  /** Something the server lost, in words (a gap in the history), else null. */
  readonly notice: string | null;
}
