/** The exact thing that will happen, or happened: the only source is `exact`, never words of a model. */
import * as React from 'react';
import type { Exact as ExactValue } from '../../core/state';
import { Icon } from '../icons';
import { languageLabel } from '../code/languages';
import { countHidden, lookAlikes } from '../text/hidden';
import { Revealed } from '../text/Revealed';
import { ExactCode } from './ExactCode';

/** Where it will happen, the exact code, warnings about it, and all other details folded away. */
export const Exact = React.memo(function Exact({ exact }: { exact: ExactValue }) {
  const { code, before, target } = exact;
  return (
    <div className="ja-Exact">
      {target && (
        <p className="ja-Exact-target">
          <Icon name="notebook" size={14} />
          <span className="ja-Exact-path">
            <Revealed text={target.path} />
          </span>
        </p>
      )}
      {code !== null && <ExactCode code={code} before={before} language={languageLabel(exact.language ?? '')} />}
      {code !== null && <Warnings code={code} />}
      <Details exact={exact} open={code === null} />
    </div>
  );
});

function Warnings({ code }: { code: string }) {
  const hidden = countHidden(code);
  const alike = lookAlikes(code);
  return (
    <>
      {hidden > 0 && (
        <p className="ja-Exact-warning">
          <Icon name="warning" size={14} />
          {hidden === 1
            ? 'The code holds a hidden character. It is shown as its code point.'
            : `The code holds ${hidden} hidden characters. They are shown as their code points.`}
        </p>
      )}
      {alike.length > 0 && (
        <p className="ja-Exact-warning">
          <Icon name="warning" size={14} />
          {`These words mix letters that look alike: ${alike.join(', ')}`}
        </p>
      )}
    </>
  );
}

/** Everything else that was asked for, as it will be sent. Open when there is no code to look at. */
function Details({ exact, open }: { exact: ExactValue; open: boolean }) {
  const [shown, setShown] = React.useState(open);
  return (
    <details className="ja-Exact-details" open={shown} onToggle={(event) => setShown(event.currentTarget.open)}>
      <summary>
        All details
        <Icon name="chevron" size={14} />
      </summary>
      {shown && (
        <pre tabIndex={0} aria-label="All details">
          <Revealed text={JSON.stringify({ tool: exact.tool, target: exact.target, arguments: exact.arguments }, null, 2)} />
        </pre>
      )}
    </details>
  );
}
