/** What a model thought before it answered: there for those who want it, out of the way for the rest. */
import * as React from 'react';
import { Icon } from '../icons';
import { Markdown } from '../markdown/Markdown';
import { plainProse } from '../text/hidden';

/** Collapsed thoughts. They are drawn only while they are open, since they may be longer than the answer. */
export const Reasoning = React.memo(function Reasoning({ text, open }: { text: string; open: boolean }) {
  const [shown, setShown] = React.useState(false);
  if (text.trim() === '' && !open) return null;
  return (
    <details className="ja-Reasoning" open={shown} onToggle={(event) => setShown(event.currentTarget.open)}>
      <summary>
        <Icon name="thought" size={14} />
        <span className={open ? 'ja-is-alive' : undefined}>{open ? 'Thinking' : 'Thoughts'}</span>
        {open && !shown && (
          <span className="ja-Reasoning-line">
            <span>{newestLine(text)}</span>
          </span>
        )}
        <Icon name="chevron" size={14} />
      </summary>
      {shown && <Markdown text={text} open={open} />}
    </details>
  );
});

const LINE = 200;

/** What is being thought just now: the last line with words, without the marks of Markdown. */
export function newestLine(text: string): string {
  const end = text.trimEnd();
  const line = end.slice(end.lastIndexOf('\n') + 1);
  return plainProse(line).replace(/^[\s#>*+-]+|[*_`]+/g, '').slice(-LINE);
}
