/** What a new chat shows: what this is, that it works right away, and ways to begin. */
import * as React from 'react';
import { useView } from './context';
import { Icon } from './icons';
import { NO_OTHER_MODEL, wayToOthers } from './menu/modelWords';
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

/** The id of the assistant that needs no model. */
const BUILT_IN = 'builtin';

const WAYS = {
  choose: 'Others are in the menu at the top.',
  rows: 'The menu at the top says how to get one.',
  none: NO_OTHER_MODEL,
} as const;

/** The empty state. */
export const Welcome = React.memo(function Welcome() {
  const { chat, focusComposer } = useView();
  const model = useChat(chat, (held) => held.model);
  const label = useChat(chat, (held) => held.capabilities?.models.find((choice) => choice.id === held.model)?.label);
  const models = useChat(chat, (held) => held.capabilities?.models ?? null);
  const way = models === null ? '' : WAYS[wayToOthers(models, model)];
  return (
    <div className="ja-Welcome">
      <h2>Ask about your notebook</h2>
      <p>
        The assistant reads the notebook that is open here and the variables in its kernel. It proposes cells, and changes
        or runs something only after you have seen exactly what, and allowed it.
      </p>
      <p className="ja-Welcome-model">
        {model === BUILT_IN || label === undefined
          ? `The built-in assistant answers: it works with no key and no network. It follows rules and is no language model. ${way}`
          : `Answers come from ${label}. The built-in assistant, which needs no key and no network, is in the menu at the top.`}
      </p>
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
