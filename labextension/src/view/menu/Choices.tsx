/** One of several, each explained in words: modes and models. */
import * as React from 'react';
import { Icon } from '../icons';
import { moveFocus } from './Popover';

/** Something that can be chosen. */
export interface Choice {
  readonly id: string;
  readonly label: string;
  /** What it means to choose it, a line each. */
  readonly lines: readonly string[];
}

/** Choices under a heading of their own; without one where there is only one group. */
export interface ChoiceGroup {
  readonly name: string | null;
  readonly choices: readonly Choice[];
}

interface Properties {
  readonly label: string;
  readonly groups: readonly ChoiceGroup[];
  readonly chosen: string;
  readonly choose: (id: string) => void;
}

/**
 * The list. The arrow keys move, Enter or space chooses: a choice may send things to another place, so moving past it
 * must not be enough.
 */
export function Choices({ label, groups, chosen, choose }: Properties) {
  const list = React.useRef<HTMLDivElement>(null);
  const all = groups.flatMap((group) => group.choices);
  const entry = all.some((choice) => choice.id === chosen) ? chosen : all[0]?.id;
  React.useEffect(() => {
    list.current?.querySelector<HTMLElement>('[tabindex="0"]')?.focus();
  }, []);
  const onKeyDown = (event: React.KeyboardEvent): void => {
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
    event.preventDefault();
    moveFocus(list.current, event.key === 'ArrowDown' ? 1 : -1);
  };
  return (
    <div ref={list} className="ja-Choices" role="radiogroup" aria-label={label} onKeyDown={onKeyDown}>
      {groups.map(({ name, choices }) => (
        <div key={name ?? ''} className="ja-ChoiceGroup" role={name === null ? 'presentation' : 'group'} aria-label={name ?? undefined}>
          {name !== null && (
            <p className="ja-ChoiceGroup-name" aria-hidden="true">
              {name}
            </p>
          )}
          {choices.map((choice) => (
            <Row
              key={choice.id}
              choice={choice}
              chosen={choice.id === chosen}
              entry={choice.id === entry}
              choose={choose}
            />
          ))}
        </div>
      ))}
    </div>
  );
}

interface RowProperties {
  readonly choice: Choice;
  readonly chosen: boolean;
  /** The one that the Tab key comes to; the others are reached by the arrows. */
  readonly entry: boolean;
  readonly choose: (id: string) => void;
}

function Row({ choice, chosen, entry, choose }: RowProperties) {
  return (
    <button
      type="button"
      role="radio"
      data-stop=""
      className="ja-Choice"
      aria-checked={chosen}
      tabIndex={entry ? 0 : -1}
      onClick={() => choose(choice.id)}
    >
      <span className="ja-Choice-mark">{chosen && <Icon name="check" size={14} />}</span>
      <span className="ja-Choice-words">
        <span className="ja-Choice-label">{choice.label}</span>
        {choice.lines.map((line) => (
          <span key={line} className="ja-Choice-line">
            {line}
          </span>
        ))}
      </span>
    </button>
  );
}
