/** One chat in the list: opens it, renames it, deletes it after a second look. */
import * as React from 'react';
import type { ThreadSummary } from '../../core/wire';
import { Icon } from '../icons';
import { ago, fileName, threadName } from './threadWords';

interface Properties {
  readonly thread: ThreadSummary;
  readonly current: boolean;
  readonly now: number;
  readonly open: (threadId: string) => void;
  readonly rename: (threadId: string, title: string) => Promise<void>;
  readonly remove: (threadId: string) => Promise<void>;
}

/** The row: plain, as a field for a new name, or asking whether to delete. */
export function ThreadRow({ thread, current, now, open, rename, remove }: Properties) {
  const [state, setState] = React.useState<'plain' | 'renaming' | 'deleting'>('plain');
  const name = threadName(thread);
  const row = React.useRef<HTMLButtonElement>(null);
  const before = React.useRef(state);
  // What the person was in is gone; they are back at its row.
  React.useEffect(() => {
    if (state === 'plain' && before.current !== 'plain') row.current?.focus();
    before.current = state;
  }, [state]);
  const about = [thread.notebook === null ? null : fileName(thread.notebook), ago(thread.updatedAt, now)];

  if (state === 'renaming') {
    return (
      <li className="ja-Thread">
        <NameField
          name={name}
          save={(title) => {
            setState('plain');
            void rename(thread.threadId, title);
          }}
          cancel={() => setState('plain')}
        />
      </li>
    );
  }
  if (state === 'deleting') {
    return (
      <li className="ja-Thread ja-is-deleting">
        <span className="ja-Thread-name">{`Delete “${name}”?`}</span>
        <button type="button" className="ja-Button ja-is-danger" autoFocus onClick={() => void remove(thread.threadId)}>
          Delete
        </button>
        <button type="button" className="ja-Button" onClick={() => setState('plain')}>
          Keep
        </button>
      </li>
    );
  }
  return (
    <li className={`ja-Thread${current ? ' ja-is-current' : ''}`}>
      <button
        ref={row}
        type="button"
        data-stop=""
        className="ja-Thread-open"
        aria-current={current ? 'true' : undefined}
        onClick={() => open(thread.threadId)}
      >
        <span className="ja-Thread-name">
          {thread.running !== null && <span className="ja-Spinner" role="img" aria-label="Running" />}
          {name}
        </span>
        <span className="ja-Thread-about">{about.filter(Boolean).join(' · ')}</span>
      </button>
      <button type="button" className="ja-IconButton" title="Rename" aria-label={`Rename ${name}`} onClick={() => setState('renaming')}>
        <Icon name="pencil" size={14} />
      </button>
      <button
        type="button"
        className="ja-IconButton"
        title={thread.running === null ? 'Delete' : 'Stop its answer before deleting it'}
        aria-label={`Delete ${name}`}
        disabled={thread.running !== null}
        onClick={() => setState('deleting')}
      >
        <Icon name="bin" size={14} />
      </button>
    </li>
  );
}

function NameField({ name, save, cancel }: { name: string; save: (title: string) => void; cancel: () => void }) {
  const [text, setText] = React.useState(name);
  const field = React.useRef<HTMLInputElement>(null);
  React.useEffect(() => {
    field.current?.focus();
    field.current?.select();
  }, []);
  const submit = (event: React.FormEvent): void => {
    event.preventDefault();
    if (text.trim() === '' || text.trim() === name) cancel();
    else save(text.trim());
  };
  return (
    <form className="ja-Thread-rename" onSubmit={submit}>
      <input
        ref={field}
        className="ja-Field"
        value={text}
        maxLength={200}
        aria-label="New name of this chat"
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return;
          event.stopPropagation();
          cancel();
        }}
      />
      <button type="submit" className="ja-Button">
        Rename
      </button>
    </form>
  );
}
