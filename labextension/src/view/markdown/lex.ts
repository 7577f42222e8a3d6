/** One block of Markdown as tokens. Of `marked` only the lexer is used: its HTML renderer never runs. */
import { Lexer } from 'marked';
import type { Links, MarkedToken, Token } from 'marked';

/** Above these counts the search for pairs of delimiters gets slow enough to be felt; such text is nobody's prose. */
const LIMITS: readonly (readonly [RegExp, number])[] = [
  [/[*_~]/g, 600],
  [/[[\]]/g, 1500],
  [/[`<@]/g, 2000],
];
const INLINE_LENGTH = 20_000;

const tooHard = (text: string): boolean =>
  text.length > INLINE_LENGTH ||
  (text.length > 500 && LIMITS.some(([pattern, limit]) => (text.match(pattern)?.length ?? 0) > limit));

/**
 * The tokens of one top-level block, or null when the lexer gives up on it. Every block is read by itself, so that what
 * it looks like does not depend on its neighbours; only link definitions come from outside.
 */
export function lexBlock(raw: string, links: Links): readonly Token[] | null {
  try {
    const lexer = new Lexer({ gfm: true });
    lexer.blockTokens(raw, lexer.tokens);
    lexer.tokens.links = links;
    for (const { src, tokens } of lexer.inlineQueue) {
      if (tooHard(src)) tokens.push({ type: 'text', raw: src, text: src });
      else lexer.inlineTokens(src, tokens);
    }
    return lexer.tokens;
  } catch {
    return null;
  }
}

/** A token of the grammar that we read. No extension is ever registered, so there is no other kind. */
export const known = (token: Token): MarkedToken => token as MarkedToken;

/** Whether a fenced block of code has its closing fence. An indented block has none and counts as open-ended. */
export function isClosedFence(raw: string): boolean {
  const opening = /^ {0,3}(`{3,}|~{3,})/.exec(raw)?.[1];
  if (opening === undefined) return false;
  const last = raw.trimEnd().slice(raw.trimEnd().lastIndexOf('\n') + 1).trim();
  return raw.includes('\n') && last.length >= opening.length && last === (opening[0] ?? '').repeat(last.length);
}
