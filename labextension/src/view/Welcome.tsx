/** What a new chat shows: what this is, that it works right away, and ways to begin. */
import * as React from 'react';
import { modelOf } from '../core/models';
import type { ModelChoice } from '../core/wire';
import { useView } from './context';
import { Icon } from './icons';
import { BUILT_IN, nameOf, whereTo } from './menu/modelWords';
import { Offers } from './Offers';
import { plainProse } from './text/hidden';
import { useChat } from './useChat';

interface Starter {
  readonly words: string;
  /** The rest is for the person to write. */
  readonly open?: boolean;
}

const STARTERS: readonly Starter[] = [
  { words: 'Summarise this notebook' },
  { words: 'What variables are there?' },
  { words: 'Describe the data frame ', open: true },
  { words: 'Explain the last error' },
  { words: 'Help' },
];

/** The empty state. */
export const Welcome = React.memo(function Welcome() {
  const { chat, focusComposer } = useView();
  return (
    <div className="ja-Welcome">
      <h2>Ask about your notebook</h2>
      <p>
        The assistant reads the notebook that is open here and the variables in its kernel. It proposes cells, and changes
        or runs something only after you have seen exactly what, and allowed it.
      </p>
      <p className="ja-Welcome-model">
        <WhoAnswers />
      </p>
      <Offers />
      <ul className="ja-Starters" aria-label="Ways to begin">
        {STARTERS.map((starter) => (
          <li key={starter.words}>
            <button
              type="button"
              onClick={() => {
                focusComposer(starter.open ? starter.words : undefined);
                if (!starter.open) void chat.send(starter.words);
              }}
            >
              {starter.words.trim()}
              {starter.open && '…'}
              <Icon name={starter.open ? 'pencil' : 'send'} size={14} />
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
});

function WhoAnswers() {
  const { chat } = useView();
  const capabilities = useChat(chat, (held) => held.capabilities);
  const model = useChat(chat, (held) => held.model);
  if (capabilities === null || model === BUILT_IN) {
    return (
      <>
        The built-in assistant answers: it works with no key and no network. It follows rules and is no language model.
        Others are in the menu at the top.
      </>
    );
  }
  const known = modelOf(capabilities, model);
  const warning = capabilities.warnings.find((words) => words.includes(model));
  const claim = `Answers come from ${nameOf(capabilities, model)}. ${known === null ? '' : place(known)}`;
  return (
    <>
      {`${plainProse(warning ?? claim)} `}
      The built-in assistant, which needs no key and no network, is in the menu at the top.
    </>
  );
}

const place = (known: ModelChoice): string =>
  known.sends === null
    ? `${whereTo(known)}.`
    : `Your messages, and what it reads of the notebook and its variables, are sent to ${known.sends}.`;
