/** Chats of a list, in words. */
import type { ThreadSummary } from '../../core/wire';
import { plainProse } from '../text/hidden';

/** What the chat is called: its title, else how it begins. */
export function threadName(thread: Pick<ThreadSummary, 'title' | 'preview'>): string {
  const name = plainProse(thread.title ?? '').trim() || plainProse(thread.preview).trim();
  return name === '' ? 'New chat' : name.replace(/\s+/g, ' ').slice(0, 120);
}

/** The last part of a path. */
export const fileName = (path: string): string => plainProse(path).split('/').pop() ?? '';

/** How long ago `then` was. */
export function ago(then: number, now: number): string {
  const minutes = Math.floor((now - then) / 60_000);
  if (minutes < 1) return 'just now';
  if (minutes < 60) return `${minutes} min ago`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return hours === 1 ? '1 hour ago' : `${hours} hours ago`;
  const days = Math.floor(hours / 24);
  if (days < 7) return days === 1 ? 'yesterday' : `${days} days ago`;
  return new Date(then).toLocaleDateString();
}
