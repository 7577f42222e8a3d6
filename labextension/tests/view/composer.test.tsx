/** Where messages are written. */
import * as React from 'react';
import { act } from 'react';
import { describe, expect, it } from 'vitest';
import { emptyState, question, ScriptedChat, scriptedEnvironment } from '../../demo/scripted';
import { ChatView } from '../../src/view';
import { button, click, hasButton, press, render, type } from './render';

const field = (host: HTMLElement): HTMLTextAreaElement => host.querySelector('textarea')!;

function drawn(chat = new ScriptedChat(emptyState)): { chat: ScriptedChat; host: HTMLElement } {
  const { host } = render(<ChatView chat={chat} environment={scriptedEnvironment()} />);
  return { chat, host };
}

describe('the composer', () => {
  it('sends with Enter and is empty then', () => {
    const { chat, host } = drawn();
    type(field(host), ' Hello ');
    const event = press(field(host), 'Enter');
    expect(event.defaultPrevented).toBe(true);
    expect(chat.deeds).toEqual([['send', 'Hello']]);
    expect(field(host).value).toBe('');
  });

  it('begins a new line with Shift+Enter', () => {
    const { chat, host } = drawn();
    type(field(host), 'Hello');
    expect(press(field(host), 'Enter', { shiftKey: true }).defaultPrevented).toBe(false);
    expect(chat.deeds).toEqual([]);
  });

  it('leaves the Enter of an input method alone', () => {
    const { chat, host } = drawn();
    type(field(host), 'にほん');
    press(field(host), 'Enter', { isComposing: true });
    press(field(host), 'Enter', { keyCode: 229 });
    expect(chat.deeds).toEqual([]);
  });

  it('sends no empty message', () => {
    const { chat, host } = drawn();
    type(field(host), '  \n ');
    press(field(host), 'Enter');
    expect(button(host, 'Send').disabled).toBe(true);
    expect(chat.deeds).toEqual([]);
  });

  it('keeps what is typed while an answer is made, and says why it does not send', () => {
    const { chat, host } = drawn(new ScriptedChat({ ...emptyState, activeRun: 'run-1' }));
    type(field(host), 'Next');
    press(field(host), 'Enter');
    expect(chat.deeds).toEqual([]);
    expect(field(host).value).toBe('Next');
    expect(host.textContent).toContain('Your text is kept.');
    act(() => chat.show({ activeRun: null }));
    expect(host.textContent).not.toContain('Your text is kept.');
    press(field(host), 'Enter');
    expect(chat.deeds).toEqual([['send', 'Next']]);
  });

  it('stops a running answer', async () => {
    const { chat, host } = drawn(new ScriptedChat({ ...emptyState, activeRun: 'run-1' }));
    expect(hasButton(host, 'Send')).toBe(false);
    await click(button(host, 'Stop'));
    expect(chat.deeds).toEqual([['stop']]);
  });

  it('does not stop anything on Escape', () => {
    const { chat, host } = drawn(new ScriptedChat({ ...emptyState, activeRun: 'run-1' }));
    press(field(host), 'Escape');
    expect(chat.deeds).toEqual([]);
  });

  it('keeps the draft through changes of the chat and through being closed', () => {
    const chat = new ScriptedChat(emptyState);
    const first = drawn(chat).host;
    type(field(first), 'Half a thought');
    act(() => chat.show({ turns: [question('a')] }));
    expect(field(first).value).toBe('Half a thought');
    expect(field(drawn(chat).host).value).toBe('Half a thought');
  });

  it('does not mix the drafts of two chats', () => {
    const chat = new ScriptedChat(emptyState);
    const { host, update } = render(<ChatView chat={chat} environment={scriptedEnvironment()} />);
    type(field(host), 'For the first');
    update(<ChatView chat={new ScriptedChat({ ...emptyState, threadId: 'thread-2' })} environment={scriptedEnvironment()} />);
    expect(field(host).value).toBe('');
    update(<ChatView chat={chat} environment={scriptedEnvironment()} />);
    expect(field(host).value).toBe('For the first');
  });

  it('brings the last question back with the up arrow when it is empty', () => {
    const { host } = drawn(new ScriptedChat({ ...emptyState, turns: [question('What is this?')] }));
    press(field(host), 'ArrowUp');
    expect(field(host).value).toBe('What is this?');
  });

  it('names the notebook that the message is about', () => {
    let listener = (): void => undefined;
    let label: string | null = 'penguins.ipynb';
    const context = {
      subscribe: (next: () => void) => {
        listener = next;
        return () => undefined;
      },
      get: () => (label === null ? null : { label }),
    };
    const { host } = render(
      <ChatView chat={new ScriptedChat(emptyState)} environment={scriptedEnvironment({ context })} />,
    );
    expect(host.querySelector('.ja-Composer-context')!.textContent).toBe('penguins.ipynb');
    label = null;
    act(() => listener());
    expect(host.querySelector('.ja-Composer-context')).toBeNull();
    expect(field(host).placeholder).toBe('Ask a question');
  });

  it('changes what the assistant may do', async () => {
    const { chat, host } = drawn();
    await click(button(host, 'What it may do: Ask first'));
    await click(host.querySelectorAll<HTMLElement>('.ja-ModeMenu [role="radio"]')[1]!);
    expect(chat.deeds).toEqual([['mode', 'plan']]);
    expect(hasButton(host, 'What it may do: Plan')).toBe(true);
    expect(document.activeElement).toBe(button(host, 'What it may do: Plan'));
  });
});
