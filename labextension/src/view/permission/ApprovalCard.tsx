/** One thing that the assistant wants to do and a person must allow. */
import * as React from 'react';
import type { InputRequest } from '../../core/state';
import { useView } from '../context';
import { Icon } from '../icons';
import { Revealed } from '../text/Revealed';
import { Exact } from './Exact';
import { requestAnchor, riskWords, timeLeft } from './requests';

/** How an answer stands that was given here: under way, or gone without a sign that it arrived. */
export type Sent = 'sending' | 'unheard';

interface Properties {
  readonly request: InputRequest;
  /** null while no answer was given, by whichever button. */
  readonly sent: Sent | null;
  readonly answer: (request: InputRequest, decision: 'approve' | 'deny', reason?: string) => void;
  /** The focus was in this card when it went away. */
  readonly onFocusLost: (requestId: string) => void;
}

/** A card that has just appeared cannot be allowed yet: nobody can have read it, and a click may have been for something else. */
const READING_MILLISECONDS = 400;
const TICK_MILLISECONDS = 15_000;

/** The request with its exact content and the buttons. */
export const ApprovalCard = React.memo(function ApprovalCard({ request, sent, answer, onFocusLost }: Properties) {
  const { exact, requestId } = request;
  const card = React.useRef<HTMLElement>(null);
  const armed = useAfter(READING_MILLISECONDS);
  const left = timeLeft(request.expiresAt, useNow());
  const [explaining, setExplaining] = React.useState(false);
  const titleId = `${requestAnchor(requestId)}-title`;

  React.useLayoutEffect(() => {
    const element = card.current;
    return () => {
      if (element?.contains(document.activeElement)) queueMicrotask(() => onFocusLost(requestId));
    };
  }, [onFocusLost, requestId]);

  const blocked = sent === 'sending' || left === null;
  return (
    <section
      ref={card}
      id={requestAnchor(requestId)}
      className={`ja-Approval${sent === 'sending' ? ' ja-is-sending' : ''}`}
      aria-labelledby={titleId}
      tabIndex={-1}
    >
      <header>
        <h3 id={titleId}>
          <Revealed text={exact.title} />
        </h3>
        <span className="ja-Approval-risk">{riskWords(request.risk)}</span>
      </header>
      {request.again && (
        <p className="ja-Approval-again">
          <Icon name="retry" size={14} />
          Asked again, because it changed since you looked.
        </p>
      )}
      <Exact exact={exact} />
      {explaining ? (
        <Refusal
          blocked={blocked}
          refuse={(reason) => answer(request, 'deny', reason)}
          cancel={() => {
            setExplaining(false);
            card.current?.focus();
          }}
        />
      ) : (
        <div className="ja-Approval-buttons">
          <button
            type="button"
            className="ja-Button ja-is-primary"
            disabled={blocked || !armed}
            onClick={() => answer(request, 'approve')}
          >
            <Icon name="check" size={14} />
            Allow once
          </button>
          <button type="button" className="ja-Button" disabled={blocked} onClick={() => answer(request, 'deny')}>
            Don’t allow
          </button>
          <button type="button" className="ja-LinkButton" disabled={blocked} onClick={() => setExplaining(true)}>
            Say why not…
          </button>
        </div>
      )}
      <p className="ja-Approval-hint">
        {hint(sent, left)}
      </p>
    </section>
  );
});

function hint(sent: Sent | null, left: string | null): string {
  if (sent === 'sending') return 'Sending your answer…';
  if (left === null) return 'This request is too old. Ask again to get a new one.';
  return sent === 'unheard' ? 'There is no sign yet that your answer arrived. You can answer again.' : left;
}

/** A refusal with a reason, which the assistant can act on. */
function Refusal(properties: { blocked: boolean; refuse: (reason: string) => void; cancel: () => void }) {
  const { announce } = useView();
  const [reason, setReason] = React.useState('');
  const field = React.useRef<HTMLInputElement>(null);
  React.useEffect(() => field.current?.focus(), []);
  const submit = (event: React.FormEvent): void => {
    event.preventDefault();
    if (properties.blocked) return;
    announce('Not allowed');
    properties.refuse(reason.trim());
  };
  return (
    <form className="ja-Approval-refusal" onSubmit={submit}>
      <input
        ref={field}
        className="ja-Field"
        value={reason}
        placeholder="Reason (optional)"
        aria-label="Why it is not allowed"
        onChange={(event) => setReason(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return;
          event.stopPropagation();
          properties.cancel();
        }}
      />
      <button type="submit" className="ja-Button" disabled={properties.blocked}>
        Don’t allow
      </button>
      <button type="button" className="ja-LinkButton" onClick={properties.cancel}>
        Back
      </button>
    </form>
  );
}

/** False at first, true `milliseconds` after the component appeared. */
function useAfter(milliseconds: number): boolean {
  const [after, setAfter] = React.useState(false);
  React.useEffect(() => {
    const timer = setTimeout(() => setAfter(true), milliseconds);
    return () => clearTimeout(timer);
  }, [milliseconds]);
  return after;
}

/** The time of day, renewed often enough for words such as "9 minutes". */
function useNow(): number {
  const [now, setNow] = React.useState(() => Date.now());
  React.useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), TICK_MILLISECONDS);
    return () => clearInterval(timer);
  }, []);
  return now;
}
