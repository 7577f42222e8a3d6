/** What the browser remembers of the panel: the shown thread for a tab, being closed for good. Never the page's ids. */
import type { Memory } from '../core/conversations';
import { read, write } from '../core/preferences';

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
