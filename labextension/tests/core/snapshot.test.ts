import { expect, test } from 'vitest';
import { fromSnapshot } from '../../src/core/snapshot';
import { readThreadDocument } from '../../src/core/transport';
import { requestValue } from './script';

const call = { id: 'c', type: 'function', function: { name: 'insert_cell', arguments: '{"x":1}' } };
const run = (runId: string, outcome: string | null, extra: object = {}) => ({
  runId,
  status: outcome === null ? 'running' : 'finished',
  outcome,
  error: null,
  firstSeq: 1,
  lastSeq: outcome === null ? null : 20,
  model: 'builtin',
  ...extra,
});

const picture = (value: string): object => ({ type: 'image', source: { type: 'url', value } });

test('a stored thread is told as turns, each with how its run ended', () => {
  const state = fromSnapshot(
    readThreadDocument({
      threadId: 't',
      title: 'Penguins',
      messages: [
        { id: 'q1', role: 'user', content: 'Insert a cell' },
        { id: 'a1', role: 'assistant', content: 'Yes.', toolCalls: [call] },
        { id: 'o1', role: 'tool', toolCallId: 'c', content: 'Done.', metadata: { jupyter_agent: { summary: 'It is in.' } } },
        { id: 'a2', role: 'assistant', content: 'It is there.' },
        { id: 'q2', role: 'user', content: [{ type: 'text', text: 'Again' }, picture('blobs/blob-1'), picture('https://example.org/x.png')] },
      ],
      messageRuns: { q1: 'r1', a1: 'r1', o1: 'r1', a2: 'r1', q2: 'r2' },
      runs: [
        run('r1', 'success', {
          usage: [{ inputTokens: 1000, outputTokens: 20 }, { inputTokens: 200, outputTokens: 3, totalTokens: 203 }],
          cost: { amount: 0.01, currency: 'USD' },
        }),
        run('r2', 'error', { error: { code: 'model', message: 'No answer.' } }),
        run('r3', null),
      ],
      requests: [],
      cursor: 20,
    }),
  );
  expect(state.turns).toEqual([
    { role: 'user', id: 'q1', text: 'Insert a cell', images: [], runId: 'r1', delivery: 'sent' },
    {
      role: 'assistant',
      runId: 'r1',
      status: 'finished',
      error: null,
      model: 'builtin',
      waiting: null,
      spent: { inputTokens: 1200, outputTokens: 23, cost: { amount: 0.01, currency: 'USD' } },
      parts: [
        { kind: 'text', id: 'a1', text: 'Yes.', open: false },
        {
          kind: 'tool',
          id: 'c',
          name: 'insert_cell',
          arguments: '{"x":1}',
          status: 'done',
          request: null,
          progress: [],
          result: 'Done.',
          summary: 'It is in.',
        },
        { kind: 'text', id: 'a2', text: 'It is there.', open: false },
      ],
    },
    { role: 'user', id: 'q2', text: 'Again', images: ['blob-1'], runId: 'r2', delivery: 'sent' },
    {
      role: 'assistant',
      runId: 'r2',
      status: 'failed',
      error: { code: 'model', message: 'No answer.' },
      model: 'builtin',
      waiting: null,
      spent: null,
      parts: [],
    },
  ]);
  expect(state).toMatchObject({ title: 'Penguins', activeRun: 'r3', seq: 20, settled: { r1: 20, r2: 20 } });
});

test('a request that outlived its run is still open', () => {
  const state = fromSnapshot(
    readThreadDocument({
      threadId: 't',
      messages: [
        { id: 'q1', role: 'user', content: 'Insert a cell' },
        { id: 'a1', role: 'assistant', toolCalls: [call] },
      ],
      messageRuns: { q1: 'r1', a1: 'r1' },
      runs: [run('r1', 'interrupt')],
      requests: [requestValue('r1', 'ask', 'c')],
      cursor: 20,
    }),
  );
  expect(state.turns[1]).toMatchObject({
    status: 'interrupted',
    parts: [{ kind: 'tool', status: 'waiting', request: { requestId: 'ask', outcome: null } }],
  });
});
