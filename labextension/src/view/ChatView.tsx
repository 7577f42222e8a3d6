/** The whole view of one chat. */
import * as React from 'react';
import type { Chat } from '../core/chat';
import type { InputRequest } from '../core/state';
import { Announcer, useAnnouncedEnd } from './announce';
import { Banners } from './Banner';
import { Boundary } from './Boundary';
import type { ComposerHandle } from './Composer';
import { Composer } from './Composer';
import type { View } from './context';
import { ViewProvider } from './context';
import type { ViewEnvironment } from './environment';
import { Header } from './Header';
import { useDrop } from './images/drop';
import { Log } from './Log';
import { PermissionDock } from './permission/PermissionDock';
import { openApprovals } from './permission/requests';
import { useChat } from './useChat';
import { Welcome } from './Welcome';

/** What `ChatView` is given. Another `chat` object is another conversation: everything local to the old one is dropped. */
export interface ChatViewProperties {
  readonly chat: Chat;
  readonly environment: ViewEnvironment;
}

/** The chat: header, conversation, permissions, composer. It fills its container, whatever its width. */
export function ChatView({ chat, environment }: ChatViewProperties) {
  // Whoever was at work in the view of one chat goes on in the composer of the next: here that is passed on.
  const [focus] = React.useState(() => new Focus());
  return <Panel key={chat.state.threadId} chat={chat} environment={environment} focus={focus} />;
}

/** Whether the focus was in the view that has just gone away. */
class Focus {
  private held = false;

  /** The view of this element goes away. */
  leave(view: HTMLElement | null): void {
    this.held = view?.contains(document.activeElement) ?? false;
  }

  /** The next view is there. */
  arrive(composer: ComposerHandle | null): void {
    if (this.held) composer?.focus();
    this.held = false;
  }
}

function Panel({ chat, environment, focus }: ChatViewProperties & { readonly focus: Focus }) {
  const composer = React.useRef<ComposerHandle>(null);
  const root = React.useRef<HTMLDivElement>(null);
  const [spoken, setSpoken] = React.useState({ words: '', number: 0 });
  const view = React.useMemo<View>(
    () => ({
      chat,
      environment,
      announce: (words) => setSpoken((before) => ({ words, number: before.number + 1 })),
      focusComposer: (draft) => composer.current?.focus(draft),
    }),
    [chat, environment],
  );
  const drop = useDrop((files) => composer.current?.attach(files));
  React.useLayoutEffect(() => {
    const element = root.current;
    focus.arrive(composer.current);
    return () => focus.leave(element);
  }, [focus]);
  return (
    <ViewProvider value={view}>
      <div ref={root} className={`ja-Chat${drop.over ? ' ja-is-target' : ''}`} {...drop.handlers}>
        <Header />
        <Banners />
        <Conversation chat={chat} announce={view.announce} />
        <Composer ref={composer} />
        <Announcer words={spoken.words} number={spoken.number} />
      </div>
    </ViewProvider>
  );
}

/** All that changes with every token, apart from the rest, so that the rest is not drawn again. */
const Conversation = React.memo(function Conversation({ chat, announce }: { chat: Chat; announce: View['announce'] }) {
  const turns = useChat(chat, (held) => held.state.turns);
  const [open] = React.useState(() => new Kept<readonly InputRequest[]>([]));
  useAnnouncedEnd(turns, announce);
  return (
    <>
      <Log turns={turns}>{turns.length === 0 && <Welcome />}</Log>
      <Boundary what="an open request">
        <PermissionDock requests={open.update((before) => openApprovals(turns, before))} />
      </Boundary>
    </>
  );
});

/** A value that keeps its identity from one drawing to the next while it does not change. */
class Kept<T> {
  constructor(private value: T) {}

  update(next: (before: T) => T): T {
    this.value = next(this.value);
    return this.value;
  }
}
