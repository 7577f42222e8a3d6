/**
 * The only maker of a new `ChatState`: one event in, one state out. Pure, and idempotent per seq: a frame at or below
 * the highest seq that was applied changes nothing, so replays and doubles are harmless.
 */
import type { CustomEvent } from './custom';
import type { AgentEvent, RunOutcome, ToolResult } from './events';
import { turnsOf } from './snapshot';
import type { AssistantTurn, ChatState, InputRequest, ToolPart, ToolStatus } from './state';
import { closed, emptyAnswer, emptyCall, withAnswer, withCall, withPart, withQuestion } from './turns';

/** A conversation in which nothing has happened yet. */
export const emptyChat = (threadId: string): ChatState => ({
  threadId,
  title: null,
  turns: [],
  activeRun: null,
  seq: 0,
  settled: {},
  notice: null,
});

/** What a person reads when the server lost a part of the history. */
export const GAP_NOTICE = 'A part of what happened here is no longer kept; what you see continues after it.';

/** So many lines of a long-running call are kept; older ones have scrolled out of sight. */
const PROGRESS_LINES = 200;

/** `state` after one event of `runId` at place `seq` in the log. */
export function reduce(state: ChatState, seq: number, runId: string | null, event: AgentEvent): ChatState {
  if (seq <= state.seq) {
    return state;
  }
  const settledAt = runId === null ? undefined : state.settled[runId];
  const known = settledAt !== undefined && seq <= settledAt;
  return { ...(known ? state : apply(patient(state, runId), runId ?? '', event)), seq };
}

/** The state in which the run of `runId` waits no longer: something of it has happened. */
function patient(state: ChatState, runId: string | null): ChatState {
  const last = state.turns.at(-1);
  return runId !== null && last?.role === 'assistant' && last.runId === runId && last.waiting !== null
    ? withAnswer(state, runId, (turn) => ({ ...turn, waiting: null }))
    : state;
}

function apply(state: ChatState, runId: string, event: AgentEvent): ChatState {
  switch (event.type) {
    case 'RUN_STARTED':
      return started(state, event);
    case 'RUN_FINISHED':
      return ended(state, runId, TURN_STATUS[event.outcome], null, event.spent);
    case 'RUN_ERROR':
      return ended(state, runId, 'failed', { code: event.code, message: event.message }, event.spent);
    case 'TEXT_MESSAGE_START':
    case 'REASONING_MESSAGE_START':
      return words(state, runId, event, '', true);
    case 'TEXT_MESSAGE_CONTENT':
    case 'REASONING_MESSAGE_CONTENT':
      return words(state, runId, event, event.delta, true);
    case 'TEXT_MESSAGE_END':
    case 'REASONING_MESSAGE_END':
      return words(state, runId, event, '', false);
    case 'TOOL_CALL_START':
      return begun(state, runId, event.toolCallId, event.toolName);
    case 'TOOL_CALL_ARGS':
      return call(state, runId, event.toolCallId, (part) => ({ ...part, arguments: part.arguments + event.delta }));
    case 'TOOL_CALL_END':
      return call(state, runId, event.toolCallId, (part) =>
        part.status === 'calling' ? { ...part, status: 'running' } : part,
      );
    case 'TOOL_CALL_RESULT':
      return answered(state, runId, event);
    case 'MESSAGES_SNAPSHOT':
      return snapshot(state, event.messages, event.messageRuns);
    case 'CUSTOM':
      return custom(state, runId, event);
    default:
      return event satisfies never;
  }
}

const TURN_STATUS: Readonly<Record<RunOutcome, AssistantTurn['status']>> = {
  success: 'finished',
  cancelled: 'cancelled',
  interrupt: 'interrupted',
};

const byId = (id: string) => (part: ToolPart): boolean => part.id === id;

function started(state: ChatState, event: AgentEvent & { readonly type: 'RUN_STARTED' }): ChatState {
  const asked = event.messages.reduce<ChatState>(
    (before, message) =>
      withQuestion(before, {
        role: 'user',
        id: message.id,
        text: message.content,
        images: message.images,
        runId: event.runId,
        delivery: 'sent',
      }),
    // The run tells what a thread that begins with it is called; one that has a name keeps it.
    { ...state, activeRun: event.runId, title: state.title ?? event.title },
  );
  const done = event.results.reduce((before, result) => answered(before, event.runId, result), asked);
  return withAnswer(done, event.runId, () => emptyAnswer(event.runId, event.model));
}

