/**
 * Splits Markdown into its top-level blocks, again and again while the text grows, without reading the whole text each
 * time and with the same outcome as reading it once.
 */
import { Lexer } from 'marked';
import type { Links } from 'marked';

/** One top-level block. Two blocks with the same `raw` (and the same link definitions) look the same. */
export interface Block {
  /** `plain` is text that is not read as Markdown: too large, or the lexer gave up on it. */
  readonly kind: 'markdown' | 'plain';
  readonly raw: string;
}

/** A text as blocks. `links` keeps its identity until a definition is added. */
export interface Blocks {
  readonly list: readonly Block[];
  readonly links: Links;
}

interface Piece {
  readonly type: string;
  readonly raw: string;
}

/** A block other than code above this size is shown as plain text: nobody wrote it to be read as Markdown. */
const BLOCK_LIMIT = 50_000;

/** Markers of 60 nested quotes or lists in one line; the lexer recurses once for each. */
const DEEP_LINE = /^[ \t]*(?:(?:>|[*+-][ \t]|\d{1,9}[.)][ \t])[ \t]*){60}(?=>|[*+-][ \t]|\d{1,9}[.)][ \t])(?![-* \t]+$)/m;
const DEEP_LINES = new RegExp(DEEP_LINE, 'gm');

/** Without a prototype, so that `[constructor]` is no link that somebody defined. */
const NO_LINKS: Links = Object.freeze(Object.create(null) as Links);

/** Line ends as \n, and lines that would nest without end stopped by a backslash. A prefix of a text stays a prefix. */
function normalized(text: string): string {
  const lines = text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text;
  return DEEP_LINE.test(lines) ? lines.replace(DEEP_LINES, '$&\\') : lines;
}

/**
 * The blocks of a text that grows at its end.
 *
 * Blocks that later text cannot change any more are kept; only the tail is read anew. A block is kept once a blank
 * line ended it and two further blocks follow, since the last two may still change: "2" after a list becomes its next
 * item when "." arrives. Any other change of the text starts over, so `read` depends on its argument alone.
 */
export class GrowingBlocks {
  private text = '';
  private kept: readonly Block[] = [];
  private keptLinks: Links = NO_LINKS;
  private keptTo = 0;
  private last: Blocks = { list: [], links: NO_LINKS };
  /** Characters that went through the lexer so far; tests watch it to see that work stays in proportion. */
  charactersRead = 0;

  read(source: string): Blocks {
    const text = normalized(source);
    if (text === this.text) return this.last;
    if (!text.startsWith(this.text)) {
      this.kept = [];
      this.keptLinks = NO_LINKS;
      this.keptTo = 0;
    }
    this.text = text;

    const tail = text.slice(this.keptTo);
    this.charactersRead += tail.length;
    const read = pieces(tail);
    const links = merged(this.keptLinks, read.links);
    const list = [...this.kept, ...blocksOf(read.pieces)];
    this.keep(read, tail);
    this.last = { list, links: sameLinks(this.last.links, links) ? this.last.links : links };
    return this.last;
  }

  private keep(read: { pieces: readonly Piece[]; complete: boolean }, tail: string): void {
    if (!read.complete) return;
    const cut = finishedPieces(read.pieces, tail);
    if (cut === 0) return;
    const finished = read.pieces.slice(0, cut);
    const length = finished.reduce((sum, piece) => sum + piece.raw.length, 0);
    this.kept = [...this.kept, ...blocksOf(finished)];
    // Of two definitions the first counts. A definition may lie deep inside a block, so the finished part is asked again.
    this.keptLinks = tail.includes(']:') ? merged(this.keptLinks, pieces(tail.slice(0, length)).links) : this.keptLinks;
    this.keptTo += length;
  }
}

/** Top-level pieces of `text`; joined, their `raw` is `text` when `complete`. Never throws. */
function pieces(text: string): { pieces: readonly Piece[]; links: Links; complete: boolean } {
  try {
    const lexer = new Lexer({ gfm: true });
    const found: readonly Piece[] = lexer.blockTokens(text, lexer.tokens);
    const length = found.reduce((sum, piece) => sum + piece.raw.length, 0);
    return { pieces: found, links: lexer.tokens.links, complete: length === text.length };
  } catch {
    // Nested too deep, or an endless loop that the lexer noticed: the person still gets every word.
    return { pieces: [{ type: 'plain', raw: text }], links: NO_LINKS, complete: false };
  }
}

function blocksOf(found: readonly Piece[]): readonly Block[] {
  return found
    .filter((piece) => piece.type !== 'space' && piece.type !== 'def')
    .map((piece) => {
      const tooLarge = piece.raw.length > BLOCK_LIMIT && piece.type !== 'code';
      // The newlines after a block come and go with what follows; without them a finished block stays equal to itself.
      return { kind: tooLarge || piece.type === 'plain' ? 'plain' : 'markdown', raw: piece.raw.replace(/\n+$/, '') };
    });
}

/**
 * A paragraph that may yet turn out to be the beginning of a link definition: to the lexer both the name in brackets
 * and the title in quotes may go on over blank lines.
 */
const MAYBE_DEFINITION = /^ {0,3}\[(?:\\[^]|[^[\]\\])*(?:\\?$|\]:[ \t]*\n?[ \t]*\S+\s+["'(])/;

/** How many of the first pieces no later text can change. */
function finishedPieces(found: readonly Piece[], text: string): number {
  const volatile = found.findIndex((piece, index) =>
    piece.type === 'def'
      ? !piece.raw.endsWith('\n\n') && /^[ \t]*["'(]/.test(found[index + 1]?.raw ?? '') // its title, when it closes
      : MAYBE_DEFINITION.test(piece.raw),
  );
  let following = 0;
  let position = text.length;
  for (let index = found.length - 1; index > 0; index -= 1) {
    const piece = found[index];
    if (!piece) return 0;
    if (piece.type !== 'space') following += 1;
    position -= piece.raw.length;
    const free = volatile < 0 || index <= volatile;
    if (free && following >= 2 && piece.type !== 'space' && text.startsWith('\n\n', position - 2)) return index;
  }
  return 0;
}

/** `first` and `second` together; of two definitions of one name the first counts, as everywhere in Markdown. */
function merged(first: Links, second: Links): Links {
  return Object.keys(second).length === 0 ? first : Object.assign(Object.create(null) as Links, second, first);
}

function sameLinks(one: Links, other: Links): boolean {
  if (one === other) return true;
  const names = Object.keys(one);
  return (
    names.length === Object.keys(other).length &&
    names.every((name) => one[name]?.href === other[name]?.href && one[name]?.title === other[name]?.title)
  );
}
