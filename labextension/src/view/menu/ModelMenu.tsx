/** Which model answers, and in plain words how to get another. */
import * as React from 'react';
import { useView } from '../context';
import { Icon } from '../icons';
import { useChat } from '../useChat';
import { Choices } from './Choices';
import { NO_OTHER_MODEL, wayToOthers } from './modelWords';
import { Popover } from './Popover';

/** The chip in the header. Until the server has said what it offers there is nothing to choose, so nothing is shown. */
export const ModelMenu = React.memo(function ModelMenu() {
  const { chat } = useView();
  const capabilities = useChat(chat, (held) => held.capabilities);
  const model = useChat(chat, (held) => held.model);
  if (!capabilities) return null;
  const current = capabilities.models.find((choice) => choice.id === model);
  const name = current?.label ?? model;
  const way = wayToOthers(capabilities.models, model);
  return (
    <Popover
      className="ja-ModelMenu"
      side="below"
      label={`Answers come from: ${name}`}
      button={
        <>
          <Icon name="spark" size={12} />
          <span className="ja-Popover-name">{name}</span>
          <Icon name="chevron" size={12} />
        </>
      }
    >
      {(close) => (
        <>
          <p className="ja-Popover-title">Who answers</p>
          <Choices
            label="Who answers"
            chosen={model}
            choices={capabilities.models.map((choice) => ({
              id: choice.id,
              label: choice.label,
              description: choice.description,
              available: choice.available,
              missing: choice.available || way === 'none' ? null : choice.howTo,
            }))}
            choose={(id) => {
              chat.setModel(id);
              close();
            }}
          />
          <p className="ja-Popover-note">
            {way === 'none' ? NO_OTHER_MODEL : 'The choice counts from your next message on.'}
          </p>
        </>
      )}
    </Popover>
  );
});
