/** A block of code in an answer, with what a person can do with it. */
import * as React from 'react';
import { useView } from '../context';
import { Icon } from '../icons';
import { copyText } from '../text/copy';
import { countHidden } from '../text/hidden';
import { CodeAction } from './CodeAction';
import { Highlighted } from './Highlighted';
import { languageLabel, mayRun } from './languages';

interface Properties {
  readonly code: string;
  readonly language: string;
  /** False while the code still streams in: then it has no buttons yet, since half a program is no use. */
  readonly settled: boolean;
}

/** The block. Long lines scroll inside it. */
export const CodeBlock = React.memo(function CodeBlock({ code, language, settled }: Properties) {
  const { notebook } = useView().environment;
  const [error, setError] = React.useState<string | null>(null);
  const hidden = countHidden(code);
  const label = languageLabel(language);
  const noun = label === 'Output' ? 'output' : label === 'Code' ? 'code' : `${label} code`;
  return (
    <div className="ja-CodeBlock">
      <div className="ja-CodeBlock-bar">
        <span className="ja-CodeBlock-language">{label}</span>
        {settled && (
          <span className="ja-CodeBlock-actions" role="group" aria-label={`What to do with this ${noun}`}>
            <CodeAction icon="copy" label="Copy" done="Copied" act={() => copyText(code)} onError={setError} />
            {notebook && mayRun(language) && (
              <>
                <CodeAction
                  icon="insert"
                  label="Insert below"
                  done="Inserted"
                  act={() => notebook.insertBelow(code)}
                  onError={setError}
                />
                <CodeAction
                  icon="replace"
                  label="Replace cell"
                  done="Replaced"
                  act={() => notebook.replaceActive(code)}
                  onError={setError}
                />
                <CodeAction icon="run" label="Run" done="Ran below" act={() => notebook.run(code)} onError={setError} />
              </>
            )}
          </span>
        )}
      </div>
      <pre tabIndex={0} aria-label={noun.replace(/^./, (first) => first.toUpperCase())}>
        <Highlighted code={code} language={language} settled={settled} />
      </pre>
      {hidden > 0 && (
        <p className="ja-CodeBlock-note">
          <Icon name="warning" size={14} />
          {hidden === 1 ? 'Holds a hidden character, shown as its code.' : `Holds ${hidden} hidden characters, shown as their codes.`}
        </p>
      )}
      {error !== null && (
        <p className="ja-CodeBlock-note ja-is-error" role="alert">
          <Icon name="warning" size={14} />
          {error}
        </p>
      )}
    </div>
  );
});
