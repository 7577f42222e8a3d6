import { beforeEach, expect, test } from 'vitest';
import type { Preferences, Remembered } from '../../src/core/chat';
import type { InputRequest, UserTurn } from '../../src/core/state';
import { ThreadChat } from '../../src/core/threadChat';
import { makePage } from './fakePage';
import type { FakeServer } from './fakeServer';

class Choices implements Preferences {
  readonly values = new Map<string, Remembered | null>();
  get(name: string): Remembered | null {
    return this.values.get(name) ?? null;
  }
  set(name: string, choice: Remembered | null): void {
    this.values.set(name, choice);
  }
}

let made: ReturnType<typeof makePage>;
let server: FakeServer;
let renders: (() => void)[];
let chat: ThreadChat;

function makeChat(from = made, preferences = new Choices()): ThreadChat {
  let count = 0;
  return new ThreadChat({
    threadId: 't',
    transport: from.server.transport,
    source: from.page,
    clock: from.clock,
    schedule: (run) => renders.push(run),
    context: () => ({ page: { pageId: from.page.pageId, documentId: 'd' }, notebook: { path: 'a.ipynb' } }),
    preferences,
    newId: () => `id-${(count += 1)}`,
  });
}

beforeEach(async () => {
  made = makePage();
  ({ server } = made);
  renders = [];
  chat = makeChat();
  void chat.open();
  await settle();
});

const settle = (): Promise<void> => made.clock.advance(0);
const started = (runId: string, messageId: string, text: string) => ({
  type: 'RUN_STARTED',
  threadId: 't',
  runId,
  input: { messages: [{ id: messageId, role: 'user', content: text }] },
});
const question = (): UserTurn => chat.state.turns.findLast((turn): turn is UserTurn => turn.role === 'user')!;

test('a question is shown at once, sent with where it comes from, and confirmed by the log', async () => {
  void chat.send('Why?');
  expect(chat.state.turns).toEqual([{ role: 'user', id: 'id-2', text: 'Why?', images: [], runId: 'id-1', delivery: 'pending' }]);
  await settle();
  expect(server.asked('POST', 'runs')).toEqual([
    {
      threadId: 't',
      runId: 'id-1',
      messages: [{ id: 'id-2', role: 'user', content: 'Why?' }],
      state: {},
      tools: [],
      context: [],
      forwardedProps: {
        jupyterAgent: {
          page: { pageId: 'page-1', documentId: 'd' },
          notebook: { path: 'a.ipynb' },
          model: 'builtin',
          mode: 'manual',
        },
      },
    },
  ]);
  expect(question().delivery).toBe('sent');
  server.append('t', 'id-1', started('id-1', 'id-2', 'Why?'));
  server.append('t', 'id-1', { type: 'RUN_FINISHED', outcome: { type: 'success' } });
  expect(chat.state.turns.map((turn) => turn.role)).toEqual(['user', 'assistant']);
});

test('the stream may be faster than the answer to the request', async () => {
  const sent = chat.send('Why?');
  server.append('t', 'id-1', started('id-1', 'id-2', 'Why?'));
  server.append('t', 'id-1', { type: 'RUN_FINISHED', outcome: { type: 'success' } });
  await settle();
  await sent;
  expect(chat.state.activeRun).toBeNull();
  expect(chat.state.turns).toMatchObject([{ delivery: 'sent' }, { status: 'finished' }]);
});

test('a refused question stays, with the reason in words; Retry sends it under the same ids', async () => {
  const problem = { type: 'run-going-on', detail: 'An answer is still being written here.', status: 409, runId: 'x' };
  server.answers.set('POST runs', { status: 409, body: problem });
  await chat.send('Why?');
  expect(question().delivery).toBe('failed');
  expect(chat.state.notice).toBe('An answer is still being written here.');
  server.answers.clear();
  await chat.retry('id-1');
  const [first, second] = server.asked('POST', 'runs');
  expect(second).toEqual(first);
  expect(chat.state).toMatchObject({ turns: [{ id: 'id-2', delivery: 'sent' }], notice: null });
});

