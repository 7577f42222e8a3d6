/** Model text is untrusted: nothing it holds becomes markup, a request or a part of the page. */
import * as fc from 'fast-check';
import * as React from 'react';
import { describe, expect, it } from 'vitest';
import { emptyState, ScriptedChat, scriptedEnvironment } from '../../demo/scripted';
import { safeLink } from '../../src/view/markdown/links';
import { Markdown } from '../../src/view/markdown/Markdown';
import { PAYLOADS } from './nasty';
import { render, withView } from './render';

const ELEMENTS = new Set(
  'div p strong em del code pre br a span h3 h4 h5 h6 blockquote ul ol li input table thead tbody tr th td hr button svg path'.split(' '),
);
const ATTRIBUTES = new Set(
  'class title role scope start tabindex type disabled readonly checked hidden href target rel width height viewbox focusable d fill stroke stroke-width stroke-linecap stroke-linejoin aria-label aria-hidden aria-expanded'.split(' '),
);

/** Every way in which the drawn page could be more than text. */
function dangers(host: Element): string[] {
  const found: string[] = [];
  for (const element of host.querySelectorAll('*')) {
    const name = element.tagName.toLowerCase();
    if (!ELEMENTS.has(name)) found.push(`<${name}>`);
    for (const { name: attribute, value } of element.attributes) {
      if (!ATTRIBUTES.has(attribute.toLowerCase())) found.push(`${name} ${attribute}`);
      if (attribute === 'class' && !value.split(' ').every((word) => word.startsWith('ja-'))) found.push(`class ${value}`);
    }
    if (name === 'a') {
      const link = element as HTMLAnchorElement;
      if (!['http:', 'https:', 'mailto:'].includes(link.protocol)) found.push(`href ${link.href}`);
      if (link.rel !== 'noopener noreferrer nofollow' || link.target !== '_blank') found.push('link without rel');
    }
    if (name === 'input' && !(element as HTMLInputElement).disabled) found.push('an input to type in');
    if (name === 'button' && !element.classList.contains('ja-CodeAction') && !element.classList.contains('ja-LinkButton')) {
      found.push('a foreign button');
    }
  }
  if ('pwned' in globalThis) found.push('a script ran');
  return found;
}

const chat = new ScriptedChat(emptyState);
const drawn = (text: string, open = false): React.ReactElement =>
  withView(chat, scriptedEnvironment(), <Markdown text={text} open={open} />);

describe('model text stays text', () => {
  it('has a good number of attacks to try', () => {
    expect(PAYLOADS.length).toBeGreaterThan(60);
  });

  it.each(PAYLOADS)('%j', (payload) => {
    const { host, update } = render(drawn(payload));
    expect(dangers(host)).toEqual([]);
    // The same inside other structures, where the lexer is in another state.
    for (const around of [`text ${payload} text`, `- ${payload}`, `> ${payload}`, `| a |\n|--|\n| ${payload} |`, `<pre>\n\n${payload}`, `**${payload}**`]) {
      update(drawn(around));
      expect(dangers(host)).toEqual([]);
    }
  });

  it('is safe at every moment while it streams in pieces', () => {
    const stream = fc.tuple(
      fc.array(fc.constantFrom(...PAYLOADS), { minLength: 1, maxLength: 3 }),
      fc.array(fc.integer({ min: 1, max: 25 }), { minLength: 1, maxLength: 12 }),
    );
    fc.assert(
      fc.property(stream, ([payloads, sizes]) => {
        const text = payloads.join('\n\n');
        const { host, update, remove } = render(drawn('', true));
        for (let end = 0, turn = 0; end < text.length; turn += 1) {
          end += sizes[turn % sizes.length]!;
          update(drawn(text.slice(0, end), true));
          expect(dangers(host)).toEqual([]);
        }
        remove();
      }),
      { numRuns: 40 },
    );
  }, 60_000);

  it('shows raw HTML as the person would type it', () => {
    const { host } = render(drawn('before <b onclick="x">bold</b> after\n\n<div class="jp-Dialog">\nx\n</div>'));
    expect(host.textContent).toBe('before <b onclick="x">bold</b> after<div class="jp-Dialog">\nx\n</div>');
  });

  it('never makes an element that loads anything', () => {
    const { host } = render(drawn('![A cat](https://cats.test/cat.png) and ![](data:image/png;base64,AAAA)'));
    expect(host.querySelectorAll('img, picture, source, iframe, video, audio, object, embed, link')).toHaveLength(0);
    expect(host.textContent).toBe('A cat (image not loaded: cats.test) and Image (image not loaded: embedded)');
  });
});

describe('links', () => {
  const textOf = (markdown: string): string => render(drawn(markdown)).host.textContent;

  it('show where they lead when their text does not say it', () => {
    expect(textOf('[docs](https://docs.test/a)')).toBe('docs (docs.test)');
    expect(textOf('[https://bank.test](https://evil.test/)')).toBe('https://bank.test (evil.test)');
    expect(textOf('[mail us](mailto:a@b.test?body=secret)')).toBe('mail us (a@b.test)');
  });

  it('say nothing twice', () => {
    expect(textOf('https://docs.test/a')).toBe('https://docs.test/a');
    expect(textOf('[docs.test](https://docs.test/a)')).toBe('docs.test');
    expect(textOf('<https://docs.test/>')).toBe('https://docs.test/');
  });

  it('that hide their host behind a user name show it', () => {
    expect(textOf('https://bank.test@evil.test/')).toContain('(evil.test)');
  });

  it('show the true name of a host in look-alike letters', () => {
    expect(textOf('[apple.com](https://аpple.com)')).toContain('(xn--');
  });

  it('to anywhere else are shown as they were written', () => {
    expect(textOf('[x](javascript:alert(1))')).toBe('[x](javascript:alert(1))');
    expect(textOf('[tree](/lab/tree)')).toBe('[tree](/lab/tree)');
  });

  it('lead only to http, https and mailto, whatever the address', () => {
    const scheme = fc.constantFrom('javascript:', 'data:', 'https://', 'http:', 'mailto:', 'vbscript:', '//', '\\\\', 'file:', 'ht\ntps://', '');
    fc.assert(
      fc.property(scheme, fc.string({ unit: 'binary' }), (start, rest) => {
        const link = safeLink(start + rest);
        expect(link === null || /^(https?:\/\/[^/]|mailto:)/.test(link.href)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('open through the environment when it wants to', () => {
    const opened: string[] = [];
    const environment = scriptedEnvironment({ openLink: (href) => void opened.push(href) });
    const { host } = render(withView(chat, environment, <Markdown text="[a](https://a.test/b)" open={false} />));
    host.querySelector('a')!.click();
    expect(opened).toEqual(['https://a.test/b']);
  });
});
