/** Text that people judge by: hidden characters, differences, output of programs. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diffLines } from '../../src/view/text/diff';
import { cut } from '../../src/view/text/Clipped';
import { countHidden, lookAlikes, plainProse, reveal } from '../../src/view/text/hidden';
import { plainOutput } from '../../src/view/text/terminal';

describe('hidden characters', () => {
  it.each([
    ['a zero-width space', '\u200b', 'U+200B'],
    ['a right-to-left override', '\u202e', 'U+202E'],
    ['an isolate', '\u2066', 'U+2066'],
    ['a joiner', '\u200d', 'U+200D'],
    ['a byte order mark', '\ufeff', 'U+FEFF'],
    ['a soft hyphen', '\u00ad', 'U+00AD'],
    ['a no-break space', '\u00a0', 'U+00A0'],
    ['a tag character', '\u{e0041}', 'U+E0041'],
    ['a variation selector', '\ufe0f', 'U+FE0F'],
    ['a Hangul filler', '\u3164', 'U+3164'],
    ['a blank Braille pattern', '\u2800', 'U+2800'],
    ['a line separator', '\u2028', 'U+2028'],
    ['a carriage return', '\r', 'U+000D'],
    ['an escape', '\u001b', 'U+001B'],
    ['a null', '\u0000', 'U+0000'],
    ['a half of a surrogate pair', '\ud800', 'U+D800'],
  ])('%s is shown', (_name, character, code) => {
    expect(reveal(`a${character}b`)).toEqual([
      { text: 'a', code: null },
      { text: character, code },
      { text: 'b', code: null },
    ]);
  });

  it('are not letters, symbols, tabs or newlines', () => {
    expect(countHidden('def f(x):\n\treturn "é 日本 ∑ 😀"')).toBe(0);
  });

  it('lose nothing: the pieces joined are the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => reveal(text).map((piece) => piece.text).join('') === text),
    );
  });

  it('that deceive are dropped from prose, and letters that need joiners stay', () => {
    expect(plainProse('a\u202eb\u{e0041}c\u200b')).toBe('abc');
    expect(plainProse('می\u200cخواهم 👩\u200d🔬\n\tx')).toBe('می\u200cخواهم 👩\u200d🔬\n\tx');
  });

  it('are not the only trick: words that mix alphabets are named', () => {
    expect(lookAlikes('p\u0430yload = payload; привет; αβγ')).toEqual(['p\u0430yload']);
  });
});

describe('a difference of lines', () => {
  const lines = fc.array(fc.constantFrom('a', 'b', 'c', '', ' a'), { maxLength: 12 }).map((list) => list.join('\n'));

  it('gives both texts back', () => {
    fc.assert(
      fc.property(lines, lines, (before, after) => {
        const found = diffLines(before, after);
        expect(found.filter((line) => line.kind !== 'new').map((line) => line.text).join('\n')).toBe(before);
        expect(found.filter((line) => line.kind !== 'gone').map((line) => line.text).join('\n')).toBe(after);
      }),
      { numRuns: 500 },
    );
  });

  it('is as small as it can be', () => {
    expect(diffLines('a\nb\nc', 'a\nx\nc').map((line) => `${line.kind} ${line.text}`)).toEqual([
      'same a',
      'gone b',
      'new x',
      'same c',
    ]);
  });

  it('of very long texts is still exact', () => {
    const before = Array.from({ length: 4000 }, (_, index) => `old ${index}`).join('\n');
    const after = Array.from({ length: 4000 }, (_, index) => `new ${index}`).join('\n');
    expect(diffLines(before, after)).toHaveLength(8000);
  });
});

describe('output of programs', () => {
  it.each([
    ['colours', '\u001b[31mred\u001b[0m', 'red'],
    ['colours with colons', '\u001b[38:2::255:0:0mred\u001b[m', 'red'],
    ['links', '\u001b]8;;https://evil.test\u001b\\text\u001b]8;;\u001b\\', 'text'],
    ['the clipboard', '\u001b]52;c;cm0gLXJm\u0007after', 'after'],
    ['a title', '\u001b]0;title\u0007after', 'after'],
    ['eight-bit controls', '\u009b31mred', 'red'],
    ['the cursor', 'a\u001b[2K\u001b[1Gb', 'ab'],
    ['an unfinished sequence', 'a\u001b[', 'a'],
    ['progress bars', '10%\r50%\r100%\nnext', '100%\nnext'],
    ['Windows lines', 'a\r\nb', 'a\nb'],
  ])('is without %s', (_name, output, plain) => {
    expect(plainOutput(output)).toBe(plain);
  });

  it('that is plain stays as it is', () => {
    expect(plainOutput('x\n\ty [31m')).toBe('x\n\ty [31m');
  });

  it('is cut at whole lines, and not for a few lines more', () => {
    const text = Array.from({ length: 30 }, (_, index) => String(index)).join('\n');
    expect(cut(text, 5, 1000)).toBe('0\n1\n2\n3\n4');
    expect(cut('a\nb\nc', 2, 1000)).toBe('a\nb\nc');
    expect(cut('x'.repeat(5000), 5, 100)).toBe('x'.repeat(100));
  });
});
