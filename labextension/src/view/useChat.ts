/** Reads a chat in React. */
import * as React from 'react';
import type { Chat } from '../core/chat';

/**
 * Something the chat holds. `select` must give the same reference, or primitive, while it did not change. The chat
 * calls its listeners at most once a frame, so neither does this draw more often.
 */
export function useChat<T>(chat: Chat, select: (chat: Chat) => T): T {
  const subscribe = React.useCallback((listener: () => void) => chat.subscribe(listener), [chat]);
  return React.useSyncExternalStore(subscribe, () => select(chat));
}
