import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readEvent, type AgentEvent } from '../../src/core/events';
import { emptyChat, reduce } from '../../src/core/reduce';
import type { AssistantTurn, ChatState } from '../../src/core/state';
import { conversation, requestValue, type Frame } from './script';

const play = (frames: readonly Frame[], from: ChatState = emptyChat('t')): ChatState =>
  frames.reduce((state, { seq, runId, event }) => reduce(state, seq, runId, event), from);

const event = (raw: object): AgentEvent => readEvent(raw) as AgentEvent;
const step = (state: ChatState, raw: object, runId = 'r'): ChatState => reduce(state, state.seq + 1, runId, event(raw));
const started = step(emptyChat('t'), {
  type: 'RUN_STARTED',
  threadId: 't',
  runId: 'r',
  input: { messages: [{ id: 'q', role: 'user', content: 'Why?' }] },
});
const answer = (state: ChatState): AssistantTurn => state.turns.at(-1) as AssistantTurn;

test('replays and doubles change nothing: any way of being cut and starting again gives the same state', () => {
  // What a client sees: from some place to some later place, then again from a place that it had reached, and so on.
  const rewinds = fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true })));
  fc.assert(
    fc.property(conversation, rewinds, (frames, cuts) => {
      let reached = 0;
      let state = emptyChat('t');
      for (const [back, forth] of cuts) {
        const start = Math.floor(back * reached);
        const stop = start + Math.ceil(forth * (frames.length - start));
        state = play(frames.slice(start, stop), state);
        reached = Math.max(reached, stop);
      }
      const start = Math.floor(reached / 2);
      expect(play(frames.slice(start), state)).toEqual(play(frames));
    }),
    { seed: 11, numRuns: 500 },
  );
});

test('after the end of every run nothing is open and no run is active', () => {
  fc.assert(
    fc.property(conversation, (frames) => {
      const state = play(frames);
      expect(state.activeRun).toBeNull();
      for (const turn of state.turns) {
        for (const part of turn.role === 'assistant' ? turn.parts : []) {
          if (part.kind === 'tool') {
            const waits = turn.role === 'assistant' && turn.status === 'interrupted' && part.status === 'waiting';
            expect(waits || ['done', 'denied', 'failed', 'stopped'].includes(part.status)).toBe(true);
          } else {
            expect(part.open).toBe(false);
          }
        }
      }
    }),
    { seed: 12, numRuns: 300 },
  );
});

test('what an event does not touch keeps its identity', () => {
  fc.assert(
    fc.property(conversation, (frames) => {
      let state = emptyChat('t');
      for (const frame of frames) {
        const next = reduce(state, frame.seq, frame.runId, frame.event);
        const moved = state.turns.filter((turn, index) => next.turns[index] !== turn);
        expect(moved.length).toBeLessThanOrEqual(1);
        const before = moved[0];
        const after = before && next.turns[state.turns.indexOf(before)];
        const isEnd = frame.event.type === 'RUN_FINISHED' || frame.event.type === 'RUN_ERROR';
        if (before?.role === 'assistant' && after?.role === 'assistant' && !isEnd) {
          expect(before.parts.filter((part, index) => after.parts[index] !== part).length).toBeLessThanOrEqual(1);
        }
        state = next;
      }
    }),
    { seed: 13, numRuns: 200 },
  );
});

test('a question that waits to be sent is confirmed by the log, not doubled', () => {
  const pending: ChatState = {
    ...emptyChat('t'),
    turns: [{ role: 'user', id: 'q', text: 'Why?', images: [], runId: 'r', delivery: 'pending' }],
  };
  const state = step(pending, {
    type: 'RUN_STARTED',
    threadId: 't',
    runId: 'r',
    input: { messages: [{ id: 'q', role: 'user', content: 'Why?' }] },
  });
  expect(state.turns.map((turn) => turn.role)).toEqual(['user', 'assistant']);
  expect(state.turns[0]).toMatchObject({ delivery: 'sent' });
});

test('a call goes from calling over waiting and running to its end', () => {
  const status = (state: ChatState): unknown => answer(state).parts.map((part) => part.kind === 'tool' && part.status);
  let state = step(started, { type: 'TOOL_CALL_START', toolCallId: 'c', toolCallName: 'run_cell' });
  expect(status(state)).toEqual(['calling']);
  state = step(state, { type: 'TOOL_CALL_END', toolCallId: 'c' });
  expect(status(state)).toEqual(['running']);
  state = step(state, {
    type: 'CUSTOM',
    name: 'jupyter_agent.input_requested',
    value: requestValue('r', 'ask', 'c'),
  });
  expect(status(state)).toEqual(['waiting']);
  const denied = step(state, {
    type: 'CUSTOM',
    name: 'jupyter_agent.input_resolved',
    value: { requestId: 'ask', outcome: 'denied' },
  });
  expect(status(denied)).toEqual(['denied']);
  state = step(state, {
    type: 'CUSTOM',
    name: 'jupyter_agent.input_resolved',
    value: { requestId: 'ask', outcome: 'approved' },
  });
  expect(status(state)).toEqual(['running']);
  state = step(state, {
    type: 'TOOL_CALL_RESULT',
    messageId: 'm',
    toolCallId: 'c',
    content: 'Refused.',
    metadata: { jupyter_agent: { status: 'failed' } },
  });
  expect(status(state)).toEqual(['failed']);
});

