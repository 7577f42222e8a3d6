/** One turn of the conversation: what was asked, or everything that one run did. */
import * as React from 'react';
import type { AssistantTurn, Part, Turn, UserTurn } from '../../core/state';
import { Boundary } from '../Boundary';
import { Icon } from '../icons';
import { Picture } from '../images/Picture';
import { Markdown } from '../markdown/Markdown';
import { plainProse } from '../text/hidden';
import { Reasoning } from './Reasoning';
import { RetryButton } from './RetryButton';
import { Spent } from './Spent';
import { ToolCard } from './ToolCard';
import { TurnEnd } from './TurnEnd';
import { Waiting } from './Waiting';
import { Working } from './Working';

/** One turn. A turn that did not change keeps its identity, and is not drawn again. */
export const TurnView = React.memo(function TurnView({ turn }: { turn: Turn }) {
  const asked = turn.role === 'user';
  return (
    <Boundary what={asked ? 'this question' : 'this answer'}>
      {asked ? <Question turn={turn} /> : <Answer turn={turn} />}
    </Boundary>
  );
});

function Question({ turn }: { turn: UserTurn }) {
  return (
    <article className={`ja-Turn ja-Question ja-is-${turn.delivery}`} aria-label="You">
      {turn.images.length > 0 && (
        <div className="ja-Question-images">
          {turn.images.map((name, index) => (
            <Picture key={index} name={name} label={`Image ${index + 1} of ${turn.images.length}`} />
          ))}
        </div>
      )}
      {turn.text !== '' && <div className="ja-Question-text">{plainProse(turn.text)}</div>}
      {turn.delivery === 'pending' && <p className="ja-Question-state">Sending…</p>}
      {turn.delivery === 'failed' && (
        <p className="ja-Question-state ja-is-error" role="alert">
          <Icon name="warning" size={14} />
          This message was not sent.
          <RetryButton runId={turn.runId} words="Retry" />
        </p>
      )}
    </article>
  );
}

function Answer({ turn }: { turn: AssistantTurn }) {
  const running = turn.status === 'running';
  return (
    <article className="ja-Turn ja-Answer" aria-label="Assistant" aria-busy={running} data-status={turn.status}>
      {turn.parts.map((part) => (
        <PartView key={`${part.kind}-${part.id}`} part={part} running={running} />
      ))}
      {running && (turn.waiting === null ? <Working parts={turn.parts} /> : <Waiting waiting={turn.waiting} />)}
      {!running && <TurnEnd turn={turn} />}
      {!running && <Spent turn={turn} />}
    </article>
  );
}

/** One part of an answer; its identity says whether it changed. */
const PartView = React.memo(function PartView({ part, running }: { part: Part; running: boolean }) {
  switch (part.kind) {
    case 'text':
      return <Markdown text={part.text} open={part.open && running} />;
    case 'reasoning':
      return <Reasoning text={part.text} open={part.open && running} />;
    case 'tool':
      return <ToolCard part={part} />;
  }
});
