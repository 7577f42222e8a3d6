/** What an answer says of itself: that it waits, what it used, what it thinks. */
import { act } from 'react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { answer, FOUND, question, text } from '../../demo/scripted';
import type { AssistantTurn, Waiting } from '../../src/core/state';
import { newestLine } from '../../src/view/turn/Reasoning';
import { money } from '../../src/view/turn/Spent';
import type { Drawn } from './drawn';
import { drawn } from './drawn';

afterEach(() => void vi.useRealTimers());

const wait = (change: Partial<Waiting> = {}): Waiting => ({
  reason: 'The provider asks to wait',
  seconds: 8,
  attempt: 2,
  of: 4,
  ...change,
});

describe('an answer that waits for its provider', () => {
  const shows = ({ chat }: Drawn, waiting: Waiting | null): void =>
    act(() => chat.show({ activeRun: 'run-1', turns: [question('Q'), answer([], { status: 'running', waiting })] }));
  const words = ({ host }: Drawn): string | undefined => host.querySelector('.ja-Waiting')?.textContent;
  const pass = (seconds: number): void => act(() => void vi.advanceTimersByTime(seconds * 1000));

  it('counts down, begins anew with the next wait, and is gone with what happens then', () => {
    vi.useFakeTimers();
    const view = drawn({});
    shows(view, wait());
    expect(words(view)).toBe('The provider asks to wait. Trying again in 8 s (2 of 4).');
    expect(view.host.querySelector('.ja-Dots')).toBeNull();
    pass(3);
    expect(words(view)).toContain('in 5 s');
    pass(60);
    expect(words(view)).toBe('The provider asks to wait. Trying again now (2 of 4).');
    shows(view, wait({ seconds: 16, attempt: 3 }));
    expect(words(view)).toContain('in 16 s (3 of 4)');
    shows(view, null);
    expect(words(view)).toBeUndefined();
    expect(view.host.querySelector('.ja-Dots')).not.toBeNull();
  });

  it('is announced once for each wait', () => {
    vi.useFakeTimers();
    const view = drawn({});
    const spoken = view.host.querySelector('.ja-Spoken')!;
    const waiting = wait();
    shows(view, waiting);
    expect(spoken.textContent).toBe('The provider asks to wait. Trying again in 8 seconds.');
    const said = spoken.firstChild;
    pass(3);
    shows(view, waiting);
    expect(spoken.firstChild).toBe(said);
    shows(view, wait());
    expect(spoken.firstChild).not.toBe(said);
  });
});

describe('what an answer used', () => {
  const line = (change: Partial<AssistantTurn>): string | undefined => {
    const { chat, host } = drawn({});
    chat.capabilities = FOUND;
    act(() => chat.show({ turns: [answer([text('Yes.')], change)] }));
    return host.querySelector('.ja-Spent')?.textContent;
  };
  const spent = { inputTokens: 1234, outputTokens: 56, cost: { amount: 0.0021, currency: 'USD' } };

  it('stands below it in one line', () => {
    expect(line({ model: 'openai:gpt-6.1-sol', spent })).toBe('1,234 tokens in, 56 out · about $0.0021 · gpt-6.1-sol');
    expect(line({ model: 'openai:gpt-7', spent: { ...spent, cost: null } })).toBe('1,234 tokens in, 56 out · gpt-7');
    expect(line({ model: 'openai:gpt-7', spent, status: 'failed', error: { code: 'limit', message: 'Enough.' } })).toContain('$0.0021');
  });

  it('is nothing for the built-in assistant, nor while it runs', () => {
    expect(line({ model: 'builtin', spent })).toBeUndefined();
    expect(line({ model: 'openai:gpt-7', spent: null })).toBeUndefined();
  });

  it('is an amount that says something, however small', () => {
    expect([0, 0.0000001, 0.00021, 0.0213, 0.5, 3.456].map((amount) => money(amount, 'USD'))).toEqual([
      '$0.00', '$0.000001', '$0.00021', '$0.021', '$0.50', '$3.46',
    ]);
    expect(money(2, 'EUR')).toBe('2.00 EUR');
  });
});

describe('thoughts', () => {
  const thinking = (words: string, open: boolean) => ({ kind: 'reasoning' as const, id: 'r', text: words, open });

  it('show their newest line while they go on, and nothing of them afterwards', () => {
    const { chat, host } = drawn({ turns: [answer([thinking('First.\n\n**Second** thought', true)], { status: 'running' })] });
    expect(host.querySelector('.ja-Reasoning')!.textContent).toBe('ThinkingSecond thought');
    act(() => chat.show({ turns: [answer([thinking('First.\n\nSecond.', false)])] }));
    expect(host.querySelector('.ja-Reasoning')!.textContent).toBe('Thoughts');
  });

  it('are cut to one line without marks', () => {
    expect(newestLine('## Plan\n\n- use `pandas`\n')).toBe('use pandas');
    expect(newestLine('x'.repeat(5000)).length).toBe(200);
    expect(newestLine('')).toBe('');
  });
});
