/** The whole view over a scripted chat. */
import * as React from 'react';
import { emptyState, ScriptedChat, scriptedEnvironment } from '../../demo/scripted';
import type { ChatState } from '../../src/core/state';
import type { ViewEnvironment } from '../../src/view';
import { ChatView } from '../../src/view';
import { render } from './render';

export interface Drawn {
  readonly chat: ScriptedChat;
  readonly host: HTMLElement;
  readonly environment: ReturnType<typeof scriptedEnvironment>;
}

/** Draws a chat in the given state. */
export function drawn(state: Partial<ChatState>, change: Partial<ViewEnvironment> = {}): Drawn {
  const chat = new ScriptedChat({ ...emptyState, ...state });
  const environment = scriptedEnvironment(change);
  return { chat, environment, host: render(<ChatView chat={chat} environment={environment} />).host };
}
