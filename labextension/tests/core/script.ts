/** Random conversations that keep the stream's grammar, for property tests. */
import fc from 'fast-check';
import { readEvent, type AgentEvent } from '../../src/core/events';

export interface Frame {
  readonly seq: number;
  readonly runId: string;
  readonly event: AgentEvent;
}

type Raw = Record<string, unknown>;

const custom = (name: string, value: Raw): Raw => ({ type: 'CUSTOM', name: `jupyter_agent.${name}`, value });

/** A request as the server makes it. */
export const requestValue = (runId: string, requestId: string, toolCallId: string): Raw => ({
  requestId,
  runId,
  threadId: 't',
  kind: 'approval',
  toolCallId,
  exact: {
    tool: 'insert_cell',
    title: 'Insert a cell',
    arguments: {},
    code: 'x = 1',
    language: 'python',
    before: null,
    target: null,
  },
  hash: 'sha256:00',
  risk: 'edit',
  expiresAt: 9,
});

const text = (id: string, words: readonly string[]): Raw[] => [
  { type: 'TEXT_MESSAGE_START', messageId: id, role: 'assistant' },
  ...words.map((delta) => ({ type: 'TEXT_MESSAGE_CONTENT', messageId: id, delta })),
  { type: 'TEXT_MESSAGE_END', messageId: id },
];

const thought = (id: string): Raw[] => [
  { type: 'REASONING_MESSAGE_START', messageId: id, role: 'reasoning' },
  { type: 'REASONING_MESSAGE_CONTENT', messageId: id, delta: 'hm' },
  { type: 'REASONING_MESSAGE_END', messageId: id },
];

const call = (runId: string, id: string, asks: boolean, outcome: string): Raw[] => [
  { type: 'TOOL_CALL_START', toolCallId: id, toolCallName: 'insert_cell' },
  { type: 'TOOL_CALL_ARGS', toolCallId: id, delta: '{"a"' },
  { type: 'TOOL_CALL_ARGS', toolCallId: id, delta: ':1}' },
  { type: 'TOOL_CALL_END', toolCallId: id },
  ...(asks
    ? [
        custom('input_requested', requestValue(runId, `ask ${id}`, id)),
        custom('input_resolved', { requestId: `ask ${id}`, outcome: outcome === 'denied' ? 'denied' : 'approved' }),
      ]
    : []),
  custom('progress', { toolCallId: id, text: 'working\n' }),
  {
    type: 'TOOL_CALL_RESULT',
    messageId: `result ${id}`,
    toolCallId: id,
    content: outcome,
    metadata: { jupyter_agent: { status: outcome } },
  },
];

const words = fc.array(fc.string({ maxLength: 5 }), { maxLength: 4 });
const outcome = fc.constantFrom('done', 'denied', 'failed');
const step = fc.oneof(
  words.map((deltas) => (_run: string, id: string) => text(id, deltas)),
  fc.constant((_run: string, id: string) => thought(id)),
  fc.tuple(fc.boolean(), outcome).map(
    ([asks, end]) =>
      (run: string, id: string) =>
        call(run, id, asks, end),
  ),
);
const end = fc.constantFrom<Raw>(
  { type: 'RUN_FINISHED', outcome: { type: 'success' } },
  { type: 'RUN_FINISHED', outcome: { type: 'cancelled' } },
  { type: 'RUN_FINISHED', outcome: { type: 'interrupt', interrupts: [] } },
  { type: 'RUN_ERROR', message: 'No.', code: 'model' },
);

/** Some runs, one after the other; each may be cut short anywhere, as a crash does it; seqs have gaps. */
export const conversation: fc.Arbitrary<Frame[]> = fc
  .array(fc.tuple(fc.array(step, { maxLength: 4 }), end, fc.nat(30), fc.integer({ min: 1, max: 3 })), {
    minLength: 1,
    maxLength: 3,
  })
  .map((runs) => {
    let seq = 0;
    return runs.flatMap(([steps, last, cut, gap], index) => {
      const runId = `run-${index}`;
      const user = { id: `question-${index}`, role: 'user', content: `Question ${index}?` };
      const body = steps.flatMap((make, at) => make(runId, `${runId}-${at}`)).slice(0, cut);
      const raws = [{ type: 'RUN_STARTED', threadId: 't', runId, input: { messages: [user] } }, ...body, last];
      return raws.map((raw) => {
        seq += gap;
        return { seq, runId, event: readEvent(raw) as AgentEvent };
      });
    });
  });
