/** The widget in a page: what it asks of the server, what it syncs, and what it leaves behind. */
import { act } from 'react';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ManualClock } from '../../src/core/clock';
import { BRIDGE_VERSION, offerBridge, type Bridge } from '../../src/view/bridge';
import chat from '../../src/widget';
import { NO_EXTENSION, NO_NOTEBOOK } from '../../src/widget/place';
import { Session, type Model } from '../../src/widget/session';
import { FakeServer } from '../core/fakeServer';
import { ManualLifecycle } from '../core/fakePage';
import { button, click, press, type } from '../view/render';

class SyncedModel implements Model {
  readonly values: Record<string, unknown> = { thread: 't', height: '300px' };
  saved = 0;
  private readonly listeners = new Map<string, Set<() => void>>();
  get(name: string): unknown {
    return this.values[name];
  }
  set(name: string, value: unknown): void {
    this.values[name] = value;
    this.listeners.get(`change:${name}`)?.forEach((listener) => listener());
  }
  save_changes(): void {
    this.saved += 1;
  }
  on(event: string, listener: () => void): void {
    this.listeners.set(event, (this.listeners.get(event) ?? new Set()).add(listener));
  }
  off(event: string, listener: () => void): void {
    this.listeners.get(event)?.delete(listener);
  }
  get listening(): number {
    return [...this.listeners.values()].reduce((sum, set) => sum + set.size, 0);
  }
}

let server: FakeServer;
let clock: ManualClock;
let model: SyncedModel;
let widget: ReturnType<typeof chat>;
let leaving: (() => void)[];

beforeEach(() => {
  server = new FakeServer();
  clock = new ManualClock();
  model = new SyncedModel();
  leaving = [];
  const { transport } = server;
  const surroundings = { transport: () => transport, clock, random: () => 0.5, lifecycle: new ManualLifecycle() };
  widget = chat((made) => new Session(made, surroundings));
});

afterEach(() => {
  vi.useRealTimers();
  act(() => leaving.splice(0).forEach((leave) => leave()));
  Reflect.deleteProperty(globalThis, Symbol.for('jupyter-agent.bridge'));
  document.body.replaceChildren();
});

const settle = async (): Promise<void> => {
  await act(() => clock.advance(0));
};

/** Shows the widget in a new place. */
async function shown(): Promise<HTMLElement> {
  const el = document.createElement('div');
  document.body.append(el);
  act(() => void leaving.push(widget.render({ model, el })));
  await settle();
  return el;
}

const field = (el: HTMLElement): HTMLTextAreaElement => el.querySelector('textarea')!;

async function ask(el: HTMLElement, text: string): Promise<string> {
  type(field(el), text);
  press(field(el), 'Enter');
  await settle();
  return String(server.asked('POST', 'runs').at(-1)!['runId']);
}

const started = (threadId: string, runId: string, text: string) => ({
  type: 'RUN_STARTED',
  threadId,
  runId,
  input: { messages: [{ id: `q-${runId}`, role: 'user', content: text }] },
});
const word = (delta: string) => ({ type: 'TEXT_MESSAGE_CONTENT', messageId: 'm', delta });
const END = { type: 'RUN_FINISHED', outcome: { type: 'success' } };

async function happens(threadId: string, runId: string, event: Record<string, unknown>): Promise<void> {
  act(() => void server.append(threadId, runId, event));
  await settle();
}

function bridge(over: Partial<Bridge> = {}): void {
  offerBridge({
    version: BRIDGE_VERSION,
    documentOf: () => 'd',
    contextOf: (documentId) => ({ page: { pageId: 'p', documentId }, notebook: { path: 'a.ipynb' } }),
    nameOf: () => 'a.ipynb',
    codeActions: () => ({ insertBelow: async () => {}, replaceActive: async () => {}, run: async () => {} }),
    subscribe: () => () => {},
    onRun: () => () => {},
    ready: () => Promise.resolve(),
    ...over,
  });
}

