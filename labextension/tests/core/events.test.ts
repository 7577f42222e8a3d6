import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseEvent, parseFrameId } from '../../src/core/events';

const say = (event: object): unknown => parseEvent(JSON.stringify(event));

test('text that is no event is malformed', () => {
  for (const text of ['', 'nonsense', 'null', '[]', '{}', '{"type":3}', '{"type":"TEXT_MESSAGE_CONTENT"}']) {
    expect(parseEvent(text)).toBe('malformed');
  }
});

test('an event that we do not know is ignored, whatever it carries', () => {
  expect(say({ type: 'STEP_STARTED', stepName: 'x' })).toBe('ignored');
  expect(say({ type: 'constructor' })).toBe('ignored');
  expect(say({ type: 'CUSTOM', name: 'somebody.else', value: { requestId: 'r' } })).toBe('ignored');
  expect(say({ type: 'CUSTOM', name: 'jupyter_agent.of_the_future' })).toBe('ignored');
});

test('no text makes the parser throw', () => {
  const names = fc.constantFrom('hello', 'gap', 'input_requested', 'input_resolved', 'action', 'progress', 'waiting');
  const types = fc.constantFrom('RUN_STARTED', 'RUN_FINISHED', 'MESSAGES_SNAPSHOT', 'TOOL_CALL_RESULT', 'CUSTOM');
  const event = fc.record({
    type: types,
    name: names.map((name) => `jupyter_agent.${name}`),
    value: fc.jsonValue(),
    input: fc.jsonValue(),
    metadata: fc.jsonValue(),
    messages: fc.jsonValue(),
  });
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json(), event.map((value) => JSON.stringify(value))), (text) => {
      parseEvent(text);
    }),
    { seed: 7, numRuns: 2_000 },
  );
});

test('an outcome that nobody knows does not look like success', () => {
  const result = (status: string): unknown =>
    say({
      type: 'TOOL_CALL_RESULT',
      messageId: 'm',
      toolCallId: 'c',
      content: 'x',
      metadata: { jupyter_agent: { status } },
    });
  expect(result('unknown')).toMatchObject({ status: 'failed' });
  expect(result('denied')).toMatchObject({ status: 'denied' });
  expect(result('done')).toMatchObject({ status: 'done' });
});

test('a frame id is a number, perhaps with a run', () => {
  expect(parseFrameId('12')).toEqual({ seq: 12, runId: null });
  expect(parseFrameId('12:run:with:colons')).toEqual({ seq: 12, runId: 'run:with:colons' });
  for (const id of ['', 'x', '12x', ':run', '-1', '1e3']) {
    expect(parseFrameId(id)).toBeNull();
  }
});
