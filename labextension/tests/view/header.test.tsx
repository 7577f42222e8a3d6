/** The header: chats, models. */
import * as React from 'react';
import { act } from 'react';
import { describe, expect, it } from 'vitest';
import { CAPABILITIES, emptyState, ScriptedChat, scriptedEnvironment, threadList } from '../../demo/scripted';
import type { ViewEnvironment } from '../../src/view';
import { ChatView } from '../../src/view';
import { ago } from '../../src/view/menu/threadWords';
import type { Drawn } from './drawn';
import { drawn } from './drawn';
import { button, click, press, render, type } from './render';

describe('the header', () => {
  it('names the model and says how to get another', async () => {
    const { chat, host } = drawn({});
    await click(button(host, 'Answers come from: Built-in assistant'));
    const menu = host.querySelector('.ja-ModelMenu')!;
    expect(menu.textContent).toContain('Set ANTHROPIC_API_KEY in the environment of the Jupyter server');
    expect(menu.querySelector<HTMLButtonElement>('[aria-checked="false"]')!.disabled).toBe(true);
    chat.capabilities = { ...CAPABILITIES, models: CAPABILITIES.models.map((model) => ({ ...model, available: true })) };
    act(() => chat.notify());
    await click(menu.querySelectorAll<HTMLElement>('[role="radio"]')[1]!);
    expect(chat.deeds).toEqual([['model', 'anthropic']]);
  });

  it('shows no model before the server has said which there are', () => {
    const chat = new ScriptedChat(emptyState);
    chat.capabilities = null;
    const { host } = render(<ChatView chat={chat} environment={scriptedEnvironment()} />);
    expect(host.querySelector('.ja-ModelMenu')).toBeNull();
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

  it('lists the chats, finds them and opens one', async () => {
    const { host, environment } = await opened();
    expect(names(host)).toEqual(['Body mass by species', 'Why does the merge lose rows?', 'What variables are there?']);
    type(host.querySelector<HTMLInputElement>('[type="search"]')!, 'merge rows');
    expect(names(host)).toEqual(['Why does the merge lose rows?']);
    await click(host.querySelector<HTMLElement>('.ja-Thread-open')!);
    expect(environment.deeds).toEqual([['open', 'thread-2']]);
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

