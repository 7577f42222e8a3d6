/** The conversation: a new one, questions, answers and what they did, banners. */
import { act } from 'react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { answer, question, text, tool } from '../../demo/scripted';
import type { ChatState, Part } from '../../src/core/state';
import { drawn } from './drawn';
import { button, click, hasButton } from './render';

afterEach(() => void vi.useRealTimers());

const conversation = (host: HTMLElement): HTMLElement => host.querySelector<HTMLElement>('[role="log"]')!;

describe('a new chat', () => {
  it('says what it is, that it works right away, and who answers', () => {
    const words = conversation(drawn({}).host).textContent;
    expect(words).toContain('works with no key and no network');
    expect(words).toContain('no language model');
  });

  it('offers ways to begin that send at once', async () => {
    const { chat, host } = drawn({});
    await click(button(host, 'Summarise this notebook'));
    expect(chat.deeds).toEqual([['send', 'Summarise this notebook']]);
  });

  it('lets the person finish the one that needs a name', async () => {
    const { chat, host } = drawn({});
    await click(button(host, 'Describe the data frame…'));
    expect(chat.deeds).toEqual([]);
    expect(host.querySelector('textarea')!.value).toBe('Describe the data frame ');
    expect(document.activeElement).toBe(host.querySelector('textarea'));
  });
});

describe('an answer', () => {
  it('shows its parts in their order', () => {
    const parts: Part[] = [text('One', false, 'a'), tool({ name: 'run_cell' }), text('Two', false, 'b')];
    const { host } = drawn({ turns: [question('Q'), answer(parts)] });
    expect(host.querySelector('.ja-Answer')!.textContent).toBe('OneRan a cellDoneTwo');
  });

  it('that failed says why and can be tried again', async () => {
    const turn = answer([], { status: 'failed', error: { code: 'model', message: 'The key was refused.' } });
    const { chat, host } = drawn({ turns: [question('Q'), turn] });
    expect(conversation(host).textContent).toContain('The key was refused.');
    await click(button(host, 'Retry'));
    expect(chat.deeds).toEqual([['retry', 'run-1']]);
  });

  it.each([
    ['cancelled', 'Stopped.'],
    ['interrupted', 'The server was restarted before this answer was complete.'],
  ] as const)('that was %s says so and can be asked again', async (status, words) => {
    const { chat, host } = drawn({ turns: [question('Q'), answer([text('Half')], { status })] });
    expect(conversation(host).textContent).toContain(words);
    expect(conversation(host).textContent).toContain('Half');
    await click(button(host, 'Ask again'));
    expect(chat.deeds).toEqual([['retry', 'run-1']]);
  });

  it('shows that it is alive until something else does', () => {
    const { chat, host } = drawn({ turns: [question('Q'), answer([], { status: 'running' })] });
    expect(host.querySelector('.ja-Working')!.textContent).toBe('Thinking');
    act(() => chat.show({ turns: [question('Q'), answer([text('W', true)], { status: 'running' })] }));
    expect(host.querySelector('.ja-Working')).toBeNull();
  });

  it('keeps thoughts out of the way', () => {
    const { host } = drawn({ turns: [answer([{ kind: 'reasoning', id: 'r', text: 'Hmm.', open: false }])] });
    expect(conversation(host).textContent).toBe('Thoughts');
  });

  it('is announced once, at its end', () => {
    const { chat, host } = drawn({ turns: [question('Q'), answer([text('So', true)], { status: 'running' })] });
    const spoken = host.querySelector('.ja-Spoken[role="status"]')!;
    expect(spoken.textContent).toBe('');
    act(() => chat.show({ turns: [question('Q'), answer([text('So be it.')])] }));
    expect(spoken.textContent).toBe('Answer: So be it.');
    expect(conversation(host).getAttribute('aria-live')).toBe('off');
  });

  it('is announced in plain words', () => {
    const { chat, host } = drawn({ turns: [question('Q'), answer([text('', true)], { status: 'running' })] });
    const markdown = '### You can say\n\n- `list variables`: the **names**\n- [run](https://a.example/) it &amp; see:\n\n' +
      '| a | b |\n|--|--|\n| 1 | 2 |\n\n---\n\n```python\nx = 1\n```\n\n> Done!';
    act(() => chat.show({ turns: [question('Q'), answer([text(markdown)])] }));
    expect(host.querySelector('.ja-Spoken[role="status"]')!.textContent).toBe(
      'Answer: You can say. list variables: the names. run it & see: a, b. 1, 2. x = 1. Done!',
    );
  });

  it('that cannot be drawn does not take the panel with it', () => {
    const silent = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const quiet = (event: Event): void => event.preventDefault();
    window.addEventListener('error', quiet);
    const broken = answer([{ kind: 'text', id: 't', text: null as unknown as string, open: false }]);
    const { host } = drawn({ turns: [question('Q'), broken] });
    expect(conversation(host).textContent).toBe(
      'QA mistake of ours keeps this answer from being shown. The text itself is safe on the server; reloading the page may help.',
    );
    expect(host.querySelector('textarea')).not.toBeNull();
    silent.mockRestore();
    window.removeEventListener('error', quiet);
  });
});

