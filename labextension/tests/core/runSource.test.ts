import { beforeEach, expect, test } from 'vitest';
import type { AgentEvent } from '../../src/core/events';
import { ManualClock } from '../../src/core/clock';
import { RunSource } from '../../src/core/runSource';
import type { Follower } from '../../src/core/source';
import { ManualLifecycle } from './fakePage';
import { FakeServer } from './fakeServer';

class Recorder implements Follower {
  readonly seqs: number[] = [];
  readonly gaps: [number, number][] = [];
  readonly threadId = 't';
  receive(seq: number, runId: string | null, _event: AgentEvent): void {
    expect(runId).not.toBeNull();
    this.seqs.push(seq);
  }
  gap(from: number, to: number): void {
    this.gaps.push([from, to]);
  }
}

const start = (runId: string) => ({ type: 'RUN_STARTED', threadId: 't', runId, input: { messages: [] } });
const word = (delta: string) => ({ type: 'TEXT_MESSAGE_CONTENT', messageId: 'm', delta });
const END = { type: 'RUN_FINISHED', outcome: { type: 'success' } };
const going = (runId: string) => ({ runId, status: 'running' }) as const;

let server: FakeServer;
let clock: ManualClock;
let lifecycle: ManualLifecycle;
let source: RunSource;
let follower: Recorder;

beforeEach(() => {
  server = new FakeServer();
  clock = new ManualClock();
  lifecycle = new ManualLifecycle();
  follower = new Recorder();
  const { transport } = server;
  source = new RunSource({ transport, clock, random: () => 0.5, lifecycle, ready: () => Promise.resolve() });
});

const settle = (): Promise<void> => clock.advance(0);

test('at rest it holds no connection, asks nothing and waits for nothing', async () => {
  source.attach(follower, null);
  source.attach(follower, 7, [{ runId: 'r', status: 'finished' }]);
  await source.ready();
  lifecycle.fire('wake');
  await clock.advance(3_600_000);
  expect(server.opened).toEqual([]);
  expect(server.requests).toEqual([]);
  expect(clock.pending).toBe(0);
  expect(source.connection).toEqual({ status: 'live', detail: null });
});

test('a run is followed from its begin to its last event, and then nothing is open', async () => {
  source.attach(follower, null);
  server.append('t', 'r', start('r'));
  source.begun('t', 'r');
  source.begun('t', 'r');
  await settle();
  server.append('t', 'r', word('a'));
  server.append('other', 'q', word('b'));
  expect(server.connections).toBe(1);
  server.append('t', 'r', END);
  expect(follower.seqs).toEqual([1, 2, 4]);
  expect(server.connections).toBe(0);
  await clock.advance(3_600_000);
  expect(server.opened).toEqual(['http://test/v1/runs/r/events']);
  expect(server.requests).toEqual([]);
  expect(clock.pending).toBe(0);
});

test('a run that goes on when the thread is read is followed from there', async () => {
  server.append('t', 'r', start('r'));
  server.append('t', 'r', word('a'));
  source.attach(follower, 0, [{ runId: 'old', status: 'finished' }, going('r')]);
  await settle();
  expect(follower.seqs).toEqual([1, 2]);
});

test('after a cut the stream opens again after the last frame, and nothing is left out', async () => {
  server.append('t', 'r', start('r'));
  source.attach(follower, 0, [going('r')]);
  await settle();
  expect(source.connection.status).toBe('live');
  server.cut();
  expect(source.connection.status).toBe('offline');
  server.append('t', 'r', word('a'));
  await clock.advance(500);
  server.append('t', 'r', END);
  expect(follower.seqs).toEqual([1, 2, 3]);
  expect(server.opened).toEqual(['http://test/v1/runs/r/events?after=0', 'http://test/v1/runs/r/events?after=1']);
  expect(server.asked('GET', 'runs/r')).toHaveLength(1);
  expect(source.connection.status).toBe('live');
});

test('while the server is away it is asked again and again, ever more slowly', async () => {
  server.append('t', 'r', start('r'));
  source.attach(follower, 0, [going('r')]);
  await settle();
  server.unreachable = true;
  server.cut();
  await clock.advance(120_000);
  expect(server.opened).toHaveLength(1);
  server.unreachable = false;
  await clock.advance(30_000);
  server.append('t', 'r', word('a'));
  expect(follower.seqs).toEqual([1, 2]);
});

test('a run that was read to its end before the cut was noticed is not opened again', async () => {
  server.append('t', 'r', start('r'));
  const last = server.append('t', 'r', END);
  source.attach(follower, last);
  source.begun('t', 'r');
  await clock.advance(600_000);
  expect(server.opened).toEqual([`http://test/v1/runs/r/events?after=${last}`]);
  expect(server.asked('GET', 'runs/r')).toHaveLength(1);
  expect(clock.pending).toBe(0);
  expect(source.connection.status).toBe('live');
});

test('a run that is deleted meanwhile ends the following, and the thread is read anew', async () => {
  server.append('t', 'r', start('r'));
  source.attach(follower, 0, [going('r')]);
  await settle();
  server.answers.set('GET runs/r', { status: 404, body: { type: 'unknown-run', detail: 'No such run.' } });
  server.cut();
  await clock.advance(600_000);
  expect(server.opened).toHaveLength(1);
  expect(follower.gaps).toEqual([[0, -1]]);
  expect(clock.pending).toBe(0);
});

test('what the server lost is told, and the snapshot stands at the end of the gap', async () => {
  server.append('t', 'r', start('r'));
  source.attach(follower, 0, [going('r')]);
  await settle();
  server.say({ type: 'CUSTOM', name: 'jupyter_agent.gap', value: { from: 1, to: 9 } });
  server.say({ type: 'MESSAGES_SNAPSHOT', messages: [], metadata: { jupyter_agent: { threadId: 't' } } });
  expect(follower.gaps).toEqual([[1, 9]]);
  expect(follower.seqs).toEqual([1, 9]);
});

test('another run takes the place of the one before, and begins after what was read', async () => {
  server.append('t', 'r', start('r'));
  source.attach(follower, 0, [going('r')]);
  await settle();
  server.append('t', 'r', END);
  server.append('t', 's', start('s'));
  source.begun('t', 's');
  source.begun('another thread', 'x');
  await settle();
  expect(follower.seqs).toEqual([1, 2, 3]);
  expect(server.opened.at(-1)).toBe('http://test/v1/runs/s/events?after=2');
  expect(server.connections).toBe(1);
});

test('a run that begins while the thread is being read is not missed', async () => {
  server.append('t', 'r', start('r'));
  source.begun('t', 'r');
  source.attach(follower, 0, [{ runId: 'old', status: 'finished' }]);
  await settle();
  expect(follower.seqs).toEqual([1]);
  server.append('t', 'r', END);
  source.attach(follower, 2, [{ runId: 'r', status: 'finished' }]);
  await clock.advance(600_000);
  expect(server.opened).toEqual(['http://test/v1/runs/r/events?after=0']);
});

test('whoever leaves takes the stream along', async () => {
  server.append('t', 'r', start('r'));
  source.attach(follower, 0, [going('r')]);
  await settle();
  source.detach(follower);
  source.begun('t', 'r');
  await clock.advance(600_000);
  expect(server.connections).toBe(0);
  expect(server.opened).toHaveLength(1);
  expect(clock.pending).toBe(0);
});
