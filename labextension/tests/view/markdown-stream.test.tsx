/** Streaming changes when text is drawn, never what it looks like in the end. */
import * as fc from 'fast-check';
import * as React from 'react';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { emptyState, ScriptedChat, scriptedEnvironment } from '../../demo/scripted';
import { LONG } from '../../demo/scenes';
import { GrowingBlocks } from '../../src/view/markdown/blocks';
import * as lex from '../../src/view/markdown/lex';
import { Markdown } from '../../src/view/markdown/Markdown';
import { FRAGMENTS, PAYLOADS } from './nasty';
import { render, withView } from './render';

const chat = new ScriptedChat(emptyState);
const environment = scriptedEnvironment();
const drawn = (text: string, open: boolean): React.ReactElement =>
  withView(chat, environment, <Markdown text={text} open={open} />);

const documents = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom(...FRAGMENTS) },
      { weight: 1, arbitrary: fc.constantFrom(...PAYLOADS) },
      // Blocks that are finished are what the reader keeps, so there have to be some.
      { weight: 3, arbitrary: fc.constant('\n\n') },
    ),
    { minLength: 1, maxLength: 50, size: 'max' },
  )
  .map((pieces) => pieces.join(''));
const sizes = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 8 });

/** 100,000 of these passed when the rules for keeping a block were written. */
const RUNS = 300;
/** Drawing in jsdom is slow, and slower on a busy machine; nothing here measures time. */
const PATIENCE = 60_000;

beforeEach(() => void vi.restoreAllMocks());

describe('a growing text', () => {
  it('has after each piece the blocks of the same text read at once', () => {
    fc.assert(
      fc.property(documents, sizes, (text, steps) => {
        const growing = new GrowingBlocks();
        for (let end = 0, turn = 0; end < text.length; turn += 1) {
          end += steps[turn % steps.length]!;
          const soFar = text.slice(0, end);
          expect(growing.read(soFar)).toEqual(new GrowingBlocks().read(soFar));
        }
      }),
      { numRuns: RUNS },
    );
  }, PATIENCE);

  it('looks in the end as if it had come at once', () => {
    fc.assert(
      fc.property(documents, sizes, (text, steps) => {
        const streamed = render(drawn('', true));
        for (let end = 0, turn = 0; end < text.length; turn += 1) {
          end += steps[turn % steps.length]!;
          streamed.update(drawn(text.slice(0, end), true));
        }
        streamed.update(drawn(text, false));
        const once = render(drawn(text, false));
        expect(streamed.host.innerHTML).toBe(once.host.innerHTML);
        streamed.remove();
        once.remove();
      }),
      { numRuns: 40 },
    );
  }, PATIENCE);

  it.each([
    ['the next item of a list', '1. a\n\n2', '. b\n'],
    ['the title of a link on the next line', '[r]: http://a.test\n"\n\nword\n\nword', '"'],
    ['the title of a link over blank lines', '[r]: http://a.test "\n\nword\n\nword', '"\n\n'],
    ['the name of a link over blank lines', '[a\n\nword\n\nword', ']: b'],
    ['the name of a link that ends in a backslash', '[a\\\n\nword\n\nword', ']: b'],
    ['the rest of a list after its blank lines', '- a\n\n\n', '  b'],
    ['the underline of a heading', 'a\n\nb\n', '==='],
    ['the second line of a table', 'a\n\n| a | b |\n', '|--|--|\n| 1 | 2 |'],
    ['the end of a fence', '```py\n\nx = 1\n\ny = 2\n', '```\n\nafter'],
  ])('waits for %s', (_name, before, after) => {
    const growing = new GrowingBlocks();
    growing.read(before);
    expect(growing.read(before + after)).toEqual(new GrowingBlocks().read(before + after));
  });

  it('starts over when it did not grow at its end', () => {
    const growing = new GrowingBlocks();
    growing.read('# one\n\ntwo\n\nthree\n\nfour\n\nfive');
    expect(growing.read('# one\n\nzwei').list.map((block) => block.raw)).toEqual(['# one', 'zwei']);
  });

  it('takes the first definition of a link wherever it stands', () => {
    const growing = new GrowingBlocks();
    const text = `[r]: http://first.test\n\n${'para\n\n'.repeat(10)}[r]: http://second.test\n\n${'more\n\n'.repeat(10)}[r]`;
    for (let end = 1; end <= text.length; end += 7) growing.read(text.slice(0, end));
    expect(growing.read(text).links['r']?.href).toBe('http://first.test');
  });

  it('is read in proportion to its length, not to its square', () => {
    const growing = new GrowingBlocks();
    const text = 'A paragraph of some length, with *emphasis*.\n\n'.repeat(400);
    for (let end = 0; end <= text.length; end += 10) growing.read(text.slice(0, end));
    expect(growing.charactersRead).toBeLessThan(text.length * 40);
  });
});

