/** How to get something that is not there, with what is to be typed ready to be copied. */
import * as React from 'react';
import { useView } from '../context';
import { Icon } from '../icons';
import { copyText } from '../text/copy';
import { plainProse } from '../text/hidden';
import { said } from './modelWords';

/** The sentence. A click on code in it copies that. */
export function HowTo({ words }: { words: string }) {
  return (
    <p className="ja-HowTo">
      {said(plainProse(words)).map(({ text, code }, index) => (code ? <Code key={index} text={text} /> : text))}
    </p>
  );
}

const CONFIRMATION_MILLISECONDS = 1800;

function Code({ text }: { text: string }) {
  const { announce } = useView();
  const [copied, setCopied] = React.useState(false);
  React.useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), CONFIRMATION_MILLISECONDS);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = (): void => {
    copyText(text).then(
      () => {
        setCopied(true);
        announce('Copied');
      },
      // It stands there to be selected.
      () => announce('The browser did not allow copying.'),
    );
  };
  return (
    <button type="button" className="ja-HowTo-code" title="Copy" aria-label={`Copy ${text}`} onClick={copy}>
      <code>{text}</code>
      <Icon name={copied ? 'check' : 'copy'} size={12} />
    </button>
  );
}
