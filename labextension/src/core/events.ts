/**
 * The events that we use: AG-UI 1.0 by its own names, and our CUSTOM values, read from untrusted text.
 *
 * An event that we do not know is `ignored` (the vocabulary may grow); text that is no event, or lacks a field that its
 * type needs, is `malformed`. Neither ever throws.
 */
import { contentImages, contentText, readSpent } from './content';
import { readCustom, type CustomEvent } from './custom';
import { asList, asObject, asText, isObject, type JsonObject } from './json';
import type { Spent, ToolStatus } from './state';

/** A question of the person, as RUN_STARTED carries it. */
export interface UserMessage {
  readonly id: string;
  readonly content: string;
  readonly images: readonly string[];
}

/** How a call ended. */
export interface ToolResult {
  readonly toolCallId: string;
  readonly content: string;
  readonly status: ToolStatus;
  readonly summary: string | null;
}

/** How a run ended, when it did not fail. */
export type RunOutcome = 'success' | 'cancelled' | 'interrupt';

/** One event of a run, or about the stream. */
export type AgentEvent =
  | {
      readonly type: 'RUN_STARTED';
      readonly threadId: string;
      readonly runId: string;
      readonly messages: readonly UserMessage[];
      /** Of calls of an earlier run, brought by the client that carried them out. */
      readonly results: readonly ToolResult[];
      readonly model: string | null;
      readonly title: string | null;
    }
  | { readonly type: 'RUN_FINISHED'; readonly outcome: RunOutcome; readonly spent: Spent | null }
  | { readonly type: 'RUN_ERROR'; readonly code: string; readonly message: string; readonly spent: Spent | null }
  | { readonly type: 'TEXT_MESSAGE_START' | 'REASONING_MESSAGE_START'; readonly messageId: string }
  | { readonly type: 'TEXT_MESSAGE_CONTENT' | 'REASONING_MESSAGE_CONTENT'; readonly messageId: string; readonly delta: string }
  | { readonly type: 'TEXT_MESSAGE_END' | 'REASONING_MESSAGE_END'; readonly messageId: string }
  | { readonly type: 'TOOL_CALL_START'; readonly toolCallId: string; readonly toolName: string }
  | { readonly type: 'TOOL_CALL_ARGS'; readonly toolCallId: string; readonly delta: string }
  | { readonly type: 'TOOL_CALL_END'; readonly toolCallId: string }
  | ({ readonly type: 'TOOL_CALL_RESULT' } & ToolResult)
  | {
      readonly type: 'MESSAGES_SNAPSHOT';
      readonly threadId: string | null;
      readonly messages: readonly unknown[];
      readonly messageRuns: Readonly<Record<string, string>>;
    }
  | CustomEvent;

/** What became of one frame's text. */
export type Parsed = AgentEvent | 'ignored' | 'malformed';

/** The event in one frame's `data`. */
export function parseEvent(data: string): Parsed {
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch {
    return 'malformed';
  }
  return readEvent(value);
}

/** The event in a JSON value. */
export function readEvent(value: unknown): Parsed {
  if (!isObject(value) || typeof value['type'] !== 'string') {
    return 'malformed';
  }
  return READERS.get(value['type'])?.(value) ?? (READERS.has(value['type']) ? 'malformed' : 'ignored');
}

/** `<seq>` or `<seq>:<runId>`; null for anything else, such as the empty id before the first frame. */
export function parseFrameId(id: string): { readonly seq: number; readonly runId: string | null } | null {
  const match = /^(\d{1,15})(?::(.+))?$/.exec(id);
  return match === null ? null : { seq: Number(match[1]), runId: match[2] ?? null };
}

/** Our note on an event or a message: `metadata.jupyter_agent`. */
export const noteOf = (value: JsonObject): JsonObject => asObject(asObject(value['metadata'])['jupyter_agent']);

/** How a call ended, by our note; an outcome that nobody knows must not look like success. */
function resultStatus(note: JsonObject): ToolStatus {
  switch (note['status']) {
    case 'denied':
    case 'failed':
    case 'stopped':
      return note['status'];
    case 'unknown':
      return 'failed';
    default:
      return 'done';
  }
}

/** The sentence for a person in our note; null where there is none. */
function resultSummary(note: JsonObject): string | null {
  const words = asText(note['summary'])?.trim() ?? '';
  return words === '' ? null : words;
}

type Reader = (value: JsonObject) => AgentEvent | 'ignored' | null;

const start =
  (type: 'TEXT_MESSAGE_START' | 'REASONING_MESSAGE_START' | 'TEXT_MESSAGE_END' | 'REASONING_MESSAGE_END'): Reader =>
  (value) => {
    const messageId = asText(value['messageId']);
    return messageId === null ? null : { type, messageId };
  };

