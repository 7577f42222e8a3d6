import { beforeEach, expect, test, vi } from 'vitest';
import type { AgentEvent } from '../../src/core/events';
import type { Follower } from '../../src/core/source';
import { makePage } from './fakePage';
import type { FakeServer } from './fakeServer';

class Recorder implements Follower {
  readonly seqs: number[] = [];
  readonly gaps: number[] = [];
  constructor(readonly threadId: string) {}
  receive(seq: number, _runId: string | null, _event: AgentEvent): void {
    this.seqs.push(seq);
  }
  gap(_from: number, to: number): void {
    this.gaps.push(to);
  }
}

const RUN = { type: 'RUN_STARTED', threadId: 't', runId: 'r', input: { messages: [] } };
const word = (delta: string) => ({ type: 'TEXT_MESSAGE_CONTENT', messageId: 'm', delta });
const action = (actionId: string, pageId = 'page-1') => ({
  type: 'CUSTOM',
  name: 'jupyter_agent.action',
  value: { actionId, pageId, documentId: 'd', operation: 'read', arguments: {}, expectedHash: null },
});

let made: ReturnType<typeof makePage>;
let server: FakeServer;

beforeEach(() => {
  made = makePage();
  ({ server } = made);
});

const settle = (): Promise<void> => made.clock.advance(0);
const results = (actionId: string) => server.asked('POST', `actions/${actionId}/result`);

test('the page registers before it opens the stream, and again after hello', async () => {
  made.page.setDocuments([{ documentId: 'd', path: 'a.ipynb', kernelId: null }]);
  made.page.attach(new Recorder('t'), null);
  expect(server.requests).toEqual([]);
  await settle();
  const registration = {
    clientId: 'client of page-1',
    threads: ['t'],
    documents: [{ documentId: 'd', path: 'a.ipynb', kernelId: null }],
  };
  expect(server.asked('PUT', 'pages/page-1')).toEqual([registration, registration]);
  expect(server.opened).toEqual(['http://test/v1/events?client=client+of+page-1']);
  expect(made.page.connection).toEqual({ status: 'live', detail: null });
});

test('many changes at once become one registration with the last state', async () => {
  made.page.attach(new Recorder('t'), null);
  await settle();
  server.requests.length = 0;
  for (const path of ['a.ipynb', 'b.ipynb', 'c.ipynb']) {
    made.page.setDocuments([{ documentId: 'd', path, kernelId: 'k' }]);
  }
  await settle();
  expect(server.asked('PUT', 'pages/page-1').map((body) => body['documents'])).toEqual([
    [{ documentId: 'd', path: 'c.ipynb', kernelId: 'k' }],
  ]);
});

test('a follower gets the events after its cursor, and only those of its thread', async () => {
  server.append('t', 'r', RUN);
  server.append('t', 'r', word('a'));
  server.append('other', 'q', { ...RUN, threadId: 'other', runId: 'q' });
  const follower = new Recorder('t');
  made.page.attach(follower, 1, [{ runId: 'r', status: 'running' }]);
  await settle();
  server.append('t', 'r', word('b'));
  expect(follower.seqs).toEqual([2, 4]);
});

test('after a cut the stream opens again after the last frame, and nothing is left out', async () => {
  const follower = new Recorder('t');
  made.page.attach(follower, null);
  await settle();
  server.append('t', 'r', RUN);
  server.append('t', 'r', word('a'));
  server.cut();
  expect(made.page.connection.status).toBe('offline');
  server.append('t', 'r', word('b'));
  await made.clock.advance(1_000);
  server.append('t', 'r', word('c'));
  expect(follower.seqs).toEqual([1, 2, 3, 4]);
  expect(server.opened[1]).toContain('after=2');
});

test('a cut before the first frame loses nothing either: the first hello is the place to go back to', async () => {
  server.append('x', 'old', { ...RUN, threadId: 'x', runId: 'old' });
  const follower = new Recorder('t');
  made.page.attach(follower, null);
  await settle();
  server.cut();
  server.append('t', 'r', RUN);
  await made.clock.advance(1_000);
  expect(follower.seqs).toEqual([2]);
});

test('a thread that is opened later is told from its cursor; others get doubles at most', async () => {
  const first = new Recorder('t');
  made.page.attach(first, null);
  await settle();
  server.append('u', 'q', { ...RUN, threadId: 'u', runId: 'q' });
  server.append('t', 'r', RUN);
  server.append('u', 'q', word('a'));
  const second = new Recorder('u');
  made.page.attach(second, 0, [{ runId: 'q', status: 'running' }]);
  await settle();
  expect(second.seqs).toEqual([1, 3]);
  expect(first.seqs).toEqual([2, 2]);
});

test('silence of 40 s opens the stream anew; a beat is no silence', async () => {
  made.page.attach(new Recorder('t'), null);
  await settle();
  await made.clock.advance(30_000);
  server.beat();
  await made.clock.advance(30_000);
  expect(server.opened.length).toBe(1);
  await made.clock.advance(11_000);
  expect(server.opened.length).toBe(2);
  expect(server.connections).toBe(1);
});

test('a page that missed nothing asks only for what is new after a beat', async () => {
  server.append('x', 'old', word('somebody else'));
  made.page.attach(new Recorder('t'), 0);
  await settle();
  server.beat();
  server.cut();
  await made.clock.advance(1_000);
  expect(server.opened[1]).toContain('after=1');
});

