/** When the page goes, comes back and wakes, as a port. */

/** hide: it goes, perhaps for good · show: it is back from the browser's cache · wake: seen again, or online again. */
export type LifecycleEvent = 'hide' | 'show' | 'wake';

/** Promises: calls the listener until the returned function is called. */
export interface Lifecycle {
  subscribe(listener: (event: LifecycleEvent) => void): () => void;
}

/** The browser's own page events. */
export const browserLifecycle: Lifecycle = {
  subscribe: (listener) => {
    const hide = (): void => listener('hide');
    const show = (event: PageTransitionEvent): void => {
      // The first `pageshow` of a load is no return.
      if (event.persisted) {
        listener('show');
      }
    };
    const seen = (): void => {
      if (document.visibilityState === 'visible') {
        listener('wake');
      }
    };
    const online = (): void => listener('wake');
    window.addEventListener('pagehide', hide);
    window.addEventListener('pageshow', show);
    window.addEventListener('online', online);
    document.addEventListener('visibilitychange', seen);
    return () => {
      window.removeEventListener('pagehide', hide);
      window.removeEventListener('pageshow', show);
      window.removeEventListener('online', online);
      document.removeEventListener('visibilitychange', seen);
    };
  },
};
