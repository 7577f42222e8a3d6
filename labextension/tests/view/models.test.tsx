/** Which model answers: the menu, what was found, what leaves the machine. */
import { act } from 'react';
import { describe, expect, it } from 'vitest';
import { CAPABILITIES, FOUND, MISTAKEN, UNLISTED } from '../../demo/scripted';
import type { Capabilities } from '../../src/core/wire';
import { said } from '../../src/view/menu/modelWords';
import type { Drawn } from './drawn';
import { drawn } from './drawn';
import { button, click, hasButton, press, type } from './render';

const OUT =
  'Sends your messages, and what the assistant reads of the notebook and its variables, to api.openai.com';

const HERE = 'Goes to 127.0.0.1:11434 on this machine; what that program passes on is its own affair';

function shown(capabilities: Capabilities = FOUND, chosen: string | null = null): Drawn {
  const result = drawn({});
  result.chat.capabilities = capabilities;
  result.chat.chosenModel = chosen;
  act(() => result.chat.notify());
  return result;
}

async function opened(capabilities: Capabilities = FOUND, chosen: string | null = null): Promise<Drawn> {
  const result = shown(capabilities, chosen);
  await click(result.host.querySelector<HTMLElement>('.ja-ModelMenu > button')!);
  return result;
}

const rows = (host: HTMLElement): HTMLElement[] => [...host.querySelectorAll<HTMLElement>('.ja-ModelMenu [role="radio"]')];
const linesOf = (row: HTMLElement): string[] =>
  [...row.querySelectorAll('.ja-Choice-label, .ja-Choice-line')].map((line) => line.textContent);

describe('the menu of models', () => {
  it('says of each that can be chosen where everything goes, under the name of its provider', async () => {
    const { host } = await opened();
    expect(rows(host).map(linesOf)).toEqual([
      ['Built-in assistant', 'Stays on this machine', 'Rules, no language model. Needs no key and no network.'],
      ['gpt-6.1-sol', OUT],
      ['gpt-6-luna', OUT],
      ['qwen4:14b', HERE],
    ]);
    const groups = [...host.querySelectorAll('.ja-ModelMenu [role="group"] > .ja-ChoiceGroup-name')];
    expect(groups.map((name) => name.textContent)).toEqual(['Built in', 'OpenAI', 'Ollama']);
  });

  it('tells how to get the others, with what is to be typed ready to be copied', async () => {
    const { host } = await opened();
    const missing = host.querySelector('.ja-Missing')!;
    expect(missing.textContent).toBe(
      'Not set up hereAnthropicInstall its library with pip install "jupyter-agent[anthropic]" and restart the server.',
    );
    expect(hasButton(missing, 'Copy pip install "jupyter-agent[anthropic]"')).toBe(true);
  });

  it('chooses with a click, and gives the focus back', async () => {
    const { chat, host } = await opened();
    await click(rows(host)[1]!);
    expect(chat.chosenModel).toBe('openai:gpt-6.1-sol');
    expect(document.activeElement).toBe(button(host, 'Answers come from: gpt-6.1-sol, at api.openai.com'));
  });

  it('is one stop for the Tab key; the arrows move in it and choose nothing', async () => {
    const { chat, host } = await opened(FOUND, 'openai:gpt-6-luna');
    expect(rows(host).map((row) => row.tabIndex)).toEqual([-1, -1, 0, -1]);
    expect(document.activeElement).toBe(rows(host)[2]);
    press(rows(host)[2]!, 'ArrowDown');
    expect(document.activeElement).toBe(rows(host)[3]);
    press(rows(host)[3]!, 'ArrowUp');
    press(rows(host)[2]!, 'ArrowUp');
    expect(document.activeElement).toBe(rows(host)[1]);
    expect(chat.chosenModel).toBe('openai:gpt-6-luna');
  });

  it('asks the server anew when it is opened, and keeps the focus where it is', async () => {
    const { chat, host } = await opened(CAPABILITIES);
    expect(chat.deeds).toEqual([['refresh']]);
    const focused = document.activeElement;
    chat.capabilities = FOUND;
    act(() => chat.notify());
    expect(rows(host).length).toBe(4);
    expect(document.activeElement).toBe(focused);
  });

  it('takes another model of a provider by its name', async () => {
    const { chat, host } = await opened();
    await click(button(host, 'Another model…'));
    const form = host.querySelector<HTMLFormElement>('.ja-OtherModel form')!;
    expect([...form.querySelectorAll('option')].map((option) => option.textContent)).toEqual(['OpenAI', 'Ollama', 'vLLM']);
    expect(form.textContent).toContain(OUT);
    const field = form.querySelector('input')!;
    expect(document.activeElement).toBe(field);
    type(field, ' openai:gpt-7 ');
    act(() => form.requestSubmit());
    expect(chat.chosenModel).toBe('openai:gpt-7');
    await click(button(host, 'Answers come from: gpt-7, at api.openai.com'));
    expect(rows(host).find((row) => row.getAttribute('aria-checked') === 'true')!.textContent).toBe(`gpt-7${OUT}`);
  });

  it('leaves the field with Escape, and not the menu', async () => {
    const { chat, host } = await opened();
    await click(button(host, 'Another model…'));
    press(document.activeElement as HTMLElement, 'Escape');
    expect(host.querySelector('.ja-OtherModel form')).toBeNull();
    expect(document.activeElement).toBe(button(host, 'Another model…'));
    expect(rows(host).length).toBe(4);
    expect(chat.chosenModel).toBeNull();
  });
});

