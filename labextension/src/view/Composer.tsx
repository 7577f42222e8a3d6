/** Where the next message is written. */
import * as React from 'react';
import type { Chat } from '../core/chat';
import { useView } from './context';
import { Icon } from './icons';
import { ModeMenu } from './menu/ModeMenu';
import { plainProse } from './text/hidden';
import { useChat } from './useChat';

/** What others may do with the composer. */
export interface ComposerHandle {
  focus(draft?: string): void;
}

/** Unsent text by chat: it outlives the panel being closed or another chat being looked at. */
const drafts = new WeakMap<Chat, string>();

const HEIGHT_LIMIT = 220;

/** The field with its buttons. Enter sends, Shift+Enter begins a line, an input method's Enter does neither. */
export const Composer = React.forwardRef<ComposerHandle>(function Composer(_properties, handle) {
  const { chat, environment } = useView();
  const running = useChat(chat, (held) => held.state.activeRun) !== null;
  const context = React.useSyncExternalStore(
    (listener) => environment.context.subscribe(listener),
    () => environment.context.get()?.label ?? null,
  );
  const [text, setText] = React.useState(() => drafts.get(chat) ?? '');
  const [waited, setWaited] = React.useState(false);
  const field = React.useRef<HTMLTextAreaElement>(null);
  const hintId = React.useId();

  const write = React.useCallback(
    (next: string) => {
      drafts.set(chat, next);
      setText(next);
    },
    [chat],
  );

  React.useImperativeHandle(
    handle,
    () => ({
      focus(draft?: string) {
        if (draft !== undefined) write(draft);
        field.current?.focus();
      },
    }),
    [write],
  );

  React.useLayoutEffect(() => {
    const element = field.current;
    if (!element) return;
    element.style.height = 'auto';
    element.style.height = `${Math.min(element.scrollHeight, HEIGHT_LIMIT)}px`;
  }, [text]);

  const submit = (): void => {
    if (text.trim() === '') return;
    // One question at a time: the text stays, and the hint says why nothing happened.
    setWaited(running);
    if (running) return;
    write('');
    // The button that sent it is disabled now, and would lose the focus to nobody.
    field.current?.focus();
    void chat.send(text.trim());
  };

  const onKeyDown = (event: React.KeyboardEvent<HTMLTextAreaElement>): void => {
    // 229 is what browsers report for keys that belong to an input method, also where isComposing is already over.
    // eslint-disable-next-line @typescript-eslint/no-deprecated
    if (event.nativeEvent.isComposing || event.keyCode === 229) return;
    if (event.key === 'Enter' && !event.shiftKey && !event.altKey) {
      event.preventDefault();
      submit();
    } else if (event.key === 'ArrowUp' && text === '') {
      const last = lastQuestion(chat);
      if (last === null) return;
      event.preventDefault();
      write(last);
    }
  };

  const hint = running && waited && text.trim() !== '';
  return (
    <div className="ja-Composer">
      <div className="ja-Composer-box">
        <textarea
          ref={field}
          className="ja-Composer-field"
          rows={1}
          value={text}
          placeholder={context === null ? 'Ask a question' : 'Ask about this notebook'}
          aria-label="Your message"
          aria-describedby={hint ? hintId : undefined}
          onChange={(event) => write(event.target.value)}
          onKeyDown={onKeyDown}
        />
        <div className="ja-Composer-bar">
          <ModeMenu />
          {context !== null && (
            <span className="ja-Composer-context" title={`The next message is about ${plainProse(context)}`}>
              <Icon name="notebook" size={14} />
              <span>{plainProse(context)}</span>
            </span>
          )}
          <span className="ja-Composer-space" />
          {running ? <StopButton /> : <SendButton disabled={text.trim() === ''} send={submit} />}
        </div>
      </div>
      {hint && (
        <p id={hintId} className="ja-Composer-hint" role="status">
          Your text is kept. Send it when the answer is complete, or stop the answer first.
        </p>
      )}
    </div>
  );
});

function SendButton({ disabled, send }: { disabled: boolean; send: () => void }) {
  return (
    <button type="button" className="ja-Send" title="Send (Enter)" aria-label="Send" disabled={disabled} onClick={send}>
      <Icon name="send" />
    </button>
  );
}

/** Stops the run. It stays pressed until the run has really ended. */
function StopButton() {
  const { chat, focusComposer } = useView();
  const [stopping, setStopping] = React.useState(false);
  const stop = async (): Promise<void> => {
    setStopping(true);
    focusComposer();
    await chat.stop();
    setStopping(false);
  };
  return (
    <button
      type="button"
      className="ja-Send ja-is-stop"
      title={stopping ? 'Stopping…' : 'Stop the answer'}
      aria-label={stopping ? 'Stopping' : 'Stop'}
      disabled={stopping}
      onClick={() => void stop()}
    >
      <Icon name="stop" />
    </button>
  );
}

function lastQuestion(chat: Chat): string | null {
  for (const turn of [...chat.state.turns].reverse()) if (turn.role === 'user') return turn.text;
  return null;
}
