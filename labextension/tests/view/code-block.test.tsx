/** Blocks of code and what a person can do with them. */
import * as React from 'react';
import { act } from 'react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { answer, emptyState, ScriptedChat, scriptedEnvironment, text } from '../../demo/scripted';
import type { ViewEnvironment } from '../../src/view';
import { Markdown } from '../../src/view/markdown/Markdown';
import type { Drawn } from './drawn';
import { drawn } from './drawn';
import { button, click, hasButton, render, withView } from './render';

afterEach(() => void vi.useRealTimers());

describe('a block of code', () => {
  const code = '```python\nx = 1\n```';
  const withCode = (change: Partial<ViewEnvironment> = {}, markdown = code): Drawn =>
    drawn({ turns: [answer([text(markdown)])] }, change);

  it.each([
    ['Insert below', 'insert', 'Inserted'],
    ['Replace cell', 'replace', 'Replaced'],
    ['Run', 'run', 'Ran below'],
  ])('has a button “%s” that says how it went', async (label, verb, done) => {
    const { host, environment } = withCode();
    await click(button(host, label));
    expect(environment.deeds).toEqual([[verb, 'x = 1']]);
    expect(hasButton(host, done)).toBe(true);
  });

  it('says in words what did not work', async () => {
    const reject = async (): Promise<void> => {
      throw new Error('No notebook is open.');
    };
    const { host } = withCode({ notebook: { insertBelow: reject, replaceActive: reject, run: reject } });
    await click(button(host, 'Run'));
    expect(host.querySelector('.ja-CodeBlock [role="alert"]')!.textContent).toBe('No notebook is open.');
    expect(button(host, 'Run').disabled).toBe(false);
  });

  it('is copied exactly', async () => {
    const copied: string[] = [];
    vi.stubGlobal('navigator', { clipboard: { writeText: async (words: string) => void copied.push(words) } });
    const { host } = withCode({}, '```\n\ta  \n\n<b>\n```');
    await click(button(host, 'Copy'));
    vi.unstubAllGlobals();
    expect(copied).toEqual(['\ta  \n\n<b>']);
  });

  it('has only Copy where there is no notebook, or nothing to run', () => {
    expect(hasButton(withCode({ notebook: null }).host, 'Run')).toBe(false);
    expect(hasButton(withCode({}, '```json\n{}\n```').host, 'Run')).toBe(false);
    expect(hasButton(withCode({}, '```json\n{}\n```').host, 'Copy')).toBe(true);
  });

  it.each(['text', 'txt', 'output', 'plain', 'Plaintext'])('that quotes output (%s) is called so and has only Copy', (name) => {
    const { host } = withCode({}, `\`\`\`${name}\n344 rows\n\`\`\``);
    expect(host.querySelector('.ja-CodeBlock-language')!.textContent).toBe('Output');
    expect([...host.querySelectorAll('.ja-CodeAction')].map((action) => action.getAttribute('aria-label'))).toEqual(['Copy']);
  });

  it('keeps the focus on the button that is at work, which does nothing twice', async () => {
    let end = (): void => undefined;
    const run = vi.fn(() => new Promise<void>((resolve) => void (end = resolve)));
    const { host } = withCode({ notebook: { insertBelow: run, replaceActive: run, run } });
    button(host, 'Run').focus();
    await click(button(host, 'Run'));
    await click(button(host, 'Run'));
    expect(run).toHaveBeenCalledTimes(1);
    expect(document.activeElement).toBe(button(host, 'Run'));
    await act(async () => end());
    expect(hasButton(host, 'Ran below')).toBe(true);
  });

  it('has no buttons and no colours while it streams', () => {
    vi.useFakeTimers();
    const highlight = vi.fn(async () => undefined);
    const chat = new ScriptedChat(emptyState);
    const environment = scriptedEnvironment({ highlight });
    const { host, update } = render(withView(chat, environment, <Markdown text={'```python\nx = 1'} open />));
    act(() => void vi.advanceTimersByTime(500));
    expect(host.querySelectorAll('button')).toHaveLength(0);
    expect(highlight).not.toHaveBeenCalled();
    update(withView(chat, environment, <Markdown text={'```python\nx = 1\n```\n'} open />));
    act(() => void vi.advanceTimersByTime(500));
    expect(highlight).toHaveBeenCalledTimes(1);
    expect(hasButton(host, 'Copy')).toBe(true);
  });

  it('is drawn by the highlighter only when the code is still the same', async () => {
    vi.useFakeTimers();
    const paint = (words: string) => async (_code: string, _language: string, element: HTMLElement) => {
      element.textContent = words;
    };
    const shown = async (words: string): Promise<string> => {
      const { host } = withCode({ highlight: paint(words) });
      await act(async () => {
        await vi.advanceTimersByTimeAsync(500);
      });
      return [...host.querySelectorAll<HTMLElement>('.ja-CodeBlock pre code')].find((element) => !element.hidden)!.innerHTML;
    };
    expect(await shown('x = 1')).toBe('<span>x = 1</span>');
    expect(await shown('x = 2')).toBe('x = 1');
  });

  it('with hidden characters shows and counts them', () => {
    const { host } = withCode({}, '```python\nx\u200b = 1\n```');
    expect(host.querySelector('.ja-CodeBlock')!.textContent).toContain('xU+200B = 1');
    expect(host.querySelector('.ja-CodeBlock')!.textContent).toContain('Holds a hidden character');
  });
});

