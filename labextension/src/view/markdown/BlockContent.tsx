/** Blocks of Markdown as React elements: the other half of the allow-list, see Inline.tsx. */
import type { Token, Tokens } from 'marked';
import * as React from 'react';
import { CodeBlock } from '../code/CodeBlock';
import { plainProse } from '../text/hidden';
import { DEPTH_LIMIT, inline } from './Inline';
import { isClosedFence, known } from './lex';

interface Place {
  readonly depth: number;
  /** False while text may still be added to this block. */
  readonly settled: boolean;
}

/** The elements of block tokens. */
export function blocks(tokens: readonly Token[], place: Place): React.ReactNode {
  return tokens.map((token, index) => <React.Fragment key={index}>{block(token, place)}</React.Fragment>);
}

function block(token: Token, place: Place): React.ReactNode {
  const item = known(token);
  if (place.depth > DEPTH_LIMIT) return plainProse(item.raw);
  const inner: Place = { ...place, depth: place.depth + 1 };
  switch (item.type) {
    case 'space':
    case 'def':
      return null;
    case 'paragraph':
      return <p>{inline(item.tokens, inner.depth)}</p>;
    case 'text':
      return item.tokens ? inline(item.tokens, inner.depth) : plainProse(item.text);
    case 'heading':
      // The panel has headings of its own above these; beyond h6 there is none.
      return React.createElement(
        `h${Math.min(item.depth + 2, 6)}`,
        { className: `ja-md-h${item.depth}` },
        inline(item.tokens, inner.depth),
      );
    case 'code': {
      const settled = place.settled || isClosedFence(item.raw);
      return <CodeBlock code={item.text.replace(/\n$/, '')} language={languageOf(item.lang)} settled={settled} />;
    }
    case 'blockquote':
      return <blockquote>{blocks(item.tokens, inner)}</blockquote>;
    case 'list':
      return list(item, inner);
    case 'table':
      return table(item, inner);
    case 'hr':
      return <hr />;
    case 'html':
      return <p className="ja-md-raw">{plainProse(item.raw.trimEnd())}</p>;
    case 'checkbox':
      return null;
    default:
      // Some inline tokens stand directly in list items.
      return inline([token], inner.depth);
  }
}

function list(item: Tokens.List, place: Place): React.ReactNode {
  const items = item.items.map((entry, index) => (
    <li key={index} className={entry.task ? 'ja-md-task' : undefined}>
      {entry.task && <input type="checkbox" checked={entry.checked === true} disabled readOnly aria-label="Task" />}
      {blocks(entry.tokens, place)}
    </li>
  ));
  const start = typeof item.start === 'number' && Number.isSafeInteger(item.start) ? item.start : 1;
  return item.ordered ? <ol start={start}>{items}</ol> : <ul>{items}</ul>;
}

function table(item: Tokens.Table, place: Place): React.ReactNode {
  const alignment = (cell: Tokens.TableCell): string | undefined => (cell.align ? `ja-md-${cell.align}` : undefined);
  return (
    <div className="ja-md-table" tabIndex={0} role="group" aria-label="Table">
      <table>
        <thead>
          <tr>
            {item.header.map((cell, index) => (
              <th key={index} scope="col" className={alignment(cell)}>
                {inline(cell.tokens, place.depth)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {item.rows.map((row, number) => (
            <tr key={number}>
              {row.map((cell, index) => (
                <td key={index} className={alignment(cell)}>
                  {inline(cell.tokens, place.depth)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** The first word of a fence's info string, if it is a plain name. */
const languageOf = (info: string | undefined): string => /^[\w+#.-]{1,30}/.exec(info?.trim() ?? '')?.[0] ?? '';
