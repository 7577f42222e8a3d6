/** What the browser remembers: choices for good, the shown thread for a tab. Never the page's ids. */
import type { Preferences } from '../core/chat';
import type { Memory } from '../core/conversations';

/** The model and the mode that the person chose. */
export const preferences = (): Preferences => ({
  get: (name) => read(() => localStorage.getItem(`jupyter-agent:${name}`)),
  set: (name, value) => write(() => localStorage.setItem(`jupyter-agent:${name}`, value)),
});

/** The thread that this tab shows. A duplicated tab begins with the same thread, which is fine: two may show one. */
export const threadMemory = (baseUrl: string): Memory => {
  const key = `jupyter-agent:thread:${baseUrl}`;
  return {
    get: () => read(() => sessionStorage.getItem(key)),
    set: (threadId) => write(() => sessionStorage.setItem(key, threadId)),
  };
};

/** True once in the life of a browser profile. */
export function firstTime(): boolean {
  const key = 'jupyter-agent:seen';
  const seen = read(() => localStorage.getItem(key));
  write(() => localStorage.setItem(key, 'yes'));
  return seen === null;
}

/** Storage may be forbidden by the person's settings; then nothing is remembered. */
function read(look: () => string | null): string | null {
  try {
    return look();
  } catch {
    return null;
  }
}

function write(keep: () => void): void {
  try {
    keep();
  } catch {
    // Full, or forbidden.
  }
}
