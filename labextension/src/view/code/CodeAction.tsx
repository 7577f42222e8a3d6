/** A small button that does one thing and says how it ended. */
import * as React from 'react';
import { useView } from '../context';
import type { IconName } from '../icons';
import { Icon } from '../icons';

interface Properties {
  readonly icon: IconName;
  readonly label: string;
  /** Said for a moment when it worked, such as "Copied". */
  readonly done: string;
  readonly act: () => Promise<void>;
  /** Words for the person when it did not work; null when it is tried again. */
  readonly onError: (words: string | null) => void;
}

const CONFIRMATION_MILLISECONDS = 1800;

/** The button. While it works it cannot be pressed again. */
export function CodeAction({ icon, label, done, act, onError }: Properties) {
  const { announce } = useView();
  const [phase, setPhase] = React.useState<'idle' | 'busy' | 'done'>('idle');
  const timer = React.useRef<ReturnType<typeof setTimeout>>(undefined);
  const alive = React.useRef(true);
  React.useEffect(() => {
    alive.current = true;
    return () => {
      alive.current = false;
      clearTimeout(timer.current);
    };
  }, []);

  const press = async (): Promise<void> => {
    if (phase === 'busy') return;
    clearTimeout(timer.current);
    setPhase('busy');
    onError(null);
    try {
      await act();
      if (!alive.current) return;
      setPhase('done');
      announce(done);
      timer.current = setTimeout(() => setPhase('idle'), CONFIRMATION_MILLISECONDS);
    } catch (error) {
      if (!alive.current) return;
      setPhase('idle');
      onError(error instanceof Error && error.message ? error.message : `“${label}” did not work.`);
    }
  };

  return (
    <button
      type="button"
      className={`ja-CodeAction${phase === 'done' ? ' ja-is-done' : ''}`}
      title={label}
      aria-label={phase === 'done' ? done : label}
      // Not `disabled`, with which a browser takes the focus away from whoever uses the keyboard.
      aria-disabled={phase === 'busy' || undefined}
      onClick={() => void press()}
    >
      <Icon name={phase === 'done' ? 'check' : icon} size={14} />
      <span className="ja-CodeAction-word">{phase === 'done' ? done : label}</span>
    </button>
  );
}
