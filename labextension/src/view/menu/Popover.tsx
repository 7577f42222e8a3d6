/** A button that opens a small panel, and everything that closes it again. */
import * as React from 'react';
import { useUniqueId } from '../useUniqueId';

interface Properties {
  readonly className?: string;
  /** What the button is for, for screen readers and as its hint. */
  readonly label: string;
  readonly button: React.ReactNode;
  /** Where the panel opens: below the header, or above the composer. */
  readonly side: 'below' | 'above';
  readonly children: (close: () => void) => React.ReactNode;
}

/** The button and, while open, the panel. Escape closes and gives the focus back; so does leaving it. */
export function Popover({ className = '', label, button, side, children }: Properties) {
  // "returning" is closed, with the focus still to be given back to the button.
  const [state, setState] = React.useState<'closed' | 'open' | 'returning'>('closed');
  const open = state === 'open';
  const anchor = React.useRef<HTMLDivElement>(null);
  const trigger = React.useRef<HTMLButtonElement>(null);
  const id = useUniqueId();

  const close = React.useCallback(() => setState('returning'), []);

  React.useEffect(() => {
    if (state === 'returning') trigger.current?.focus();
  }, [state]);

  React.useEffect(() => {
    if (!open) return;
    const outside = (event: PointerEvent): void => {
      if (event.target instanceof Node && !anchor.current?.contains(event.target)) setState('closed');
    };
    document.addEventListener('pointerdown', outside, true);
    return () => document.removeEventListener('pointerdown', outside, true);
  }, [open]);

  const onKeyDown = (event: React.KeyboardEvent): void => {
    if (event.key !== 'Escape' || !open) return;
    event.stopPropagation();
    close();
  };
  const onBlur = (event: React.FocusEvent): void => {
    const next = event.relatedTarget;
    // Without a next element the window lost the focus, or a click on plain text took it; neither is leaving.
    if (next instanceof Node && !anchor.current?.contains(next)) setState('closed');
  };

  return (
    <div ref={anchor} className={`ja-Popover ${className}`} onKeyDown={onKeyDown} onBlur={onBlur}>
      <button
        ref={trigger}
        type="button"
        className="ja-Popover-button"
        title={label}
        aria-label={label}
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        onClick={() => setState(open ? 'closed' : 'open')}
      >
        {button}
      </button>
      {open && (
        <div id={id} className={`ja-Popover-panel ja-is-${side}`} role="group" aria-label={label}>
          {children(close)}
        </div>
      )}
    </div>
  );
}

/** Moves the focus between the elements with `data-stop` inside `container`; for the up and down arrow keys. */
export function moveFocus(container: HTMLElement | null, step: 1 | -1): void {
  const stops = [...(container?.querySelectorAll<HTMLElement>('[data-stop]:not(:disabled)') ?? [])];
  const at = stops.findIndex((element) => element === document.activeElement);
  const next = at < 0 ? (step === 1 ? 0 : stops.length - 1) : (at + step + stops.length) % stops.length;
  stops[next]?.focus();
}