test('who is signed out is told so in words, and comes back when looking again succeeds', async () => {
  server.answers.set('PUT pages/page-1', { status: 403, body: { message: 'Forbidden' } });
  made.page.attach(new Recorder('t'), null);
  await settle();
  expect(made.page.connection).toEqual({
    status: 'refused',
    detail: 'You have been signed out, or are not allowed to use the assistant here. Reload the page and sign in again.',
  });
  server.answers.clear();
  made.lifecycle.fire('wake');
  await settle();
  expect(made.page.connection.status).toBe('live');
});

test('a server that is misconfigured says so in its own words', async () => {
  const detail = 'JUPYTER_AGENT_MODE is "fast"; it is one of manual, plan.';
  server.answers.set('PUT pages/page-1', { status: 503, body: { type: 'misconfigured', detail, status: 503 } });
  made.page.attach(new Recorder('t'), null);
  await settle();
  expect(made.page.connection).toEqual({ status: 'refused', detail });
});

test('a server that is away is tried again ever more slowly, and at once when the person looks', async () => {
  server.unreachable = true;
  made.page.attach(new Recorder('t'), null);
  await settle();
  expect(made.page.connection.status).toBe('offline');
  await made.clock.advance(120_000);
  server.unreachable = false;
  expect(server.opened.length).toBe(0);
  made.lifecycle.fire('wake');
  await settle();
  expect(made.page.connection.status).toBe('live');
});

test('a page that is hidden says good-bye and lets the line go; back from the cache it continues', async () => {
  const follower = new Recorder('t');
  made.page.attach(follower, null);
  await settle();
  server.append('t', 'r', RUN);
  made.lifecycle.fire('hide');
  await settle();
  expect(server.connections).toBe(0);
  expect(server.asked('DELETE', 'pages/page-1').length).toBe(1);
  server.append('t', 'r', word('a'));
  made.lifecycle.fire('show');
  await settle();
  expect(follower.seqs).toEqual([1, 2]);
});

test('an action that arrives live is carried out once and its result told', async () => {
  made.page.attach(new Recorder('t'), null);
  await settle();
  server.append('t', 'r', action('a1'));
  await settle();
  expect(made.host.performed).toEqual(['a1']);
  expect(results('a1')).toEqual([{ outcome: 'done' }]);
  server.cut();
  await made.clock.advance(1_000);
  expect(made.host.performed).toEqual(['a1']);
});

test('an action for another page is nothing to this one', async () => {
  made.page.attach(new Recorder('t'), null);
  await settle();
  server.append('t', 'r', action('a1', 'page-2'));
  await settle();
  expect(made.host.performed).toEqual([]);
  expect(results('a1')).toEqual([]);
});

test('an action that arrives as history is not carried out but called missed', async () => {
  made.page.attach(new Recorder('t'), null);
  await settle();
  server.cut();
  server.append('t', 'r', action('a1'));
  await made.clock.advance(1_000);
  expect(made.host.performed).toEqual([]);
  expect(results('a1')).toEqual([{ outcome: 'missed' }]);
});

test('an action of which the line is cut while it runs is told when it is done, and never missed', async () => {
  let finish = (): void => undefined;
  made.host.answer = () =>
    new Promise((resolve) => {
      finish = () => resolve({ outcome: 'done', status: 'ok' });
    });
  made.page.attach(new Recorder('t'), null);
  await settle();
  server.append('t', 'r', action('a1'));
  // Its frame comes again, as history, because the new line starts before it.
  made.page.attach(new Recorder('t'), 0);
  await settle();
  expect(results('a1')).toEqual([]);
  finish();
  await settle();
  expect(made.host.performed).toEqual(['a1']);
  expect(results('a1')).toEqual([{ outcome: 'done', status: 'ok' }]);
});

test('a result is told until the server has it', async () => {
  made.page.attach(new Recorder('t'), null);
  await settle();
  server.answers.set('POST actions/a1/result', { status: 503, body: { type: 'draining', detail: 'Later.' } });
  server.append('t', 'r', action('a1'));
  await made.clock.advance(2_000);
  expect(results('a1').length).toBe(3);
  server.answers.set('POST actions/a1/result', { status: 409, body: { type: 'answered', detail: 'Known.' } });
  await made.clock.advance(60_000);
  expect(results('a1').length).toBe(4);
});

test('a report that the server cannot read becomes one that it can', async () => {
  made.page.attach(new Recorder('t'), null);
  await settle();
  server.answers.set('POST actions/a1/result', { status: 413, body: { type: 'too-large', detail: 'Too large.' } });
  server.append('t', 'r', action('a1'));
  await made.clock.advance(60_000);
  expect(results('a1')).toEqual([
    { outcome: 'done' },
    { outcome: 'failed', reason: 'its report was not accepted: Too large.' },
  ]);
});

test('a host that throws has failed, and shows no internals', async () => {
  const logged = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  made.host.answer = () => Promise.reject(new Error('secret path'));
  made.page.attach(new Recorder('t'), null);
  await settle();
  server.append('t', 'r', action('a1'));
  await settle();
  expect(results('a1')).toEqual([{ outcome: 'failed', reason: 'internal' }]);
  expect(logged).toHaveBeenCalledOnce();
  logged.mockRestore();
});

test('a gap is passed on, and the snapshot stands for everything up to its end', async () => {
  const follower = new Recorder('t');
  made.page.attach(follower, 3);
  await settle();
  server.say({ type: 'CUSTOM', name: 'jupyter_agent.gap', value: { from: 4, to: 9 } });
  server.say({ type: 'MESSAGES_SNAPSHOT', messages: [], metadata: { jupyter_agent: { threadId: 't' } } });
  expect(follower.gaps).toEqual([9]);
  expect(follower.seqs).toEqual([9]);
});
