/** The scrolling list of turns. */
import * as React from 'react';
import type { Turn } from '../core/state';
import type { Scroll } from './follow';
import { Follow } from './follow';
import { Icon } from './icons';
import { TurnView } from './turn/TurnView';

interface Properties {
  readonly turns: readonly Turn[];
  readonly children?: React.ReactNode;
}

const measure = (box: HTMLElement): Scroll => ({
  top: box.scrollTop,
  height: box.scrollHeight,
  view: box.clientHeight,
});

/** The log: it follows the newest line until the reader scrolls up, and then offers a way back. */
export const Log = React.memo(function Log({ turns, children }: Properties) {
  const box = React.useRef<HTMLDivElement>(null);
  const content = React.useRef<HTMLDivElement>(null);
  const [follow] = React.useState(() => new Follow());
  const [following, setFollowing] = React.useState(true);
  const newestQuestion = lastQuestion(turns);

  const toEnd = React.useCallback(() => {
    const element = box.current;
    // A hidden panel measures zero; it comes back through the observer below. The first page is read from its top.
    if (!element || element.clientHeight === 0 || !follow.following || newestQuestion === null) return;
    element.scrollTop = element.scrollHeight;
    follow.moved(measure(element));
  }, [follow, newestQuestion]);

  const resume = React.useCallback(() => {
    follow.resume();
    setFollowing(true);
    toEnd();
  }, [follow, toEnd]);

  // Whoever asks wants to see the answer, wherever the log stood.
  React.useLayoutEffect(() => {
    if (newestQuestion !== null) resume();
  }, [newestQuestion, resume]);

  React.useLayoutEffect(toEnd, [turns, toEnd]);

  // Content also grows without a new state (colours, opened details), and the panel itself changes size.
  React.useEffect(() => {
    if (typeof ResizeObserver === 'undefined' || !box.current || !content.current) return;
    const observer = new ResizeObserver(toEnd);
    observer.observe(box.current);
    observer.observe(content.current);
    return () => observer.disconnect();
  }, [toEnd]);

  const onScroll = (): void => {
    const element = box.current;
    if (element && element.clientHeight > 0) setFollowing(follow.scrolled(measure(element)));
  };

  return (
    <div className="ja-LogFrame">
      {/* Live regions inside would be read token by token; the announcer says what matters instead. */}
      <div ref={box} className="ja-Log" role="log" aria-live="off" aria-label="Conversation" tabIndex={0} onScroll={onScroll}>
        <div ref={content} className="ja-Log-content">
          {children}
          {turns.map((turn) => (
            <TurnView key={turn.role === 'user' ? `q-${turn.id}` : `a-${turn.runId}`} turn={turn} />
          ))}
        </div>
      </div>
      {!following && (
        <button
          type="button"
          className="ja-Jump"
          onClick={() => {
            // The button goes away with its purpose; the keys that scroll go on working.
            box.current?.focus({ preventScroll: true });
            resume();
          }}
        >
          <Icon name="down" size={14} />
          Jump to latest
        </button>
      )}
    </div>
  );
});

function lastQuestion(turns: readonly Turn[]): string | null {
  for (let index = turns.length - 1; index >= 0; index -= 1) {
    const turn = turns[index];
    if (turn?.role === 'user') return turn.id;
  }
  return null;
}
