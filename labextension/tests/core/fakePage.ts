/** The pieces of a page that is not in a browser: time turned by hand, page events fired by hand. */
import { ManualClock } from '../../src/core/clock';
import type { Lifecycle, LifecycleEvent } from '../../src/core/lifecycle';
import { Page } from '../../src/core/pages';
import type { ActionRequest, ActionResult } from '../../src/core/wire';
import { FakeServer } from './fakeServer';

export class ManualLifecycle implements Lifecycle {
  private readonly listeners = new Set<(event: LifecycleEvent) => void>();

  subscribe(listener: (event: LifecycleEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  fire(event: LifecycleEvent): void {
    this.listeners.forEach((listener) => listener(event));
  }
}

/** Does what it is told and remembers it; `answer` may be set to hold an action back. */
export class RecordingHost {
  readonly performed: string[] = [];
  answer: (action: ActionRequest) => Promise<ActionResult> = () => Promise.resolve({ outcome: 'done' });

  perform(action: ActionRequest): Promise<ActionResult> {
    this.performed.push(action.actionId);
    return this.answer(action);
  }
}

export function makePage(server = new FakeServer(), pageId = 'page-1') {
  const clock = new ManualClock();
  const lifecycle = new ManualLifecycle();
  const host = new RecordingHost();
  const { transport } = server;
  const page = new Page({ transport, clock, random: () => 0.5, lifecycle, host, pageId, clientId: `client of ${pageId}` });
  return { server, clock, lifecycle, host, page };
}
