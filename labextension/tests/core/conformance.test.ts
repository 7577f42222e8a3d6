/**
 * The published conformance streams of AG-UI (its repository, spec/1.1/conformance/streams), held against our reader and
 * reducer: for each case that applies, a stream of our own that shows the same rule, and what has to be seen afterwards;
 * for each that does not, the reason.
 *
 * What our reader is: the viewer of a log that the server guards. No stream that breaks AG-UI's grammar is ever stored
 * (jupyter_agent/core/events.py refuses it, tests/agui/verify.mjs shows it with AG-UI's own verifier), and a page may
 * begin to read in the middle of a run. So where AG-UI's client fails a run, ours leaves out what cannot be read.
 */
import { describe, expect, test } from 'vitest';
import { readEvent } from '../../src/core/events';
import { emptyChat, reduce } from '../../src/core/reduce';
import type { ChatState, Turn } from '../../src/core/state';

type Raw = Readonly<Record<string, unknown>>;

interface Case {
  /** The published one. */
  readonly name: string;
  readonly events: readonly Raw[];
  /** The conversation afterwards, one line a turn or part. */
  readonly shows: readonly string[];
  /** Types of events that cannot be read, and are left out. */
  readonly refused?: readonly string[];
}

const begin = (runId = 'r1', more: Raw = {}): Raw => ({ type: 'RUN_STARTED', threadId: 't', runId, ...more });
const end = (outcome?: unknown, runId = 'r1'): Raw => ({
  type: 'RUN_FINISHED',
  threadId: 't',
  runId,
  ...(outcome === undefined ? {} : { outcome }),
});
const opens = (id: string, more: Raw = {}): Raw => ({ type: 'TEXT_MESSAGE_START', messageId: id, role: 'assistant', ...more });
const says = (id: string, delta: unknown, more: Raw = {}): Raw => ({ type: 'TEXT_MESSAGE_CONTENT', messageId: id, delta, ...more });
const closes = (id: string, more: Raw = {}): Raw => ({ type: 'TEXT_MESSAGE_END', messageId: id, ...more });
const message = (id: string, ...words: readonly string[]): Raw[] => [opens(id), ...words.map((word) => says(id, word)), closes(id)];
const call = (id: string, name: string, ...pieces: readonly string[]): Raw[] => [
  { type: 'TOOL_CALL_START', toolCallId: id, toolCallName: name, parentMessageId: `${id}-m` },
  ...pieces.map((delta) => ({ type: 'TOOL_CALL_ARGS', toolCallId: id, delta })),
  { type: 'TOOL_CALL_END', toolCallId: id },
];
const result = (id: string, content: unknown): Raw => ({
  type: 'TOOL_CALL_RESULT',
  messageId: `${id}-r`,
  toolCallId: id,
  content,
});
const thought = (id: string, ...words: readonly string[]): Raw[] => [
  { type: 'REASONING_MESSAGE_START', messageId: id, role: 'reasoning' },
  ...words.map((delta) => ({ type: 'REASONING_MESSAGE_CONTENT', messageId: id, delta })),
  { type: 'REASONING_MESSAGE_END', messageId: id },
];

