/** What is written and attached but not sent yet. */
import * as React from 'react';
import type { Chat } from '../../core/chat';
import { take } from './taking';

interface Content {
  readonly text: string;
  readonly images: readonly Blob[];
}

/** By chat: it outlives the panel being closed or another chat being looked at. */
const drafts = new WeakMap<Chat, Content>();
const EMPTY: Content = { text: '', images: [] };

export interface Draft extends Content {
  /** Why the last files were not attached, in words. */
  readonly refusal: string | null;
  readonly write: (text: string) => void;
  readonly attach: (files: readonly File[]) => Promise<void>;
  readonly remove: (image: Blob) => void;
  readonly clear: () => void;
}

/** The draft of this chat. */
export function useDraft(chat: Chat): Draft {
  const [content, setContent] = React.useState(() => drafts.get(chat) ?? EMPTY);
  const [refusal, setRefusal] = React.useState<string | null>(null);
  const actions = React.useMemo(() => {
    const change = (next: Partial<Content>): void => {
      const content = { ...(drafts.get(chat) ?? EMPTY), ...next };
      drafts.set(chat, content);
      setContent(content);
    };
    const images = (): readonly Blob[] => drafts.get(chat)?.images ?? [];
    return {
      write: (text: string) => change({ text }),
      attach: async (files: readonly File[]) => {
        const taken = await take(files, images().length);
        setRefusal(taken.refusal);
        if (taken.images.length > 0) change({ images: [...images(), ...taken.images] });
      },
      remove: (image: Blob) => {
        setRefusal(null);
        change({ images: images().filter((other) => other !== image) });
      },
      clear: () => {
        setRefusal(null);
        change(EMPTY);
      },
    };
  }, [chat]);
  return { ...content, refusal, ...actions };
}
