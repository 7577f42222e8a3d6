/** Our own events: AG-UI's CUSTOM with a name under `jupyter_agent.`, read from untrusted JSON. */
import { asList, asNumber, asObject, asText, isObject, type JsonObject } from './json';
import type { InputRequest, Waiting } from './state';
import type { ActionRequest } from './wire';

/** A run that is not finished, as hello tells it. */
export interface HelloRun {
  readonly runId: string;
  readonly threadId: string;
}

/** Our own events. */
export type CustomEvent =
  | { readonly type: 'CUSTOM'; readonly name: 'hello'; readonly cursor: number; readonly runs: readonly HelloRun[] }
  | { readonly type: 'CUSTOM'; readonly name: 'gap'; readonly from: number; readonly to: number }
  | { readonly type: 'CUSTOM'; readonly name: 'input_requested'; readonly request: InputRequest }
  | {
      readonly type: 'CUSTOM';
      readonly name: 'input_resolved';
      readonly requestId: string;
      readonly outcome: NonNullable<InputRequest['outcome']>;
    }
  | { readonly type: 'CUSTOM'; readonly name: 'action'; readonly action: ActionRequest }
  | { readonly type: 'CUSTOM'; readonly name: 'action_resolved'; readonly actionId: string }
  | { readonly type: 'CUSTOM'; readonly name: 'progress'; readonly toolCallId: string; readonly text: string }
  | { readonly type: 'CUSTOM'; readonly name: 'waiting'; readonly waiting: Waiting };

/** An open request, as input_requested, a thread and GET runs tell it. */
export function readRequest(value: unknown): InputRequest | null {
  const fields = asObject(value);
  const exact = asObject(fields['exact']);
  const target = isObject(exact['target']) ? exact['target'] : null;
  const requestId = asText(fields['requestId']);
  const runId = asText(fields['runId']);
  if (requestId === null || runId === null) {
    return null;
  }
  return {
    requestId,
    runId,
    threadId: asText(fields['threadId']) ?? '',
    kind: fields['kind'] === 'question' || fields['kind'] === 'tool' ? fields['kind'] : 'approval',
    toolCallId: asText(fields['toolCallId']) ?? requestId,
    exact: {
      tool: asText(exact['tool']) ?? '',
      title: asText(exact['title']) ?? '',
      arguments: asObject(exact['arguments']),
      code: asText(exact['code']),
      language: asText(exact['language']),
      before: asText(exact['before']),
      target: target && {
        documentId: asText(target['documentId']) ?? '',
        path: asText(target['path']) ?? '',
        cellId: asText(target['cellId']),
      },
    },
    hash: asText(fields['hash']) ?? '',
    risk: asText(fields['risk']) ?? '',
    expiresAt: asNumber(fields['expiresAt']) ?? Number.MAX_SAFE_INTEGER,
    outcome: null,
    again: false,
  };
}

const PREFIX = 'jupyter_agent.';

/** A CUSTOM event; null if a field is missing. */
export function readCustom(event: JsonObject): CustomEvent | 'ignored' | null {
  const fullName = asText(event['name']);
  if (fullName === null) {
    return null;
  }
  const name = fullName.startsWith(PREFIX) ? fullName.slice(PREFIX.length) : null;
  const value = asObject(event['value']);
  switch (name) {
    case 'hello':
      return readHello(value);
    case 'gap': {
      const [from, to] = [asNumber(value['from']), asNumber(value['to'])];
      return from === null || to === null ? null : { type: 'CUSTOM', name, from, to };
    }
    case 'input_requested': {
      const request = readRequest(value);
      return request && { type: 'CUSTOM', name, request };
    }
    case 'input_resolved':
      return readResolved(value);
    case 'action': {
      const action = readAction(value);
      return action && { type: 'CUSTOM', name, action };
    }
    case 'action_resolved': {
      const actionId = asText(value['actionId']);
      return actionId === null ? null : { type: 'CUSTOM', name, actionId };
    }
    case 'progress': {
      const [toolCallId, text] = [asText(value['toolCallId']), asText(value['text'])];
      return toolCallId === null || text === null ? null : { type: 'CUSTOM', name, toolCallId, text };
    }
    case 'waiting':
      return { type: 'CUSTOM', name, waiting: readWaiting(value) };
    default:
      return 'ignored';
  }
}

const readWaiting = (value: JsonObject): Waiting => ({
  reason: asText(value['reason']) ?? 'The model cannot answer just now.',
  seconds: Math.max(0, asNumber(value['seconds']) ?? 0),
  attempt: asNumber(value['attempt']) ?? 1,
  of: asNumber(value['of']) ?? 1,
});

function readHello(value: JsonObject): CustomEvent | null {
  const cursor = asNumber(value['cursor']);
  const runs = asList(value['runs']).flatMap((run) => {
    const runId = asText(asObject(run)['runId']);
    const threadId = asText(asObject(run)['threadId']);
    return runId === null || threadId === null ? [] : [{ runId, threadId }];
  });
  return cursor === null ? null : { type: 'CUSTOM', name: 'hello', cursor, runs };
}

const OUTCOMES = ['approved', 'denied', 'answered', 'edited', 'expired', 'withdrawn'] as const;

function readResolved(value: JsonObject): CustomEvent | null {
  const requestId = asText(value['requestId']);
  const outcome = OUTCOMES.find((known) => known === value['outcome']);
  return requestId === null || outcome === undefined
    ? null
    : { type: 'CUSTOM', name: 'input_resolved', requestId, outcome };
}

function readAction(value: JsonObject): ActionRequest | null {
  const [actionId, pageId] = [asText(value['actionId']), asText(value['pageId'])];
  const [documentId, operation] = [asText(value['documentId']), asText(value['operation'])];
  if (actionId === null || pageId === null || documentId === null || operation === null) {
    return null;
  }
  return {
    actionId,
    pageId,
    documentId,
    operation,
    arguments: asObject(value['arguments']),
    expectedHash: asText(value['expectedHash']),
  };
}
