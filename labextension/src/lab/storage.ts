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

/** Whether the person has closed the panel: until then it opens by itself, whatever becomes of JupyterLab's layout. */
export const panelMemory = () => {
  const key = 'jupyter-agent:closed';
  return {
    isClosed: (): boolean => read(() => localStorage.getItem(key)) !== null,
    setClosed: (closed: boolean): void =>
      write(() => (closed ? localStorage.setItem(key, 'yes') : localStorage.removeItem(key))),
  };
};

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
