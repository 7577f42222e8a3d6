/** The conversations of this page: which one is shown, and how it is chosen after a load. */
import type { Chat } from './chat';
import { pause } from './clock';
import { uuid } from './ids';
import { Problem } from './problem';
import { ThreadChat, type ChatOptions } from './threadChat';
import type { Capabilities, ThreadSummary } from './wire';

/** Remembers which thread a browser tab shows, over reloads of that tab. */
export interface Memory {
  get(): string | null;
  set(threadId: string): void;
}

/** What conversations need: everything of a chat but its thread, and the tab's memory. */
export type ConversationsOptions = Omit<ChatOptions, 'threadId' | 'fresh' | 'capabilities'> & { readonly memory: Memory };

/**
 * Promises: one conversation is shown at a time; a tab shows the same one after a reload, a new tab the newest one.
 * The methods that change something on the server reject with a `Problem`.
 */
export class Conversations {
  private shown: ThreadChat | null = null;
  private capabilities: Capabilities | null = null;
  private readonly listeners = new Set<() => void>();

  constructor(private readonly options: ConversationsOptions) {}

  /** The chat that is shown; null until the first one is chosen. */
  get current(): Chat | null {
    return this.shown;
  }

  /** Tells of another `current`. */
  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Chooses what to show after a load. */
  async restore(): Promise<void> {
    const remembered = this.options.memory.get();
    if (remembered !== null) {
      this.open(remembered);
      return;
    }
    const newest = (await this.newest())?.threadId ?? null;
    // The person may have chosen meanwhile.
    if (this.shown === null) {
      if (newest === null) {
        this.create();
      } else {
        this.open(newest);
      }
    }
  }

  /** The conversations that the server keeps, newest first; with `query`, those in which its words are found. */
  list(query = ''): Promise<ThreadSummary[]> {
    return this.options.transport.listThreads(query.trim() === '' ? {} : { q: query.trim() });
  }

  /** Shows a conversation. */
  open(threadId: string): void {
    this.show(threadId, false);
  }

  /** Begins a new conversation. The server hears of it with its first message. */
  create(): void {
    this.show((this.options.newId ?? uuid)(), true);
  }

  /** Gives a conversation another title. */
  async rename(threadId: string, title: string): Promise<void> {
    await this.options.transport.renameThread(threadId, title);
    if (this.shown?.threadId === threadId) {
      this.shown.rename(title);
    }
  }

  /** Deletes a conversation for good; if it was shown, a new one begins. */
  async remove(threadId: string): Promise<void> {
    await this.options.transport.removeThread(threadId);
    if (this.shown?.threadId === threadId) {
      this.create();
    }
  }

  /** Ends following. What is shown stays as it is. */
  dispose(): void {
    this.shown?.dispose();
    this.listeners.clear();
  }

  private show(threadId: string, fresh: boolean): void {
    if (this.shown?.threadId === threadId) {
      return;
    }
    this.capabilities = this.shown?.capabilities ?? this.capabilities;
    this.shown?.dispose();
    this.shown = new ThreadChat({ ...this.options, threadId, fresh, capabilities: this.capabilities });
    this.options.memory.set(threadId);
    void this.shown.open();
    this.listeners.forEach((listener) => listener());
  }

  private async newest(): Promise<ThreadSummary | null> {
    for (let delay = 500; this.shown === null; delay = Math.min(15_000, delay * 2)) {
      try {
        return (await this.options.transport.listThreads({ limit: 1 }))[0] ?? null;
      } catch (error) {
        if (error instanceof Problem && error.lasting) {
          // Show an empty conversation, whose connection says in words what is wrong.
          return null;
        }
      }
      await pause(this.options.clock, delay);
    }
    return null;
  }
}
