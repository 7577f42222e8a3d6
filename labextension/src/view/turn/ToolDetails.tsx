/** What a tool was given, what it said meanwhile, what came back. */
import * as React from 'react';
import type { ToolPart } from '../../core/state';
import { Exact } from '../permission/Exact';
import { Clipped } from '../text/Clipped';
import { plainProse } from '../text/hidden';
import { plainOutput } from '../text/terminal';

/** The opened part of a card. Of a call that a person was asked about, the exact thing they were shown. */
export function ToolDetails({ part }: { part: ToolPart }) {
  const exact = part.request?.kind === 'approval' ? part.request.exact : null;
  const given = exact ? null : readableArguments(part.arguments);
  const result = part.result?.trim() ? readableResult(part.result) : null;
  const empty = !exact && given === null && part.progress.length === 0 && result === null;
  return (
    <div className="ja-Tool-details">
      {exact && <Exact exact={exact} />}
      {given !== null && (
        <Labelled words="Given">
          <Clipped text={given} className="ja-Output" label="What the tool was given" />
        </Labelled>
      )}
      {part.progress.length > 0 && (
        <Labelled words="Progress">
          <Clipped text={clean(part.progress.join('\n'))} className="ja-Output" label="What the tool reported" />
        </Labelled>
      )}
      {result !== null && (
        <Labelled words="Result">
          <Clipped text={result} className="ja-Output" label="What came back" />
        </Labelled>
      )}
      {empty && <p className="ja-Tool-decision">{`Nothing to show${part.status === 'done' ? '.' : ' yet.'}`}</p>}
    </div>
  );
}

function Labelled({ words, children }: { words: string; children: React.ReactNode }) {
  return (
    <div className="ja-Labelled">
      <span className="ja-Label">{words}</span>
      {children}
    </div>
  );
}

const clean = (text: string): string => plainProse(plainOutput(text));

/** JSON as `name: value` lines; what is not JSON (it may still stream in) as it is; null when there is nothing. */
export function readableArguments(json: string): string | null {
  const given = parsed(json);
  if (given === undefined) return json.trim() === '' ? null : clean(json);
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return clean(JSON.stringify(given, null, 2));
  const lines = Object.entries(given).map(([name, value]) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value, null, 2);
    return text.includes('\n') ? `${name}:\n${text.replace(/^/gm, '  ')}` : `${name}: ${text}`;
  });
  return lines.length === 0 ? null : clean(lines.join('\n'));
}

/** A result that is a JSON object or list is indented; any other text stays as it is. */
export function readableResult(result: string): string {
  const value = /^\s*[[{]/.test(result) ? parsed(result) : undefined;
  return clean(value === undefined ? result.replace(/\n+$/, '') : JSON.stringify(value, null, 2));
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
