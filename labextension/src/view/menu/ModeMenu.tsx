/** How much the assistant may do. */
import * as React from 'react';
import { useView } from '../context';
import { Icon } from '../icons';
import { useChat } from '../useChat';
import { Choices } from './Choices';
import { Popover } from './Popover';

/** The switch beside the send button. */
export const ModeMenu = React.memo(function ModeMenu() {
  const { chat } = useView();
  const capabilities = useChat(chat, (held) => held.capabilities);
  const mode = useChat(chat, (held) => held.mode);
  if (!capabilities || capabilities.modes.length === 0) return null;
  const name = capabilities.modes.find((choice) => choice.id === mode)?.label ?? mode;
  return (
    <Popover
      className="ja-ModeMenu"
      side="above"
      label={`What it may do: ${name}`}
      button={
        <>
          <Icon name="shield" size={14} />
          <span className="ja-Popover-name">{name}</span>
          <Icon name="chevron" size={12} />
        </>
      }
    >
      {(close) => (
        <>
          <p className="ja-Popover-title">What it may do</p>
          <Choices
            label="What it may do"
            chosen={mode}
            groups={[
              {
                name: null,
                choices: capabilities.modes.map(({ id, label, description }) => ({ id, label, lines: [description] })),
              },
            ]}
            choose={(id) => {
              chat.setMode(id);
              close();
            }}
          />
        </>
      )}
    </Popover>
  );
});
