// The client from npm, unmodified, and what a story tells of its runs.
import { createRequire } from 'node:module';

const require = createRequire(new URL('../../labextension/package.json', import.meta.url));

export const agui = require('@ag-ui/client');
export const rxjs = require('rxjs');

/** An agent of the conversation `threadId`, as an application makes it. */
export function agentAt({ url, headers, threadId }) {
  return new agui.HttpAgent({ url, headers, threadId });
}

/** Run once, and tell what the application saw of it. */
export async function run(agent, parameters = {}, { onEvent } = {}) {
  const seen = { events: [], outcome: null, pending: [], error: null, runId: null };
  const subscriber = {
    onEvent: ({ event }) => {
      seen.events.push(event.type === 'CUSTOM' ? event.name : event.type);
      onEvent?.(event);
    },
    onRunStartedEvent: ({ event }) => void (seen.runId = event.runId),
    onRunErrorEvent: ({ event }) => void (seen.error = { code: event.code, message: event.message }),
    onRunFinishedEvent: (finished) => {
      seen.outcome = finished.outcome;
      seen.pending = finished.pendingToolCallIds ?? [];
    },
  };
  try {
    await agent.runAgent(parameters, subscriber);
  } catch (error) {
    seen.failed = { status: error.status ?? null, message: String(error.message), payload: error.payload ?? null };
  }
  return seen;
}

/** The conversation as the application holds it. */
export const conversation = (agent) =>
  agent.messages.map(({ role, content, toolCalls, toolCallId }) => ({
    role,
    ...(content === undefined ? {} : { content }),
    ...(toolCalls ? { calls: toolCalls.map((call) => [call.function.name, call.function.arguments]) } : {}),
    ...(toolCallId ? { toolCallId } : {}),
  }));

/** Say something. */
export function says(agent, content, id = crypto.randomUUID()) {
  agent.addMessage({ id, role: 'user', content });
}