describe('a provider without suggestions', () => {
  const lines = (host: HTMLElement): string[] =>
    [...host.querySelectorAll('.ja-OtherModel > .ja-Choice')].map((line) => line.textContent);

  it('has a line of its own, unless its place is in the list or nothing says that it is there', async () => {
    expect(lines((await opened(UNLISTED)).host)).toEqual([
      'OpenRouter: type the name of a model…',
      'Gateway: type the name of a model…',
      'Another model…',
    ]);
    expect(lines((await opened()).host)).toEqual(['Another model…']);
  });

  it('is chosen already in the form of its line, with an example of a name', async () => {
    const { chat, host } = await opened(UNLISTED);
    const line = button(host, 'OpenRouter: type the name of a model…');
    await click(line);
    expect(host.querySelector<HTMLSelectElement>('.ja-OtherModel select')!.value).toBe('openrouter');
    const field = host.querySelector<HTMLInputElement>('.ja-OtherModel input')!;
    expect(document.activeElement).toBe(field);
    expect(field.placeholder).toBe('openai/gpt-6-luna');
    press(field, 'Escape');
    expect(document.activeElement).toBe(line);
    await click(button(host, 'Gateway: type the name of a model…'));
    type(host.querySelector<HTMLInputElement>('.ja-OtherModel input')!, 'qwen4');
    act(() => host.querySelector<HTMLFormElement>('.ja-OtherModel form')!.requestSubmit());
    expect(chat.chosenModel).toBe('gateway:qwen4');
  });
});

describe('what leaves the machine', () => {
  it('is said beside the composer, and nothing where nothing leaves', () => {
    const { chat, host } = shown(FOUND, 'openai:gpt-6-luna');
    const mark = host.querySelector<HTMLElement>('.ja-Composer-destination')!;
    expect(mark.textContent).toBe('Sends to api.openai.com');
    expect(mark.title).toBe(`${OUT}.`);
    act(() => chat.setModel('ollama:qwen4:14b'));
    expect(mark.isConnected).toBe(true);
    expect(mark.textContent).toBe('Goes to 127.0.0.1:11434');
    expect(mark.title).toBe(`${HERE}.`);
    expect(host.querySelector('.ja-Welcome')!.textContent).toContain(`Answers come from qwen4:14b. ${HERE}.`);
    act(() => chat.setModel('builtin'));
    expect(host.querySelector('.ja-Composer-destination')).toBeNull();
  });
});

it('is said also of a model that an administrator has chosen, whatever we know of its key', () => {
  const { host } = shown({ ...FOUND, model: 'anthropic:claude-by-role' });
  expect(host.querySelector('.ja-Composer-destination')!.textContent).toBe('Sends to api.anthropic.com');
  expect(host.querySelector('.ja-Welcome')!.textContent).toContain('are sent to api.anthropic.com.');
  expect(shown({ ...FOUND, model: 'scripted:x' }).host.querySelector('.ja-Welcome')!.textContent).not.toContain('machine');
});

