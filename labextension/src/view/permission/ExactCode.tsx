/** The exact code of a request: every line, every character, nothing coloured, nothing cut. */
import * as React from 'react';
import type { DiffLine } from '../text/diff';
import { diffLines } from '../text/diff';
import { Revealed } from '../text/Revealed';

interface Properties {
  readonly code: string;
  /** What is there now, when it is replaced. */
  readonly before: string | null;
  readonly language: string;
}

const SIGNS = { same: ' ', gone: '−', new: '+' } as const;
const SPOKEN = { same: '', gone: 'removed: ', new: 'added: ' } as const;

/**
 * The code, or the difference to what is there now. Long lines wrap, so that nothing can hide at their far end; the
 * numbers show where the real lines begin, and the count how much there is to scroll.
 */
export const ExactCode = React.memo(function ExactCode({ code, before, language }: Properties) {
  const lines = React.useMemo(
    () => numbered(before === null ? code.split('\n').map((text) => ({ kind: 'same', text })) : diffLines(before, code)),
    [code, before],
  );
  const gone = lines.filter((line) => line.kind === 'gone').length;
  const added = lines.filter((line) => line.kind === 'new').length;
  return (
    <div className="ja-ExactCode">
      <div className="ja-ExactCode-bar">
        <span>{language}</span>
        <span>{before === null ? count(lines.length) : `${count(added)} added, ${gone} removed`}</span>
      </div>
      <pre tabIndex={0} aria-label={before === null ? 'The exact code' : 'The exact change'}>
        {lines.map((line, index) => (
          <span key={index} className={`ja-Line ja-is-${line.kind}`}>
            <span className="ja-Line-number" aria-hidden="true">
              {line.number}
            </span>
            {before !== null && (
              <span className="ja-Line-sign" aria-hidden="true">
                {SIGNS[line.kind]}
              </span>
            )}
            {SPOKEN[line.kind] !== '' && <span className="ja-Spoken">{SPOKEN[line.kind]}</span>}
            <code className="ja-Line-text">
              <LineText text={line.text} marked={line.kind !== 'same'} />
            </code>
          </span>
        ))}
      </pre>
    </div>
  );
});

/** A line; white space at its end is drawn where it is part of a change, since nothing else would show it. */
function LineText({ text, marked }: { text: string; marked: boolean }) {
  const end = marked ? (/[ \t]+$/.exec(text)?.index ?? text.length) : text.length;
  return (
    <>
      <Revealed text={text.slice(0, end)} />
      {end < text.length && <span className="ja-Line-blank">{text.slice(end)}</span>}
    </>
  );
}

/** The lines with their numbers in the new code; a line that goes has none. */
function numbered(lines: readonly DiffLine[]): readonly (DiffLine & { readonly number: string })[] {
  let number = 0;
  return lines.map((line) => {
    if (line.kind !== 'gone') number += 1;
    return { ...line, number: line.kind === 'gone' ? '' : String(number) };
  });
}

const count = (lines: number): string => (lines === 1 ? '1 line' : `${lines.toLocaleString('en')} lines`);
