/**
 * The place where the assistant asks for permission. It lies outside of the conversation, right above the composer: no
 * text of a model is ever drawn here, so nothing a model writes can look like it, cover it or scroll it away.
 */
import * as React from 'react';
import type { InputRequest } from '../../core/state';
import { useView } from '../context';
import { Icon } from '../icons';
import { plainProse } from '../text/hidden';
import type { Sent } from './ApprovalCard';
import { ApprovalCard } from './ApprovalCard';
import { openApprovals, requestAnchor } from './requests';

interface Properties {
  readonly requests: readonly InputRequest[];
}

/** An answer that the server took shows as an event soon; after this long without one the buttons come back. */
const GRACE_MILLISECONDS = 4000;

/** All open approvals, and one answer for all when there are several. */
export const PermissionDock = React.memo(function PermissionDock({ requests }: Properties) {
  const { chat, announce, focusComposer } = useView();
  const [sent, setSent] = React.useState<ReadonlyMap<string, Sent>>(new Map());
  const timers = React.useRef(new Set<ReturnType<typeof setTimeout>>());
  const dock = React.useRef<HTMLElement>(null);

  React.useEffect(() => {
    const pending = timers.current;
    return () => pending.forEach(clearTimeout);
  }, []);

  const newest = requests[requests.length - 1];
  React.useEffect(() => {
    if (newest) announce(`Permission needed: ${plainProse(newest.exact.title)}`);
  }, [newest, announce]);

  const send = React.useCallback(
    async (request: InputRequest, decision: 'approve' | 'deny', reason?: string): Promise<void> => {
      setSent((before) => new Map(before).set(request.requestId, 'sending'));
      await chat.answer(request, decision, reason ? { reason } : undefined);
      const timer = setTimeout(() => {
        timers.current.delete(timer);
        setSent((before) => new Map(before).set(request.requestId, 'unheard'));
      }, GRACE_MILLISECONDS);
      timers.current.add(timer);
    },
    [chat],
  );

  /** To the next request that waits for an answer, else to the composer: never to nowhere. */
  const moveOn = React.useCallback(
    (from: string) => {
      const cards = [...(dock.current?.querySelectorAll<HTMLElement>('.ja-Approval:not(.ja-is-sending)') ?? [])];
      const next = cards.find((card) => card.id !== requestAnchor(from));
      // The card itself, not a button of it: a key that is pressed twice must not answer what nobody has read.
      if (next) next.focus();
      else focusComposer();
    },
    [focusComposer],
  );

  const answer = React.useCallback(
    (request: InputRequest, decision: 'approve' | 'deny', reason?: string) => {
      // Before the buttons are disabled: a browser takes the focus from a disabled button and gives it to nobody.
      moveOn(request.requestId);
      void send(request, decision, reason);
    },
    [send, moveOn],
  );

  const answerAll = async (decision: 'approve' | 'deny'): Promise<void> => {
    focusComposer();
    const shown = requests.filter((request) => sent.get(request.requestId) !== 'sending');
    setSent(new Map(requests.map((request) => [request.requestId, 'sending'])));
    // One after another, so that they are done in the order in which they are shown; one answer may close another request.
    for (const request of shown) {
      if (openApprovals(chat.state.turns).some((open) => open.requestId === request.requestId)) await send(request, decision);
    }
  };

  if (requests.length === 0) return null;
  const busy = requests.some((request) => sent.get(request.requestId) === 'sending');
  return (
    <section ref={dock} className="ja-Dock" aria-label="Permission needed">
      <p className="ja-Dock-title">
        <Icon name="shield" size={16} />
        The assistant asks for your permission
        {requests.length > 1 && <span className="ja-Dock-count">{`${requests.length} requests`}</span>}
      </p>
      <div className="ja-Dock-cards">
        {requests.map((request) => (
          <ApprovalCard
            key={request.requestId}
            request={request}
            sent={sent.get(request.requestId) ?? null}
            answer={answer}
            onFocusLost={moveOn}
          />
        ))}
      </div>
      {requests.length > 1 && (
        <div className="ja-Dock-all">
          <button type="button" className="ja-Button" disabled={busy} onClick={() => void answerAll('approve')}>
            {`Allow all ${requests.length}`}
          </button>
          <button type="button" className="ja-LinkButton" disabled={busy} onClick={() => void answerAll('deny')}>
            Don’t allow any
          </button>
        </div>
      )}
    </section>
  );
});