describe('drawing', () => {
  it('reads a finished block once, however long the answer goes on', () => {
    const lexBlock = vi.spyOn(lex, 'lexBlock');
    const { update } = render(drawn('', true));
    for (let end = 1; end <= LONG.length; end += 3) update(drawn(LONG.slice(0, end), true));
    const first = LONG.slice(0, LONG.indexOf('\n\n'));
    expect(lexBlock.mock.calls.filter(([raw]) => raw === first)).toHaveLength(1);
  });

  it('touches nothing but the last block when a token arrives', async () => {
    const text = 'First paragraph.\n\n## Second\n\n```py\nx = 1\n```\n\nLast';
    const { host, update } = render(drawn(text, true));
    const touched = new Set<Node>();
    const observer = new MutationObserver((records) => records.forEach((record) => touched.add(record.target)));
    observer.observe(host, { childList: true, characterData: true, attributes: true, subtree: true });
    for (const token of [' words', ' and', ' more']) update(drawn(text + token, true));
    await Promise.resolve();
    observer.disconnect();
    const last = host.querySelector('.ja-Markdown')!.lastElementChild!;
    expect([...touched].every((node) => last.contains(node))).toBe(true);
  });

  it('keeps the elements of finished blocks', () => {
    const { host, update } = render(drawn('One.\n\nTwo', true));
    const first = host.querySelector('p');
    update(drawn('One.\n\nTwo.\n\nThree', true));
    expect(host.querySelector('p')).toBe(first);
  });
});

describe('awkward text', () => {
  it.each([
    ['a megabyte in one line', 'x'.repeat(1_000_000)],
    ['a megabyte of words', 'word '.repeat(200_000)],
    ['quotes without end', '>'.repeat(20_000)],
    ['quotes with spaces without end', '> '.repeat(10_000)],
    ['lists in lists in one line', '- + '.repeat(5_000)],
    ['brackets without end', '['.repeat(50_000)],
    ['stars without end', '*a '.repeat(20_000)],
    ['underscores without end', '_a'.repeat(20_000)],
    ['backticks without end', '`'.repeat(50_000)],
    ['images without end', '!['.repeat(20_000)],
    ['tags without end', '<a '.repeat(20_000)],
    ['newlines without end', '\n'.repeat(100_000)],
  ])('%s is drawn', (_name, text) => {
    const { host } = render(drawn(text, false));
    expect(host.textContent.length > 0 || text.trim() === '').toBe(true);
  }, PATIENCE);

  it('shows every word when the lexer gives up', () => {
    vi.spyOn(lex, 'lexBlock').mockReturnValue(null);
    expect(render(drawn('**bold** <b>', false)).host.textContent).toBe('**bold** <b>');
  });

  it('keeps every word of a deep nesting', () => {
    const deep = `${'> '.repeat(55)}the end`;
    expect(render(drawn(deep, false)).host.textContent).toContain('the end');
  });
});

describe('what Markdown looks like', () => {
  const html = (text: string): string => render(drawn(text, false)).host.querySelector('.ja-Markdown')!.innerHTML;

  it('draws lists, nested and with tasks', () => {
    const { host } = render(drawn('1. a\n   - [x] b\n   - c', false));
    const box = host.querySelector('input')!;
    expect(box.checked).toBe(true);
    // React writes the state down as an attribute as well, Preact does not.
    box.removeAttribute('checked');
    expect(host.querySelector('.ja-Markdown')!.innerHTML).toBe(
      '<ol start="1"><li>a<ul><li class="ja-md-task"><input type="checkbox" disabled="" readonly="" aria-label="Task">b</li><li>c</li></ul></li></ol>',
    );
  });

  it('draws tables with alignment', () => {
    const { host } = render(drawn('| a | b |\n|:-:|--:|\n| 1<br>2 | **3** |', false));
    expect([...host.querySelectorAll('td')].map((cell) => cell.outerHTML)).toEqual([
      '<td class="ja-md-center">1<br>2</td>',
      '<td class="ja-md-right"><strong>3</strong></td>',
    ]);
  });

  it('draws references of characters as characters', () => {
    expect(html('a &amp; b &rarr; &#916;')).toBe('<p>a &amp; b → Δ</p>');
  });
});
