/** Images: attached, refused, shown. */
import { act } from 'react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { answer, FOUND, question } from '../../demo/scripted';
import type { ChatState } from '../../src/core/state';
import { imageType } from '../../src/view/images/taking';
import type { Drawn } from './drawn';
import { drawn } from './drawn';
import { button, click, hasButton, press, type } from './render';

// jsdom has no addresses for blobs.
beforeEach(() => {
  let made = 0;
  Object.assign(URL, { createObjectURL: () => `blob:test/${(made += 1)}`, revokeObjectURL: vi.fn() });
});
afterEach(() => vi.restoreAllMocks());

const PNG = '\x89PNG\r\n\x1a\n';
const bytes = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(text, (character) => character.charCodeAt(0));
const file = (name = 'plot.png', start = PNG, size = 100): File =>
  new File([bytes(start), new Uint8Array(size - start.length)], name, { type: 'text/html' });

const field = (host: HTMLElement): HTMLTextAreaElement => host.querySelector('textarea')!;
const attached = (host: HTMLElement): number => host.querySelectorAll('.ja-Attachment').length;
const hint = (host: HTMLElement): string => host.querySelector('.ja-Composer-hint')?.textContent ?? '';

function withModel(state: Partial<ChatState> = {}, model = 'openai:gpt-6.1-sol'): Drawn {
  const result = drawn(state);
  result.chat.capabilities = FOUND;
  result.chat.chosenModel = model;
  act(() => result.chat.notify());
  return result;
}

/** Fires an event that carries files, as a browser does, and lets them be looked at. */
async function give(element: Element, kind: 'paste' | 'drop' | 'dragover', files: File[], text: Record<string, string> = {}) {
  const data = { files, types: [...Object.keys(text), ...(files.length > 0 ? ['Files'] : [])], getData: (type: string) => text[type] ?? '', dropEffect: '' };
  const event = new Event(kind, { bubbles: true, cancelable: true });
  Object.assign(event, { clipboardData: data, dataTransfer: data });
  await act(async () => {
    element.dispatchEvent(event);
    await new Promise((resolve) => setTimeout(resolve, 20));
  });
  return event;
}

describe('attaching', () => {
  it('takes a pasted image, and sends it with the words', async () => {
    const { chat, host } = withModel();
    const event = await give(field(host), 'paste', [file()]);
    expect(event.defaultPrevented).toBe(true);
    expect(attached(host)).toBe(1);
    type(field(host), 'What is this?');
    press(field(host), 'Enter');
    const [verb, words, images] = chat.deeds[0]!;
    expect([verb, words]).toEqual(['send', 'What is this?']);
    // What it really is, whatever the file said.
    expect((images as Blob[]).map((image) => [image.type, image.size])).toEqual([['image/png', 100]]);
    expect(attached(host)).toBe(0);
  });

  it('sends an image without words', async () => {
    const { chat, host } = withModel();
    expect(button(host, 'Send').disabled).toBe(true);
    await give(field(host), 'paste', [file()]);
    await click(button(host, 'Send'));
    expect(chat.deeds[0]!.slice(0, 2)).toEqual(['send', '']);
  });

  it('leaves text alone that comes with a picture of itself', async () => {
    const { host } = withModel();
    const event = await give(field(host), 'paste', [file()], { 'text/plain': 'a\tb', 'text/html': '<table>' });
    expect([event.defaultPrevented, attached(host)]).toEqual([false, 0]);
  });

  it('takes what is dropped anywhere on the panel, and no other drags', async () => {
    const { host } = withModel();
    const log = host.querySelector('.ja-Log')!;
    expect((await give(log, 'dragover', [], { 'text/plain': 'x' })).defaultPrevented).toBe(false);
    expect((await give(log, 'dragover', [file()])).defaultPrevented).toBe(true);
    expect(host.querySelector('.ja-is-target')).not.toBeNull();
    await give(log, 'drop', [file(), file('b.gif', 'GIF89a')]);
    expect(attached(host)).toBe(2);
    expect(host.querySelector('.ja-is-target')).toBeNull();
  });

  it('takes one off again', async () => {
    const { host } = withModel();
    await give(field(host), 'paste', [file(), file()]);
    await click(button(host, 'Remove image 1'));
    expect(attached(host)).toBe(1);
    expect(document.activeElement).toBe(field(host));
    expect(hasButton(host, 'Remove image 2')).toBe(false);
  });

  it('says in words what it does not take, and keeps the rest', async () => {
    const { host } = withModel();
    await give(field(host), 'drop', [file(), file('notes.txt', 'plain text')]);
    expect(hint(host)).toBe('“notes.txt” is no image that can be sent: these are PNG, JPEG, GIF and WebP.');
    expect(attached(host)).toBe(1);
    await give(field(host), 'drop', [file('big.png', PNG, 5_000_001)]);
    expect(hint(host)).toBe('“big.png” is larger than 5 MB. Send a smaller image.');
    await give(field(host), 'drop', Array.from({ length: 8 }, () => file()));
    expect(hint(host)).toBe('A message can have 8 images at most.');
    expect(attached(host)).toBe(8);
    press(field(host), 'Enter');
    expect(hint(host)).toBe('');
  });

  it('says before sending that the model cannot see', async () => {
    const { chat, host } = withModel({}, 'ollama:qwen4:14b');
    expect(hint(host)).toBe('');
    await give(field(host), 'paste', [file()]);
    expect(hint(host)).toContain('qwen4:14b cannot see images: it gets your words only.');
    act(() => chat.setModel('openai:gpt-6.1-sol'));
    expect(hint(host)).toBe('');
    act(() => chat.setModel('openai:one-that-nobody-knows'));
    expect(hint(host)).toBe('');
  });

  it('keeps images with the draft while an answer is made', async () => {
    const { chat, host } = withModel({ activeRun: 'run-1' });
    await give(field(host), 'paste', [file()]);
    press(field(host), 'Enter');
    expect(chat.deeds).toEqual([]);
    expect(attached(host)).toBe(1);
    expect(hint(host)).toContain('is kept');
  });
});

describe('the images of a question', () => {
  it('are drawn from bytes that the page holds, and grow with a click', async () => {
    const { chat, host } = drawn({});
    chat.image = async (name) => (name === 'here' ? file() : null);
    await act(async () => chat.show({ turns: [question('Look', 'run-1', ['here', 'gone']), answer([])] }));
    const asked = host.querySelector('.ja-Question')!;
    expect([...asked.querySelectorAll('img')].map((image) => image.src)).toEqual(['blob:test/1']);
    expect(asked.textContent).toBe('Image 2 of 2 is not there any moreLook');
    await click(button(asked, 'Image 1 of 2'));
    expect(button(asked, 'Image 1 of 2').getAttribute('aria-expanded')).toBe('true');
  });

  it('stand without a bubble where there are no words', async () => {
    const { chat, host } = drawn({});
    await act(async () => chat.show({ turns: [question('', 'run-1', ['here'])] }));
    expect(host.querySelector('.ja-Question-text')).toBeNull();
  });
});

it('knows an image by its first bytes', () => {
  const kinds = [PNG, '\xff\xd8\xff\xe0', 'GIF87a', 'GIF89a', 'RIFF\n\0\0\0WEBP', 'RIFF\n\0\0\0WAVE', '<svg/>', ''];
  expect(kinds.map((start) => imageType(bytes(start)))).toEqual([
    'image/png', 'image/jpeg', 'image/gif', 'image/gif', 'image/webp', null, null, null,
  ]);
});
