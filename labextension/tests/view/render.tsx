/** Draws a piece of the view in jsdom, inside everything it expects around it. */
import * as React from 'react';
import { act } from 'react';
import type { Root } from 'react-dom/client';
import { createRoot } from 'react-dom/client';
import { afterEach } from 'vitest';
import type { ScriptedChat } from '../../demo/scripted';
import { ViewProvider } from '../../src/view/context';
import type { ViewEnvironment } from '../../src/view/environment';

(globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;

const mounted: Mounted[] = [];

interface Mounted {
  readonly root: Root;
  readonly host: HTMLElement;
}

function unmount({ root, host }: Mounted): void {
  act(() => root.unmount());
  host.remove();
}

afterEach(() => mounted.splice(0).forEach(unmount));

export interface Rendered {
  readonly host: HTMLElement;
  readonly update: (element: React.ReactElement) => void;
  /** Takes it away before the end of the test. */
  readonly remove: () => void;
}

/** Draws `element`; everything drawn is taken away after the test. */
export function render(element: React.ReactElement): Rendered {
  const host = document.createElement('div');
  document.body.append(host);
  const root = createRoot(host);
  const entry = { root, host };
  mounted.push(entry);
  const update = (next: React.ReactElement): void => {
    act(() => root.render(next));
  };
  update(element);
  const remove = (): void => {
    mounted.splice(mounted.indexOf(entry), 1);
    unmount(entry);
  };
  return { host, update, remove };
}

/** What `useView` gives in a test, with what was announced. */
export function withView(
  chat: ScriptedChat,
  environment: ViewEnvironment,
  children: React.ReactNode,
  announced: string[] = [],
): React.ReactElement {
  const view = {
    chat,
    environment,
    announce: (words: string) => void announced.push(words),
    focusComposer: () => undefined,
  };
  return <ViewProvider value={view}>{children}</ViewProvider>;
}

/** The button with exactly this label, by its words or its aria-label. */
export function button(host: ParentNode, label: string): HTMLButtonElement {
  const found = [...host.querySelectorAll('button')].find(
    (candidate) => (candidate.getAttribute('aria-label') ?? candidate.textContent.trim()) === label,
  );
  if (!found) throw new Error(`There is no button “${label}”.`);
  return found;
}

export const hasButton = (host: ParentNode, label: string): boolean => {
  try {
    button(host, label);
    return true;
  } catch {
    return false;
  }
};

/** Clicks and lets all that follows settle. */
export async function click(element: HTMLElement): Promise<void> {
  await act(async () => element.click());
}

/** Types into a field as a person would: React sees an input event. */
export function type(field: HTMLInputElement | HTMLTextAreaElement, text: string): void {
  const prototype = field instanceof HTMLTextAreaElement ? HTMLTextAreaElement.prototype : HTMLInputElement.prototype;
  act(() => {
    Object.getOwnPropertyDescriptor(prototype, 'value')!.set!.call(field, text);
    field.dispatchEvent(new Event('input', { bubbles: true }));
  });
}

export function press(element: HTMLElement, key: string, init: KeyboardEventInit = {}): KeyboardEvent {
  const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...init });
  act(() => void element.dispatchEvent(event));
  return event;
}
