/** The top of the panel: which chat this is, who answers, a new chat. */
import * as React from 'react';
import { useView } from './context';
import { Icon } from './icons';
import { ModelMenu } from './menu/ModelMenu';
import { ThreadMenu } from './menu/ThreadMenu';

/** The header. */
export const Header = React.memo(function Header() {
  const { environment } = useView();
  return (
    <header className="ja-Header">
      <ThreadMenu />
      <ModelMenu />
      <button
        type="button"
        className="ja-IconButton"
        title="New chat"
        aria-label="New chat"
        onClick={() => environment.threads.create()}
      >
        <Icon name="plus" />
      </button>
    </header>
  );
});
