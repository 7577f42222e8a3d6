/** What a widget shows: the chat, or in one sentence why there is none. */
import * as React from 'react';
import type { Conversations } from '../core/conversations';
import { ChatView, type ViewEnvironment } from '../view';
import { Icon } from '../view/icons';
import { belongsToPage } from './keys';
import type { Place } from './place';
import type { Session } from './session';

interface Properties {
  readonly session: Session;
  /** Any length of CSS. */
  readonly height: string;
}

/** The frame of the widget: as high as it was told, however much is said inside. */
export function Widget({ session, height }: Properties) {
  const standing = React.useSyncExternalStore(
    React.useCallback((listener: () => void) => session.subscribe(listener), [session]),
    () => session.standing,
  );
  const frame = React.useRef<HTMLDivElement>(null);
  React.useEffect(() => {
    const element = frame.current;
    const keep = (event: KeyboardEvent): void => {
      if (!belongsToPage(event)) event.stopPropagation();
    };
    element?.addEventListener('keydown', keep);
    return () => element?.removeEventListener('keydown', keep);
  }, []);
  const ready = standing.kind === 'ready';
  return (
    <div ref={frame} className="ja-Widget" style={ready ? { height } : undefined}>
      {standing.kind === 'looking' && (
        <Line>
          <span className="ja-Spinner" aria-hidden="true" />
          <span>Looking for the assistant…</span>
        </Line>
      )}
      {standing.kind === 'missing' && (
        <Line>
          <Icon name="warning" size={14} />
          <span>{standing.words}</span>
          {standing.again && (
            <button type="button" className="ja-Button" onClick={() => void session.look()}>
              Try again
            </button>
          )}
        </Line>
      )}
      {ready && (
        <>
          <Lack place={session.place} />
          <Shown conversations={standing.conversations} environment={standing.environment} />
        </>
      )}
    </div>
  );
}

/** One line of words, in the chat's own dress. */
function Line({ children }: { readonly children: React.ReactNode }) {
  return (
    <div className="ja-Chat ja-Widget-line">
      <div className="ja-Banner" role="status">
        {children}
      </div>
    </div>
  );
}

/** One line when cells are out of reach. */
function Lack({ place }: { readonly place: Place }) {
  const [lack, setLack] = React.useState<string | null>(null);
  const line = React.useRef<HTMLDivElement>(null);
  React.useEffect(() => {
    const look = (): void => {
      // Before it is in the page it is in no notebook either, which says nothing.
      if (line.current?.isConnected) setLack(place.lack);
    };
    look();
    const stop = place.question.subscribe(look);
    if (typeof ResizeObserver === 'undefined' || !line.current) return stop;
    const observer = new ResizeObserver(look);
    observer.observe(line.current);
    return () => {
      stop();
      observer.disconnect();
    };
  }, [place]);
  return (
    <div ref={line}>
      {lack !== null && (
        <Line>
          <Icon name="warning" size={14} />
          <span>{lack}</span>
        </Line>
      )}
    </div>
  );
}

function Shown({ conversations, environment }: { conversations: Conversations; environment: ViewEnvironment }) {
  const chat = React.useSyncExternalStore(
    React.useCallback((listener: () => void) => conversations.subscribe(listener), [conversations]),
    () => conversations.current,
  );
  return chat && <ChatView chat={chat} environment={environment} />;
}