const APPLIES: readonly Case[] = [
  {
    name: 'triad-assembles-message',
    events: [begin(), ...message('m', 'Two ', 'halves.'), end()],
    shows: ['r1 finished', '  text: Two halves.'],
  },
  {
    name: 'conformant-run-is-quiet',
    events: [begin(), ...thought('h', 'Hm.'), ...message('m', 'Yes.'), ...call('c', 'look', '{}'), result('c', 'seen'), end({ type: 'success' })],
    shows: ['r1 finished', '  reasoning: Hm.', '  text: Yes.', '  look({}) done: seen'],
  },
  {
    name: 'tool-call-triad-assembles',
    events: [begin(), ...call('c', 'find', '{"q":', '"x"}'), result('c', 'found'), end()],
    shows: ['r1 finished', '  find({"q":"x"}) done: found'],
  },
  {
    name: 'tool-result-parts-mint-tool-message',
    events: [
      begin(),
      ...call('c', 'bill', '{}'),
      result('c', [{ type: 'text', text: 'Bill 7' }, { type: 'document', source: { type: 'url', value: 'https://example.com/7' } }]),
      ...message('m', 'Here.'),
      end(),
    ],
    shows: ['r1 finished', '  bill({}) done: Bill 7', '  text: Here.'],
  },
  {
    name: 'reasoning-span-and-message',
    events: [
      begin(),
      { type: 'REASONING_START', messageId: 's' },
      ...thought('h', 'on the one ', 'hand'),
      { type: 'REASONING_END', messageId: 's' },
      ...message('m', 'No.'),
      end(),
    ],
    shows: ['r1 finished', '  reasoning: on the one hand', '  text: No.'],
  },
  {
    name: 'reopen-closed-message-appends',
    events: [begin(), ...message('m', 'First'), ...message('m', ', then second.'), end()],
    shows: ['r1 finished', '  text: First, then second.'],
  },
  {
    name: 'two-sequential-runs-accumulate',
    events: [begin(), ...message('a', 'one'), end(), begin('r2'), ...message('b', 'two'), end(undefined, 'r2')],
    shows: ['r1 finished', '  text: one', 'r2 finished', '  text: two'],
  },
  {
    name: 'run-error-first-run-continues',
    events: [{ type: 'RUN_ERROR', message: 'Nobody there.', code: 'away' }],
    shows: ['r1 failed: Nobody there. (away)'],
  },
  {
    name: 'run-error-then-new-run-continues',
    events: [begin(), { type: 'RUN_ERROR', message: 'Broke.' }, begin('r2'), ...message('m', 'Better.'), end({ type: 'success' }, 'r2')],
    shows: ['r1 failed: Broke. (internal)', 'r2 finished', '  text: Better.'],
  },
  {
    name: 'late-run-error-after-finished-run-continues',
    events: [begin(), ...message('m', 'Kept.'), end(), { type: 'RUN_ERROR', message: 'Too late.' }],
    shows: ['r1 failed: Too late. (internal)', '  text: Kept.'],
  },
  {
    name: 'run-finished-cancelled-outcome-accepted',
    events: [begin(), ...message('m', 'So f'), end({ type: 'cancelled' })],
    shows: ['r1 cancelled', '  text: So f'],
  },
  {
    name: 'run-finished-interrupt-outcome-accepted',
    events: [begin(), ...call('c', 'edit', '{}'), end({ type: 'interrupt', interrupts: [{ id: 'i', reason: 'tool_call', toolCallId: 'c' }] })],
    shows: ['r1 interrupted', '  edit({}) stopped'],
  },
  {
    name: 'messages-snapshot-reconciles-by-id',
    events: [
      begin(),
      ...message('a', 'draft'),
      ...message('b', 'taken back'),
      end(),
      {
        type: 'MESSAGES_SNAPSHOT',
        messages: [{ id: 'a', role: 'assistant', content: 'draft, mended' }],
        metadata: { jupyter_agent: { threadId: 't', messageRuns: { a: 'r1' } } },
      },
    ],
    shows: ['r1 finished', '  text: draft, mended'],
  },
  {
    name: 'unknown-event-dropped',
    events: [begin(), opens('m'), says('m', 'a'), { type: 'FROM_THE_FUTURE', messageId: 'm', delta: '!' }, says('m', 'b'), closes('m'), end()],
    shows: ['r1 finished', '  text: ab'],
  },
  {
    name: 'unknown-property-stripped',
    events: [begin('r1', { warp: 9 }), opens('m', { warp: 9 }), says('m', 'plain', { warp: 9 }), closes('m'), end()],
    shows: ['r1 finished', '  text: plain'],
  },
  {
    name: 'unknown-outcome-stripped',
    events: [begin(), end({ type: 'evaporated' })],
    shows: ['r1 finished'],
  },
  {
    name: 'unknown-outcome-array-fatal',
    events: [begin(), end([{ type: 'interrupt', interrupts: [{ id: 'i', reason: 'tool_call' }] }])],
    shows: ['r1 running'],
    refused: ['RUN_FINISHED'],
  },
  {
    name: 'malformed-known-field-fatal',
    events: [begin(), opens('m'), says('m', 42), says('m', 'words'), closes('m'), end()],
    shows: ['r1 finished', '  text: words'],
    refused: ['TEXT_MESSAGE_CONTENT'],
  },
  {
    name: 'unknown-part-in-message-list',
    events: [
      begin('r1', {
        input: {
          messages: [{ id: 'q', role: 'user', content: [{ type: 'text', text: 'be' }, { type: 'scent', source: {} }, { type: 'text', text: 'low' }] }],
        },
      }),
      end(),
    ],
    shows: ['user: below', 'r1 finished'],
  },
  {
    name: 'raw-and-custom-pass-through',
    events: [
      begin(),
      opens('m'),
      says('m', 'be'),
      { type: 'RAW', event: { any: 'thing' }, source: 'somebody' },
      says('m', 'fore'),
      closes('m'),
      { type: 'CUSTOM', name: 'org.example.thing', value: 1 },
      end(),
    ],
    shows: ['r1 finished', '  text: before'],
  },
  {
    name: 'encrypted-value-unknown-entity-tolerated',
    events: [begin(), { type: 'REASONING_ENCRYPTED_VALUE', subtype: 'message', entityId: 'nobody', encryptedValue: 'xyz' }, ...message('m', 'Yes.'), end()],
    shows: ['r1 finished', '  text: Yes.'],
  },
  {
    name: 'subagent-unannounced-attribution-accepted',
    events: [begin(), opens('m', { subagentRunId: 's' }), says('m', 'by another', { subagentRunId: 's' }), closes('m'), end()],
    shows: ['r1 finished', '  text: by another'],
  },
  {
    name: 'current-peer-declares-protocol-version',
    events: [begin('r1', { protocolVersion: '1.0', input: { messages: [{ id: 'q', role: 'user', content: 'Hi' }], protocolVersion: '1.0' } }), end()],
    shows: ['user: Hi', 'r1 finished'],
  },
  {
    name: 'producer-declares-same-version-quiet',
    events: [begin('r1', { protocolVersion: '1.0' }), ...message('m', 'Yes.'), end()],
    shows: ['r1 finished', '  text: Yes.'],
  },
  {
    name: 'producer-declares-newer-version-warns',
    events: [begin('r1', { protocolVersion: '7.3' }), ...message('m', 'Yes.'), end()],
    shows: ['r1 finished', '  text: Yes.'],
  },
  {
    name: 'producer-declares-uninterpretable-version-warns',
    events: [begin('r1', { protocolVersion: 'tomorrow' }), ...message('m', 'Yes.'), end()],
    shows: ['r1 finished', '  text: Yes.'],
  },
];

