/** A model that is not in the list, by its name: providers have more than anybody can list. */
import * as React from 'react';
import { providerOf } from '../../core/models';
import type { ProviderChoice } from '../../core/wire';
import { Icon } from '../icons';
import { whereTo } from './modelWords';

interface Properties {
  /** Those that can be used. */
  readonly providers: readonly ProviderChoice[];
  readonly current: string;
  readonly choose: (id: string) => void;
}

/** A line that becomes a field with its provider. Enter chooses, Escape goes back to the line. */
export function OtherModel({ providers, current, choose }: Properties) {
  const [open, setOpen] = React.useState(false);
  const [used, setUsed] = React.useState(providerOf(current));
  const [name, setName] = React.useState('');
  const line = React.useRef<HTMLButtonElement>(null);
  const field = React.useRef<HTMLInputElement>(null);
  const whereId = React.useId();
  const provider = providers.find((one) => one.id === used) ?? providers[0];
  React.useEffect(() => {
    if (open) field.current?.focus();
  }, [open]);
  if (provider === undefined) return null;

  const leave = (event: React.KeyboardEvent): void => {
    if (event.key !== 'Escape') return;
    event.stopPropagation();
    setOpen(false);
    line.current?.focus();
  };
  const submit = (event: React.FormEvent): void => {
    event.preventDefault();
    const prefix = `${provider.id}:`;
    const given = name.trim();
    const bare = given.startsWith(prefix) ? given.slice(prefix.length).trim() : given;
    if (bare !== '') choose(prefix + bare);
  };
  return (
    <div className="ja-OtherModel">
      <button
        ref={line}
        type="button"
        className="ja-Choice"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        <span className="ja-Choice-mark">
          <Icon name="plus" size={14} />
        </span>
        <span className="ja-Choice-words">Another model…</span>
      </button>
      {open && (
        <form onSubmit={submit} onKeyDown={leave}>
          <select
            className="ja-Field"
            aria-label="Provider"
            value={provider.id}
            onChange={(event) => setUsed(event.target.value)}
          >
            {providers.map((one) => (
              <option key={one.id} value={one.id}>
                {one.label}
              </option>
            ))}
          </select>
          <input
            ref={field}
            className="ja-Field"
            value={name}
            maxLength={150}
            placeholder="Name of the model"
            aria-label="Name of the model"
            aria-describedby={whereId}
            spellCheck={false}
            autoCapitalize="off"
            autoComplete="off"
            onChange={(event) => setName(event.target.value)}
          />
          <button type="submit" className="ja-Button" disabled={name.trim() === ''}>
            Use
          </button>
          <p id={whereId} className="ja-Choice-line">
            {whereTo(provider.sends)}
          </p>
        </form>
      )}
    </div>
  );
}
