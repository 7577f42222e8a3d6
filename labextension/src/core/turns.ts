/** Changing one turn, or one part of it, and leaving every other one the very same object. */
import type { AssistantTurn, ChatState, Part, ToolPart, UserTurn } from './state';

/** An answer of which nothing has arrived yet. */
export const emptyAnswer = (runId: string, model: string | null = null): AssistantTurn => ({
  role: 'assistant',
  runId,
  parts: [],
  status: 'running',
  error: null,
  model,
  waiting: null,
  spent: null,
});

/** A call of which only the name is known. */
export const emptyCall = (id: string, name: string): ToolPart => ({
  kind: 'tool',
  id,
  name,
  arguments: '',
  status: 'calling',
  request: null,
  progress: [],
  result: null,
  summary: null,
});

/** The state with the answer of `runId` replaced by `change` of it; an answer that is not there yet is begun. */
export function withAnswer(
  state: ChatState,
  runId: string,
  change: (turn: AssistantTurn) => AssistantTurn,
): ChatState {
  const index = state.turns.findLastIndex((turn) => turn.role === 'assistant' && turn.runId === runId);
  const before = index < 0 ? emptyAnswer(runId) : (state.turns[index] as AssistantTurn);
  const after = change(before);
  if (index >= 0) {
    return after === before ? state : { ...state, turns: state.turns.with(index, after) };
  }
  return { ...state, turns: [...state.turns, after] };
}

/** The state with `message` confirmed: the pending turn of that id, or a new one. */
export function withQuestion(state: ChatState, message: UserTurn): ChatState {
  const index = state.turns.findLastIndex((turn) => turn.role === 'user' && turn.id === message.id);
  return {
    ...state,
    turns: index < 0 ? [...state.turns, message] : state.turns.with(index, message),
  };
}

/** The turn with the part of that kind and id changed, or added if it is missing. */
export function withPart<K extends Part['kind']>(
  turn: AssistantTurn,
  kind: K,
  id: string,
  begin: () => Part & { readonly kind: K },
  change: (part: Part & { readonly kind: K }) => Part,
): AssistantTurn {
  const index = turn.parts.findLastIndex((part) => part.kind === kind && part.id === id);
  const before = index < 0 ? begin() : (turn.parts[index] as Part & { readonly kind: K });
  const after = change(before);
  if (index >= 0) {
    return after === before ? turn : { ...turn, parts: turn.parts.with(index, after) };
  }
  return { ...turn, parts: [...turn.parts, after] };
}

/**
 * The state with one call changed, whichever run made it: an answer that starts a resumed run ends calls of the run
 * before. Of several with one id the newest is meant: some providers count their calls from one in each turn. A call
 * that nobody made yet is added to the answer of `runId`, or left alone if `begin` is null.
 */
export function withCall(
  state: ChatState,
  runId: string,
  find: (part: ToolPart) => boolean,
  begin: (() => ToolPart) | null,
  change: (part: ToolPart) => ToolPart,
): ChatState {
  const owner = state.turns.findLast(
    (turn): turn is AssistantTurn =>
      turn.role === 'assistant' && turn.parts.some((part) => part.kind === 'tool' && find(part)),
  );
  if (owner === undefined) {
    return begin === null
      ? state
      : withAnswer(state, runId, (turn) => ({ ...turn, parts: [...turn.parts, change(begin())] }));
  }
  const index = owner.parts.findLastIndex((part) => part.kind === 'tool' && find(part));
  const before = owner.parts[index] as ToolPart;
  const after = change(before);
  if (after === before) {
    return state;
  }
  const turn = { ...owner, parts: owner.parts.with(index, after) };
  return { ...state, turns: state.turns.with(state.turns.lastIndexOf(owner), turn) };
}

/** The turn with nothing left open: its run has ended. A call that waits for an answer outlives it. */
export function closed(turn: AssistantTurn, status: AssistantTurn['status'], error: AssistantTurn['error']): AssistantTurn {
  const parts = turn.parts.map((part): Part => {
    if (part.kind !== 'tool') {
      return part.open ? { ...part, open: false } : part;
    }
    const later = status === 'interrupted' || (status === 'finished' && part.request?.kind === 'tool');
    const keeps = later && part.status === 'waiting';
    const open = part.status === 'calling' || part.status === 'waiting' || part.status === 'running';
    return open && !keeps ? { ...part, status: 'stopped' } : part;
  });
  return { ...turn, parts, status, error, waiting: null };
}