const CHUNKS = 'Our server never sends chunks: it writes them out as start, content and end, and refuses them otherwise.';
const GUARDED = 'Such a stream is never stored: the grammar of a run, in the server, refuses it.';
const STATE = 'A conversation has no shared state; capabilities say so, and the server sends none.';
const ACTIVITIES = 'Our server sends no activities.';
const SUBAGENTS = 'Our server has one agent a run and announces no others.';
const METADATA = "The view reads only our own note in an event's metadata, and no part of it grows over events.";
const ERAS = 'How a client speaks to servers of an older protocol; ours is served by the server that it belongs to.';

const DOES_NOT_APPLY: Readonly<Record<string, string>> = {
  'activity-delta-missing-target-tolerated': ACTIVITIES,
  'activity-replace-false-preserves': ACTIVITIES,
  'activity-snapshot-then-delta': ACTIVITIES,
  'chunk-conflicting-role-fatal': CHUNKS,
  'chunk-conflicting-tool-name-fatal': CHUNKS,
  'chunk-expansion-assembles': CHUNKS,
  'chunk-repeat-identical-accepted': CHUNKS,
  'custom-closes-chunk-stream-fatal': CHUNKS,
  'first-chunk-missing-id-fatal': CHUNKS,
  'first-tool-chunk-missing-name-fatal': CHUNKS,
  'raw-does-not-close-chunk-stream': CHUNKS,
  'subagent-terminal-closes-open-chunk-stream': CHUNKS,
  'content-without-start-fatal': `${GUARDED} A page that begins to read in the middle of a message shows the rest of it.`,
  'event-after-run-finished-fatal': GUARDED,
  'first-event-not-run-started-fatal': `${GUARDED} A page may begin to read in the middle of a run.`,
  'nested-run-started-fatal': GUARDED,
  'open-message-at-run-finished-fatal': `${GUARDED} The reducer closes what is open when a run ends.`,
  'reasoning-discipline-verified': GUARDED,
  'reasoning-message-wrong-role-fatal': `${GUARDED} The reader goes by the type of the event.`,
  'step-finished-without-start-fatal': `${GUARDED} Steps are not shown.`,
  'unknown-enum-value-role-fatal': 'It pins a gap of the published client; by the specification the value is left out, as our reader does.',
  'metadata-merges-last-write-wins': METADATA,
  'open-metadata-preserved': METADATA,
  'tool-call-metadata-lands-on-the-call': METADATA,
  'open-object-patch-op-extras': STATE,
  'state-delta-applies': STATE,
  'state-delta-unappliable-warns-and-keeps': STATE,
  'state-delta-unknown-op-dropped': STATE,
  'state-falsy-snapshot-applies': STATE,
  'state-null-snapshot-applies': STATE,
  'state-snapshot-replaces': STATE,
  'run-finished-with-active-subagent-fatal': SUBAGENTS,
  'subagent-attribution-mismatch-fatal': SUBAGENTS,
  'subagent-finished-unstarted-fatal': SUBAGENTS,
  'subagent-started-missing-name-fatal': SUBAGENTS,
  'era-0-0-39-flattens-content': ERAS,
  'era-0-0-45-thinking-translated': ERAS,
  'era-0-0-47-upgrades-binary-content': ERAS,
  'era-0-0-57-subagent-dropped-with-warning': ERAS,
  'era-current-peer-keeps-modern-content': ERAS,
  'era-pinned-peer-omits-protocol-version': ERAS,
  'tool-result-file-source-passes-through': 'A card shows the text of a result; files in it are for the model, and nothing fetches them.',
};

