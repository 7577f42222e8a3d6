/** How a run ended, in words, when it did not simply finish. */
import * as React from 'react';
import type { AssistantTurn } from '../../core/state';
import type { IconName } from '../icons';
import { Icon } from '../icons';
import { plainProse } from '../text/hidden';
import { RetryButton } from './RetryButton';

interface Ending {
  readonly icon: IconName;
  readonly words: string;
  readonly action: string;
  readonly tone: 'quiet' | 'bad';
}

/** The reason, and a way on. An answer that finished needs neither. */
export function TurnEnd({ turn }: { turn: AssistantTurn }) {
  const ending = endingOf(turn);
  if (!ending) return null;
  return (
    <div className={`ja-TurnEnd ja-is-${ending.tone}`}>
      <Icon name={ending.icon} size={14} />
      <span className="ja-TurnEnd-words">{ending.words}</span>
      <RetryButton runId={turn.runId} words={ending.action} />
    </div>
  );
}

function endingOf(turn: AssistantTurn): Ending | null {
  switch (turn.status) {
    case 'running':
      return null;
    case 'finished':
      return turn.parts.length > 0
        ? null
        : { icon: 'warning', words: 'The answer came back empty.', action: 'Ask again', tone: 'quiet' };
    case 'cancelled':
      return { icon: 'stop', words: 'Stopped.', action: 'Ask again', tone: 'quiet' };
    case 'interrupted':
      return {
        icon: 'warning',
        words: 'The server was restarted before this answer was complete. What had arrived was kept.',
        action: 'Ask again',
        tone: 'bad',
      };
    case 'failed':
      return { icon: 'warning', words: failure(turn.error), action: 'Retry', tone: 'bad' };
  }
}

const WHOSE: ReadonlyMap<string, string> = new Map([
  ['model', 'The model did not answer.'],
  ['kernel', 'The kernel failed.'],
  ['limit', 'A limit was reached.'],
  ['internal', 'Something went wrong on our side.'],
]);

function failure(error: AssistantTurn['error']): string {
  const message = plainProse(error?.message ?? '').trim();
  if (message !== '') return message;
  return WHOSE.get(error?.code ?? '') ?? 'The answer could not be completed.';
}
