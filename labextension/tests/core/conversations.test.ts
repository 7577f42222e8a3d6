import { expect, test } from 'vitest';
import { Conversations, type Memory } from '../../src/core/conversations';
import { makePage } from './fakePage';

function makeConversations(remembered: string | null = null) {
  const made = makePage();
  let shown = remembered;
  let count = 0;
  const memory: Memory = {
    get: () => shown,
    set: (threadId) => {
      shown = threadId;
    },
  };
  const conversations = new Conversations({
    transport: made.server.transport,
    source: made.page,
    clock: made.clock,
    schedule: (run) => run(),
    context: () => ({}),
    preferences: { get: () => null, set: () => undefined },
    memory,
    newId: () => `new-${(count += 1)}`,
  });
  return { ...made, conversations, shown: () => shown };
}

const list = (...threadIds: string[]) => ({
  status: 200,
  body: { threads: threadIds.map((threadId) => ({ threadId, title: threadId, updatedAt: 1, preview: '', running: null })) },
});

test('a reload shows the thread that this tab showed, without asking for another', async () => {
  const made = makeConversations('mine');
  await made.conversations.restore();
  await made.clock.advance(0);
  expect(made.conversations.current?.state.threadId).toBe('mine');
  expect(made.server.asked('GET', 'threads?limit=1')).toEqual([]);
});

test('a new tab shows the newest thread of the server', async () => {
  const made = makeConversations();
  made.server.answers.set('GET threads?limit=1', list('newest'));
  await made.conversations.restore();
  expect(made.conversations.current?.state.threadId).toBe('newest');
  expect(made.shown()).toBe('newest');
});

test('where there is none a new one begins, of which the server hears with its first message', async () => {
  const made = makeConversations();
  made.server.answers.set('GET threads?limit=1', list());
  await made.conversations.restore();
  await made.clock.advance(0);
  expect(made.conversations.current?.state.threadId).toBe('new-1');
  expect(made.server.requests.map((one) => `${one.method} ${one.path}`)).toEqual([
    'GET threads?limit=1',
    'GET capabilities',
    'PUT pages/page-1',
    'PUT pages/page-1',
  ]);
});

test('a server that is away is asked again until it tells', async () => {
  const made = makeConversations();
  made.server.unreachable = true;
  void made.conversations.restore();
  await made.clock.advance(2_000);
  expect(made.conversations.current).toBeNull();
  made.server.unreachable = false;
  made.server.answers.set('GET threads?limit=1', list('newest'));
  await made.clock.advance(10_000);
  expect(made.conversations.current?.state.threadId).toBe('newest');
});

test('changing the thread is told, and the page follows only the one that is shown', async () => {
  const made = makeConversations('one');
  let told = 0;
  made.conversations.subscribe(() => {
    told += 1;
  });
  await made.conversations.restore();
  await made.clock.advance(0);
  made.conversations.open('two');
  made.conversations.open('two');
  await made.clock.advance(0);
  expect(told).toBe(2);
  expect(made.server.asked('PUT', 'pages/page-1').at(-1)?.['threads']).toEqual(['two']);
});

test('conversations are found by the server, which knows their contents', async () => {
  const made = makeConversations('one');
  made.server.answers.set('GET threads', list('one', 'two'));
  made.server.answers.set('GET threads?q=body+mass', list('two'));
  expect(await made.conversations.list(' ')).toHaveLength(2);
  expect(await made.conversations.list(' body mass ')).toHaveLength(1);
});

test('a new name is shown at once; a deleted conversation makes room for a new one', async () => {
  const made = makeConversations('one');
  await made.conversations.restore();
  made.server.answers.set('PATCH threads/one', { status: 200, body: {} });
  made.server.answers.set('DELETE threads/one', { status: 204 });
  await made.conversations.rename('one', 'Penguins');
  expect(made.conversations.current?.state.title).toBe('Penguins');
  await made.conversations.remove('one');
  expect(made.conversations.current?.state.threadId).toBe('new-1');
});

test('a refusal to rename or delete is told to who asked', async () => {
  const made = makeConversations('one');
  made.server.answers.set('DELETE threads/one', { status: 409, body: { type: 'run-going-on', detail: 'Stop it first.' } });
  await expect(made.conversations.remove('one')).rejects.toThrow('Stop it first.');
});

test('a server that is misconfigured leaves room for its words', async () => {
  const made = makeConversations();
  const refusal = { status: 503, body: { type: 'misconfigured', detail: 'The mode is unknown.', status: 503 } };
  for (const request of ['GET threads?limit=1', 'PUT pages/page-1', 'GET capabilities', 'POST runs']) {
    made.server.answers.set(request, refusal);
  }
  await made.conversations.restore();
  await made.clock.advance(0);
  expect(made.conversations.current?.connection).toEqual({ status: 'refused', detail: 'The mode is unknown.' });
  const sent = made.conversations.current?.send('Why?');
  await made.clock.advance(10_000);
  await sent;
  expect(made.conversations.current?.state.notice).toBe('The mode is unknown.');
});
