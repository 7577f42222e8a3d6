/** The list of chats, as the server finds them. */
import * as React from 'react';
import type { ThreadSummary } from '../../core/wire';
import type { Threads } from '../environment';

/** What was found, and for which words. */
export interface Found {
  readonly list: readonly ThreadSummary[];
  readonly query: string;
}

/** The server is asked when the person pauses, not at every key. */
const PAUSE_MILLISECONDS = 200;

/**
 * The chats in which `query` is found, all for an empty one. While others are looked for the ones before stay; `load`
 * looks again at once.
 */
export function useThreads(
  threads: Threads,
  query: string,
): { readonly loaded: Found | 'loading' | 'failed'; readonly load: () => Promise<void> } {
  const [loaded, setLoaded] = React.useState<Found | 'loading' | 'failed'>('loading');
  const newest = React.useRef(0);

  const load = React.useCallback(async (): Promise<void> => {
    const mine = (newest.current += 1);
    const found = await threads.list(query).then(
      (list): Found => ({ list, query }),
      (): 'failed' => 'failed',
    );
    // Answers may overtake each other; only the one to the newest question counts.
    if (mine === newest.current) setLoaded(found);
  }, [threads, query]);

  React.useEffect(() => {
    if (query === '') {
      void load();
      return;
    }
    const timer = setTimeout(() => void load(), PAUSE_MILLISECONDS);
    return () => clearTimeout(timer);
  }, [load, query]);

  return { loaded, load };
}
