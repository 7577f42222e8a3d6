/** What a person chose, kept by the browser. */
import type { Preferences } from './chat';

/** The model and the mode that the person chose, for every place in which they chat. */
export const browserPreferences: Preferences = {
  get: (name) => read(() => localStorage.getItem(`jupyter-agent:${name}`)),
  set: (name, value) => write(() => localStorage.setItem(`jupyter-agent:${name}`, value)),
};

/** Storage may be forbidden by the person's settings; then nothing is remembered. */
export function read(look: () => string | null): string | null {
  try {
    return look();
  } catch {
    return null;
  }
}

/** The same for keeping something. */
export function write(keep: () => void): void {
  try {
    keep();
  } catch {
    // Full, or forbidden.
  }
}