test('while the network is away the same question is sent again and again, then given back', async () => {
  server.answers.set('POST runs', 'unreachable');
  void chat.send('Why?');
  await made.clock.advance(3_000);
  expect(question().delivery).toBe('pending');
  server.answers.clear();
  await made.clock.advance(1_000);
  expect(question().delivery).toBe('sent');
  expect(server.asked('POST', 'runs').map((body) => body['runId'])).toEqual(['id-1']);

  server.answers.set('POST runs', 'unreachable');
  void chat.send('And now?');
  await made.clock.advance(60_000);
  expect(question()).toMatchObject({ text: 'And now?', delivery: 'failed' });
  expect(chat.state.notice).toContain('could not be reached');
});

test('a question whose acceptance got lost on the way back is sent, because the log says so', async () => {
  server.answers.set('POST runs', 'unreachable');
  void chat.send('Why?');
  server.append('t', 'id-1', started('id-1', 'id-2', 'Why?'));
  await made.clock.advance(60_000);
  expect(question().delivery).toBe('sent');
  expect(chat.state.notice).toBeNull();
});

test('Retry after a failed run asks the same question anew', async () => {
  await chat.send('Why?');
  server.append('t', 'id-1', started('id-1', 'id-2', 'Why?'));
  server.append('t', 'id-1', { type: 'RUN_ERROR', message: 'No answer.', code: 'model' });
  await chat.retry('id-1');
  expect(server.asked('POST', 'runs').map((body) => body['runId'])).toEqual(['id-1', 'id-3']);
  expect(question()).toMatchObject({ id: 'id-4', text: 'Why?' });
});

test('Stop asks the server to end the run; one that has ended is no error', async () => {
  server.append('t', 'r', started('r', 'q', 'Why?'));
  server.answers.set('DELETE runs/r', { status: 404, body: { type: 'unknown-run', detail: 'No such run.' } });
  await chat.stop();
  expect(server.asked('DELETE', 'runs/r').length).toBe(1);
  expect(chat.state.notice).toBeNull();
});

test('an answer carries the hash of what was shown; a refusal is told in words', async () => {
  const request = { requestId: 'ask', runId: 'r', hash: 'sha256:1' } as InputRequest;
  await chat.answer(request, 'deny', { reason: 'No.' });
  await chat.reply(request, 'Blue.');
  expect(server.asked('POST', 'runs/r/inputs')).toEqual([
    { requestId: 'ask', hash: 'sha256:1', decision: 'deny', reason: 'No.' },
    { requestId: 'ask', answer: 'Blue.' },
  ]);
  const problem = { type: 'request-expired', detail: 'That question has expired.' };
  server.answers.set('POST runs/r/inputs', { status: 409, body: problem });
  await chat.answer(request, 'approve');
  expect(chat.state.notice).toBe('That question has expired.');
});

test('a flood of events is one notification', () => {
  let notified = 0;
  chat.subscribe(() => {
    notified += 1;
  });
  renders.splice(0).forEach((run) => run());
  notified = 0;
  server.append('t', 'r', started('r', 'q', 'Why?'));
  for (let count = 0; count < 100; count += 1) {
    server.append('t', 'r', { type: 'TEXT_MESSAGE_CONTENT', messageId: 'm', delta: 'x' });
  }
  expect(renders.length).toBe(1);
  renders.splice(0).forEach((run) => run());
  expect(notified).toBe(1);
});

test('a reload in the middle of an answer shows it whole, nothing twice', async () => {
  server.append('t', 'r', started('r', 'q', 'Why?'));
  server.append('t', 'r', { type: 'TEXT_MESSAGE_START', messageId: 'm', role: 'assistant' });
  server.append('t', 'r', { type: 'TEXT_MESSAGE_CONTENT', messageId: 'm', delta: 'Be' });
  const stored = {
    threadId: 't',
    messages: [],
    messageRuns: {},
    requests: [],
    cursor: 0,
    runs: [{ runId: 'r', status: 'running', outcome: null, error: null, firstSeq: 1, lastSeq: null, model: null }],
  };
  server.answers.set('GET threads/t', { status: 200, body: stored });
  const other = makePage(server, 'page-2');
  const reloaded = makeChat(other);
  void reloaded.open();
  await other.clock.advance(0);
  expect(reloaded.state.activeRun).toBe('r');
  server.append('t', 'r', { type: 'TEXT_MESSAGE_CONTENT', messageId: 'm', delta: 'cause.' });
  server.append('t', 'r', { type: 'TEXT_MESSAGE_END', messageId: 'm' });
  server.append('t', 'r', { type: 'RUN_FINISHED', outcome: { type: 'success' } });
  expect(reloaded.state.turns).toMatchObject([
    { role: 'user', text: 'Why?', delivery: 'sent' },
    { role: 'assistant', status: 'finished', parts: [{ text: 'Because.', open: false }] },
  ]);
  expect(chat.state.turns).toEqual(reloaded.state.turns);
});

