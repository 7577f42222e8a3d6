/** Where the next message is written. */
import * as React from 'react';
import type { Chat } from '../core/chat';
import { modelOf } from '../core/models';
import { useView } from './context';
import { Icon } from './icons';
import { AttachButton, Attachments, pastedFiles } from './images/Attachments';
import { useDraft } from './images/useDraft';
import { ModeMenu } from './menu/ModeMenu';
import { nameOf, whereTo } from './menu/modelWords';
import { plainProse } from './text/hidden';
import { useChat } from './useChat';

/** What others may do with the composer. */
export interface ComposerHandle {
  focus(draft?: string): void;
  /** Adds images to the message. */
  attach(files: readonly File[]): void;
}

const HEIGHT_LIMIT = 220;

/** The field with its buttons. Enter sends, Shift+Enter begins a line, an input method's Enter does neither. */
export const Composer = React.forwardRef<ComposerHandle>(function Composer(_properties, handle) {
  const { chat, environment } = useView();
  const running = useChat(chat, (held) => held.state.activeRun) !== null;
  const context = React.useSyncExternalStore(
    (listener) => environment.context.subscribe(listener),
    () => environment.context.get()?.label ?? null,
  );
  const { text, images, refusal, write, attach, remove, clear } = useDraft(chat);
  const [waited, setWaited] = React.useState(false);
  const field = React.useRef<HTMLTextAreaElement>(null);
  const hintId = React.useId();
  const empty = text.trim() === '' && images.length === 0;

  React.useImperativeHandle(
    handle,
    () => ({
      focus(draft?: string) {
        if (draft !== undefined) write(draft);
        field.current?.focus();
      },
      attach(files) {
        void attach(files);
        field.current?.focus();
      },
    }),
    [write, attach],
  );

  React.useLayoutEffect(() => {
    const element = field.current;
    if (!element) return;
    element.style.height = 'auto';
    element.style.height = `${Math.min(element.scrollHeight, HEIGHT_LIMIT)}px`;
  }, [text]);

  const submit = (): void => {
    if (empty) return;
    // One question at a time: the text stays, and the hint says why nothing happened.
    setWaited(running);
    if (running) return;
    clear();
    // The button that sent it is disabled now, and would lose the focus to nobody.
    field.current?.focus();
    void chat.send(text.trim(), images);
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
  const onPaste = (event: React.ClipboardEvent): void => {
    const files = pastedFiles(event.clipboardData);
    if (files.length === 0) return;
    event.preventDefault();
    void attach(files);
  };

  const kept = running && waited && !empty ? 'Your text is kept. Send it when the answer is complete, or stop the answer first.' : null;
  const blind = useBlindness(images.length > 0);
  const hint = refusal ?? kept ?? blind;
  return (
    <div className="ja-Composer">
      <div className="ja-Composer-box">
        <Attachments
          images={images}
          remove={(image) => {
            remove(image);
            field.current?.focus();
          }}
        />
        <textarea
          ref={field}
          className="ja-Composer-field"
          rows={1}
          value={text}
          placeholder={context === null ? 'Ask a question' : 'Ask about this notebook'}
          aria-label="Your message"
          aria-describedby={hint === null ? undefined : hintId}
          onChange={(event) => write(event.target.value)}
          onKeyDown={onKeyDown}
          onPaste={onPaste}
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
          <AttachButton attach={(files) => void attach(files)} />
          {running ? <StopButton /> : <SendButton disabled={empty} send={submit} />}
        </div>
      </div>
      {hint !== null && (
        <p id={hintId} className="ja-Composer-hint" role="status">
          {hint}
        </p>
      )}
      <Destination />
    </div>
  );
});

/** Where the next message goes, when another program gets it. */
function Destination() {
  const { chat } = useView();
  const [capabilities, model] = [useChat(chat, (held) => held.capabilities), useChat(chat, (held) => held.model)];
  const known = capabilities && modelOf(capabilities, model);
  const place = known?.sends ?? known?.address;
  if (!known || !place) return null;
  return (
    <p className="ja-Composer-destination" title={`${whereTo(known)}.`}>
      {known.sends !== null && <Icon name="outward" size={10} />}
      <span>{`${known.sends === null ? 'Goes' : 'Sends'} to ${place}`}</span>
    </p>
  );
}

/** What to know about attached images before they are sent to a model that cannot see. */
function useBlindness(attached: boolean): string | null {
  const { chat } = useView();
  const blind = useChat(chat, (held) =>
    held.capabilities && modelOf(held.capabilities, held.model)?.images === false
      ? nameOf(held.capabilities, held.model)
      : null,
  );
  return attached && blind !== null
    ? `${blind} cannot see images: it gets your words only. Choose another at the top, or remove the image.`
    : null;
}

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
