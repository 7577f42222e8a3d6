/** Models that were found and that nobody has chosen yet: one click away, and never chosen by themselves. */
import * as React from 'react';
import { useView } from './context';
import { Icon } from './icons';
import { BUILT_IN, offersOf, whereTo } from './menu/modelWords';
import { useChat } from './useChat';

/** More than these are in the menu. */
const SHOWN = 3;

/** The card on the first page. Until the person chooses, once and for all, the built-in assistant answers. */
export function Offers() {
  const { chat, focusComposer } = useView();
  const capabilities = useChat(chat, (held) => held.capabilities);
  const undecided = useChat(chat, (held) => held.chosenModel === null && held.model === BUILT_IN);
  const offers = capabilities === null || !undecided ? [] : offersOf(capabilities);
  if (offers.length === 0) return null;
  const choose = (id: string): void => {
    chat.setModel(id);
    // The button goes away with the card.
    focusComposer();
  };
  return (
    <section className="ja-Offers" aria-label="Models that were found">
      {offers.slice(0, SHOWN).map(({ words, model }) => (
        <div key={model.id} className="ja-Offer">
          <p>{words}</p>
          <p className="ja-Offer-where">{`${whereTo(model)}.`}</p>
          <button type="button" className="ja-Button" onClick={() => choose(model.id)}>
            {`Use ${model.label}`}
            <Icon name="forward" size={14} />
          </button>
        </div>
      ))}
      <button type="button" className="ja-LinkButton" onClick={() => choose(BUILT_IN)}>
        Keep the built-in assistant
      </button>
    </section>
  );
}
