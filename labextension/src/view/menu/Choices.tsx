/** One of several, each explained in words: modes and models. */
import * as React from 'react';
import { Icon } from '../icons';
import { moveFocus } from './Popover';

/** Something that can be chosen, or, where it is not available, that `missing` may explain how to get. */
export interface Choice {
  readonly id: string;
  readonly label: string;
  readonly description: string;
  readonly available: boolean;
  readonly missing: string | null;
}

interface Properties {
  readonly label: string;
  readonly choices: readonly Choice[];
  readonly chosen: string;
  readonly choose: (id: string) => void;
}

/** The list. The arrow keys move, Enter or space chooses. */
export function Choices({ label, choices, chosen, choose }: Properties) {
  const list = React.useRef<HTMLDivElement>(null);
  React.useEffect(() => {
    list.current?.querySelector<HTMLElement>('[aria-checked="true"]')?.focus();
  }, []);
  const onKeyDown = (event: React.KeyboardEvent): void => {
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
    event.preventDefault();
    moveFocus(list.current, event.key === 'ArrowDown' ? 1 : -1);
  };
  return (
    <div ref={list} className="ja-Choices" role="radiogroup" aria-label={label} onKeyDown={onKeyDown}>
      {choices.map((choice) => (
        <button
          key={choice.id}
          type="button"
          role="radio"
          data-stop=""
          className="ja-Choice"
          aria-checked={choice.id === chosen}
          disabled={!choice.available}
          onClick={() => choose(choice.id)}
        >
          <span className="ja-Choice-mark">{choice.id === chosen && <Icon name="check" size={14} />}</span>
          <span className="ja-Choice-words">
            <span className="ja-Choice-label">{choice.label}</span>
            {choice.description !== '' && <span className="ja-Choice-description">{choice.description}</span>}
            {choice.missing !== null && choice.missing !== '' && <span className="ja-Choice-missing">{choice.missing}</span>}
          </span>
        </button>
      ))}
    </div>
  );
}
