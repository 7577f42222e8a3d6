/** Long plain text that does not flood the page. */
import * as React from 'react';

interface Properties {
  readonly text: string;
  readonly className: string;
  readonly label: string;
  /** Lines and characters that are shown at first. */
  readonly lines?: number;
  readonly characters?: number;
}

/** Preformatted text, cut at first when it is long, with a button that shows the rest. */
export const Clipped = React.memo(function Clipped(properties: Properties) {
  const { text, className, label, lines = 14, characters = 4000 } = properties;
  const [all, setAll] = React.useState(false);
  const short = cut(text, lines, characters);
  const clipped = short.length < text.length;
  return (
    <div className="ja-Clipped">
      <pre className={className} tabIndex={0} aria-label={label}>
        {all ? text : short}
      </pre>
      {clipped && (
        <button type="button" className="ja-LinkButton" aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? 'Show less' : `Show all (${amount(text)})`}
        </button>
      )}
    </div>
  );
});

/** The first `lines` lines of `text`, and of these the first `characters`; a rest of a few lines is not worth a cut. */
export function cut(text: string, lines: number, characters: number): string {
  let end = 0;
  for (let line = 0; line < lines + 3; line += 1) {
    const next = text.indexOf('\n', end);
    if (next < 0) return text.length > characters * 1.1 ? text.slice(0, characters) : text;
    end = next + 1;
  }
  const shown = text.split('\n', lines).join('\n');
  return shown.length > characters ? shown.slice(0, characters) : shown;
}

function amount(text: string): string {
  const lines = text.split('\n').length;
  if (lines > 3) return `${lines.toLocaleString('en')} lines`;
  return `${text.length.toLocaleString('en')} characters`;
}
