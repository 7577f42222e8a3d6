/** Which model answers, where it sends what it is told, and in plain words how to get another. */
import * as React from 'react';
import { modelOf } from '../../core/models';
import type { Capabilities } from '../../core/wire';
import { useView } from '../context';
import { Icon } from '../icons';
import { useChat } from '../useChat';
import { Choices } from './Choices';
import { HowTo } from './HowTo';
import { groupsOf, missingOf, nameOf, unlistedOf } from './modelWords';
import { OtherModel } from './OtherModel';
import { Popover } from './Popover';

/** The chip in the header. Until the server has said what it offers there is nothing to choose, so nothing is shown. */
export const ModelMenu = React.memo(function ModelMenu() {
  const { chat } = useView();
  const capabilities = useChat(chat, (held) => held.capabilities);
  const model = useChat(chat, (held) => held.model);
  if (!capabilities) return null;
  const name = nameOf(capabilities, model);
  const sends = modelOf(capabilities, model)?.sends ?? null;
  return (
    <Popover
      className="ja-ModelMenu"
      side="below"
      label={`Answers come from: ${name}${sends === null ? '' : `, at ${sends}`}`}
      button={
        <>
          <Icon name={sends === null ? 'spark' : 'outward'} size={12} />
          <span className="ja-Popover-name">{name}</span>
          <Icon name="chevron" size={12} />
        </>
      }
    >
      {(close) => <ModelList capabilities={capabilities} model={model} close={close} />}
    </Popover>
  );
});

interface Properties {
  readonly capabilities: Capabilities;
  readonly model: string;
  readonly close: () => void;
}

function ModelList({ capabilities, model, close }: Properties) {
  const { chat } = useView();
  const missing = missingOf(capabilities);
  const choose = (id: string): void => {
    chat.setModel(id);
    close();
  };
  // A key may have been set since, or a local server started.
  React.useEffect(() => void chat.refresh(), [chat]);
  return (
    <>
      <p className="ja-Popover-title">Who answers</p>
      <Choices label="Who answers" chosen={model} groups={groupsOf(capabilities, model)} choose={choose} />
      <OtherModel
        providers={capabilities.providers.filter((provider) => provider.available)}
        unlisted={unlistedOf(capabilities)}
        current={model}
        choose={choose}
      />
      {missing.length > 0 && (
        <section className="ja-Missing" aria-label="Not set up here">
          <p className="ja-ChoiceGroup-name">Not set up here</p>
          <ul>
            {missing.map(({ label, howTo }) => (
              <li key={label}>
                <span className="ja-Missing-label">{label}</span>
                <HowTo words={howTo} />
              </li>
            ))}
          </ul>
        </section>
      )}
      <p className="ja-Popover-note">The choice counts from your next message on.</p>
    </>
  );
}
