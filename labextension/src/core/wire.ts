/** The JSON bodies of the HTTP contract: what the client sends and reads besides events. */
import type { InputRequest, Spent } from './state';

/** A conversation in the list of conversations. */
export interface ThreadSummary {
  readonly threadId: string;
  readonly title: string | null;
  readonly notebook: string | null;
  /** Milliseconds since the epoch. */
  readonly updatedAt: number;
  readonly preview: string;
  /** The run that goes on in it, if any. */
  readonly running: string | null;
}

/** One way of answering that the person may choose. */
export interface ModelChoice {
  readonly id: string;
  readonly label: string;
  readonly description: string;
  readonly available: boolean;
  /** In plain words: what to do to make it available. Code in it stands between backticks. */
  readonly howTo: string;
  readonly provider: string;
  /** The host that everything is sent to; null when nothing leaves the machine. */
  readonly sends: string | null;
  /** The host and port of the program on this machine that gets everything, if one does; it may pass it on. */
  readonly address: string | null;
  /** Whether it can see images; null where nobody knows. */
  readonly images: boolean | null;
  /** The heading that it stands under. */
  readonly group: string;
}

/** Who makes models available: each of them has more than are listed. */
export interface ProviderChoice {
  readonly id: string;
  readonly label: string;
  readonly available: boolean;
  /** As a model's. */
  readonly howTo: string;
  readonly sends: string | null;
  readonly address: string | null;
  /** The name of one of its models, without the provider's. */
  readonly example: string;
}

/** How much the assistant may do by itself. */
export interface ModeChoice {
  readonly id: string;
  readonly label: string;
  readonly description: string;
}

/** What the server offers. */
export interface Capabilities {
  readonly models: readonly ModelChoice[];
  readonly providers: readonly ProviderChoice[];
  readonly model: string;
  readonly modes: readonly ModeChoice[];
  readonly mode: string;
  /** Sentences about what is configured and does not work. */
  readonly warnings: readonly string[];
}

/** One run in a stored thread. */
export interface RunSummary {
  readonly runId: string;
  readonly status: 'running' | 'waiting' | 'finished';
  readonly outcome: string | null;
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly firstSeq: number;
  readonly lastSeq: number | null;
  readonly model: string | null;
  readonly spent: Spent | null;
}

/** A stored thread as the server tells it; `messages` hold settled runs only. */
export interface ThreadDocument {
  readonly threadId: string;
  readonly title: string | null;
  readonly messages: readonly unknown[];
  readonly runs: readonly RunSummary[];
  readonly requests: readonly InputRequest[];
  readonly cursor: number;
  /** messageId -> runId */
  readonly messageRuns: Readonly<Record<string, string>>;
}

/** Where a message comes from: binds the run to one open notebook. */
export interface MessageContext {
  readonly page?: {
    readonly pageId: string;
    readonly documentId: string;
    readonly activeCellId?: string;
    /** The text that the person has selected in the active cell. */
    readonly selection?: string;
  };
  readonly notebook?: { readonly path: string };
}

/** What a message says: its words, or a list of them and of references to images that the server has. */
export type MessageContent =
  | string
  | readonly (
      | { readonly type: 'text'; readonly text: string }
      | { readonly type: 'image'; readonly source: { readonly type: 'url'; readonly value: string } }
    )[];

/** RunAgentInput, as far as this client fills it. */
export interface RunInput {
  readonly threadId: string;
  readonly runId: string;
  readonly messages: readonly { readonly id: string; readonly role: 'user'; readonly content: MessageContent }[];
  readonly state: Readonly<Record<string, never>>;
  readonly tools: readonly never[];
  readonly context: readonly never[];
  readonly forwardedProps: {
    readonly jupyterAgent: MessageContext & { readonly model?: string; readonly mode?: string };
  };
}

/** The person's answer to an open request. */
export type InputAnswer =
  | {
      readonly requestId: string;
      readonly hash: string;
      readonly decision: 'approve' | 'deny';
      readonly arguments?: Readonly<Record<string, unknown>>;
      readonly reason?: string;
    }
  | { readonly requestId: string; readonly answer: string };

/** One notebook that is open in this page. */
export interface OpenDocument {
  readonly documentId: string;
  /** Local path, without a drive prefix. A label, not an identity: renames change it. */
  readonly path: string;
  readonly kernelId: string | null;
}

/** What a page registers about itself. */
export interface PageRegistration {
  readonly clientId: string;
  readonly threads: readonly string[];
  readonly documents: readonly OpenDocument[];
}

/** Something that the server asks a page to do on one of its documents. */
export interface ActionRequest {
  readonly actionId: string;
  readonly pageId: string;
  readonly documentId: string;
  readonly operation: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly expectedHash: string | null;
}

/** How an action ended. What else it holds depends on the operation. */
export interface ActionResult extends Readonly<Record<string, unknown>> {
  readonly outcome: 'done' | 'refused' | 'failed' | 'missed';
}