test('after a gap the thread is read again, and the running answer is rebuilt', async () => {
  server.append('t', 'r0', started('r0', 'q0', 'Old?'));
  server.append('t', 'r0', { type: 'RUN_FINISHED', outcome: { type: 'success' } });
  const run = { outcome: 'success', error: null, model: null };
  server.answers.set('GET threads/t', {
    status: 200,
    body: {
      threadId: 't',
      messages: [{ id: 'q0', role: 'user', content: 'Old?' }, { id: 'a0', role: 'assistant', content: 'Yes.' }],
      messageRuns: { q0: 'r0', a0: 'r0' },
      requests: [],
      cursor: 2,
      runs: [{ ...run, runId: 'r0', status: 'finished', firstSeq: 1, lastSeq: 2 }],
    },
  });
  server.say({ type: 'CUSTOM', name: 'jupyter_agent.gap', value: { from: 3, to: 9 } });
  await settle();
  expect(chat.state.turns).toMatchObject([
    { role: 'user', text: 'Old?' },
    { role: 'assistant', status: 'finished', parts: [{ text: 'Yes.' }] },
  ]);
});

test('a server that begins a new log is followed from there', async () => {
  for (let count = 0; count < 20; count += 1) {
    server.append('t', 'r', { type: 'TEXT_MESSAGE_CONTENT', messageId: 'm', delta: 'x' });
  }
  server.append('t', 'r0', started('r0', 'q0', 'Old?'));
  server.say({ type: 'CUSTOM', name: 'jupyter_agent.gap', value: { from: 21, to: 2 } });
  await settle();
  expect(chat.state).toMatchObject({ turns: [], seq: 0 });
});

test('a thread that cannot be read yet is tried until it can', async () => {
  const other = makePage();
  other.server.unreachable = true;
  const late = makeChat(other);
  void late.open();
  await other.clock.advance(10_000);
  other.server.unreachable = false;
  await other.clock.advance(20_000);
  expect(late.connection.status).toBe('live');
  expect(late.capabilities?.model).toBe('builtin');
});

test('the choices of the person go with the next message', async () => {
  chat.setModel('clever');
  chat.setMode('plan');
  await chat.send('Why?');
  // This server offers neither, so its own are used; a choice that is offered is tested with the golden capabilities.
  expect(chat.model).toBe('builtin');
  server.answers.set('GET capabilities', {
    status: 200,
    body: {
      jupyterAgent: {
        models: [{ id: 'builtin', available: true }, { id: 'clever', available: true }],
        model: 'builtin',
        modes: [{ id: 'manual' }, { id: 'plan' }],
        mode: 'manual',
      },
    },
  });
  const other = makePage(server, 'page-3');
  const second = makeChat(other);
  void second.open();
  await other.clock.advance(0);
  second.setModel('clever');
  second.setMode('plan');
  await second.send('Why?');
  const sent = server.asked('POST', 'runs').at(-1)?.['forwardedProps'];
  expect(sent).toMatchObject({ jupyterAgent: { model: 'clever', mode: 'plan' } });
});

test('what is configured anew comes before a choice that replaced something else, for good', async () => {
  const configured = (model: string, mode: string): void => {
    const models = ['builtin', 'clever', 'cleverer'].map((id) => ({ id, available: true }));
    const modes = [{ id: 'manual' }, { id: 'plan' }];
    server.answers.set('GET capabilities', { status: 200, body: { jupyterAgent: { models, model, modes, mode } } });
  };
  const preferences = new Choices();
  const second = makeChat(made, preferences);
  configured('builtin', 'plan');
  await second.refresh();
  second.setModel('clever');
  second.setMode('manual');
  await second.refresh();
  expect([second.model, second.mode]).toEqual(['clever', 'manual']);
  configured('cleverer', 'plan');
  await second.refresh();
  expect([second.model, second.chosenModel, second.mode]).toEqual(['cleverer', null, 'manual']);
  configured('builtin', 'manual');
  await second.refresh();
  configured('builtin', 'plan');
  await second.refresh();
  expect([second.model, second.mode]).toEqual(['builtin', 'plan']);
  expect([...preferences.values.values()]).toEqual([null, null]);
});