describe('a conversation', () => {
  test('is held, and its stream is open only while an answer is given', async () => {
    const el = await shown();
    expect(server.opened).toEqual([]);
    const runId = await ask(el, 'Why?');
    expect(server.connections).toBe(1);
    await happens('t', runId, started('t', runId, 'Why?'));
    await happens('t', runId, word('Because.'));
    expect(el.querySelector('.ja-Answer')!.textContent).toContain('Because.');
    await happens('t', runId, END);
    expect(server.connections).toBe(0);
    expect(server.opened).toEqual([`http://test/v1/runs/${runId}/events`]);
  });

  test('is one in all places that show it, and each sees every word', async () => {
    const one = await shown();
    const other = await shown();
    const runId = await ask(other, 'Why?');
    await happens('t', runId, started('t', runId, 'Why?'));
    await happens('t', runId, word('Be'));
    for (const el of [one, other]) {
      expect(el.querySelector('.ja-Answer')!.textContent).toContain('Be');
    }
    expect(server.connections).toBe(1);
    act(() => leaving.shift()!());
    await happens('t', runId, word('cause.'));
    expect(other.querySelector('.ja-Answer')!.textContent).toContain('Because.');
    expect(one.innerHTML).toBe('');
  });

  test('is shown again after a reload, with the answer that is being given', async () => {
    server.append('t', 'r', started('t', 'r', 'Why?'));
    server.append('t', 'r', word('Be'));
    const thread = { threadId: 't', messages: [], runs: [{ runId: 'r', status: 'running', firstSeq: 1 }], cursor: 0 };
    server.answers.set('GET threads/t', { status: 200, body: thread });
    const el = await shown();
    await happens('t', 'r', word('cause.'));
    expect(el.querySelector('.ja-Answer')!.textContent).toContain('Because.');
  });

  test('is changed for a new one by a click, and only its id is kept', async () => {
    const el = await shown();
    const before = structuredClone(model.values);
    await click(button(el, 'New chat'));
    expect(Object.keys(model.values)).toEqual(Object.keys(before));
    expect(model.values['thread']).toMatch(/^[\da-f-]{36}$/);
    expect(model.saved).toBe(1);
    await ask(el, 'Why?');
    expect(server.asked('POST', 'runs').at(-1)!['threadId']).toBe(model.values['thread']);
    expect(model.saved).toBe(1);
    act(() => model.set('thread', 'another'));
    await settle();
    expect(server.asked('GET', 'threads/another')).toHaveLength(1);
  });

  test('goes on in the run that an answer after a restart begins', async () => {
    const exact = { tool: 'insert_cell', title: 'Insert a cell', arguments: {}, code: '1', language: 'python', before: null, target: null };
    const open = {
      requestId: 'ask', runId: 'r', threadId: 't', kind: 'approval', toolCallId: 'c', exact, hash: 'sha256:1', risk: 'edit',
      expiresAt: Date.now() + 600_000,
    };
    const runs = [{ runId: 'r', status: 'finished', outcome: 'interrupt', firstSeq: 1, lastSeq: 2 }];
    const messages = [{ id: 'q', role: 'user', content: 'Do it' }];
    const body = { threadId: 't', messages, runs, requests: [open], cursor: 2, messageRuns: { q: 'r' } };
    server.answers.set('GET threads/t', { status: 200, body });
    server.answers.set('POST runs/r/inputs', { status: 202, body: { runId: 's' } });
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'] });
    const el = await shown();
    expect(server.opened).toEqual([]);
    // The button cannot be clicked before the card could be seen.
    await act(() => vi.advanceTimersByTime(5_000));
    await click(button(el, 'Allow once'));
    await settle();
    expect(server.opened).toEqual(['http://test/v1/runs/s/events?after=2']);
  });
});

