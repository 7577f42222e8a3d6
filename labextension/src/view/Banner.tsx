/** What the person should know about the connection or the history, in words, at the top of the panel. */
import * as React from 'react';
import type { Connection } from '../core/state';
import { useView } from './context';
import { Icon } from './icons';
import { nameOf } from './menu/modelWords';
import { plainProse } from './text/hidden';
import { useChat } from './useChat';

/** A connection that is back this soon is nothing to talk about. */
const PATIENCE_MILLISECONDS = 1500;

/** At most one line for the connection, one for the history and one for the model; and what is wrong on the server. */
export const Banners = React.memo(function Banners() {
  const { chat } = useView();
  const connection = useChat(chat, (held) => held.connection);
  const notice = useChat(chat, (held) => held.state.notice);
  const [dismissed, setDismissed] = React.useState<string | null>(null);
  // The same words after a while without any are news again.
  if (notice === null && dismissed !== null) setDismissed(null);
  return (
    <>
      <ConnectionBanner connection={connection} />
      {notice !== null && notice !== dismissed && <Notice words={notice} dismiss={() => setDismissed(notice)} />}
      <Warnings />
      <ModelBanner />
    </>
  );
});

function Notice({ words, dismiss }: { words: string; dismiss: () => void }) {
  const { focusComposer } = useView();
  return (
    <div className="ja-Banner" role="status">
      <Icon name="warning" size={14} />
      <span>{plainProse(words)}</span>
      <button
        type="button"
        className="ja-IconButton"
        title="Dismiss"
        aria-label="Dismiss this notice"
        onClick={() => {
          focusComposer();
          dismiss();
        }}
      >
        <Icon name="cross" size={14} />
      </button>
    </div>
  );
}

/** Warnings that the person has read. They come back with the page, not with another conversation. */
const read = new Set<string>();

/** What the server says of its own configuration. */
function Warnings() {
  const { chat } = useView();
  const warnings = useChat(chat, (held) => held.capabilities)?.warnings ?? [];
  const [, redraw] = React.useReducer((count: number) => count + 1, 0);
  const dismiss = (words: string): void => {
    read.add(words);
    redraw();
  };
  return warnings
    .filter((words) => !read.has(words))
    .map((words) => <Notice key={words} words={words} dismiss={() => dismiss(words)} />);
}

/** The model that the person chose is gone, and another answers in its stead. */
function ModelBanner() {
  const { chat } = useView();
  const capabilities = useChat(chat, (held) => held.capabilities);
  const [chosen, model] = [useChat(chat, (held) => held.chosenModel), useChat(chat, (held) => held.model)];
  const [dismissed, setDismissed] = React.useState<string | null>(null);
  if (capabilities === null || chosen === null || chosen === model || chosen === dismissed) return null;
  const [gone, instead] = [nameOf(capabilities, chosen), nameOf(capabilities, model)];
  const words = `${gone} is not available here now. Answering instead: ${instead}.`;
  return <Notice words={words} dismiss={() => setDismissed(chosen)} />;
}

function ConnectionBanner({ connection }: { connection: Connection }) {
  const { status, detail } = connection;
  const patient = useLonger(status === 'offline', PATIENCE_MILLISECONDS);
  if (status === 'refused') {
    return (
      <div className="ja-Banner ja-is-error" role="alert">
        <Icon name="warning" size={14} />
        <span>{plainProse(detail ?? 'The server refuses the connection. Reload the page to sign in again.')}</span>
      </div>
    );
  }
  if (status !== 'offline' || !patient) return null;
  return (
    <div className="ja-Banner" role="status">
      <span className="ja-Spinner" aria-hidden="true" />
      <span>{plainProse(detail ?? 'The connection is lost. Trying again; nothing that was written is lost.')}</span>
    </div>
  );
}

/** Whether `condition` has held for at least `milliseconds`. */
function useLonger(condition: boolean, milliseconds: number): boolean {
  const [longer, setLonger] = React.useState(false);
  React.useEffect(() => {
    if (!condition) return;
    const timer = setTimeout(() => setLonger(true), milliseconds);
    return () => {
      clearTimeout(timer);
      setLonger(false);
    };
  }, [condition, milliseconds]);
  return condition && longer;
}
