/** The title of this chat; behind it, all chats. */
import * as React from 'react';
import { useView } from '../context';
import { Icon } from '../icons';
import { plainProse } from '../text/hidden';
import { useChat } from '../useChat';
import { moveFocus, Popover } from './Popover';
import { ThreadRow } from './ThreadRow';
import { useThreads } from './useThreads';

/** The button with the title, and the list behind it. */
export const ThreadMenu = React.memo(function ThreadMenu() {
  const { chat } = useView();
  const title = useChat(chat, (held) => held.state.title);
  const name = plainProse(title ?? '').trim() || 'New chat';
  return (
    <Popover
      className="ja-ThreadMenu"
      side="below"
      label={`Chats. This one: ${name}`}
      button={
        <>
          <Icon name="chats" />
          <span className="ja-Popover-name">{name}</span>
          <Icon name="chevron" size={12} />
        </>
      }
    >
      {(close) => <ThreadList close={close} />}
    </Popover>
  );
});

function ThreadList({ close }: { close: () => void }) {
  const { chat, environment } = useView();
  const { threads } = environment;
  const [problem, setProblem] = React.useState<string | null>(null);
  const [query, setQuery] = React.useState('');
  const { loaded, load } = useThreads(threads, query.trim());
  const [now] = React.useState(() => Date.now());
  const panel = React.useRef<HTMLDivElement>(null);
  const search = React.useRef<HTMLInputElement>(null);

  React.useEffect(() => search.current?.focus(), []);

  /** Whether it worked; if not, the words for it are shown. */
  const change = async (work: Promise<void>, otherwise: string): Promise<boolean> => {
    setProblem(null);
    const problem = await work.then(
      () => null,
      (error: unknown) => (error instanceof Error && error.message ? error.message : otherwise),
    );
    setProblem(problem);
    await load();
    search.current?.focus();
    return problem === null;
  };
  const remove = async (threadId: string): Promise<void> => {
    const gone = await change(threads.remove(threadId), 'The chat could not be deleted.');
    if (gone && threadId === chat.state.threadId) threads.create();
  };
  const onKeyDown = (event: React.KeyboardEvent): void => {
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
    event.preventDefault();
    moveFocus(panel.current, event.key === 'ArrowDown' ? 1 : -1);
  };

  return (
    <div ref={panel} className="ja-ThreadList" onKeyDown={onKeyDown}>
      <div className="ja-Search">
        <Icon name="search" size={14} />
        <input
          ref={search}
          type="search"
          data-stop=""
          className="ja-Field"
          value={query}
          placeholder="Search chats"
          aria-label="Search chats"
          onChange={(event) => setQuery(event.target.value)}
        />
        <button
          type="button"
          className="ja-Button"
          onClick={() => {
            threads.create();
            close();
          }}
        >
          <Icon name="plus" size={14} />
          New
        </button>
      </div>
      {problem !== null && (
        <p className="ja-Popover-note ja-is-error" role="alert">
          {problem}
        </p>
      )}
      {loaded === 'loading' && <p className="ja-Popover-note">Loading…</p>}
      {loaded === 'failed' && (
        <p className="ja-Popover-note ja-is-error" role="alert">
          The chats could not be loaded.
          <button type="button" className="ja-LinkButton" onClick={() => void load()}>
            Try again
          </button>
        </p>
      )}
      {typeof loaded !== 'string' && loaded.list.length === 0 && (
        <p className="ja-Popover-note">{loaded.query === '' ? 'No chats yet.' : 'No chat matches.'}</p>
      )}
      <ul>
        {(typeof loaded === 'string' ? [] : loaded.list).map((thread) => (
          <ThreadRow
            key={thread.threadId}
            thread={thread}
            current={thread.threadId === chat.state.threadId}
            now={now}
            open={(threadId) => {
              close();
              threads.open(threadId);
            }}
            rename={async (threadId, title) => {
              await change(threads.rename(threadId, title), 'The chat could not be renamed.');
            }}
            remove={remove}
          />
        ))}
      </ul>
    </div>
  );
}
