/** Words within a block: an allow-list of tokens becomes React elements, everything else is shown as it was written. */
import type { Token } from 'marked';
import * as React from 'react';
import { useView } from '../context';
import { Icon } from '../icons';
import { plainProse } from '../text/hidden';
import { withEntities } from './entities';
import { known } from './lex';
import { imagePlace, mustShowPlace, safeLink } from './links';

/** Deeper than this, tokens are shown as they were written. */
export const DEPTH_LIMIT = 24;

/** The elements of inline tokens. */
export function inline(tokens: readonly Token[] | undefined, depth: number): React.ReactNode {
  return tokens?.map((token, index) => <React.Fragment key={index}>{one(token, depth)}</React.Fragment>);
}

function one(token: Token, depth: number): React.ReactNode {
  const item = known(token);
  if (depth > DEPTH_LIMIT) return plainProse(item.raw);
  switch (item.type) {
    case 'text':
      return item.tokens ? inline(item.tokens, depth + 1) : withEntities(plainProse(item.text));
    case 'escape':
      return plainProse(item.text);
    case 'strong':
      return <strong>{inline(item.tokens, depth + 1)}</strong>;
    case 'em':
      return <em>{inline(item.tokens, depth + 1)}</em>;
    case 'del':
      return <del>{inline(item.tokens, depth + 1)}</del>;
    case 'codespan':
      return <code className="ja-md-code">{plainProse(item.text)}</code>;
    case 'br':
      return <br />;
    case 'link':
      return <Link href={item.href} raw={item.raw} text={textOf(item.tokens)} content={inline(item.tokens, depth + 1)} />;
    case 'image':
      return <ImagePlaceholder href={item.href} alt={item.text} />;
    case 'html':
      // Raw HTML is text. The one exception carries nothing, and models need it inside table cells.
      return /^<br\s*\/?>$/i.test(item.raw) ? <br /> : plainProse(item.raw);
    default:
      return plainProse(item.raw);
  }
}

/** The text that a reader sees of some tokens. */
export function textOf(tokens: readonly Token[]): string {
  return tokens
    .map((token) => {
      const item = known(token);
      if ('tokens' in item && Array.isArray(item.tokens)) return textOf(item.tokens);
      return 'text' in item ? item.text : item.raw;
    })
    .join('');
}

function Link(properties: { href: string; raw: string; text: string; content: React.ReactNode }) {
  const { environment } = useView();
  const link = safeLink(properties.href);
  if (!link) return <>{plainProse(properties.raw)}</>;
  const follow = (event: React.MouseEvent): void => {
    if (!environment.openLink) return;
    event.preventDefault();
    environment.openLink(link.href);
  };
  return (
    <>
      <a href={link.href} target="_blank" rel="noopener noreferrer nofollow" title={link.href} onClick={follow}>
        {properties.content}
      </a>
      {mustShowPlace(properties.text, link) && <span className="ja-md-place">{` (${link.place})`}</span>}
    </>
  );
}

/** Stands where an image would be: loading it would tell its host that, and what, the person is reading. */
function ImagePlaceholder({ href, alt }: { href: string; alt: string }) {
  return (
    <span className="ja-md-image">
      <Icon name="image" size={14} />
      {plainProse(alt) || 'Image'}
      <span className="ja-md-place">{` (image not loaded: ${imagePlace(href)})`}</span>
    </span>
  );
}
