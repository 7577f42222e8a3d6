import { beforeEach, expect, test } from 'vitest';
import type { UserTurn } from '../../src/core/state';
import { ThreadChat } from '../../src/core/threadChat';
import { makePage } from './fakePage';
import type { FakeServer } from './fakeServer';

const UPLOAD = 'POST blobs?thread=t';
const picture = (words: string): Blob => new Blob([words], { type: 'image/png' });

let made: ReturnType<typeof makePage>;
let server: FakeServer;
let chat: ThreadChat;

beforeEach(async () => {
  made = makePage();
  ({ server } = made);
  let count = 0;
  chat = new ThreadChat({
    threadId: 't',
    transport: server.transport,
    source: made.page,
    clock: made.clock,
    schedule: () => undefined,
    context: () => ({}),
    preferences: { get: () => null, set: () => undefined },
    newId: () => `id-${(count += 1)}`,
  });
  void chat.open();
  await made.clock.advance(0);
  server.answers.set(UPLOAD, { status: 201, body: { blobId: 'blob-1' } });
});

const question = (): UserTurn => chat.state.turns.findLast((turn): turn is UserTurn => turn.role === 'user')!;
const uploads = (): number => server.requests.filter((one) => `${one.method} ${one.path}` === UPLOAD).length;
const sent = (): unknown => server.asked('POST', 'runs').at(-1)?.['messages'];
const reference = (id: string): object => ({ type: 'image', source: { type: 'url', value: `blobs/${id}` } });

test('an image is shown at once, given to the server, and named in the message', async () => {
  const delivered = chat.send('What is this?', [picture('one')]);
  expect(question()).toMatchObject({ text: 'What is this?', delivery: 'pending' });
  expect(await (await chat.image(question().images[0]!))?.text()).toBe('one');
  await made.clock.advance(0);
  await delivered;
  expect(sent()).toEqual([
    { id: 'id-2', role: 'user', content: [{ type: 'text', text: 'What is this?' }, reference('blob-1')] },
  ]);
  // The log names the blob; its bytes are here already.
  server.append('t', 'id-1', { type: 'RUN_STARTED', threadId: 't', runId: 'id-1', input: { messages: sent() } });
  expect(question()).toMatchObject({ images: ['blob-1'], delivery: 'sent' });
  expect(await (await chat.image('blob-1'))?.text()).toBe('one');
  expect(server.asked('GET', 'blobs/blob-1')).toEqual([]);
});

test('an image alone is a message', async () => {
  void chat.send('', [picture('one')]);
  await made.clock.advance(0);
  expect(sent()).toEqual([{ id: 'id-2', role: 'user', content: [reference('blob-1')] }]);
  await chat.send('  ');
  expect(server.asked('POST', 'runs').length).toBe(1);
});

test('an upload that the network swallows is tried again; one that succeeded is not repeated', async () => {
  server.answers.set(UPLOAD, 'unreachable');
  void chat.send('Why?', [picture('one')]);
  await made.clock.advance(1_000);
  expect(question().delivery).toBe('pending');
  server.answers.set(UPLOAD, { status: 201, body: { blobId: 'blob-1' } });
  server.answers.set('POST runs', 'unreachable');
  await made.clock.advance(2_000);
  server.answers.delete('POST runs');
  await made.clock.advance(60_000);
  expect(question().delivery).toBe('sent');
  expect(uploads()).toBe(1);
});

test('a refused upload keeps the question with its images, says why, and Retry sends both', async () => {
  const detail = 'The body is larger than the 10 bytes that are taken here.';
  server.answers.set(UPLOAD, { status: 413, body: { type: 'too-large', detail, status: 413 } });
  await Promise.all([chat.send('Why?', [picture('one')]), made.clock.advance(0)]);
  expect(question().delivery).toBe('failed');
  expect(chat.state.notice).toBe(detail);
  expect(await (await chat.image(question().images[0]!))?.text()).toBe('one');
  expect(server.asked('POST', 'runs')).toEqual([]);
  server.answers.set(UPLOAD, { status: 201, body: { blobId: 'blob-2' } });
  await Promise.all([chat.retry('id-1'), made.clock.advance(0)]);
  expect(question().delivery).toBe('sent');
  expect(sent()).toEqual([{ id: 'id-2', role: 'user', content: [{ type: 'text', text: 'Why?' }, reference('blob-2')] }]);
});

test('asking a question again asks with the same images, given once', async () => {
  await Promise.all([chat.send('Why?', [picture('one')]), made.clock.advance(0)]);
  server.append('t', 'id-1', { type: 'RUN_STARTED', threadId: 't', runId: 'id-1', input: { messages: sent() } });
  server.append('t', 'id-1', { type: 'RUN_ERROR', message: 'No answer.', code: 'model' });
  await Promise.all([chat.retry('id-1'), made.clock.advance(0)]);
  expect(sent()).toEqual([{ id: 'id-4', role: 'user', content: [{ type: 'text', text: 'Why?' }, reference('blob-1')] }]);
  expect(uploads()).toBe(1);
});

test('a question that was refused may be asked of another model', async () => {
  const detail = 'forwardedProps.jupyterAgent.model: "clever" is not offered here.';
  server.answers.set('POST runs', { status: 400, body: { type: 'field', detail, status: 400 } });
  await Promise.all([chat.send('Why?'), made.clock.advance(0)]);
  expect(chat.state.notice).toBe(detail);
  server.answers.delete('POST runs');
  server.answers.set('GET capabilities', {
    status: 200,
    body: { jupyterAgent: { models: [{ id: 'other', available: true }], model: 'other' } },
  });
  await chat.refresh();
  await Promise.all([chat.retry('id-1'), made.clock.advance(0)]);
  const [first, second] = server.asked('POST', 'runs');
  expect([first, second]).toMatchObject([
    { runId: 'id-1', forwardedProps: { jupyterAgent: { model: 'builtin' } } },
    { runId: 'id-1', forwardedProps: { jupyterAgent: { model: 'other' } } },
  ]);
});

test('an image of the server is read once, and one that is gone is nothing', async () => {
  server.answers.set('GET blobs/kept', { status: 200, body: 'bytes' });
  expect(await (await chat.image('kept'))?.text()).toBe('"bytes"');
  expect(await (await chat.image('kept'))?.text()).toBe('"bytes"');
  expect(server.asked('GET', 'blobs/kept').length).toBe(1);
  expect(await chat.image('lost')).toBeNull();
});

test('what the server offers is asked for again, and stays the same object while it is the same', async () => {
  const before = chat.capabilities;
  await chat.refresh();
  expect(chat.capabilities).toBe(before);
  const models = [{ id: 'builtin', available: true }, { id: 'clever', available: true }];
  server.answers.set('GET capabilities', { status: 200, body: { jupyterAgent: { models, model: 'builtin' } } });
  await chat.refresh();
  expect(chat.capabilities?.models.map((model) => model.id)).toEqual(['builtin', 'clever']);
  server.answers.set('GET capabilities', 'unreachable');
  await chat.refresh();
  expect(chat.capabilities?.models.length).toBe(2);
});
