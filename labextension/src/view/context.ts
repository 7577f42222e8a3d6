/** What every part of the view may reach without passing it down: the chat, its environment, the announcer. */
import * as React from 'react';
import type { Chat } from '../core/chat';
import type { ViewEnvironment } from './environment';

/** The same object for the life of one chat in one view. */
export interface View {
  readonly chat: Chat;
  readonly environment: ViewEnvironment;
  /** Says something to screen readers, politely. */
  readonly announce: (words: string) => void;
  /** Puts the cursor where the next message is written; with `draft`, after that text. */
  readonly focusComposer: (draft?: string) => void;
}

const ViewContext = React.createContext<View | null>(null);

/** Gives `View` to everything inside. */
export const ViewProvider = ViewContext.Provider;

/** The view around; it is a mistake of ours to use this outside a `ViewProvider`. */
export function useView(): View {
  const view = React.useContext(ViewContext);
  if (!view) throw new Error('useView needs a ViewProvider around it');
  return view;
}
