/** What a screen reader is told: that an answer is complete and how it begins, never each token. */
import * as React from 'react';
import type { AssistantTurn, Turn } from '../core/state';
import { spokenText } from './markdown/spoken';
import { plainProse } from './text/hidden';
import { spokenOf } from './turn/Waiting';

const SPOKEN_LIMIT = 400;

/** The polite live region. `words` is said whenever `number` changes, also when the words are the same. */
export const Announcer = React.memo(function Announcer({ words, number }: { words: string; number: number }) {
  return (
    <div className="ja-Spoken" role="status" aria-live="polite">
      <span key={number}>{words}</span>
    </div>
  );
});

/** Announces the end of each run that was seen running, and each time that it has to wait for its provider. */
export function useAnnouncedEnd(turns: readonly Turn[], announce: (words: string) => void): void {
  const seen = React.useRef<string | null>(null);
  const newest = turns[turns.length - 1];
  const waiting = newest?.role === 'assistant' ? newest.waiting : null;
  React.useEffect(() => {
    if (waiting !== null) announce(spokenOf(waiting));
  }, [waiting, announce]);
  React.useEffect(() => {
    const last = turns[turns.length - 1];
    if (last?.role !== 'assistant') return;
    if (last.status === 'running') {
      seen.current = last.runId;
    } else if (seen.current === last.runId) {
      seen.current = null;
      announce(ending(last));
    }
  }, [turns, announce]);
}

function ending(turn: AssistantTurn): string {
  switch (turn.status) {
    case 'failed':
      return `The answer failed. ${turn.error?.message ?? ''}`;
    case 'cancelled':
      return 'The answer was stopped.';
    case 'interrupted':
      return 'The answer was interrupted.';
    default: {
      const text = turn.parts.map((part) => (part.kind === 'text' ? spokenText(part.text) : '')).join(' ').trim();
      const begin = plainProse(text).slice(0, SPOKEN_LIMIT);
      return `Answer: ${begin}${text.length > SPOKEN_LIMIT ? '… It goes on in the conversation.' : ''}`;
    }
  }
}
