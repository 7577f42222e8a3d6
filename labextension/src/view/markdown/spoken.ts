/** Markdown as the words that a reader sees, for those who hear it. */
import type { Token } from 'marked';
import { GrowingBlocks } from './blocks';
import { withEntities } from './entities';
import { textOf } from './Inline';
import { known, lexBlock } from './lex';

/** The words of `text`; what stands apart on the screen is told apart by a full stop. */
export function spokenText(text: string): string {
  const { list, links } = new GrowingBlocks().read(text);
  return list
    .flatMap(({ kind, raw }) => {
      const tokens = kind === 'plain' ? null : lexBlock(raw, links);
      return tokens === null ? [raw] : wordsOf(tokens);
    })
    .map((words) => words.trim().replace(/([\p{L}\p{N})\]"'”’])$/u, '$1.'))
    .join(' ');
}

function wordsOf(tokens: readonly Token[]): string[] {
  return tokens.flatMap((token) => {
    const item = known(token);
    switch (item.type) {
      case 'space':
      case 'def':
      case 'hr':
      case 'checkbox':
        return [];
      case 'blockquote':
        return wordsOf(item.tokens);
      case 'list':
        return item.items.flatMap((entry) => wordsOf(entry.tokens));
      case 'table':
        return [item.header, ...item.rows].map((row) => row.map((cell) => withEntities(textOf(cell.tokens))).join(', '));
      case 'code':
        return [item.text];
      default:
        return [withEntities(textOf([token]))];
    }
  });
}
