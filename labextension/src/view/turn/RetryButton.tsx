/** Asks a question again. */
import * as React from 'react';
import { useView } from '../context';
import { Icon } from '../icons';
import { useChat } from '../useChat';

/** The button. One question at a time: while another answer is made it waits. */
export function RetryButton({ runId, words }: { runId: string; words: string }) {
  const { chat, focusComposer } = useView();
  const busy = useChat(chat, (held) => held.state.activeRun !== null);
  return (
    <button
      type="button"
      className="ja-Button"
      disabled={busy}
      title={busy ? 'Another answer is being made' : undefined}
      onClick={() => {
        focusComposer();
        void chat.retry(runId);
      }}
    >
      <Icon name="retry" size={14} />
      {words}
    </button>
  );
}
