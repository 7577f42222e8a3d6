/** Markdown of a model, drawn while it streams: untrusted for ever, see Inline.tsx for what may appear. */
import type { Links } from 'marked';
import * as React from 'react';
import { Clipped } from '../text/Clipped';
import { plainProse } from '../text/hidden';
import { blocks } from './BlockContent';
import type { Block } from './blocks';
import { GrowingBlocks } from './blocks';
import { lexBlock } from './lex';

/** `text` as Markdown. While `open` is true more may be added at its end, and only the last block is drawn anew. */
export const Markdown = React.memo(function Markdown({ text, open }: { text: string; open: boolean }) {
  const [growing] = React.useState(() => new GrowingBlocks());
  const { list, links } = growing.read(text);
  return (
    <div className="ja-Markdown">
      {list.map((block, index) => (
        <MarkdownBlock key={index} block={block} links={links} settled={!open || index < list.length - 1} />
      ))}
    </div>
  );
});

interface BlockProperties {
  readonly block: Block;
  readonly links: Links;
  readonly settled: boolean;
}

const MarkdownBlock = React.memo(
  function MarkdownBlock({ block, links, settled }: BlockProperties) {
    const { raw, kind } = block;
    const tokens = React.useMemo(() => (kind === 'plain' ? null : lexBlock(raw, links)), [raw, kind, links]);
    if (!tokens) {
      return <Clipped text={plainProse(raw)} className="ja-md-plain" label="Text" lines={400} characters={20_000} />;
    }
    return <>{blocks(tokens, { depth: 0, settled })}</>;
  },
  (before, after) =>
    before.block.raw === after.block.raw &&
    before.block.kind === after.block.kind &&
    before.settled === after.settled &&
    (before.links === after.links || !after.block.raw.includes('[')),
);