describe('what was found', () => {
  it('is offered on the first page, and nothing is chosen by itself', async () => {
    const { chat, host } = shown();
    const offers = host.querySelector('.ja-Offers')!;
    expect(offers.textContent).toContain('A key for OpenAI was found. Nothing has been sent.');
    expect(offers.textContent).toContain(`${OUT}.`);
    expect(offers.textContent).toContain(`Ollama is running on this machine.${HERE}.`);
    expect(chat.chosenModel).toBeNull();
    await click(button(host, 'Use gpt-6.1-sol'));
    expect(chat.chosenModel).toBe('openai:gpt-6.1-sol');
    expect(host.querySelector('.ja-Offers')).toBeNull();
    expect(document.activeElement).toBe(host.querySelector('textarea'));
  });

  it('can be declined for good', async () => {
    const { chat, host } = shown();
    await click(button(host, 'Keep the built-in assistant'));
    expect(chat.chosenModel).toBe('builtin');
    expect(host.querySelector('.ja-Offers')).toBeNull();
  });

  it('is no offer where there is none, or where another model answers already', () => {
    expect(shown(CAPABILITIES).host.querySelector('.ja-Offers')).toBeNull();
    expect(shown({ ...FOUND, model: 'openai:gpt-6-luna' }).host.querySelector('.ja-Offers')).toBeNull();
  });
});

describe('a choice that is gone', () => {
  it('is told in words that can be dismissed, until it is back', async () => {
    const { chat, host } = shown(FOUND, 'anthropic:claude-sonnet-5-5');
    expect(host.querySelector('.ja-Banner')!.textContent).toBe(
      'claude-sonnet-5-5 is not available here now. Answering instead: Built-in assistant.',
    );
    await click(button(host, 'Dismiss this notice'));
    expect(host.querySelector('.ja-Banner')).toBeNull();
    chat.capabilities = { ...FOUND, providers: FOUND.providers.map((provider) => ({ ...provider, available: true })) };
    act(() => chat.notify());
    expect(chat.model).toBe('anthropic:claude-sonnet-5-5');
  });
});

describe('what is wrong with the configuration', () => {
  const banners = (host: HTMLElement): string[] => [...host.querySelectorAll('.ja-Banner')].map((one) => one.textContent);

  it('is told in words that can be dismissed until the page is loaded anew', async () => {
    const { chat, host } = shown({ ...FOUND, warnings: ['Kept in memory.', 'No journal.'] });
    expect(banners(host)).toEqual(['Kept in memory.', 'No journal.']);
    await click(button(host, 'Dismiss this notice'));
    expect(banners(host)).toEqual(['No journal.']);
    // Another conversation, in another view of the same page.
    expect(banners(shown(chat.capabilities!).host)).toEqual(['No journal.']);
  });

  it('stands in place of a claim about a model that cannot answer', () => {
    const words = shown(MISTAKEN).host.querySelector('.ja-Welcome-model')!.textContent;
    expect(words).toBe(`${MISTAKEN.warnings[0]} The built-in assistant, which needs no key and no network, is in the menu at the top.`);
  });
});

it('finds what can be copied in a sentence that says how to get something', () => {
  const codes = (words: string): string[] => said(words).flatMap(({ text, code }) => (code ? [text] : []));
  expect(codes('Set GOOGLE_API_KEY or GEMINI_API_KEY in the environment of the Jupyter server.')).toEqual([
    'GOOGLE_API_KEY',
    'GEMINI_API_KEY',
  ]);
  expect(codes('Set c.JupyterAgent.base_url (or JUPYTER_AGENT_BASE_URL) to its address.')).toEqual([
    'c.JupyterAgent.base_url',
    'JUPYTER_AGENT_BASE_URL',
  ]);
  expect(codes('Run `ollama pull qwen4` first.')).toEqual(['ollama pull qwen4']);
  expect(codes('Ask whoever runs the server for a key from AWS.')).toEqual([]);
  expect(said('Run `a b` now.').map(({ text }) => text).join('')).toBe('Run a b now.');
});