test('a call that is asked about again says so only if the first answer was yes', () => {
  const asked = (state: ChatState, requestId: string): ChatState =>
    step(state, { type: 'CUSTOM', name: 'jupyter_agent.input_requested', value: requestValue('r', requestId, 'c') });
  const resolved = (state: ChatState, requestId: string, outcome: string): ChatState =>
    step(state, { type: 'CUSTOM', name: 'jupyter_agent.input_resolved', value: { requestId, outcome } });
  const again = (state: ChatState): unknown => answer(state).parts.map((part) => part.kind === 'tool' && part.request?.again);
  const first = asked(started, 'one');
  expect(again(first)).toEqual([false]);
  const second = asked(resolved(first, 'one', 'approved'), 'two');
  expect(again(second)).toEqual([true]);
  expect(again(asked(second, 'two'))).toEqual([true]);
  expect(again(asked(resolved(first, 'one', 'withdrawn'), 'two'))).toEqual([false]);
});

test('an id that a provider uses twice makes two calls', () => {
  let state = started;
  for (const content of ['one', 'two']) {
    state = step(state, { type: 'TOOL_CALL_START', toolCallId: 'call_1', toolCallName: 'read' });
    state = step(state, { type: 'TOOL_CALL_END', toolCallId: 'call_1' });
    state = step(state, { type: 'TOOL_CALL_RESULT', messageId: 'm', toolCallId: 'call_1', content });
  }
  expect(answer(state).parts.map((part) => part.kind === 'tool' && part.result)).toEqual(['one', 'two']);
});

test('a resumed run ends the call of the run that a restart had interrupted', () => {
  let state = step(started, { type: 'TOOL_CALL_START', toolCallId: 'c', toolCallName: 'run_cell' });
  state = step(state, { type: 'TOOL_CALL_END', toolCallId: 'c' });
  state = step(state, {
    type: 'CUSTOM',
    name: 'jupyter_agent.input_requested',
    value: requestValue('r', 'ask', 'c'),
  });
  state = step(state, { type: 'RUN_FINISHED', outcome: { type: 'interrupt', interrupts: [] } });
  expect(answer(state)).toMatchObject({ status: 'interrupted', parts: [{ status: 'waiting' }] });
  state = step(state, { type: 'RUN_STARTED', threadId: 't', runId: 'r2', input: { messages: [] } }, 'r2');
  state = step(
    state,
    { type: 'CUSTOM', name: 'jupyter_agent.input_resolved', value: { requestId: 'ask', outcome: 'approved' } },
    'r2',
  );
  state = step(state, { type: 'TOOL_CALL_RESULT', messageId: 'm', toolCallId: 'c', content: 'ok' }, 'r2');
  expect(state.turns[1]).toMatchObject({ runId: 'r', parts: [{ status: 'done', result: 'ok' }] });
  expect(answer(state)).toMatchObject({ runId: 'r2', parts: [] });
});

test('a call of an application waits beyond its run, and the next run brings its result', () => {
  const requested = { ...requestValue('r', 'x', 'c'), kind: 'tool' };
  const ended = [
    { type: 'TOOL_CALL_START', toolCallId: 'c', toolCallName: 'set_theme' },
    { type: 'TOOL_CALL_END', toolCallId: 'c' },
    { type: 'CUSTOM', name: 'jupyter_agent.input_requested', value: requested },
    { type: 'RUN_FINISHED', threadId: 't', runId: 'r', outcome: { type: 'success', pendingToolCallIds: ['c'] } },
  ].reduce((state, raw) => step(state, raw), started);
  expect(answer(ended).status).toBe('finished');
  expect(answer(ended).parts).toMatchObject([{ status: 'waiting', request: { kind: 'tool' } }]);

  const brought = { id: 'm', role: 'tool', toolCallId: 'c', content: 'No dark.', error: 'Out of ink.' };
  const next = step(ended, { type: 'RUN_STARTED', threadId: 't', runId: 's', input: { messages: [brought] } }, 's');
  expect((next.turns.at(-2) as AssistantTurn).parts).toMatchObject([{ status: 'failed', result: 'No dark.' }]);
});

test('frames of a run that the snapshot holds whole are ignored', () => {
  const state: ChatState = { ...emptyChat('t'), settled: { r: 9 } };
  const next = reduce(state, 5, 'r', event({ type: 'TEXT_MESSAGE_START', messageId: 'm' }));
  expect(next).toEqual({ ...state, seq: 5 });
});

test('a snapshot after a gap replaces what was, keeps what only this page knows, and says so', () => {
  const state: ChatState = {
    ...started,
    turns: [...started.turns, { role: 'user', id: 'mine', text: 'Mine?', images: [], runId: 'x', delivery: 'pending' }],
  };
  const next = step(state, {
    type: 'MESSAGES_SNAPSHOT',
    messages: [
      { id: 'old', role: 'user', content: 'Old?' },
      { id: 'reply', role: 'assistant', content: 'Old.' },
    ],
    metadata: { jupyter_agent: { threadId: 't', messageRuns: { old: 'r0', reply: 'r0' } } },
  });
  expect(next.turns.map((turn) => [turn.role, turn.runId])).toEqual([
    ['user', 'r0'],
    ['assistant', 'r0'],
    ['user', 'r'],
    ['assistant', 'r'],
    ['user', 'x'],
  ]);
  expect(next.notice).not.toBeNull();
});

test('ten thousand tokens take a moment, not a minute', () => {
  let state = step(started, { type: 'TEXT_MESSAGE_START', messageId: 'm', role: 'assistant' });
  const begin = performance.now();
  for (let count = 0; count < 10_000; count += 1) {
    state = step(state, { type: 'TEXT_MESSAGE_CONTENT', messageId: 'm', delta: 'token ' });
  }
  expect(answer(state).parts).toMatchObject([{ text: 'token '.repeat(10_000) }]);
  // Generous, for a busy machine: a copy of the text per token would take tens of seconds.
  expect(performance.now() - begin).toBeLessThan(2_000);
});