/** The call with what came of it, whichever run made it. */
function answered(state: ChatState, runId: string, { toolCallId, content, status, summary }: ToolResult): ChatState {
  return withCall(state, runId, byId(toolCallId), () => emptyCall(toolCallId, ''), (part) => ({
    ...part,
    result: content,
    status,
    summary,
  }));
}

function ended(
  state: ChatState,
  runId: string,
  status: AssistantTurn['status'],
  error: AssistantTurn['error'],
  spent: AssistantTurn['spent'],
): ChatState {
  const done = withAnswer(state, runId, (turn) => ({ ...closed(turn, status, error), spent }));
  return { ...done, activeRun: done.activeRun === runId ? null : done.activeRun };
}

type Words = AgentEvent & { readonly messageId: string };

function words(state: ChatState, runId: string, event: Words, delta: string, open: boolean): ChatState {
  const kind = event.type.startsWith('TEXT') ? 'text' : 'reasoning';
  const id = event.messageId;
  return withAnswer(state, runId, (turn) =>
    withPart(
      turn,
      kind,
      id,
      () => ({ kind, id, text: '', open }),
      // The engine keeps a concatenation as a rope until it is read: adding a token does not copy the text.
      (part) => ({ ...part, text: part.text + delta, open }),
    ),
  );
}

/** A call begins: always a part of its own, even if an ended call had the same id. */
function begun(state: ChatState, runId: string, id: string, name: string): ChatState {
  return withAnswer(state, runId, (turn) =>
    turn.parts.some((part) => part.kind === 'tool' && part.id === id && part.result === null)
      ? turn
      : { ...turn, parts: [...turn.parts, emptyCall(id, name)] },
  );
}

function call(state: ChatState, runId: string, id: string, change: (part: ToolPart) => ToolPart): ChatState {
  return withAnswer(state, runId, (turn) => withPart(turn, 'tool', id, () => emptyCall(id, ''), change));
}

function snapshot(
  state: ChatState,
  messages: readonly unknown[],
  messageRuns: Readonly<Record<string, string>>,
): ChatState {
  const turns = turnsOf(messages, messageRuns);
  const has = (id: string): boolean => turns.some((turn) => turn.role === 'user' && turn.id === id);
  // What only this page knows stays: questions on their way, and the answer that is being written.
  const ours = state.turns.filter((turn) =>
    turn.role === 'user'
      ? !has(turn.id) && (turn.delivery !== 'sent' || turn.runId === state.activeRun)
      : turn.runId === state.activeRun,
  );
  return { ...state, turns: [...turns, ...ours], notice: GAP_NOTICE };
}

function custom(state: ChatState, runId: string, event: CustomEvent): ChatState {
  switch (event.name) {
    case 'input_requested': {
      const { request } = event;
      const begin = (): ToolPart => emptyCall(request.toolCallId, request.exact.tool);
      return withCall(state, runId, byId(request.toolCallId), begin, (part) => ({
        ...part,
        request: { ...request, again: isAgain(part, request) },
        status: 'waiting',
      }));
    }
    case 'input_resolved': {
      const { requestId, outcome } = event;
      return withCall(state, runId, (part) => part.request?.requestId === requestId, null, (part) =>
        part.request === null
          ? part
          : {
              ...part,
              request: { ...part.request, outcome },
              status: part.status === 'waiting' ? STATUS_AFTER[outcome] : part.status,
            },
      );
    }
    case 'progress':
      return withCall(state, runId, byId(event.toolCallId), null, (part) => ({
        ...part,
        progress: [...part.progress, ...event.text.replace(/\n$/, '').split('\n')].slice(-PROGRESS_LINES),
      }));
    case 'waiting':
      return withAnswer(state, runId, (turn) => ({ ...turn, waiting: event.waiting }));
    case 'hello':
    case 'gap':
    case 'action':
    case 'action_resolved':
      return state;
    default:
      return event satisfies never;
  }
}

/** Whether a person has allowed this call already and is asked once more: what they allowed was not there any more. */
const isAgain = ({ request: earlier }: ToolPart, request: InputRequest): boolean =>
  earlier !== null &&
  (earlier.requestId === request.requestId ? earlier.again : earlier.outcome === 'approved');

/** What a call does once its question is out of the way. */
const STATUS_AFTER: Readonly<Record<NonNullable<InputRequest['outcome']>, ToolStatus>> = {
  approved: 'running',
  edited: 'running',
  answered: 'running',
  denied: 'denied',
  expired: 'stopped',
  withdrawn: 'stopped',
};
