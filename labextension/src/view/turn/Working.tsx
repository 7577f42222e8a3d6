/** A sign of life while a run goes on and nothing else on the page moves. */
import * as React from 'react';
import type { Part } from '../../core/state';

/** Dots with a word, unless the last part shows by itself that something happens. */
export function Working({ parts }: { parts: readonly Part[] }) {
  const last = parts[parts.length - 1];
  if (last?.kind === 'tool' && last.status !== 'done' && last.status !== 'denied' && last.status !== 'failed') return null;
  if (last && last.kind !== 'tool' && last.open && last.text !== '') return null;
  return (
    <p className="ja-Working">
      <span className="ja-Dots" aria-hidden="true">
        <i />
        <i />
        <i />
      </span>
      {last ? 'Working' : 'Thinking'}
    </p>
  );
}