describe('a question', () => {
  it('is shown as it was typed', () => {
    const { host } = drawn({ turns: [question('**not bold** <b>\n  indented')] });
    expect(host.querySelector('.ja-Question-text')!.innerHTML).toBe('**not bold** &lt;b&gt;\n  indented');
  });

  it('that was not sent can be sent again', async () => {
    const { chat, host } = drawn({ turns: [{ role: 'user', id: 'm', text: 'Q', images: [], runId: 'run-3', delivery: 'failed' }] });
    await click(button(host, 'Retry'));
    expect(chat.deeds).toEqual([['retry', 'run-3']]);
  });
});

describe('the log', () => {
  /** jsdom has no layout: a box of 300 pixels with as much content as the test says. */
  function sized(host: HTMLElement, height: { value: number }): HTMLElement {
    const box = conversation(host);
    Object.defineProperty(box, 'clientHeight', { configurable: true, get: () => 300 });
    Object.defineProperty(box, 'scrollHeight', { configurable: true, get: () => height.value });
    return box;
  }
  const scrollTo = (box: HTMLElement, top: number): void => {
    box.scrollTop = top;
    act(() => void box.dispatchEvent(new Event('scroll', { bubbles: true })));
  };
  const streaming = (words: string): Partial<ChatState> => ({
    activeRun: 'run-1',
    turns: [question('Q'), answer([text(words, true)], { status: 'running' })],
  });

  it('follows the newest line, lets go when the reader goes up, and offers a way back', async () => {
    const { chat, host } = drawn(streaming('a'));
    const height = { value: 1000 };
    const box = sized(host, height);
    act(() => chat.show(streaming('ab')));
    expect(box.scrollTop).toBe(1000);
    scrollTo(box, 700);
    scrollTo(box, 500);
    height.value = 1200;
    act(() => chat.show(streaming('abc')));
    expect(box.scrollTop).toBe(500);
    await click(button(host, 'Jump to latest'));
    expect(box.scrollTop).toBe(1200);
    expect(hasButton(host, 'Jump to latest')).toBe(false);
  });

  it('goes to the end for a new question, wherever the reader was', () => {
    const { chat, host } = drawn(streaming('a'));
    const box = sized(host, { value: 1000 });
    act(() => chat.show(streaming('ab')));
    scrollTo(box, 700);
    scrollTo(box, 100);
    act(() =>
      chat.show({ turns: [...chat.state.turns, question('Next', 'run-2'), answer([], { runId: 'run-2', status: 'running' })] }),
    );
    expect(box.scrollTop).toBe(1000);
  });
});

describe('banners', () => {
  it('say what the server lost, and can be dismissed', async () => {
    const { host } = drawn({ notice: 'Some events are gone.' });
    expect(host.querySelector('.ja-Banner')!.textContent).toBe('Some events are gone.');
    await click(button(host, 'Dismiss this notice'));
    expect(host.querySelector('.ja-Banner')).toBeNull();
  });

  it('say that the connection is lost, but not for a blink', () => {
    vi.useFakeTimers();
    const { chat, host } = drawn({});
    chat.connection = { status: 'offline', detail: null };
    act(() => chat.notify());
    expect(host.querySelector('.ja-Banner')).toBeNull();
    act(() => void vi.advanceTimersByTime(2000));
    expect(host.querySelector('.ja-Banner')!.textContent).toContain('The connection is lost.');
    chat.connection = { status: 'live', detail: null };
    act(() => chat.notify());
    expect(host.querySelector('.ja-Banner')).toBeNull();
  });

  it('say at once what the person must do', () => {
    const { chat, host } = drawn({});
    chat.connection = { status: 'refused', detail: 'Sign in again.' };
    act(() => chat.notify());
    expect(host.querySelector('[role="alert"]')!.textContent).toBe('Sign in again.');
  });
});
