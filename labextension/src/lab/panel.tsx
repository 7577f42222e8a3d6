/** The panel in JupyterLab's side bar: the view of the conversation that is shown. */
import { ReactWidget } from '@jupyterlab/ui-components';
import * as React from 'react';
import type { Conversations } from '../core/conversations';
import { ChatView, type ViewEnvironment } from '../view';
import { assistantIcon } from './icon';

/** The id of the panel in JupyterLab's shell. */
export const PANEL_ID = 'jupyter-agent-panel';

/** Promises: shows whichever conversation is current. */
export class AssistantPanel extends ReactWidget {
  constructor(
    private readonly conversations: Conversations,
    private readonly environment: ViewEnvironment,
    title: string,
  ) {
    super();
    this.id = PANEL_ID;
    this.title.icon = assistantIcon;
    this.title.caption = title;
    this.addClass('jupyter-agent-panel');
  }

  protected override render(): React.JSX.Element {
    return <Shown conversations={this.conversations} environment={this.environment} />;
  }
}

interface ShownProperties {
  readonly conversations: Conversations;
  readonly environment: ViewEnvironment;
}

function Shown({ conversations, environment }: ShownProperties): React.JSX.Element | null {
  const chat = React.useSyncExternalStore(
    React.useCallback((listener: () => void) => conversations.subscribe(listener), [conversations]),
    () => conversations.current,
  );
  // Another thread is another view: nothing of the one before may linger in it.
  return chat && <ChatView key={chat.state.threadId} chat={chat} environment={environment} />;
}
