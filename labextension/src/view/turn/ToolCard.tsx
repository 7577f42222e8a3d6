/** One call of a tool, as a line that opens. */
import * as React from 'react';
import type { ToolPart, ToolStatus } from '../../core/state';
import type { IconName } from '../icons';
import { Icon } from '../icons';
import { QuestionCard } from '../permission/QuestionCard';
import { plainProse } from '../text/hidden';
import { plainOutput } from '../text/terminal';
import { ToolDetails } from './ToolDetails';
import { titleOf } from './toolTitle';
import { decisionOf, statusWord, summaryOf } from './toolWords';

const ICONS: Readonly<Record<ToolStatus, IconName | null>> = {
  calling: null,
  waiting: 'shield',
  running: null,
  done: 'check',
  denied: 'cross',
  failed: 'warning',
  stopped: 'stop',
};

/** The call in plain words with its status; opened, what it was given and what came back. */
export const ToolCard = React.memo(function ToolCard({ part }: { part: ToolPart }) {
  const [shown, setShown] = React.useState(false);
  const icon = ICONS[part.status];
  const request = part.request;
  const lastWords = part.progress[part.progress.length - 1];
  const decision = decisionOf(part);
  const summary = summaryOf(part);

  if (request?.kind === 'question' && request.outcome === null && part.status === 'waiting') return <QuestionCard request={request} />;
  return (
    <div className={`ja-Tool ja-is-${part.status}`}>
      <details open={shown} onToggle={(event) => setShown(event.currentTarget.open)}>
        <summary>
          <span className="ja-Tool-icon">
            {icon ? <Icon name={icon} size={14} /> : <span className="ja-Spinner" aria-hidden="true" />}
          </span>
          <span className="ja-Tool-title">{titleOf(part)}</span>
          <span className="ja-Tool-status">{statusWord(part)}</span>
          {summary !== null && <span className="ja-Tool-summary">{summary}</span>}
          <Icon name="chevron" size={14} />
        </summary>
        {shown && <ToolDetails part={part} />}
      </details>
      {part.status === 'running' && !shown && lastWords !== undefined && (
        <p className="ja-Tool-progress">{plainProse(plainOutput(lastWords))}</p>
      )}
      {decision !== null && part.status !== 'waiting' && shown && <p className="ja-Tool-decision">{decision}</p>}
    </div>
  );
});