/** How many streams the published manifest names. */
const PUBLISHED = 68;

describe('AG-UI conformance', () => {
  test.each(APPLIES)('$name', ({ events, shows, refused = [] }) => {
    const unreadable: unknown[] = [];
    let runId = 'r1';
    const state = events.reduce<ChatState>((before, event, at) => {
      runId = event['type'] === 'RUN_STARTED' ? String(event['runId']) : runId;
      const read = readEvent(JSON.parse(JSON.stringify(event)));
      if (read === 'malformed') unreadable.push(event['type']);
      return read === 'ignored' || read === 'malformed' ? before : reduce(before, at + 1, runId, read);
    }, emptyChat('t'));
    expect(state.turns.flatMap(lines)).toEqual(shows);
    expect(unreadable).toEqual(refused);
  });

  test('every published stream is held against it, or has a reason why not', () => {
    const names = [...APPLIES.map(({ name }) => name), ...Object.keys(DOES_NOT_APPLY)];
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBe(PUBLISHED);
  });
});

/** One turn as a person sees it. */
function lines(turn: Turn): string[] {
  if (turn.role === 'user') return [`user: ${turn.text}`];
  const error = turn.error === null ? '' : `: ${turn.error.message} (${turn.error.code})`;
  const parts = turn.parts.map((part) =>
    part.kind === 'tool'
      ? `  ${part.name}(${part.arguments}) ${part.status}${part.result === null ? '' : `: ${part.result}`}`
      : `  ${part.kind}: ${part.text}${part.open ? '…' : ''}`,
  );
  return [`${turn.runId} ${turn.status}${error}`, ...parts];
}