describe('at rest', () => {
  test('ten widgets hold no connection and ask nothing', async () => {
    const { transport } = server;
    for (let number = 0; number < 10; number += 1) {
      model = new SyncedModel();
      model.values['thread'] = `thread-${number}`;
      const surroundings = { transport: () => transport, clock, random: () => 0.5, lifecycle: new ManualLifecycle() };
      widget = chat((made) => new Session(made, surroundings));
      await shown();
    }
    server.requests.length = 0;
    await act(() => clock.advance(3_600_000));
    expect(server.requests).toEqual([]);
    expect(server.opened).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  test('it follows a run of its conversation that begins elsewhere, and no other', async () => {
    let tell = (_threadId: string, _runId: string): void => {};
    bridge({
      onRun: (listener) => {
        tell = listener;
        return () => {};
      },
    });
    const el = await shown();
    server.append('t', 'r', started('t', 'r', 'Asked in the panel'));
    act(() => tell('u', 'q'));
    act(() => tell('t', 'r'));
    await settle();
    expect(server.opened).toEqual(['http://test/v1/runs/r/events']);
    expect(el.querySelector('.ja-Question')!.textContent).toContain('Asked in the panel');
  });

  test('shown nowhere it holds nothing, and shown again it begins anew', async () => {
    await shown();
    act(() => leaving.shift()!());
    expect(model.listening).toBe(0);
    expect(clock.pending).toBe(0);
    const el = await shown();
    expect(field(el)).not.toBeNull();
  });

  test('it does not take the focus', async () => {
    const el = await shown();
    expect(el.contains(document.activeElement)).toBe(false);
  });
});

describe('the notebook', () => {
  test('that shows the widget is the one that a message is about', async () => {
    bridge();
    const el = await shown();
    await ask(el, 'Why?');
    const forwarded = server.asked('POST', 'runs').at(-1)!['forwardedProps'];
    expect(forwarded).toMatchObject({
      jupyterAgent: { page: { pageId: 'p', documentId: 'd' }, notebook: { path: 'a.ipynb' } },
    });
    expect(el.textContent).toContain('a.ipynb');
    expect(el.textContent).not.toContain('cannot see');
  });

  test('is waited for until the server can reach its page', async () => {
    let open = (): void => {};
    bridge({ ready: () => new Promise((resolve) => (open = resolve)) });
    const el = await shown();
    type(field(el), 'Why?');
    press(field(el), 'Enter');
    await settle();
    expect(server.asked('POST', 'runs')).toEqual([]);
    open();
    await settle();
    expect(server.asked('POST', 'runs')).toHaveLength(1);
  });

  test.each([
    ['without the extension', null, NO_EXTENSION],
    ['with an extension of another version', { version: 999 }, NO_EXTENSION],
    ['outside a notebook', { documentOf: () => null }, NO_NOTEBOOK],
  ])('%s it chats all the same, and says what it cannot do', async (_where, offered, words) => {
    if (offered !== null) bridge(offered);
    const el = await shown();
    expect(el.textContent).toContain(words);
    await ask(el, 'Why?');
    const forwarded = server.asked('POST', 'runs').at(-1)!['forwardedProps'] as { jupyterAgent: object };
    expect(Object.keys(forwarded.jupyterAgent)).toEqual(['model', 'mode']);
  });
});

describe('without an assistant', () => {
  const LOOK = 'GET threads?limit=1';

  test('a page that has no server says what to open instead', async () => {
    widget = chat();
    const el = await shown();
    expect(el.textContent).toContain('there is none behind this page. Open the notebook in JupyterLab');
    expect(el.querySelector('textarea')).toBeNull();
  });

  test.each([
    ['a server that knows nothing of it', { status: 404, body: { message: 'Not Found' } }, 'Install jupyter-agent'],
    ['a server that refuses', { status: 403, body: { message: 'Forbidden' } }, 'Reload the page and sign in again.'],
    ['a server that is away', 'unreachable' as const, 'Is it still running?'],
  ])('%s is said in a sentence, and tried again by a click', async (_what, answer, words) => {
    server.answers.set(LOOK, answer);
    const el = await shown();
    expect(el.textContent).toContain(words);
    expect(clock.pending).toBe(0);
    server.answers.delete(LOOK);
    await click(button(el, 'Try again'));
    await settle();
    expect(field(el)).not.toBeNull();
  });
});

test('keys stay in the widget, but for those of the whole page', async () => {
  const el = await shown();
  const passed: string[] = [];
  const listen = (event: KeyboardEvent): void => void passed.push(event.code);
  document.addEventListener('keydown', listen);
  for (const target of [field(el), button(el, 'New chat')]) {
    press(target, 'd', { code: 'KeyD' });
    press(target, 'Escape', { code: 'Escape' });
    press(target, 'Enter', { code: 'Enter', shiftKey: true });
    press(target, 'Enter', { code: 'Enter', ctrlKey: true });
    press(target, 'a', { code: 'KeyA', ctrlKey: true });
    press(target, 's', { code: 'KeyS', ctrlKey: true });
    press(target, 's', { code: 'KeyS', metaKey: true });
    press(target, 's', { code: 'KeyS' });
  }
  document.removeEventListener('keydown', listen);
  expect(passed).toEqual(['KeyS', 'KeyS', 'KeyS', 'KeyS']);
});

test('it is as high as the kernel says', async () => {
  const el = await shown();
  const frame = el.querySelector<HTMLElement>('.ja-Widget')!;
  expect(frame.style.height).toBe('300px');
  act(() => model.set('height', '50vh'));
  expect(frame.style.height).toBe('50vh');
});
