/** The header: chats, models. */
import * as React from 'react';
import { act } from 'react';
import { describe, expect, it, vi } from 'vitest';
import { emptyState, ScriptedChat, scriptedEnvironment, threadList } from '../../demo/scripted';
import type { ThreadSummary } from '../../src/core/wire';
import type { Threads, ViewEnvironment } from '../../src/view';
import { ChatView } from '../../src/view';
import { ago } from '../../src/view/menu/threadWords';
import type { Drawn } from './drawn';
import { drawn } from './drawn';
import { button, click, press, render, type } from './render';

describe('the header', () => {
  it('shows no model before the server has said which there are', () => {
    const chat = new ScriptedChat(emptyState);
    chat.capabilities = null;
    const { host } = render(<ChatView chat={chat} environment={scriptedEnvironment()} />);
    expect(host.querySelector('.ja-ModelMenu')).toBeNull();
  });

  it('hands the focus to the composer of the chat that comes next', () => {
    const first = new ScriptedChat(emptyState);
    const environment = scriptedEnvironment();
    const { host, update } = render(<ChatView chat={first} environment={environment} />);
    button(host, 'New chat').focus();
    update(<ChatView chat={new ScriptedChat({ ...emptyState, threadId: 'thread-2' })} environment={environment} />);
    expect(document.activeElement).toBe(host.querySelector('textarea'));
    (document.activeElement as HTMLElement).blur();
    update(<ChatView chat={first} environment={environment} />);
    expect(document.activeElement).toBe(document.body);
  });

  it('begins a new chat', async () => {
    const { host, environment } = drawn({});
    await click(button(host, 'New chat'));
    expect(environment.deeds).toEqual([['create']]);
  });

  const opened = async (change: Partial<ViewEnvironment> = {}): Promise<Drawn> => {
    const result = drawn({ title: 'Masses' }, change);
    await click(button(result.host, 'Chats. This one: Masses'));
    return result;
  };
  const names = (host: HTMLElement): string[] =>
    [...host.querySelectorAll('.ja-Thread-name')].map((name) => name.textContent);

  it('lists the chats, has the server find some when the person pauses, and opens one', async () => {
    vi.useFakeTimers();
    const asked: (string | undefined)[] = [];
    const base = scriptedEnvironment().threads;
    const deeds: unknown[] = [];
    const threads: Threads = {
      ...base,
      list: (query) => (asked.push(query), base.list(query)),
      open: (threadId) => void deeds.push(threadId),
    };
    const { host } = await opened({ threads });
    expect(names(host)).toEqual(['Body mass by species', 'Why does the merge lose rows?', 'What variables are there?']);
    for (const words of ['m', 'merge', ' merge rows ']) type(host.querySelector<HTMLInputElement>('[type="search"]')!, words);
    expect(names(host)).toHaveLength(3);
    await act(async () => {
      await vi.advanceTimersByTimeAsync(300);
    });
    expect(asked).toEqual(['', 'merge rows']);
    expect(names(host)).toEqual(['Why does the merge lose rows?']);
    await click(host.querySelector<HTMLElement>('.ja-Thread-open')!);
    expect(deeds).toEqual(['thread-2']);
    vi.useRealTimers();
  });

  it('shows what was found for the newest words, whichever answer comes first', async () => {
    vi.useFakeTimers();
    const answers = new Map<string, (list: ThreadSummary[]) => void>();
    const list = (query = ''): Promise<ThreadSummary[]> =>
      query === '' ? Promise.resolve([]) : new Promise((resolve) => void answers.set(query, resolve));
    const { host } = await opened({ threads: { ...scriptedEnvironment().threads, list } });
    expect(host.textContent).toContain('No chats yet.');
    for (const words of ['a', 'ab']) {
      type(host.querySelector<HTMLInputElement>('[type="search"]')!, words);
      act(() => void vi.advanceTimersByTime(300));
    }
    await act(async () => answers.get('ab')!([]));
    await act(async () => answers.get('a')!(threadList(0)));
    expect(names(host)).toEqual([]);
    expect(host.textContent).toContain('No chat matches.');
    vi.useRealTimers();
  });

  it('renames a chat', async () => {
    const { host, environment } = await opened();
    await click(button(host, 'Rename Body mass by species'));
    const field = host.querySelector<HTMLInputElement>('.ja-Thread-rename input')!;
    type(field, 'Weights');
    await click(button(host, 'Rename'));
    expect(environment.deeds).toEqual([['rename', 'thread-1', 'Weights']]);
  });

  it('deletes a chat only after a second look, and then begins a new one', async () => {
    const { host, environment } = await opened();
    await click(button(host, 'Delete Body mass by species'));
    expect(environment.deeds).toEqual([]);
    await click(button(host, 'Keep'));
    await click(button(host, 'Delete Body mass by species'));
    await click(button(host, 'Delete'));
    expect(environment.deeds).toEqual([['remove', 'thread-1'], ['create']]);
  });

  it('does not delete a chat whose answer is being made', async () => {
    const { host } = await opened();
    expect(button(host, 'Delete Why does the merge lose rows?').disabled).toBe(true);
  });

  it('says when the chats can not be loaded, and tries again', async () => {
    let broken = true;
    const base = scriptedEnvironment().threads;
    const threads = { ...base, list: async () => (broken ? Promise.reject(new Error('no')) : threadList(0)) };
    const { host } = await opened({ threads });
    expect(host.textContent).toContain('The chats could not be loaded.');
    broken = false;
    await click(button(host, 'Try again'));
    expect(names(host)).toHaveLength(3);
  });

  it('says what went wrong with a change', async () => {
    const threads = { ...scriptedEnvironment().threads, remove: async () => Promise.reject(new Error('It is still running.')) };
    const { host } = await opened({ threads });
    await click(button(host, 'Delete Body mass by species'));
    await click(button(host, 'Delete'));
    expect(host.querySelector('.ja-ThreadList [role="alert"]')!.textContent).toBe('It is still running.');
  });

  it('closes its menu with Escape, gives the focus back, and moves in it by arrows', async () => {
    const { host } = await opened();
    expect(document.activeElement).toBe(host.querySelector('[type="search"]'));
    press(document.activeElement as HTMLElement, 'ArrowDown');
    expect(document.activeElement).toBe(host.querySelector('.ja-Thread-open'));
    press(document.activeElement as HTMLElement, 'Escape');
    expect(host.querySelector('.ja-ThreadList')).toBeNull();
    expect(document.activeElement).toBe(button(host, 'Chats. This one: Masses'));
  });

  it('tells the time in words', () => {
    const hour = 3_600_000;
    expect([0, 5 / 60, 1, 5, 30, 80].map((hours) => ago(0, hours * hour))).toEqual([
      'just now', '5 min ago', '1 hour ago', '5 hours ago', 'yesterday', '3 days ago',
    ]);
  });
});

