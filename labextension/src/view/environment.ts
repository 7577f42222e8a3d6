/** What the view needs from the place it is shown in; JupyterLab gives one environment, the widget in a cell another. */
import type { ThreadSummary } from '../core/wire';

/**
 * What a person's own click on a block of code does in the notebook. Each rejects with an Error whose message is a
 * sentence for the person.
 */
export interface CodeActions {
  insertBelow(code: string): Promise<void>;
  replaceActive(code: string): Promise<void>;
  run(code: string): Promise<void>;
}

/** The chats that are kept, and ways to change between them. */
export interface Threads {
  /** All, newest first; with `query`, those in which its words are found, wherever they stand. */
  list(query?: string): Promise<ThreadSummary[]>;
  open(threadId: string): void;
  create(): void;
  rename(threadId: string, title: string): Promise<void>;
  remove(threadId: string): Promise<void>;
}

/** What the next message will be about. */
export interface QuestionContext {
  subscribe(listener: () => void): () => void;
  get(): { readonly label: string } | null;
}

/** The place that the view is shown in. One object for the life of the view; its members may change behind it. */
export interface ViewEnvironment {
  /** null hides the buttons that need a notebook. */
  readonly notebook: CodeActions | null;
  /** Fills `element` with highlighted code; must be safe for any text. Without it code is shown plain. */
  highlight?(code: string, language: string, element: HTMLElement): Promise<void>;
  /** Opens a link in a new tab in the place's own way; without it the browser does. */
  openLink?(href: string): void;
  readonly threads: Threads;
  readonly context: QuestionContext;
}
