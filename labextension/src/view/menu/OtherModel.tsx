/** A model that is not in the list, by its name: providers have more than anybody can list. */
import * as React from 'react';
import { providerOf } from '../../core/models';
import type { ProviderChoice } from '../../core/wire';
import { Icon } from '../icons';
import { whereTo } from './modelWords';

interface Properties {
  /** Those that can be used. */
  readonly providers: readonly ProviderChoice[];
  /** Those of them that have nothing in the list: each has a line of its own. */
  readonly unlisted: readonly ProviderChoice[];
  readonly current: string;
  readonly choose: (id: string) => void;
}

/** Lines that become a field with its provider. Enter chooses, Escape goes back to the line. */
export function OtherModel({ providers, unlisted, current, choose }: Properties) {
  const [opened, setOpened] = React.useState<string | null>(null);
  const root = React.useRef<HTMLDivElement>(null);
  if (providers.length === 0) return null;
  const leave = (): void => {
    root.current?.querySelector<HTMLElement>('[aria-expanded="true"]')?.focus();
    setOpened(null);
  };
  const line = (id: string, words: string, provider: string) => (
    <React.Fragment key={id}>
      <button
        type="button"
        className="ja-Choice"
        aria-expanded={opened === id}
        onClick={() => setOpened(opened === id ? null : id)}
      >
        <span className="ja-Choice-mark">
          <Icon name="plus" size={14} />
        </span>
        <span className="ja-Choice-words">{words}</span>
      </button>
      {opened === id && <NameForm providers={providers} first={provider} choose={choose} leave={leave} />}
    </React.Fragment>
  );
  return (
    <div ref={root} className="ja-OtherModel">
      {unlisted.map(({ id, label }) => line(id, `${label}: type the name of a model…`, id))}
      {line('', 'Another model…', providerOf(current))}
    </div>
  );
}

interface FormProperties extends Pick<Properties, 'providers' | 'choose'> {
  /** The provider that is chosen to begin with. */
  readonly first: string;
  readonly leave: () => void;
}

function NameForm({ providers, first, choose, leave }: FormProperties) {
  const [used, setUsed] = React.useState(first);
  const [name, setName] = React.useState('');
  const field = React.useRef<HTMLInputElement>(null);
  const whereId = React.useId();
  const provider = providers.find((one) => one.id === used) ?? providers[0];
  React.useEffect(() => field.current?.focus(), []);
  if (provider === undefined) return null;

  const onKeyDown = (event: React.KeyboardEvent): void => {
    if (event.key !== 'Escape') return;
    event.stopPropagation();
    leave();
  };
  const submit = (event: React.FormEvent): void => {
    event.preventDefault();
    const prefix = `${provider.id}:`;
    const given = name.trim();
    const bare = given.startsWith(prefix) ? given.slice(prefix.length).trim() : given;
    if (bare !== '') choose(prefix + bare);
  };
  return (
    <form onSubmit={submit} onKeyDown={onKeyDown}>
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
        placeholder={provider.example || 'Name of the model'}
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
        {whereTo(provider)}
      </p>
    </form>
  );
}
