/**
 * Characters that a reader cannot see, or that make text look like other text.
 *
 * What a person allows must be what a person sees: a zero-width or bidirectional control inside code changes what runs
 * without changing what is shown. Code is therefore never drawn raw; see `Revealed`.
 */

/** Controls, format characters, odd spaces, default ignorables (tags and variation selectors among them), blank Braille. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{DI}\u2800]|(?! )\p{Zs}/u;

/** Of these, the ones that can reorder or smuggle text, and that no language needs: they are dropped from prose. */
const DECEIVING = /[\u202A-\u202E\u2066-\u2069\u200B\u2060-\u2065\uFEFF\uFFF9-\uFFFB\u{E0000}-\u{E0FFF}]/gu;

/** C0 and C1 controls other than tab and newline. */
const CONTROLS = /[^\P{Cc}\t\n]/gu;

/** A run of visible text, or one hidden character with its code point in words. */
export type Piece = { readonly text: string; readonly code: null } | { readonly text: string; readonly code: string };

const isHidden = (character: string): boolean =>
  character !== '\n' && character !== '\t' && HIDDEN.test(character);

const codePoint = (character: string): string =>
  `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;

/** How many hidden characters `text` holds. */
export function countHidden(text: string): number {
  // Nearly all text is plain ASCII; looking at each code point is for the rest.
  if (/^[\t\n\x20-\x7e]*$/.test(text)) return 0;
  let count = 0;
  for (const character of text) if (isHidden(character)) count += 1;
  return count;
}

/** Splits `text` into visible runs and hidden characters; joining the `text` of all pieces gives `text` back. */
export function reveal(text: string): readonly Piece[] {
  if (countHidden(text) === 0) return text === '' ? [] : [{ text, code: null }];
  const pieces: Piece[] = [];
  let run = '';
  for (const character of text) {
    if (!isHidden(character)) {
      run += character;
      continue;
    }
    if (run !== '') pieces.push({ text: run, code: null });
    run = '';
    pieces.push({ text: character, code: codePoint(character) });
  }
  if (run !== '') pieces.push({ text: run, code: null });
  return pieces;
}

/** Prose of a model or a tool without the characters that deceive; letters, joiners and emoji stay whole. */
export const plainProse = (text: string): string => text.replace(DECEIVING, '').replace(CONTROLS, '');

/**
 * Words that mix Latin letters with Cyrillic or Greek ones that look the same: `pаyload` with a Cyrillic а is another
 * name than `payload`. Only a hint for the reader, so it names at most `limit` of them.
 */
export function lookAlikes(text: string, limit = 3): readonly string[] {
  if (!/[\u0370-\u052F]/.test(text)) return [];
  const words = text.match(/[\p{L}\p{N}_]+/gu) ?? [];
  const mixed = words.filter((word) => /[A-Za-z]/.test(word) && /[\u0370-\u052F]/.test(word));
  return [...new Set(mixed)].slice(0, limit);
}
