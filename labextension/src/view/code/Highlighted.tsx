/** Code in colours, when the environment knows how. */
import * as React from 'react';
import { useView } from '../context';
import { countHidden } from '../text/hidden';
import { Revealed } from '../text/Revealed';

interface Properties {
  readonly code: string;
  readonly language: string;
  /** Colours come once the code does not change any more. */
  readonly settled: boolean;
}

/** Several blocks that settle at once, as when an old chat opens, take turns. */
const DELAY_MILLISECONDS = 60;
/** Above this size colours cost more than they give. */
const SIZE_LIMIT = 40_000;

/**
 * The code itself, exact. Plain text is there at once; the highlighted copy takes its place when it is ready. Code with
 * hidden characters stays plain, since a highlighter would hide them again.
 */
export const Highlighted = React.memo(function Highlighted({ code, language, settled }: Properties) {
  const { environment } = useView();
  const host = React.useRef<HTMLElement>(null);
  const [coloured, setColoured] = React.useState<string | null>(null);
  const wanted =
    settled && environment.highlight !== undefined && code.length <= SIZE_LIMIT && countHidden(code) === 0;

  React.useEffect(() => {
    const element = host.current;
    if (!wanted || !element) return;
    let current = true;
    const timer = setTimeout(() => {
      const fresh = document.createElement('span');
      const paint = async (): Promise<void> => {
        await environment.highlight?.(code, language, fresh);
        // A highlighter that lost or changed a character would show code that is not the code.
        if (!current || fresh.textContent !== code) return;
        // This element has no children of React's: it is filled here and nowhere else.
        element.replaceChildren(fresh);
        setColoured(code);
      };
      // An unknown language, or no highlighter after all: plain text is there already.
      paint().catch(() => undefined);
    }, DELAY_MILLISECONDS);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [wanted, code, language, environment]);

  const ready = wanted && coloured === code;
  return (
    <>
      {!ready && (
        <code>
          <Revealed text={code} />
        </code>
      )}
      <code ref={host} hidden={!ready} />
    </>
  );
});
