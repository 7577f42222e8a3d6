/** The panel in JupyterLab's side bar: the view of the conversation that is shown. */
import { ReactWidget } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import * as React from 'react';
import type { Conversations } from '../core/conversations';
import { ChatView, focusComposer, type ViewEnvironment } from '../view';
import { assistantIcon } from './icon';

/** The id of the panel in JupyterLab's shell. */
export const PANEL_ID = 'jupyter-agent-panel';

/** Promises: shows whichever conversation is current, and tells when it comes into sight and when it goes. */
export class AssistantPanel extends ReactWidget {
  constructor(
    private readonly conversations: Conversations,
    private readonly environment: ViewEnvironment,
    title: string,
    private readonly onSight: (visible: boolean) => void,
  ) {
    super();
    this.id = PANEL_ID;
    this.title.icon = assistantIcon;
    this.title.caption = title;
    this.addClass('jupyter-agent-panel');
  }

  /** Puts the cursor where the next message is written. */
  focusComposer(): void {
    focusComposer(this.node);
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this.onSight(true);
  }

  protected override onAfterHide(message: Message): void {
    super.onAfterHide(message);
    this.onSight(false);
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
  return chat && <ChatView chat={chat} environment={environment} />;
}