const content =
  (type: 'TEXT_MESSAGE_CONTENT' | 'REASONING_MESSAGE_CONTENT'): Reader =>
  (value) => {
    const messageId = asText(value['messageId']);
    const delta = asText(value['delta']);
    return messageId === null || delta === null ? null : { type, messageId, delta };
  };

const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['RUN_STARTED', readRunStarted],
  [
    'RUN_FINISHED',
    (value) => {
      const outcome = value['outcome'] ?? {};
      // What nobody can read must not look like success.
      return isObject(outcome)
        ? { type: 'RUN_FINISHED', outcome: readOutcome(outcome['type']), spent: readSpent(value['usage'], noteOf(value)['cost']) }
        : null;
    },
  ],
  [
    'RUN_ERROR',
    (value) => ({
      type: 'RUN_ERROR',
      code: asText(value['code']) ?? 'internal',
      message: asText(value['message']) ?? 'The answer failed.',
      spent: readSpent(value['usage'], noteOf(value)['cost']),
    }),
  ],
  ['TEXT_MESSAGE_START', start('TEXT_MESSAGE_START')],
  ['TEXT_MESSAGE_CONTENT', content('TEXT_MESSAGE_CONTENT')],
  ['TEXT_MESSAGE_END', start('TEXT_MESSAGE_END')],
  ['REASONING_MESSAGE_START', start('REASONING_MESSAGE_START')],
  ['REASONING_MESSAGE_CONTENT', content('REASONING_MESSAGE_CONTENT')],
  ['REASONING_MESSAGE_END', start('REASONING_MESSAGE_END')],
  ['TOOL_CALL_START', (value) => onCall(value, (toolCallId) => toolStart(value, toolCallId))],
  [
    'TOOL_CALL_ARGS',
    (value) => {
      const delta = asText(value['delta']);
      return onCall(value, (toolCallId) => (delta === null ? null : { type: 'TOOL_CALL_ARGS', toolCallId, delta }));
    },
  ],
  ['TOOL_CALL_END', (value) => onCall(value, (toolCallId) => ({ type: 'TOOL_CALL_END', toolCallId }))],
  [
    'TOOL_CALL_RESULT',
    (value) =>
      onCall(value, (toolCallId) => ({ type: 'TOOL_CALL_RESULT', ...readResult(value, toolCallId) })),
  ],
  ['MESSAGES_SNAPSHOT', readSnapshot],
  ['CUSTOM', readCustom],
]);

function onCall(value: JsonObject, make: (toolCallId: string) => AgentEvent | null): AgentEvent | null {
  const toolCallId = asText(value['toolCallId']);
  return toolCallId === null ? null : make(toolCallId);
}

/** The result in an event, or in a tool message. */
export function readResult(value: JsonObject, toolCallId: string): ToolResult {
  const failed = typeof value['error'] === 'string' && value['error'] !== '';
  const note = noteOf(value);
  return {
    toolCallId,
    content: contentText(value['content']),
    status: failed ? 'failed' : resultStatus(note),
    summary: resultSummary(note),
  };
}

function toolStart(value: JsonObject, toolCallId: string): AgentEvent | null {
  const toolName = asText(value['toolCallName']);
  return toolName === null ? null : { type: 'TOOL_CALL_START', toolCallId, toolName };
}

const readOutcome = (type: unknown): RunOutcome => (type === 'cancelled' || type === 'interrupt' ? type : 'success');

function readRunStarted(value: JsonObject): AgentEvent | null {
  const threadId = asText(value['threadId']);
  const runId = asText(value['runId']);
  if (threadId === null || runId === null) {
    return null;
  }
  const note = noteOf(value);
  const given = asList(asObject(value['input'])['messages']).map(asObject);
  const messages = given.flatMap((fields) => {
    const id = asText(fields['id']);
    const { content } = fields;
    return fields['role'] === 'user' && id !== null
      ? [{ id, content: contentText(content), images: contentImages(content) }]
      : [];
  });
  const results = given.flatMap((fields) => {
    const toolCallId = fields['role'] === 'tool' ? asText(fields['toolCallId']) : null;
    return toolCallId === null ? [] : [readResult(fields, toolCallId)];
  });
  return {
    type: 'RUN_STARTED',
    threadId,
    runId,
    messages,
    results,
    model: asText(note['model']),
    title: asText(note['title']),
  };
}

function readSnapshot(value: JsonObject): AgentEvent | null {
  if (!Array.isArray(value['messages'])) {
    return null;
  }
  const note = noteOf(value);
  const runs = Object.entries(asObject(note['messageRuns'])).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return {
    type: 'MESSAGES_SNAPSHOT',
    threadId: asText(note['threadId']),
    messages: value['messages'],
    messageRuns: Object.fromEntries(runs),
  };
}
