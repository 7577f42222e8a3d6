/** A stored thread, as messages, told as the turns of a conversation. */
import { contentImages, contentText } from './content';
import { readResult } from './events';
import { asList, asObject, asText, isObject, type JsonObject } from './json';
import type { AssistantTurn, ChatState, InputRequest, Part, ToolPart, Turn } from './state';
import { closed, emptyAnswer, emptyCall, withCall } from './turns';
import type { RunSummary, ThreadDocument } from './wire';

/** The state in which a conversation continues after a reload. */
export function fromSnapshot(thread: ThreadDocument): ChatState {
  const settled = thread.runs.filter((run) => run.status === 'finished');
  const base: ChatState = {
    threadId: thread.threadId,
    title: thread.title,
    turns: withRuns(turnsOf(thread.messages, thread.messageRuns), settled),
    activeRun: thread.runs.find((run) => run.status !== 'finished')?.runId ?? null,
    seq: thread.cursor,
    settled: Object.fromEntries(settled.map((run) => [run.runId, run.lastSeq ?? thread.cursor])),
    notice: null,
  };
  // A running run tells its requests again by its events; here are those of runs that a restart has ended.
  return thread.requests.filter((request) => settled.some((run) => run.runId === request.runId)).reduce(ask, base);
}

function ask(state: ChatState, request: InputRequest): ChatState {
  const begin = (): ToolPart => emptyCall(request.toolCallId, request.exact.tool);
  return withCall(state, request.runId, (part) => part.id === request.toolCallId, begin, (part) => ({
    ...part,
    request,
    status: 'waiting',
  }));
}

/** The turns in a list of AG-UI messages. Everything in it has ended. */
export function turnsOf(messages: readonly unknown[], messageRuns: Readonly<Record<string, string>>): Turn[] {
  const turns: Turn[] = [];
  const answer = (runId: string): { parts: Part[] } => {
    const last = turns.at(-1);
    if (last?.role === 'assistant' && last.runId === runId) {
      return last as AssistantTurn & { parts: Part[] };
    }
    const turn = { ...emptyAnswer(runId), status: 'finished' as const, parts: [] as Part[] };
    turns.push(turn);
    return turn;
  };
  for (const message of messages.filter(isObject)) {
    const id = asText(message['id']) ?? `message-${turns.length}`;
    const runId = messageRuns[id] ?? lastRun(turns) ?? id;
    switch (message['role']) {
      case 'user': {
        const [text, images] = [contentText(message['content']), contentImages(message['content'])];
        turns.push({ role: 'user', id, text, images, runId: messageRuns[id] ?? id, delivery: 'sent' });
        break;
      }
      case 'assistant':
        answer(runId).parts.push(...partsOf(id, message));
        break;
      case 'reasoning':
        answer(runId).parts.push({ kind: 'reasoning', id, text: contentText(message['content']), open: false });
        break;
      case 'tool':
        settle(turns, message);
        break;
      default:
      // System and developer messages are not for the person.
    }
  }
  return turns;
}

const lastRun = (turns: readonly Turn[]): string | undefined => turns.at(-1)?.runId;

function partsOf(id: string, message: JsonObject): Part[] {
  const text = contentText(message['content']);
  const calls = asList(message['toolCalls']).filter(isObject).map((call): ToolPart => {
    const made = asObject(call['function']);
    return {
      ...emptyCall(asText(call['id']) ?? '', asText(made['name']) ?? ''),
      arguments: asText(made['arguments']) ?? '',
      status: 'stopped',
    };
  });
  return text === '' ? calls : [{ kind: 'text', id, text, open: false }, ...calls];
}

/** Puts a result to its call: the newest of that id, for providers that count their calls from one in each turn. */
function settle(turns: readonly Turn[], message: JsonObject): void {
  for (const turn of turns.toReversed()) {
    const parts = turn.role === 'assistant' ? (turn.parts as Part[]) : [];
    const index = parts.findLastIndex((part) => part.kind === 'tool' && part.id === message['toolCallId']);
    const part = parts[index];
    if (part?.kind === 'tool') {
      const { content, status, summary } = readResult(message, part.id);
      parts[index] = { ...part, result: content, status, summary };
      return;
    }
  }
}

/** How each run ended, on its answer; a run that failed before its first word gets an answer that says so. */
function withRuns(turns: readonly Turn[], runs: readonly RunSummary[]): Turn[] {
  const byId = new Map(runs.map((run) => [run.runId, run]));
  const told = turns.map((turn) => {
    const run = byId.get(turn.runId);
    return turn.role === 'user' || run === undefined ? turn : ending(turn, run);
  });
  for (const run of runs) {
    const question = told.findLastIndex((turn) => turn.runId === run.runId);
    if (question >= 0 && !told.some((turn) => turn.role === 'assistant' && turn.runId === run.runId)) {
      told.splice(question + 1, 0, ending(emptyAnswer(run.runId), run));
    }
  }
  return told;
}

function ending(turn: AssistantTurn, run: RunSummary): AssistantTurn {
  const status = ENDINGS[run.outcome ?? 'success'] ?? 'finished';
  const error = status === 'failed' ? (run.error ?? { code: 'internal', message: 'The answer failed.' }) : null;
  return { ...closed(turn, status, error), model: run.model, spent: run.spent };
}

const ENDINGS: Readonly<Record<string, AssistantTurn['status']>> = {
  success: 'finished',
  error: 'failed',
  cancelled: 'cancelled',
  interrupt: 'interrupted',
};
